"""The relaxed normalised cut and its pooling (paper, equations 3 and 4).

References
----------
Bianchi, Grattarola and Alippi, "Spectral clustering with graph neural networks for
graph pooling", ICML 2020.
"""

import math
from typing import Any

import torch
from torch import Tensor

from sklearn_deepsig.functional.graph_conv import multiply, normalize_adjacency

__all__ = ["coarse_adjacency", "mincut_loss", "orthogonality_loss", "pooled_adjacency"]


def mincut_loss(assignment: Tensor, pooled: Tensor, degree: Tensor) -> Tensor:
    r"""Compute the first term of equation 3, -Tr(Qᵀ Ã Q) / Tr(Qᵀ D̃ Q).

    Parameters
    ----------
    assignment : Tensor, shape (batch, n_nodes, n_clusters)
        Q, each row a probability over the clusters, or zero for padding.
    pooled : Tensor, shape (batch, n_clusters, n_clusters)
        `pooled_adjacency`, Qᵀ Ã Q.
    degree : Tensor, shape (batch, n_nodes)
        Row sums of Ã.

    Returns
    -------
    Tensor, shape (batch,)
        The loss of each sample, between -1 (no edge leaves its cluster) and 0.
    """
    within = pooled.diagonal(dim1=1, dim2=2).sum(1)
    total = (degree * assignment.square().sum(2)).sum(1)
    return -within / total


def orthogonality_loss(assignment: Tensor) -> Tensor:
    r"""Compute the second term of equation 3, ‖QᵀQ / ‖QᵀQ‖ - I / √M‖.

    Parameters
    ----------
    assignment : Tensor, shape (batch, n_nodes, n_clusters)
        Q.

    Returns
    -------
    Tensor, shape (batch,)
        The loss of each sample: 0 when the clusters are hard and of equal size, and
        never more than √2.
    """
    n_clusters = assignment.shape[2]
    gram = _quadratic_form(assignment, assignment)
    gram = gram / torch.linalg.matrix_norm(gram)[:, None, None]
    identity = torch.eye(n_clusters, dtype=gram.dtype, device=gram.device)
    difference = gram - identity / math.sqrt(n_clusters)
    norm: Tensor = torch.linalg.matrix_norm(difference)
    return norm


def pooled_adjacency(adjacency: Tensor, assignment: Tensor) -> Tensor:
    """Compute A' = Qᵀ Ã Q (paper, equation 4).

    Parameters
    ----------
    adjacency : Tensor
        Ã, symmetric; sparse or dense as in `graph_conv.multiply`.
    assignment : Tensor, shape (batch, n_nodes, n_clusters)
        Q.

    Returns
    -------
    Tensor, shape (batch, n_clusters, n_clusters)
        The adjacency of the clusters.
    """
    neighbours = multiply(adjacency, assignment)
    if adjacency.requires_grad:
        return torch.bmm(assignment.mT, neighbours)
    return _quadratic_form(assignment, neighbours)


def coarse_adjacency(pooled: Tensor) -> Tensor:
    """Make the Ã of the next layer of the pooled adjacency.

    Parameters
    ----------
    pooled : Tensor, shape (batch, n_clusters, n_clusters)
        `pooled_adjacency`, Qᵀ Ã Q.

    Returns
    -------
    Tensor, shape (batch, n_clusters, n_clusters)
        The same without its diagonal, scaled by degrees (Bianchi et al., equation 8),
        and with self-loops of weight 1, as in equation 1.
    """
    loops = torch.diag_embed(pooled.diagonal(dim1=1, dim2=2))
    between = pooled - loops
    identity = torch.eye(pooled.shape[1], dtype=pooled.dtype, device=pooled.device)
    # A cluster that nothing joins to another has next to no degree, and the derivative
    # of its inverse root would overflow.
    degree = between.sum(2).clamp_min(1e-12)
    return normalize_adjacency(between, degree) + identity


def _quadratic_form(assignment: Tensor, neighbours: Tensor) -> Tensor:
    """Multiply Qᵀ by Ã Q, for a symmetric Ã that needs no gradient."""
    result: Tensor = _QuadraticForm.apply(assignment, neighbours)  # type: ignore[no-untyped-call]
    return result


class _QuadraticForm(torch.autograd.Function):
    """`_quadratic_form`, with one product for the gradient in place of two and Ã's."""

    @staticmethod
    def forward(ctx: Any, assignment: Tensor, neighbours: Tensor) -> Tensor:
        ctx.save_for_backward(neighbours)
        return torch.bmm(assignment.mT, neighbours)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        # The gradient by Q alone: Ã Q is a function of Q, and Ã is symmetric.
        (neighbours,) = ctx.saved_tensors
        return torch.bmm(neighbours, grad + grad.mT), None

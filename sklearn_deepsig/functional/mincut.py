"""The relaxed normalised cut and its pooling (paper, equations 3 and 4).

References
----------
Bianchi, Grattarola and Alippi, "Spectral clustering with graph neural networks for
graph pooling", ICML 2020.
"""

import math

import torch
from torch import Tensor

__all__ = ["mincut_loss", "orthogonality_loss", "pooled_adjacency"]


def mincut_loss(assignment: Tensor, neighbours: Tensor, degree: Tensor) -> Tensor:
    r"""Compute the first term of equation 3, -Tr(Qᵀ Ã Q) / Tr(Qᵀ D̃ Q).

    Neither matrix is formed: both traces are sums over nodes.

    Parameters
    ----------
    assignment : Tensor, shape (batch, n_nodes, n_clusters)
        Q, each row a probability over the clusters, or zero for padding.
    neighbours : Tensor, shape (batch, n_nodes, n_clusters)
        The product Ã Q.
    degree : Tensor, shape (batch, n_nodes)
        Row sums of Ã.

    Returns
    -------
    Tensor, shape (batch,)
        The loss of each sample, between -1 (no edge leaves its cluster) and 0.
    """
    within = (assignment * neighbours).sum((1, 2))
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
    gram = torch.bmm(assignment.mT, assignment)
    gram = gram / torch.linalg.matrix_norm(gram)[:, None, None]
    identity = torch.eye(n_clusters, dtype=gram.dtype, device=gram.device)
    difference = gram - identity / math.sqrt(n_clusters)
    norm: Tensor = torch.linalg.matrix_norm(difference)
    return norm


def pooled_adjacency(assignment: Tensor, neighbours: Tensor) -> Tensor:
    """Compute A' = Qᵀ Ã Q (paper, equation 4).

    Parameters
    ----------
    assignment : Tensor, shape (batch, n_nodes, n_clusters)
        Q.
    neighbours : Tensor, shape (batch, n_nodes, n_clusters)
        The product Ã Q.

    Returns
    -------
    Tensor, shape (batch, n_clusters, n_clusters)
        The adjacency of the clusters.
    """
    return torch.bmm(assignment.mT, neighbours)

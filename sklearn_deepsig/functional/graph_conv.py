"""Graph convolution with symmetric normalisation (paper, equation 1).

Every function takes the adjacency with self-loops, Ã = A + I. The first level of a
molecule is a sparse block-diagonal matrix over all nodes of a batch; the coarse
levels are small and dense.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

__all__ = [
    "inverse_sqrt_degree",
    "multiply",
    "normalize_adjacency",
    "propagate",
    "standardize_nodes",
]


def multiply(adjacency: Tensor, x: Tensor) -> Tensor:
    """Multiply an adjacency with node features, be it sparse or dense.

    Parameters
    ----------
    adjacency : Tensor
        Either a sparse matrix of shape (batch * n_nodes, batch * n_nodes), block
        diagonal over the samples, or a dense one of shape (batch, n_nodes, n_nodes).
    x : Tensor, shape (batch, n_nodes, n_features)
        Node features.

    Returns
    -------
    Tensor, shape (batch, n_nodes, n_features)
        For each node the weighted sum over its neighbours.
    """
    if adjacency.layout == torch.strided:
        return torch.bmm(adjacency, x)
    rows = x.reshape(-1, x.shape[-1])
    is_plain = adjacency.layout == torch.sparse_coo and not adjacency.requires_grad
    if is_plain and x.device.type == "cpu":
        product: Tensor = _SparseProduct.apply(adjacency.coalesce(), rows)  # type: ignore[no-untyped-call]
    else:
        product = torch.sparse.mm(adjacency, rows)
    return product.view_as(x)


class _SparseProduct(torch.autograd.Function):
    """A sparse matrix times a dense one, as sums of rows: faster than a product."""

    @staticmethod
    def forward(ctx: Any, adjacency: Tensor, x: Tensor) -> Tensor:
        ctx.adjacency = adjacency
        ctx.set_materialize_grads(False)  # of `_QuadraticForm` none comes
        row, column = adjacency.indices()
        starts = row.new_zeros(len(x) + 1)
        torch.cumsum(row.bincount(minlength=len(x)), 0, out=starts[1:])
        return embedding_bag(
            column,
            x,
            starts,
            mode="sum",
            per_sample_weights=adjacency.values(),
            include_last_offset=True,
        )

    @staticmethod
    def backward(ctx: Any, grad: Tensor | None) -> tuple[None, Tensor | None]:
        if grad is None:
            return None, None
        return None, _SparseProduct.apply(ctx.adjacency.mT.coalesce(), grad)  # type: ignore[no-untyped-call]


def inverse_sqrt_degree(degree: Tensor) -> Tensor:
    """Raise degrees to the power -1/2, with zero for nodes that are only padding.

    Parameters
    ----------
    degree : Tensor
        Degrees, zero or positive.

    Returns
    -------
    Tensor
        The same shape and dtype.
    """
    return torch.where(degree > 0, degree, torch.inf).rsqrt()


def propagate(adjacency: Tensor, degree: Tensor, x: Tensor) -> Tensor:
    """Apply D̃^-1/2 Ã D̃^-1/2 to node features (paper, equation 1, without weights).

    Parameters
    ----------
    adjacency : Tensor
        Ã, sparse or dense as in `multiply`.
    degree : Tensor, shape (batch, n_nodes)
        Row sums of Ã.
    x : Tensor, shape (batch, n_nodes, ...)
        Node features.

    Returns
    -------
    Tensor, shape (batch, n_nodes, ...)
        The propagated features.

    References
    ----------
    Kipf and Welling, "Semi-supervised classification with graph convolutional
    networks", ICLR 2017.
    """
    scale = inverse_sqrt_degree(degree).unsqueeze(-1)
    return (scale * multiply(adjacency, scale * x.flatten(2))).view_as(x)


def normalize_adjacency(adjacency: Tensor, degree: Tensor) -> Tensor:
    """Return D̃^-1/2 Ã D̃^-1/2 of small dense graphs.

    Parameters
    ----------
    adjacency : Tensor, shape (batch, n_nodes, n_nodes)
        Ã.
    degree : Tensor, shape (batch, n_nodes)
        Row sums of Ã.

    Returns
    -------
    Tensor, shape (batch, n_nodes, n_nodes)
        The normalised adjacency.
    """
    scale = inverse_sqrt_degree(degree)
    return scale.unsqueeze(-1) * adjacency * scale.unsqueeze(-2)


def standardize_nodes(x: Tensor, node_mask: Tensor | None) -> Tensor:
    """Bring each feature to mean 0 and variance 1 over the nodes of a sample.

    Parameters
    ----------
    x : Tensor, shape (batch, n_nodes, n_features)
        Node features.
    node_mask : Tensor of bool, shape (batch, n_nodes), or None
        Which nodes are real; None for all.

    Returns
    -------
    Tensor, shape (batch, n_nodes, n_features)
        The standardised features; zero where a feature is the same for all nodes.
    """
    if node_mask is None:
        weights = x.new_full(x.shape[:2], 1 / x.shape[1])
    else:
        weights = node_mask.to(x.dtype)
        weights = weights / weights.sum(1, keepdim=True)
    centred = x - torch.bmm(weights.unsqueeze(1), x)
    variance = torch.bmm(weights.unsqueeze(1), centred.square())
    return centred * torch.rsqrt(variance + 1e-8)

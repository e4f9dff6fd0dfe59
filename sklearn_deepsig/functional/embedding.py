"""The linear map and the activation of equation 1, with their mean over time.

What is written here once are the largest arrays of all: a number for each node, frame
and hidden feature. On a CPU a block of nodes at a time, or of small samples, stays in
the cache.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import elu, linear

__all__ = ["embed_and_average"]

# Numbers of a block: with the two arrays read beside it, less than the second cache.
_BLOCK = 65_536


def embed_and_average(
    x: Tensor, weight: Tensor, frame_weights: Tensor
) -> tuple[Tensor, Tensor]:
    r"""Compute H = ELU(X Wᵀ) and its weighted mean over the frames.

    Parameters
    ----------
    x : Tensor, shape (batch, n_nodes, n_frames, in_dim)
        Node features after propagation along the edges.
    weight : Tensor, shape (hidden_dim, in_dim)
        W of equation 1.
    frame_weights : Tensor, shape (batch, n_frames)
        Weights of the mean over frames.

    Returns
    -------
    hidden : Tensor, shape (batch, n_nodes, n_frames, hidden_dim)
        H of equation 1.
    mean : Tensor, shape (batch, n_nodes, hidden_dim)
        Its mean over the frames.

    Notes
    -----
    On a CPU the derivative is in closed form and can be taken once. Elsewhere, and
    where PyTorch mixes precisions, both are a composition of PyTorch's functions.
    """
    device = x.device.type
    if device != "cpu" or torch.is_autocast_enabled(device):
        hidden = elu(linear(x, weight), inplace=True)
        weights = frame_weights[:, None, None, :].expand(-1, hidden.shape[1], -1, -1)
        return hidden, torch.matmul(weights, hidden).squeeze(2)
    result: tuple[Tensor, Tensor] = _Embedding.apply(x, weight, frame_weights)  # type: ignore[no-untyped-call]
    return result


class _Embedding(torch.autograd.Function):
    """`embed_and_average`, a block at a time."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, frame_weights: Tensor
    ) -> tuple[Tensor, Tensor]:
        hidden_dim, in_dim = weight.shape
        hidden = x.new_empty(*x.shape[:3], hidden_dim)
        mean = x.new_empty(*x.shape[:2], hidden_dim)
        row_weights = frame_weights[:, None, None, :]
        for place in _blocks(hidden):
            block = hidden[place]
            rows = block.view(-1, hidden_dim)
            torch.mm(x[place].reshape(-1, in_dim), weight.mT, out=rows)
            elu(rows, inplace=True)
            weights = row_weights[place[0]].expand(-1, block.shape[1], -1, -1)
            mean[place] = torch.matmul(weights, block).squeeze(2)
        ctx.save_for_backward(x, weight, frame_weights, hidden)
        return hidden, mean

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, grad_hidden: Tensor, grad_mean: Tensor
    ) -> tuple[Tensor | None, Tensor, None]:
        x, weight, frame_weights, hidden = ctx.saved_tensors
        hidden_dim, in_dim = weight.shape
        # the other way round this product of few rows takes four times as long
        grad_transposed = torch.zeros_like(weight.mT)
        grad_x = torch.empty_like(x) if ctx.needs_input_grad[0] else None
        column_weights = frame_weights[:, None, :, None]
        for place in _blocks(hidden):
            grad = torch.addcmul(
                grad_hidden[place],
                grad_mean[place].unsqueeze(2),
                column_weights[place[0]],
            )
            # The derivative of an ELU is 1 + min(ELU, 0).
            grad.addcmul_(grad, hidden[place].clamp(max=0))
            rows = grad.reshape(-1, hidden_dim)
            grad_transposed.addmm_(x[place].reshape(-1, in_dim).mT, rows)
            if grad_x is not None:
                torch.mm(rows, weight, out=grad_x[place].view(-1, in_dim))
        return grad_x, grad_transposed.mT, None


def _blocks(hidden: Tensor) -> Iterator[tuple[slice, slice]]:
    """Yield slices of samples and of their nodes: some nodes of one, or all of some."""
    n_samples, n_nodes = hidden.shape[:2]
    n_rows = max(1, _BLOCK // max(1, hidden.shape[2] * hidden.shape[3]))
    n_together = max(1, n_rows // max(1, n_nodes))
    for first in range(0, n_samples, n_together):
        for start in range(0, n_nodes, n_rows):
            yield slice(first, first + n_together), slice(start, start + n_rows)

"""The linear map and the activation of equation 1, with their mean over time.

What is written here once are the largest arrays of all: a number for each node, frame
and hidden feature. On a CPU a block of nodes at a time stays in the cache.
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
    """`embed_and_average`, a block of nodes at a time."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, frame_weights: Tensor
    ) -> tuple[Tensor, Tensor]:
        hidden = x.new_empty(*x.shape[:3], len(weight))
        mean = x.new_empty(*x.shape[:2], len(weight))
        for sample, nodes in _blocks(hidden):
            block = hidden[sample, nodes]
            rows = block.view(-1, len(weight))
            torch.mm(x[sample, nodes].reshape(len(rows), -1), weight.mT, out=rows)
            elu(rows, inplace=True)
            torch.matmul(frame_weights[sample], block, out=mean[sample, nodes])
        ctx.save_for_backward(x, weight, frame_weights, hidden)
        return hidden, mean

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, grad_hidden: Tensor, grad_mean: Tensor
    ) -> tuple[Tensor | None, Tensor, None]:
        x, weight, frame_weights, hidden = ctx.saved_tensors
        # the other way round this product of few rows takes four times as long
        grad_transposed = torch.zeros_like(weight.mT)
        grad_x = torch.empty_like(x) if ctx.needs_input_grad[0] else None
        for sample, nodes in _blocks(hidden):
            block = hidden[sample, nodes]
            grad = torch.addcmul(
                grad_hidden[sample, nodes],
                grad_mean[sample, nodes].unsqueeze(1),
                frame_weights[sample].unsqueeze(1),
            )
            # The derivative of an ELU is 1 + min(ELU, 0).
            grad.addcmul_(grad, block.clamp(max=0))
            rows = grad.view(-1, len(weight))
            grad_transposed.addmm_(x[sample, nodes].reshape(len(rows), -1).mT, rows)
            if grad_x is not None:
                inputs = grad_x[sample, nodes].view(len(rows), -1)
                torch.mm(rows, weight, out=inputs)
        return grad_x, grad_transposed.mT, None


def _blocks(hidden: Tensor) -> Iterator[tuple[int, slice]]:
    """Yield samples and slices of their nodes."""
    n_nodes = hidden.shape[1]
    step = max(1, _BLOCK // max(1, hidden[0, 0].numel()))
    for sample in range(len(hidden)):
        for start in range(0, n_nodes, step):
            yield sample, slice(start, start + step)

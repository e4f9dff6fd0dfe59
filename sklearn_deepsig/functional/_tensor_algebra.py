r"""Signature and log-signature at any depth, level by level in the tensor algebra.

No loop runs over frames. Over step t, a piecewise linear path's signature grows by
level n as S^n += Σ_{k=1..n} S^{n-k} ⊗ dx_t^{⊗k} / k! (Chen's identity with the
exponential of a line). Levels below the last two are cumulative sums over time; the
last two are wanted at the end of the path only and are matrix products over time.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from sklearn_deepsig.functional._words import gather_words

__all__ = ["log", "logsignature", "signature"]

# A chunk of frames needs about this many numbers of working memory.
_CHUNK_SIZE = 1 << 22


def logsignature(path: Tensor, depth: int, *, expanded: bool) -> Tensor:
    """Compute the log-signature at any depth.

    Parameters
    ----------
    path : Tensor, shape (batch, n_frames, n_channels)
        The paths.
    depth : int
        Number of levels.
    expanded : bool
        Whether to return the whole tensor, not only the Lyndon words.

    Returns
    -------
    Tensor, shape (batch, width)
        The coefficients, levels in order.
    """
    levels = log(signature(path, depth))
    if not expanded:
        n_channels = path.shape[2]
        levels = [
            gather_words(level, n_channels, length)
            for length, level in enumerate(levels, start=1)
        ]
    return torch.cat(levels, dim=1)


def log(levels: list[Tensor]) -> list[Tensor]:
    """Take the logarithm in the truncated tensor algebra.

    Parameters
    ----------
    levels : list of Tensor, shapes (batch, n_channels ** n) for n = 1 to depth
        The levels of a signature; level 0 is 1.

    Returns
    -------
    list of Tensor
        The levels of its logarithm; level 0 is 0.
    """
    # log(1 + N) = N (1 - N (1/2 - N (1/3 - ...))) by Horner's rule. Each factor is
    # needed one level less far than the one outside it, and the outermost product is
    # the only one of the full depth.
    depth = len(levels)
    factor: list[Tensor] = []
    for k in range(depth - 1, 0, -1):
        inner = _multiply(levels[: depth - k], factor, 1 / (k + 1))
        factor = [-level for level in inner]
    return _multiply(levels, factor, 1.0)


def _multiply(left: list[Tensor], right: list[Tensor], constant: float) -> list[Tensor]:
    """Multiply, level by level, N by V; N has no level 0 and V's is a constant."""
    product = []
    for n, total in enumerate(left):
        level = total if constant == 1.0 else constant * total
        for m in range(n):
            first, second = left[m].unsqueeze(2), right[n - m - 1].unsqueeze(1)
            matrix = level.view(len(level), first.shape[1], second.shape[2])
            level = torch.addcmul(matrix, first, second).flatten(1)
        product.append(level)
    return product


class _Totals(NamedTuple):
    """Signature of the frames so far, flat; the last two levels start at zero."""

    lower: tuple[Tensor, ...]
    """Levels 2 to depth - 2, each of shape (batch, n_channels ** n)."""

    last_but_one: Tensor
    """Level depth - 1, shape (batch, n_channels ** (depth - 2), n_channels)."""

    last: Tensor
    """Level depth, shape (batch, n_channels ** (depth - 1), n_channels), with its last
    two letters exchanged."""


def signature(path: Tensor, depth: int) -> list[Tensor]:
    """Compute the signature, level by level.

    Parameters
    ----------
    path : Tensor, shape (batch, n_frames, n_channels)
        The paths.
    depth : int
        Number of levels.

    Returns
    -------
    list of Tensor, shapes (batch, n_channels ** n) for n = 1, ..., depth
        The levels, the last letter of a word running fastest.
    """
    n_batch, n_frames, n_channels = path.shape
    # Distances from the first frame and differences keep float32 accurate for paths
    # far from the origin.
    before = (path - path[:, :1])[:, :-1]
    after = (path[:, -1:] - path)[:, 1:]
    steps = path.diff(dim=1)
    first = path[:, -1] - path[:, 0]
    if depth == 1:
        return [first]
    totals = _Totals(
        tuple(path.new_zeros(n_batch, n_channels**n) for n in range(2, depth - 1)),
        path.new_zeros(n_batch, n_channels ** (depth - 2), n_channels),
        path.new_zeros(n_batch, n_channels ** (depth - 1), n_channels),
    )
    n_chunk = max(1, _CHUNK_SIZE // max(1, n_batch * n_channels ** (depth - 1)))
    for start in range(0, n_frames - 1, n_chunk):
        chunk = slice(start, start + n_chunk)
        parts = (depth, before[:, chunk], steps[:, chunk], after[:, chunk])
        if n_chunk < n_frames - 1 and torch.is_grad_enabled() and path.requires_grad:
            # else the graph would keep the working memory of every chunk
            totals = checkpoint(_add_chunk, totals, *parts, use_reentrant=False)
        else:
            totals = _add_chunk(totals, *parts)
    blocks = (n_batch, n_channels ** (depth - 2), n_channels, n_channels)
    last = totals.last.view(blocks).mT.flatten(1)
    if depth == 2:
        return [first, last]
    return [first, *totals.lower, totals.last_but_one.flatten(1), last]


def _add_chunk(
    totals: _Totals, depth: int, before: Tensor, steps: Tensor, after: Tensor
) -> _Totals:
    """Add a chunk of steps.

    Writing s for the signature before a step, z for the way from after it to the end
    of the path and n for the depth, exchanging the order of summation turns the top
    level's sum of s^{n-1} ⊗ dx into one without s^{n-1},

        S^n = Σ_t (H_t ⊗ dx_t ⊗ z_t + E_t ⊗ dx_t ⊗ dx_t),

    with H = Σ_{k=0..n-2} s^{n-2-k} ⊗ dx^{⊗k} / (k + 1)! and E likewise with (k + 2)!,
    so that the cumulative sums stop two levels below.
    """
    states = [before]  # s^1, s^2, ..., each of shape (batch, frames, n_channels ** m)
    lower = []
    for total in totals.lower:
        growth = _outer(_horner(states, steps, len(states), 2), steps)
        ends = growth.cumsum(1) + total.unsqueeze(1)
        states.append(torch.cat([total.unsqueeze(1), ends[:, :-1]], dim=1))
        lower.append(ends[:, -1])
    inner = _horner(states, steps, depth - 2, 2)
    ending = 0.5 * _horner(states, steps, depth - 2, 3)
    left = _outer(inner, after) + _outer(ending, steps)
    return _Totals(
        tuple(lower),
        totals.last_but_one + inner.mT @ steps,
        totals.last + left.mT @ steps,
    )


def _horner(states: list[Tensor], steps: Tensor, order: int, last: int) -> Tensor:
    """Sum s^{order-k} ⊗ dx^{⊗k} (last - 1)! / (k + last - 1)! over k = 0 to order."""
    total = torch.ones_like(steps[:, :, :1])
    for m in range(order):
        total = _outer(total, steps / (order - 1 - m + last)) + states[m]
    return total


def _outer(left: Tensor, right: Tensor) -> Tensor:
    """Multiply frame by frame: (batch, frames, a) and (..., b) give (..., a * b)."""
    return (left.unsqueeze(3) * right.unsqueeze(2)).flatten(2)

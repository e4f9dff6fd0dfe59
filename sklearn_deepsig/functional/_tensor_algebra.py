r"""Signature and log-signature at any depth, level by level in the tensor algebra.

No loop runs over frames. A word of length n is cut at one of its middle letters: the
letters before it are integrated from the start of the path, those after it up to the
end, and the middle one over time,

.. math::
    S^{p+1+k} = \int S^p_{0,u} \otimes dx_u \otimes S^k_{u,T},

so only signatures of half the depth are ever wanted at every frame. Along a step the
integrand is a polynomial, for which a few Gauss points give the exact integral, and
the sum over all of them is one matrix product for all levels above p.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from sklearn_deepsig.functional._words import constant_table, gather_all_words

__all__ = ["log", "logsignature", "outer", "signature"]

# Frames are taken in chunks of this many numbers of working memory.
_CHUNK_SIZE = 1 << 22

# What counts is the way to memory: on a CPU batches are taken in blocks whose working
# memory has about this many numbers.
_BLOCK_SIZE = 1 << 20

# A gradient needs every chunk's working memory again; above this it is recomputed.
_KEPT_SIZE = 1 << 22


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
    tensor = torch.cat(log(signature(path, depth)), dim=1)
    return tensor if expanded else gather_all_words(tensor, path.shape[2], depth)


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
    n_frames, n_channels = path.shape[1:]
    if depth == 1:
        return [path[:, -1] - path[:, 0]]
    n_numbers = n_frames * n_channels ** ((depth + 1) // 2) * (depth + 1) // 2
    n_block = max(1, _BLOCK_SIZE // n_numbers)
    if path.device.type != "cpu" or len(path) <= n_block:
        return _signature(path, depth)
    blocks = [_signature(block, depth) for block in torch.split(path, n_block)]
    return [torch.cat(level) for level in zip(*blocks, strict=True)]


def _signature(path: Tensor, depth: int) -> list[Tensor]:
    n_batch, n_frames, n_channels = path.shape
    first = path[:, -1] - path[:, 0]
    # Distances from the ends and differences keep float32 accurate for paths far from
    # the origin. From here on time runs fastest.
    n_before = (depth - 1) // 2
    n_after = depth - 1 - n_before
    steps = path.diff(dim=1).mT.contiguous()
    from_start = (path[:, :-1] - path[:, :1]).mT.contiguous()
    before, lower = _running_levels(from_start, steps, n_before)
    # Seen from the end, a path run through backwards has the words reversed.
    to_end = (path[:, -1:] - path[:, 1:]).mT.flip(2)
    after, _ = _running_levels(to_end, steps.flip(2), n_after)
    after = [level.flip(2) for level in after]

    n_rows = n_channels ** (n_before + 1)
    n_columns = [n_channels**k for k in range(n_after + 1)]
    n_points = (depth + 1) // 2
    size = n_batch * (n_rows + sum(n_columns)) * n_points
    n_chunk = max(1, _CHUNK_SIZE // max(1, size))
    recompute = (
        size * n_frames > _KEPT_SIZE and torch.is_grad_enabled() and path.requires_grad
    )
    total = path.new_zeros(n_batch, n_rows, sum(n_columns))
    for start in range(0, max(1, n_frames - 1), n_chunk):
        chunk = slice(start, start + n_chunk)
        parts = (
            steps[:, :, chunk],
            [level[:, :, chunk] for level in before],
            [level[:, :, chunk] for level in after],
        )
        if recompute:
            total = total + checkpoint(_integral, *parts, use_reentrant=False)
        else:
            total = total + _integral(*parts)
    levels = [first, *lower] if n_before else []
    for k, block in enumerate(torch.split(total, n_columns, dim=2)):
        # the letters after the middle, back in their order
        letters = block.reshape(n_batch, n_rows, *k * [n_channels])
        order = (0, 1, *range(k + 1, 1, -1))
        levels.append(letters.permute(order).flatten(1))
    return levels


def _running_levels(
    displacement: Tensor, steps: Tensor, depth: int
) -> tuple[list[Tensor], list[Tensor]]:
    """Compute the signature of the path up to each step, and levels 2 on of the whole.

    Level n grows over a step dx by Σ_{k=1..n} s^{n-k} ⊗ dx^{⊗k} / k!, Chen's identity
    with the exponential of a line.
    """
    states = [displacement]
    ends = []
    for n in range(2, depth + 1):
        growth = outer(_horner(states, steps, n - 1, 2), steps).cumsum(2)
        ends.append(growth[:, :, -1:].sum(2))
        states.append(torch.nn.functional.pad(growth[:, :, :-1], (1, 0)))
    return states[:depth], ends


def _integral(steps: Tensor, before: list[Tensor], after: list[Tensor]) -> Tensor:
    """Integrate over a chunk of steps, for all numbers of letters after the middle."""
    n_points = (len(before) + len(after)) // 2 + 1
    points, rest, weights = _gauss_rule(steps, n_points)
    # a dimension for the points, before that of time
    steps = steps.unsqueeze(2)
    before = [level.unsqueeze(2) for level in before]
    after = [level.unsqueeze(2) for level in after]
    ahead = rest.unsqueeze(1) * steps
    state = _horner(before, points.unsqueeze(1) * steps, len(before), 1)
    rows = outer(state, weights.unsqueeze(1) * steps)
    columns = [_horner(after, ahead, k + 1, 1) for k in range(len(after))]
    # No letter after the middle: a column of ones. More of them, to a multiple of 8,
    # make the product up to twice as fast on a CPU.
    n_spare = -(sum(level.shape[1] for level in columns) + 1) % 8
    ones = torch.ones_like(ahead[:, :1]).expand(-1, n_spare + 1, -1, -1)
    product = rows.flatten(2) @ torch.cat([ones, *columns], dim=1).flatten(2).mT
    return product[:, :, n_spare:]


@constant_table
def _gauss_rule(n_points: int) -> NDArray[Any]:
    """Return points in [0, 1], their ways to 1, and weights.

    The rule is exact up to degree 2 n_points - 1. Shape (3, n_points).
    """
    points, weights = np.polynomial.legendre.leggauss(n_points)
    return np.stack([0.5 + 0.5 * points, 0.5 - 0.5 * points, 0.5 * weights])


def _horner(states: list[Tensor], steps: Tensor, order: int, last: int) -> Tensor:
    """Sum s^{order-k} ⊗ dx^{⊗k} (last - 1)! / (k + last - 1)! over k = 0 to order."""
    if order == 0:
        return torch.ones_like(steps[:, :1])
    # with no letter before there is s^0 = 1
    total = steps / (order - 1 + last) + states[0]
    for m in range(1, order):
        total = outer(total, steps / (order - 1 - m + last)) + states[m]
    return total


def outer(left: Tensor, right: Tensor) -> Tensor:
    """Multiply at each time.

    Parameters
    ----------
    left, right : Tensor, shapes (batch, a, ...) and (batch, b, ...)
        Components of one level each.

    Returns
    -------
    Tensor, shape (batch, a * b, ...)
        Their tensor product.
    """
    return (left.unsqueeze(2) * right.unsqueeze(1)).flatten(1, 2)

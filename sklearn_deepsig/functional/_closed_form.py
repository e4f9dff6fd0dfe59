r"""Log-signatures up to depth 3 in closed form, as matrix products over time.

For a piecewise linear path with steps dx_t = x_{t+1} - x_t, whose midpoints are
c_t = (x_t + x_{t+1}) / 2 - (x_0 + x_T) / 2 as seen from the middle of the chord
Δ = x_T - x_0, the levels of the log-signature are

.. math::
    L_1 &= \Delta \\
    L_2 &= \sum_t c_t \otimes dx_t \\
    L_3 &= -\sum_t c_t \otimes dx_t \otimes c_t
           + \tfrac{1}{12} \big(\Delta^{\otimes 3} - \sum_t dx_t^{\otimes 3}\big)

Level 2 is the Lévy area: as the midpoints are seen from the middle of the chord, the
symmetric part of the sum vanishes, and no antisymmetrisation is needed. The path
enters by differences alone, so one far from the origin costs no accuracy.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from sklearn_deepsig.functional._words import gather_words

__all__ = ["MAX_DEPTH", "logsignature_words"]

MAX_DEPTH = 3

# At depth 2, of few operations a number, what counts is the way to memory: on a CPU
# batches are taken in blocks whose working memory has this many numbers.
_CACHE_SIZE = 400_000


class _Steps(NamedTuple):
    """The differences by which a path of shape (batch, n_frames, C) enters."""

    chord: Tensor
    """Δ, shape (batch, 1, C)."""

    steps: Tensor
    """dx, shape (batch, n_frames - 1, C)."""

    midpoints: Tensor
    """c, shape (batch, n_frames - 1, C)."""


def logsignature_words(path: Tensor, depth: int) -> Tensor:
    """Compute the log-signature in the basis of Lyndon words.

    Parameters
    ----------
    path : Tensor, shape (batch, n_frames, n_channels)
        The paths.
    depth : int
        Number of levels, 1 to 3.

    Returns
    -------
    Tensor, shape (batch, width)
        The coefficients of the Lyndon words.
    """
    if depth == 1:
        return path[:, -1] - path[:, 0]
    blocks = [path]
    if depth == 2 and path.device.type == "cpu":
        n_frames, n_channels = path.shape[1:]
        n_block = _CACHE_SIZE // (n_channels * max(n_channels, n_frames))
        blocks = list(torch.split(path, max(1, n_block)))
    rows = []
    for block in blocks:
        levels = [block[:, -1] - block[:, 0], _LevyArea.apply(block)]  # type: ignore[no-untyped-call]
        if depth == 3:
            levels += _third_level(_split(block))
        rows.append(torch.cat(levels, dim=1))
    return torch.cat(rows) if len(rows) > 1 else rows[0]


def _split(path: Tensor) -> _Steps:
    from_start = path - path[:, :1]
    chord = from_start[:, -1:]
    steps = path.diff(dim=1)
    return _Steps(chord, steps, from_start[:, :-1] + 0.5 * steps - 0.5 * chord)


class _LevyArea(torch.autograd.Function):
    """Level 2, shape (batch, C (C - 1) / 2), with its derivative in closed form.

    A Lévy area is the signed area that the path and its chord enclose (the shoelace
    formula), so its derivative by a frame depends on the two neighbours only, where
    the last frame and the first are neighbours too. One matrix product replaces the
    two that reverse-mode differentiation of the forward pass would take.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(path: Tensor) -> Tensor:
        split = _split(path)
        area = split.midpoints.mT @ split.steps
        return gather_words(area.flatten(1), path.shape[2], 2)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: Tensor) -> None:  # noqa: ARG004
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (path,) = ctx.saved_tensors
        between_neighbours = path.roll(-1, 1) - path.roll(1, 1)
        negative = _antisymmetric(-0.5 * grad, path.shape[2])
        return torch.matmul(between_neighbours, negative)

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor) -> Tensor:
        (path,) = ctx.saved_tensors
        at, along = _split(path), _split(tangent)
        area = along.midpoints.mT @ at.steps + at.midpoints.mT @ along.steps
        return gather_words(area.flatten(1), path.shape[2], 2)


def _antisymmetric(upper: Tensor, n_channels: int) -> Tensor:
    """Fill antisymmetric matrices from their strict upper triangles."""
    table = torch.cat([upper, -upper, upper.new_zeros(len(upper), 1)], dim=1)
    index = _antisymmetric_index(n_channels, upper.device)
    return table.index_select(1, index).view(len(upper), n_channels, n_channels)


@lru_cache(maxsize=16)
def _antisymmetric_index(n_channels: int, device: torch.device) -> Tensor:
    # see _words._index_tensor for why not in inference mode
    with torch.inference_mode(False):
        row, column = torch.triu_indices(n_channels, n_channels, 1, device=device)
        n_words = len(row)
        index = torch.full((n_channels, n_channels), 2 * n_words, device=device)
        index[row, column] = torch.arange(n_words, device=device)
        index[column, row] = n_words + torch.arange(n_words, device=device)
        return index.flatten()


def _third_level(split: _Steps) -> list[Tensor]:
    """Compute level 3, one block a first letter.

    The Lyndon words of length 3 that begin with i are i j k with j >= i and k > i: a
    full rectangle, whose coefficients are one matrix product over time.
    """
    chord, steps, midpoints = split
    # The cube of the chord is one more step, with no midpoint and the opposite sign.
    left = torch.cat([steps, chord], dim=1)
    midpoints = torch.cat([midpoints, torch.zeros_like(chord)], dim=1)
    twelfths = torch.cat([steps, -chord], dim=1) / 12
    blocks = []
    for first in range(left.shape[2] - 1):
        middle, last = left[:, :, first:], slice(first + 1, None)
        right = torch.addcmul(
            midpoints[:, :, first : first + 1] * midpoints[:, :, last],
            middle[:, :, :1],
            twelfths[:, :, last],
        )
        blocks.append(-(middle.mT @ right).flatten(1))
    return blocks

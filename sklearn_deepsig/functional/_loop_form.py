r"""Log-signatures of depth 4 and 5 in closed form, by way of a closed loop.

Go from the middle of the chord Δ = x_T - x_0 to the beginning of the path, along the
path, and from its end back to the middle. The signature of this loop,

.. math::
    e^{-Δ/2} \otimes S \otimes e^{-Δ/2} = 1 + A + S_3 + S_4 + S_5 + ...,

has no level 1, so that little is left of its logarithm, and the symmetric
Baker-Campbell-Hausdorff formula leads back to that of S:

.. math::
    L_4 &= S_4 - \tfrac12 A A - \tfrac1{24} [Δ, [Δ, A]] \\
    L_5 &= S_5 - \tfrac12 (A S_3 + S_3 A) - \tfrac1{24} [Δ, [Δ, S_3]]
           + \tfrac1{12} [A, [A, Δ]]

Words are cut at a middle letter, which is integrated over time. What follows it needs
no scan of its own, as a loop's signature from time u on is the inverse of that up to
u times the whole: its levels are -S^1_u(l) and S^2_u(ml) + A(lm). Along a step dx with
midpoint c, in Legendre polynomials P of time,

.. math::
    S^1_u = c + \tfrac12 dx P_1, \quad
    S^2_u = q + \tfrac12 c \otimes dx P_1 + \tfrac1{12} dx \otimes dx P_2,

whose products integrate to 1, 1/3 and 1/5. So all is a few matrix products over time,
made of operations that PyTorch differentiates.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from sklearn_deepsig.functional._tensor_algebra import outer
from sklearn_deepsig.functional._words import gather_all_words

__all__ = ["MAX_DEPTH", "logsignature_words"]

MAX_DEPTH = 5

# What counts is the way to memory: on a CPU batches are taken in blocks whose working
# memory has about this many numbers.
_BLOCK_SIZE = 1 << 20

# Gradients need all working memory again; above this it is recomputed.
_KEPT_SIZE = 1 << 23


class _Loop(NamedTuple):
    """What the words of a closed loop are made of; time runs fastest."""

    chord: Tensor
    """Δ, shape (batch, C)."""

    steps: Tensor
    """dx, shape (batch, C, n_steps)."""

    midpoints: Tensor
    """c, shape (batch, C, n_steps)."""

    growth: Tensor
    """c ⊗ dx, by which level 2 grows, shape (batch, C ** 2, n_steps)."""

    squares: Tensor
    """dx ⊗ dx, shape (batch, C ** 2, n_steps)."""

    means: Tensor
    """q, the mean of level 2 along each step, shape (batch, C ** 2, n_steps)."""

    area: Tensor
    """A, shape (batch, C ** 2)."""


def logsignature_words(path: Tensor, depth: int) -> Tensor:
    """Compute the log-signature in the basis of Lyndon words.

    Parameters
    ----------
    path : Tensor, shape (batch, n_frames, n_channels)
        The paths.
    depth : int
        Number of levels, 4 or 5.

    Returns
    -------
    Tensor, shape (batch, width)
        The coefficients of the Lyndon words.
    """
    n_frames, n_channels = path.shape[1:]
    # The largest arrays: those over time, and the last level.
    over_time = (5 if depth == 4 else n_channels + 8) * n_channels**2 * n_frames
    n_numbers = over_time + 3 * n_channels**depth
    n_block = max(1, _BLOCK_SIZE // n_numbers)
    if path.device.type != "cpu" or torch.compiler.is_compiling():
        n_block = max(1, len(path))
    kept = len(path) * n_numbers <= _KEPT_SIZE or not (
        torch.is_grad_enabled() and path.requires_grad
    )
    words = [
        _words(block, depth)
        if kept
        else checkpoint(_words, block, depth, use_reentrant=False)
        for block in torch.split(path, n_block)
    ]
    return words[0] if len(words) == 1 else torch.cat(words)


def _words(path: Tensor, depth: int) -> Tensor:
    loop = _close(path)
    levels = _levels_to_4(loop) if depth == 4 else _levels_to_5(loop)
    tensor = torch.cat([loop.chord, loop.area, *levels], dim=1)
    return gather_all_words(tensor, path.shape[2], depth)


def _close(path: Tensor) -> _Loop:
    """Close a path to a loop that begins and ends in the middle of its chord."""
    # Differences keep float32 accurate for paths far from the origin.
    from_start = (path - path[:, :1]).mT.contiguous()
    chord = from_start[:, :, -1:]
    points = torch.nn.functional.pad(from_start - 0.5 * chord, (1, 1))
    # The last step, from the end of the loop to its beginning, is zero.
    steps = points.roll(-1, 2) - points
    midpoints = torch.add(points, steps, alpha=0.5)
    growth, squares = outer(midpoints, steps), outer(steps, steps)
    means = growth.cumsum(2)
    area = means[:, :, -1].clone()
    means.sub_(growth, alpha=0.5).sub_(squares, alpha=1 / 12)
    return _Loop(chord.squeeze(2), steps, midpoints, growth, squares, means, area)


def _levels_to_4(loop: _Loop) -> tuple[Tensor, Tensor]:
    """Compute levels 3 and 4; words are cut at their second letter."""
    n_batch, n_channels = loop.chord.shape
    # The letters after the cut: two, backwards, or one.
    after = _stack_rows(loop.means, loop.midpoints)
    slope = _stack_rows(loop.growth, loop.steps)
    product = torch.bmm(loop.growth, after.mT)
    product = torch.baddbmm(product, loop.squares, slope.mT, alpha=1 / 12)
    fourth, third = _split_columns(product, n_channels**2, n_channels)
    fourth = _finish_4(_reverse_end(fourth, n_channels), loop, share=0.5)
    return -third.reshape(n_batch, -1), fourth


def _levels_to_5(loop: _Loop) -> tuple[Tensor, Tensor, Tensor]:
    """Compute levels 3 to 5; words are cut at their third letter."""
    n_batch, n_channels = loop.chord.shape
    midpoints, ones = loop.midpoints, torch.ones_like(loop.midpoints[:, :1])
    # The letters after the cut: two, backwards, or one, or none.
    after = _stack_rows(loop.means, midpoints, ones)
    product = torch.bmm(outer(loop.means, loop.steps), after.mT)
    fifth, fourth, third = _split_columns(product, n_channels**2, n_channels, 1)
    # The terms in P1 and P2: c_i dx_j dx_k dx_l c_m / 12 + dx_i dx_j ... dx_m / 720,
    # and of level 4 c_i dx_j dx_k dx_l / 12. The columns are i m, and i.
    twelfths = midpoints / 12
    ends = torch.add(outer(twelfths, midpoints), loop.squares, alpha=1 / 720)
    rows = outer(loop.squares, loop.steps)
    product = torch.bmm(rows, _stack_rows(ends, twelfths).mT)
    fifth_slope, fourth_slope = _split_columns(product, n_channels**2, n_channels)

    third = third.reshape(n_batch, -1)
    shape = n_batch, n_channels, n_channels**3
    fourth = _finish_4(-fourth.reshape(shape) - fourth_slope.mT, loop, share=-0.5)
    fifth = _reverse_end(fifth, n_channels).reshape(*shape, n_channels)
    fifth_slope = fifth_slope.reshape(n_batch, n_channels**3, n_channels, n_channels)
    fifth = fifth + fifth_slope.transpose(1, 2)
    return third, fourth, _finish_5(fifth, third, loop)


def _finish_4(level: Tensor, loop: _Loop, share: float) -> Tensor:
    """Lead level 4 of the loop back to the path, with a share of A ⊗ A."""
    chord, area = loop.chord, loop.area
    pairs = torch.stack([area, outer(chord, chord)], dim=1)
    level = _add_products(level, pairs, pairs, [[share, -1 / 24], [-1 / 24, 0.0]])
    return _add_between(level, chord, area)


def _finish_5(level: Tensor, third: Tensor, loop: _Loop) -> Tensor:
    """Lead level 5 of the loop back to the path."""
    chord, area = loop.chord, loop.area
    pairs = torch.stack([area, outer(chord, chord)], dim=1)
    triples = torch.stack([third, outer(area, chord), outer(chord, area)], dim=1)
    level = _add_products(
        level, triples, pairs, [[0.5, -1 / 24], [-1 / 6, 0.0], [1 / 12, 0.0]]
    )
    level = _add_products(
        level, pairs, triples, [[-0.5, 1 / 12, 0.0], [-1 / 24, 0.0, 0.0]]
    )
    return _add_between(level, chord, third)


def _add_products(
    level: Tensor, left: Tensor, right: Tensor, factors: list[list[float]]
) -> Tensor:
    """Add tensor products of all left and right ones, times their factors.

    Both have shape (batch, n_tensors, n_words).
    """
    n_batch = len(level)
    table = level.new_tensor(factors).expand(n_batch, -1, -1)
    return torch.baddbmm(
        level.reshape(n_batch, left.shape[2], right.shape[2]),
        left.mT,
        torch.bmm(table, right),
    )


def _add_between(level: Tensor, chord: Tensor, inner: Tensor) -> Tensor:
    """Add Δ ⊗ inner ⊗ Δ / 12, of [Δ, [Δ, inner]] / -24."""
    before = outer(chord, inner)
    return torch.baddbmm(
        level.view(len(level), before.shape[1], chord.shape[1]),
        before.unsqueeze(2),
        chord.unsqueeze(1),
        alpha=1 / 12,
    ).flatten(1)


def _reverse_end(level: Tensor, n_channels: int) -> Tensor:
    """Swap the last two letters of words, of which they are the columns."""
    return level.reshape(*level.shape[:2], n_channels, n_channels).mT.flatten(2)


def _stack_rows(*parts: Tensor) -> Tensor:
    """Concatenate rows, repeating the last one up to a multiple of 8.

    With as many columns a product is up to twice as fast on a CPU.
    """
    n_spare = -sum(part.shape[1] for part in parts) % 8
    spare = parts[-1][:, -1:].expand(-1, n_spare, -1)
    return torch.cat([*parts, spare], dim=1)


def _split_columns(product: Tensor, *sizes: int) -> tuple[Tensor, ...]:
    """Take the columns that belong to the parts given to `_stack_rows`."""
    return torch.split(product[:, :, : sum(sizes)], list(sizes), dim=2)

r"""The closed form of `_closed_form`, computed in place: values and first derivatives.

On a CPU what counts is the way to memory, so samples are taken in blocks that fit in
the cache, temporary arrays are used again, and results go straight to their place.

Level 2 is the signed area of a closed polygon (the shoelace formula). Its edges
y_t ∧ y_{t+1} are taken two by two, y_{t-1} ∧ y_t + y_t ∧ y_{t+1} = y_t ∧ (y_{t+1} -
y_{t-1}), which halves the sum over time, and with it the matrix product. Seen from the
first frame the edges that meet there have no area, and a path far from the origin costs
no accuracy.

The product is a matrix, of which the words are the part above the diagonal less that
below it. For short paths reading off those parts takes longer than the product: then
the difference itself is made a product, of twice the length, and only panels that
reach the diagonal are computed. Channels are padded to a multiple of 8, with which
products are up to twice as fast.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from sklearn_deepsig.functional._pairs import (
    matrix_pairs,
    matrix_signs,
    padded_size,
    pair_positions,
    panel_bounds,
    panel_positions,
)

__all__ = ["fill_gradient", "fill_words"]

# Numbers of working memory that a block of samples may take on a CPU.
_BLOCK_SIZE = 1 << 19

# Paths of at most so many frames are short.
_SHORT = 50

# Columns that a product of level 3 should have.
_COLUMNS = 64


def fill_words(path: Tensor, depth: int, out: Tensor) -> None:
    """Write the log-signature of depth 2 or 3 in the basis of Lyndon words.

    Parameters
    ----------
    path : Tensor, shape (batch, n_frames, n_channels)
        The paths.
    depth : int
        Number of levels, 2 or 3.
    out : Tensor, shape (batch, width)
        Where to.
    """
    n_channels = path.shape[2]
    n_pairs = n_channels * (n_channels - 1) // 2
    if path.shape[1] <= _SHORT:
        _fill_two_levels_of_short(path, out[:, : n_channels + n_pairs])
    else:
        torch.sub(path[:, -1], path[:, 0], out=out[:, :n_channels])
        _fill_second_level(path, out[:, n_channels : n_channels + n_pairs])
    if depth == 3:
        _fill_third_level(path, out[:, n_channels + n_pairs :])


def fill_gradient(path: Tensor, grad: Tensor, depth: int, out: Tensor) -> None:
    """Write the gradient by the path of <grad, log-signature of the path>.

    Parameters
    ----------
    path : Tensor, shape (batch, n_frames, n_channels)
        The paths.
    grad : Tensor, shape (batch, width)
        One weight a Lyndon word.
    depth : int
        Number of levels, 2 or 3.
    out : Tensor, shape (batch, n_frames, n_channels)
        Where to.
    """
    n_frames, n_channels = path.shape[1:]
    if n_frames == 1:
        out.zero_()
        return
    n_pairs = n_channels * (n_channels - 1) // 2
    first, second, third = torch.split(
        grad, [n_channels, n_pairs, grad.shape[1] - n_channels - n_pairs], dim=1
    )
    _fill_second_gradient(path, second, out)
    out[:, 0] -= first
    out[:, -1] += first
    if depth == 3:
        _add_third_gradient(path, third, out)


def _blocks(path: Tensor, n_numbers: int) -> Iterator[slice]:
    """Cut the batch into blocks; the arrays of a sample have `n_numbers`."""
    n_batch = len(path)
    n_blocks = 1
    if path.device.type == "cpu":
        n_blocks = -(-n_batch * n_numbers // _BLOCK_SIZE)
    n_block = -(-n_batch // max(1, n_blocks))
    for start in range(0, n_batch, max(1, n_block)):
        yield slice(start, min(start + n_block, n_batch))


def _fill_pairs(frames: Tensor, middle: Tensor, between: Tensor) -> None:
    """Write the middle frames of pairs of edges, and the differences of their ends."""
    # Of an even number of frames the first edge, which has no area, has no partner.
    first = 2 - frames.shape[1] % 2
    torch.sub(frames[:, first:-1:2], frames[:, :1], out=middle)
    torch.sub(frames[:, first + 1 :: 2], frames[:, first - 1 : -2 : 2], out=between)


def _fill_second_level(path: Tensor, out: Tensor) -> None:
    n_frames, n_channels = path.shape[1:]
    n_pairs, n_padded = (n_frames - 1) // 2, padded_size(n_channels)
    positions = pair_positions(path, n_channels)
    size = (n_pairs + n_channels) * (n_channels + n_padded) + len(positions)
    product = None
    for block in _blocks(path, size):
        n_block = block.stop - block.start
        if product is None or n_block < len(product):  # the first, and the last
            middle = path.new_empty(n_block, n_pairs, n_channels)
            right = path.new_empty(n_block, n_pairs, n_padded)
            right[..., n_channels:] = 0
            left, between = middle.mT, right[..., :n_channels]
            product = path.new_empty(n_block, n_channels, n_padded)
            flat = product.flatten(1)
            words = path.new_empty(n_block, len(positions))
            above, below = words.tensor_split(2, 1)
        _fill_pairs(path[block], middle, between)
        torch.baddbmm(product, left, right, beta=0, alpha=0.5, out=product)
        torch.index_select(flat, 1, positions, out=words)
        torch.sub(above, below, out=out[block])


def _fill_two_levels_of_short(path: Tensor, out: Tensor) -> None:
    """Write levels 1 and 2, one after the other."""
    n_frames, n_channels = path.shape[1:]
    n_pairs, n_padded = (n_frames - 1) // 2, padded_size(n_channels)
    panels = panel_bounds(n_channels)
    positions = panel_positions(path, n_channels)
    row = None
    for block in _blocks(path, panels[-1].stop + 3 * n_pairs * n_padded):
        frames, n_block = path[block], block.stop - block.start
        if row is None or n_block < len(row):  # the first, and the last
            row = path.new_empty(n_block, panels[-1].stop)
            factors = path.new_empty(n_block, 3, n_pairs, n_padded)
            factors[..., n_channels:] = 0
            middle, between, minus = factors[..., :n_channels].unbind(1)
            # middle ∧ between = middle ⊗ between - between ⊗ middle
            left, right = factors[:, :2].flatten(1, 2).mT, factors[:, 1:].flatten(1, 2)
            products = [
                (
                    row[:, panel.start : panel.stop].view(
                        n_block, panel.bottom - panel.top, n_padded - panel.top
                    ),
                    left[:, panel.top : panel.bottom],
                    right[:, :, panel.top :],
                )
                for panel in panels
            ]
        torch.sub(frames[:, -1], frames[:, 0], out=row[:, :n_channels])
        _fill_pairs(frames, middle, between)
        torch.neg(middle, out=minus)
        for product, rows, columns in products:
            torch.baddbmm(product, rows, columns, beta=0, alpha=0.5, out=product)
        if out.is_contiguous():
            torch.index_select(row, 1, positions, out=out[block])
        else:
            out[block] = row.index_select(1, positions)


def _fill_second_gradient(path: Tensor, grad: Tensor, out: Tensor) -> None:
    """Write the derivative: by a frame it depends on the frame's neighbours only."""
    n_frames, n_channels = path.shape[1:]
    n_padded = padded_size(n_channels)
    pairs, signs = matrix_pairs(path, n_channels), matrix_signs(path, n_channels)
    work = None
    for block in _blocks(path, 2 * n_frames * n_padded + n_channels * n_padded):
        frames, n_block = path[block], block.stop - block.start
        if work is None:
            work = (
                path.new_empty(n_block, n_frames, n_channels),
                path.new_empty(n_block, n_channels * n_padded),
                path.new_empty(n_block, n_frames, n_padded),
            )
        between, matrix, product = (part[:n_block] for part in work)
        torch.sub(frames[:, 2:], frames[:, :-2], out=between[:, 1:-1])
        torch.sub(frames[:, 1], frames[:, -1], out=between[:, 0])
        torch.sub(frames[:, 0], frames[:, -2], out=between[:, -1])
        torch.index_select(grad[block], 1, pairs, out=matrix)
        matrix.mul_(signs)
        torch.bmm(between, matrix.view(n_block, n_channels, n_padded), out=product)
        out[block] = product[..., :n_channels]


def _third_level_factors(frames: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return steps, twelfths and midpoints, time running fastest.

    The cube of the chord is one more step, with no midpoint and the opposite sign.
    """
    from_start = (frames - frames[:, :1]).mT.contiguous()
    chord = from_start[:, :, -1:]
    steps = torch.empty_like(from_start)
    torch.sub(from_start[:, :, 1:], from_start[:, :, :-1], out=steps[:, :, :-1])
    steps[:, :, -1:] = chord
    twelfths = steps / 12
    twelfths[:, :, -1].neg_()
    midpoints = from_start.sub_(0.5 * chord).add_(steps, alpha=0.5)
    midpoints[:, :, -1] = 0
    return steps, twelfths, midpoints


def _fill_third_level(path: Tensor, out: Tensor) -> None:
    """Write level 3, one rectangle a first letter; see `_closed_form`."""
    n_frames, n_channels = path.shape[1:]
    n_rows = max(n_channels, _COLUMNS) + 8
    for block in _blocks(path, 2 * n_channels * n_frames):
        steps, twelfths, midpoints = _third_level_factors(path[block])
        n_block = len(steps)
        left = -steps
        work = path.new_empty(n_block, n_rows, n_frames)
        products = path.new_empty(n_block * n_channels * n_rows)
        start = top = 0
        while top < n_channels - 1:
            # Together, letters make large products, which are fast; the words whose
            # other letters come before their own are computed in vain.
            n_last = n_channels - top - 1
            n_first = min(max(1, _COLUMNS // n_last), n_last)
            n_columns = n_first * n_last
            firsts, lasts = slice(top, top + n_first), slice(top + 1, None)
            right = work[:, :n_columns].view(n_block, n_first, n_last, n_frames)
            torch.mul(
                midpoints[:, firsts].unsqueeze(2),
                midpoints[:, lasts].unsqueeze(1),
                out=right,
            )
            right.addcmul_(
                steps[:, firsts].unsqueeze(2), twelfths[:, lasts].unsqueeze(1)
            )
            if n_columns > 8:
                n_columns = padded_size(n_columns)
            product = products[: n_block * (n_last + 1) * n_columns]
            product = product.view(n_block, n_last + 1, n_columns)
            torch.bmm(left[:, top:], work[:, :n_columns].mT, out=product)
            for first in range(n_first):
                begin = first * n_last + first
                rectangle = product[:, first:, begin : begin + n_last - first]
                stop = start + rectangle.shape[1] * rectangle.shape[2]
                out[block, start:stop].view_as(rectangle).copy_(rectangle)
                start = stop
            top += n_first


def _add_third_gradient(path: Tensor, grad: Tensor, out: Tensor) -> None:
    n_frames, n_channels = path.shape[1:]
    for block in _blocks(path, 2 * n_channels * n_frames):
        steps, twelfths, midpoints = _third_level_factors(path[block])
        left = -steps
        grad_left, grad_steps, grad_twelfths, grad_midpoints = (
            torch.zeros_like(steps) for _ in range(4)
        )
        work = torch.empty_like(steps)
        start = 0
        for first in range(n_channels - 1):
            one, rest = slice(first, first + 1), slice(first + 1, None)
            n_last = n_channels - first - 1
            stop = start + n_last * (n_last + 1)
            weights = grad[block, start:stop].reshape(-1, n_last + 1, n_last)
            right = work[:, rest]
            torch.mul(midpoints[:, one], midpoints[:, rest], out=right)
            right.addcmul_(steps[:, one], twelfths[:, rest])
            grad_left[:, first:] += torch.bmm(weights, right)
            grad_right = torch.bmm(weights.mT, left[:, first:])
            grad_midpoints[:, rest].addcmul_(grad_right, midpoints[:, one])
            grad_twelfths[:, rest].addcmul_(grad_right, steps[:, one])
            torch.mul(grad_right, midpoints[:, rest], out=right)
            grad_midpoints[:, first] += right.sum(1)
            torch.mul(grad_right, twelfths[:, rest], out=right)
            grad_steps[:, first] += right.sum(1)
            start = stop
        # Back through `_third_level_factors`.
        grad_steps -= grad_left
        grad_twelfths /= 12
        grad_twelfths[:, :, -1].neg_()
        grad_steps += grad_twelfths
        grad_middle = 0.5 * grad_midpoints[:, :, :-1]
        out[block, :-1] += (grad_middle - grad_steps[:, :, :-1]).mT
        out[block, 1:] += (grad_middle + grad_steps[:, :, :-1]).mT
        grad_chord, total = grad_steps[:, :, -1], grad_middle.sum(2)
        out[block, -1] += grad_chord - total
        out[block, 0] -= grad_chord + total

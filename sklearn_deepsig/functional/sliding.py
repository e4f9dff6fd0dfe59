"""Log-signatures of sliding windows, without computing anew where they overlap."""

from collections.abc import Callable

import torch
from torch import Tensor

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional._checks import as_path
from sklearn_deepsig.functional.algebra import (
    signature,
    signature_combine,
    tensor_log,
)
from sklearn_deepsig.functional.bases import convert_basis
from sklearn_deepsig.functional.logsignature import logsignature
from sklearn_deepsig.functional.lyndon import logsignature_width

__all__ = ["sliding_logsignature"]

# By depth (4 stands for all above): how many frames a window must have, and how many
# intervals it must span, for joining intervals to be measurably faster than computing
# every window by itself. The direct kernels up to depth 3 are fast.
_LEAST_WINDOW = {2: 150, 3: 1000, 4: 60}
_LEAST_INTERVALS = 4


def sliding_logsignature(
    path: Tensor, depth: int, window: int, step: int = 1, *, basis: str = "words"
) -> Tensor:
    """Compute the log-signature of every window of a path.

    Where windows overlap enough for it to pay, each interval between the starts of
    neighbouring windows is computed once, and windows are joined from these by Chen's
    identity: from two neighbours, four, eight, and so on, at most 2 log2(window / step)
    products a window. Nothing is subtracted, so that nothing cancels in long paths.

    Parameters
    ----------
    path : Tensor, shape (..., n_frames, n_channels)
        The paths, in float32 or float64. Half precision is computed in float32.
    depth : int
        Length of the longest words.
    window : int
        Frames a window.
    step : int, default=1
        Frames from the start of a window to that of the next.
    basis : {"words", "lyndon", "expanded"}, default="words"
        Basis of the log-signature.

    Returns
    -------
    Tensor, shape (..., n_windows, width)
        The log-signatures of the frames k * step to k * step + window - 1, for all k
        for which the path has them.

    Raises
    ------
    InvalidInputError
        If the shape, the depth, the basis, the window or the step cannot be used.
    InvalidInputTypeError
        If the path is no tensor of floating-point numbers.

    Examples
    --------
    >>> import torch
    >>> path = torch.tensor([[0.0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
    >>> sliding_logsignature(path, depth=2, window=3)
    tensor([[ 1.0000,  1.0000,  0.5000],
            [-1.0000,  1.0000,  0.5000],
            [-1.0000, -1.0000,  0.5000]])
    """
    path = as_path(path)
    n_frames = path.shape[-2]
    logsignature_width(path.shape[-1], depth, basis)  # checks depth and basis
    if not 1 <= window <= n_frames or step < 1:
        raise InvalidInputError(
            f"window={window} and step={step} do not fit paths of {n_frames} frames; "
            f"give a window from 1 to {n_frames} and a step of at least 1."
        )
    n_whole = (window - 1) // step
    is_long = depth > 1 and window >= _LEAST_WINDOW[min(depth, 4)]
    if not is_long or n_whole < _LEAST_INTERVALS:
        return logsignature(_windows(path, window, step), depth, basis=basis)
    if depth == 2:
        log = _joined_areas(path, window, step)
        return convert_basis(log, path.shape[-1], depth, "words", basis)
    log = _joined_signatures(path, depth, window, step)
    return convert_basis(log, path.shape[-1], depth, "expanded", basis)


def _joined_areas(path: Tensor, window: int, step: int) -> Tensor:
    """Compute depth 2: areas add up, but for that of the polygon of the joints.

    So no area is computed twice, and the polygon has few corners.
    """
    n_channels = path.shape[-1]
    n_whole, rest = divmod(window - 1, step)
    n_windows = (path.shape[-2] - window) // step + 1
    intervals = logsignature(_windows(path, step + 1, step), 2)[..., n_channels:]
    areas = _join_neighbours(intervals, n_whole, torch.add)[..., :n_windows, :]
    corners = _windows(path[..., ::step, :], n_whole + 1, 1)[..., :n_windows, :, :]
    if rest:
        ends = _windows(path[..., n_whole * step :, :], rest + 1, step)
        areas = areas + logsignature(ends, 2)[..., n_channels:]
        corners = torch.cat([corners, ends[..., -1:, :]], dim=-2)
    polygon = logsignature(corners, 2)
    return torch.cat(
        [polygon[..., :n_channels], polygon[..., n_channels:] + areas], dim=-1
    )


def _joined_signatures(path: Tensor, depth: int, window: int, step: int) -> Tensor:
    """Compute any depth: signatures of neighbours are multiplied."""
    n_channels = path.shape[-1]
    n_whole, rest = divmod(window - 1, step)
    n_windows = (path.shape[-2] - window) // step + 1

    def combine(first: Tensor, second: Tensor) -> Tensor:
        return signature_combine(first, second, n_channels, depth)

    intervals = signature(_windows(path, step + 1, step), depth)
    total = _join_neighbours(intervals, n_whole, combine)[..., :n_windows, :]
    if rest:
        ends = _windows(path[..., n_whole * step :, :], rest + 1, step)
        total = combine(total, signature(ends, depth))
    return tensor_log(total, n_channels, depth)


def _join_neighbours(
    intervals: Tensor, count: int, combine: Callable[[Tensor, Tensor], Tensor]
) -> Tensor:
    """Join every `count` neighbours, along the last dimension but one."""
    if count == 1:
        return intervals
    half = _join_neighbours(intervals, count // 2, combine)
    total = combine(half[..., : -(count // 2), :], half[..., count // 2 :, :])
    if count % 2:
        total = combine(total[..., :-1, :], intervals[..., count - 1 :, :])
    return total


def _windows(path: Tensor, window: int, step: int) -> Tensor:
    """View the windows of a path, shape (..., n_windows, window, n_channels)."""
    return path.unfold(-2, window, step).mT

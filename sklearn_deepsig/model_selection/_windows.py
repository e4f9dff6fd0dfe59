"""Cutting trajectories into windows."""

import copy
from collections.abc import Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklearn_deepsig.exceptions import (
    InvalidInputError,
    InvalidInputTypeError,
)
from sklearn_deepsig.trajectory import (
    GraphTrajectory,
    describe_sample,
    is_md_trajectory,
    samples_of,
)
from sklearn_deepsig.trajectory._kinds import as_array, is_graph_data, is_path

__all__ = ["Windows", "count_frames", "make_windows"]

_MIN_FRAMES = 2  # a path needs a beginning and an end


class Windows(NamedTuple):
    """What :func:`make_windows` returns.

    Parameters
    ----------
    X : list
        The windows.
    y : ndarray, shape (n_windows,) or (n_windows, n_outputs)
        Their labels.
    groups : ndarray, shape (n_windows,)
        Their trajectories, or the groups of these.
    """

    X: list[Any]
    y: NDArray[Any]
    groups: NDArray[Any]


def make_windows(
    trajectories: Any,
    y: ArrayLike,
    n_windows: int | None = None,
    *,
    length: int | None = None,
    stride: int | None = None,
    groups: ArrayLike | None = None,
) -> Windows:
    """Cut every trajectory into windows, as many each or as long each.

    With `n_windows` a trajectory of n_frames frames gives that many adjoining windows
    of ``n_frames // n_windows`` frames. With `length` it gives as many windows of
    that many frames as fit into it, one beginning every `stride` frames; windows
    overlap where `stride` is less than `length`. Windows are in the order of time;
    frames at the end that do not fill another one are dropped.

    Parameters
    ----------
    trajectories : sequence or ndarray
        Samples of any kind that :func:`~sklearn_deepsig.trajectory.as_trajectories`
        accepts. A window is of the same kind as its trajectory.
    y : array-like, shape (n_trajectories,) or (n_trajectories, n_outputs)
        Labels of the trajectories, which their windows inherit.
    n_windows : int, optional
        Number of windows a trajectory. Either this or `length` is needed.
    length : int, optional
        Number of frames a window, at least 2.
    stride : int, optional
        Number of frames from the beginning of a window to that of the next, with
        `length` only; by default `length`, so that windows adjoin.
    groups : array-like, shape (n_trajectories,), optional
        The unit that is to be held out whole, such as the mutant, of each
        trajectory. By default every trajectory is its own group, named by its place.

    Returns
    -------
    Windows
        ``X``, a list of the windows, those of a trajectory next to each other;
        ``y``, their labels; ``groups``, their groups. The windows share coordinates
        and topology with the trajectories, nothing is copied.

    Raises
    ------
    InvalidInputError
        If there are no trajectories, `y` or `groups` is of another length or has a
        value that is None or not a number, both or
        none of `n_windows` and `length` are given, a number is too small, or a
        trajectory is too short for two frames a window, or for one window.
    InvalidInputTypeError
        If `trajectories` is one bare trajectory or a file name, or one of them is of
        a kind that has no frames.

    See Also
    --------
    TemporalGroupKFold : Splits that keep windows apart that share frames.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_deepsig.model_selection import make_windows
    >>> trajectories = [np.zeros((10, 4, 3)), np.zeros((14, 5, 3))]
    >>> X, y, groups = make_windows(trajectories, ["apo", "bound"], n_windows=3)
    >>> [window.shape for window in X]
    [(3, 4, 3), (3, 4, 3), (3, 4, 3), (4, 5, 3), (4, 5, 3), (4, 5, 3)]
    >>> y.tolist()
    ['apo', 'apo', 'apo', 'bound', 'bound', 'bound']
    >>> groups.tolist()
    [0, 0, 0, 1, 1, 1]

    Windows of eight frames that share four with the next one:

    >>> X, y, groups = make_windows(trajectories, y[[0, 3]], length=8, stride=4)
    >>> len(X), groups.tolist()
    (3, [0, 1, 1])
    """
    _check_sizes(n_windows, length, stride)
    samples = samples_of(trajectories)
    n_samples = len(samples)
    labels = _one_each(y, n_samples, "y")
    if groups is None:
        groups = np.arange(n_samples)
    units = _one_each(groups, n_samples, "groups")
    sequences = [_as_frames(item, index) for index, item in enumerate(samples)]
    _check_lengths(sequences, n_windows, length)
    windows, counts = [], []
    for sequence in sequences:
        n_frames = count_frames(sequence)
        size = length or n_frames // n_windows  # type: ignore[operator]
        starts = range(0, n_frames - size + 1, stride or size)[:n_windows]
        windows += [_cut(sequence, slice(start, start + size)) for start in starts]
        counts.append(len(starts))
    return Windows(windows, labels.repeat(counts, axis=0), units.repeat(counts, axis=0))


def _check_sizes(n_windows: int | None, length: int | None, stride: int | None) -> None:
    if (n_windows is None) == (length is None):
        raise InvalidInputError(
            f"n_windows={n_windows} and length={length}: give one of them, how many "
            "windows a trajectory or how many frames a window."
        )
    if stride is not None and length is None:
        raise InvalidInputError(
            f"stride={stride!r} needs length, the number of frames a window: with "
            "n_windows windows adjoin."
        )
    sizes = {"n_windows": n_windows, "length": length, "stride": stride}
    for name, value in sizes.items():
        low = _MIN_FRAMES if name == "length" else 1
        if value is not None and (not isinstance(value, Integral) or value < low):
            raise InvalidInputError(
                f"{name}={value!r} must be an integer of at least {low}."
            )


def _one_each(values: ArrayLike, n_samples: int, name: str) -> NDArray[Any]:
    array = np.asarray(values)
    if array.ndim == 0 or len(array) != n_samples:
        given = "one value" if array.ndim == 0 else f"{len(array)} values"
        raise InvalidInputError(
            f"{name} holds {given} for {n_samples} trajectories; give one value a "
            "trajectory, not one a frame or window."
        )
    # as objects, for beside text NumPy makes "nan" of a number that is none
    for index, value in enumerate(np.asarray(values, dtype=object)):
        if any(map(_is_missing, np.ravel(value))):
            raise InvalidInputError(
                f"{name}[{index}] is {value!r}: trajectory {index} has none. Give one, "
                "or leave the trajectory out."
            )
    return array


def _is_missing(value: Any) -> bool:
    if isinstance(value, float | np.floating):
        return bool(np.isnan(value))
    return value is None or type(value).__name__ == "NAType"  # of pandas


def _as_frames(item: Any, index: int) -> Any:
    """Bring a sample into a form whose frames can be cut."""
    name = describe_sample(index)
    if isinstance(item, GraphTrajectory) or is_md_trajectory(item):
        return item
    if is_graph_data(item):
        if getattr(item.pos, "ndim", 0) < 2:
            raise InvalidInputError(
                f"{name} is a {type(item).__name__} that needs pos of shape "
                "(n_nodes, n_frames, n_dims)."
            )
        return item
    if item is None or is_path(item):
        raise InvalidInputTypeError(
            f"{name} is {item!r}, which has no frames. Load files first, by "
            "mdtraj.load(file, top=topology)."
        )
    array = as_array(item)
    if array.ndim == 0:
        raise InvalidInputTypeError(
            f"{name} is of type {type(item).__name__}, which has no frames."
        )
    return array


def count_frames(sample: Any) -> int:
    """Count the frames of a sample of any kind.

    Parameters
    ----------
    sample : object
        One of the kinds that :func:`make_windows` returns.

    Returns
    -------
    int
        Its number of frames.
    """
    return int(sample.pos.shape[1]) if is_graph_data(sample) else len(sample)


def _cut(sequence: Any, frames: slice) -> Any:
    if is_md_trajectory(sequence):
        # Indexing would copy the topology, once for every window.
        return sequence.slice(frames, copy=False)
    if is_graph_data(sequence):
        window = copy.copy(sequence)
        window.pos = sequence.pos[:, frames]
        return window
    return sequence[frames]


def _check_lengths(
    sequences: Sequence[Any], n_windows: int | None, length: int | None
) -> None:
    lengths = [count_frames(sequence) for sequence in sequences]
    shortest = min(lengths)
    if shortest >= (length or _MIN_FRAMES * n_windows):  # type: ignore[operator]
        return
    index = lengths.index(shortest)
    name = describe_sample(index, getattr(sequences[index], "source", None))
    if length is not None:
        wanted = f"one window of length={length}"
        fitting = f"length={shortest}"
    else:
        wanted = f"n_windows={n_windows} of at least {_MIN_FRAMES} frames each"
        fitting = f"n_windows={shortest // _MIN_FRAMES}"
    remedy = (
        f"Choose {fitting} or less, or leave the sample out."
        if shortest >= _MIN_FRAMES
        else "Leave the sample out."
    )
    raise InvalidInputError(
        f"{name} has n_frames={shortest}, too few for {wanted}. {remedy}"
    )

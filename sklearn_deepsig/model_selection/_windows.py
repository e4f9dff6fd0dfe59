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

__all__ = ["Windows", "make_windows"]

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
    n_windows: int,
    *,
    groups: ArrayLike | None = None,
) -> Windows:
    """Cut every trajectory into consecutive windows of equal length.

    A trajectory of n_frames frames gives `n_windows` windows of
    ``n_frames // n_windows`` frames, in the order of time; the frames at its end that
    do not fill another window, fewer than `n_windows`, are dropped.

    Parameters
    ----------
    trajectories : sequence or ndarray
        Samples of any kind that :func:`~sklearn_deepsig.trajectory.as_trajectories`
        accepts. A window is of the same kind as its trajectory.
    y : array-like, shape (n_trajectories,) or (n_trajectories, n_outputs)
        Labels of the trajectories, which their windows inherit.
    n_windows : int
        Number of windows a trajectory.
    groups : array-like, shape (n_trajectories,), optional
        The unit that is to be held out whole, such as the mutant, of each
        trajectory. By default every trajectory is its own group, named by its place.

    Returns
    -------
    Windows
        ``X``, a list of ``n_trajectories * n_windows`` windows, those of a
        trajectory next to each other; ``y``, their labels; ``groups``, their groups.
        The windows share coordinates and topology with the trajectories, nothing is
        copied.

    Raises
    ------
    InvalidInputError
        If there are no trajectories, `y` or `groups` is of another length,
        `n_windows` is not positive, or a trajectory is too short for two frames a
        window.
    InvalidInputTypeError
        If `trajectories` is one bare trajectory or a file name, or one of them is of
        a kind that has no frames.

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
    """
    if not isinstance(n_windows, Integral) or n_windows < 1:
        raise InvalidInputError(
            f"n_windows={n_windows!r} must be an integer of at least 1."
        )
    samples = samples_of(trajectories)
    n_samples = len(samples)
    labels = _one_each(y, n_samples, "y")
    if groups is None:
        groups = np.arange(n_samples)
    units = _one_each(groups, n_samples, "groups")
    sequences = [_as_frames(item, index) for index, item in enumerate(samples)]
    _check_lengths(sequences, int(n_windows))
    windows = []
    for sequence in sequences:
        length = _n_frames(sequence) // n_windows
        windows += [
            _cut(sequence, slice(start, start + length))
            for start in range(0, n_windows * length, length)
        ]
    return Windows(
        windows, labels.repeat(n_windows, axis=0), units.repeat(n_windows, axis=0)
    )


def _one_each(values: ArrayLike, n_samples: int, name: str) -> NDArray[Any]:
    array = np.asarray(values)
    if array.ndim == 0 or len(array) != n_samples:
        given = "one value" if array.ndim == 0 else f"{len(array)} values"
        raise InvalidInputError(
            f"{name} holds {given} for {n_samples} trajectories; give one value a "
            "trajectory, not one a frame or window."
        )
    return array


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


def _n_frames(sequence: Any) -> int:
    return int(sequence.pos.shape[1]) if is_graph_data(sequence) else len(sequence)


def _cut(sequence: Any, frames: slice) -> Any:
    if is_md_trajectory(sequence):
        # Indexing would copy the topology, once for every window.
        return sequence.slice(frames, copy=False)
    if is_graph_data(sequence):
        window = copy.copy(sequence)
        window.pos = sequence.pos[:, frames]
        return window
    return sequence[frames]


def _check_lengths(sequences: Sequence[Any], n_windows: int) -> None:
    lengths = [_n_frames(sequence) for sequence in sequences]
    shortest = min(lengths)
    if shortest >= _MIN_FRAMES * n_windows:
        return
    index = lengths.index(shortest)
    name = describe_sample(index, getattr(sequences[index], "source", None))
    remedy = (
        f"Choose n_windows={shortest // _MIN_FRAMES} or fewer, or leave it out."
        if shortest >= _MIN_FRAMES
        else "Leave it out."
    )
    raise InvalidInputError(
        f"{name} has n_frames={shortest}, too few for n_windows={n_windows} of at "
        f"least {_MIN_FRAMES} frames each. {remedy}"
    )

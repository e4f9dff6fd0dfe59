"""Cross-validation within trajectories, by time."""

from collections.abc import Iterator
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import BaseCrossValidator

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.model_selection._windows import count_frames

__all__ = ["TemporalGroupKFold"]


class TemporalGroupKFold(BaseCrossValidator):  # type: ignore[misc]
    """Validate on a part of every stretch of every trajectory.

    The paper's cross-validation (section 3.4): the windows of each trajectory are
    divided by time into `n_groups` groups, and those of each group, again by time,
    into `n_splits` parts. Fold k validates on the k-th part of every group of every
    trajectory, and trains on the rest, so that training and validation both see
    every trajectory from its beginning to its end.

    Neighbouring windows resemble each other, and each trajectory is on both sides:
    the score says how well windows of *known* trajectories are told apart. For new
    trajectories hold out whole ones, by scikit-learn's `GroupKFold`.

    Parameters
    ----------
    n_groups : int, default=5
        Number of groups that each trajectory is divided into.
    n_splits : int, default=5
        Number of folds, at least 2.
    gap : int, default=0
        Least number of frames between a validation window and a training window of
        the same trajectory. Windows that come closer are left out of training, and
        so are always those that share frames with a validation window.
    stride : int, optional
        Number of frames from the beginning of a window to that of the next, as for
        :func:`make_windows`; by default windows adjoin.

    See Also
    --------
    make_windows : Cut trajectories into windows.
    sklearn.model_selection.GroupKFold : Hold out whole trajectories.

    Examples
    --------
    A row shows a fold, and a column a window: V is for validation, t for training,
    and . is left out by the gap. Trajectory 0 has eight windows of ten frames, and
    trajectory 1 four.

    >>> import numpy as np
    >>> from sklearn_deepsig.model_selection import TemporalGroupKFold, make_windows
    >>> trajectories = [np.zeros((80, 4, 3)), np.zeros((40, 4, 3))]
    >>> def show(cv, stride=10):
    ...     X, _, groups = make_windows(trajectories, [0, 1], length=10, stride=stride)
    ...     for train, test in cv.split(X, groups=groups):
    ...         row = np.full(len(X), ".")
    ...         row[train], row[test] = "t", "V"
    ...         print(*("".join(row[groups == name]) for name in (0, 1)))
    >>> show(TemporalGroupKFold(n_groups=2, n_splits=2))
    VVttVVtt VtVt
    ttVVttVV tVtV
    >>> show(TemporalGroupKFold(n_groups=1, n_splits=4))
    VVtttttt Vttt
    ttVVtttt tVtt
    ttttVVtt ttVt
    ttttttVV tttV
    >>> show(TemporalGroupKFold(n_groups=1, n_splits=4, gap=10))
    VV.ttttt V.tt
    t.VV.ttt .V.t
    ttt.VV.t t.V.
    ttttt.VV tt.V
    >>> show(TemporalGroupKFold(n_groups=1, n_splits=3, stride=5), stride=5)
    VVVVV.ttttttttt VVV.ttt
    tttt.VVVVV.tttt tt.VV.t
    ttttttttt.VVVVV tttt.VV
    """

    # Says to metadata routing that split wants groups, as for GroupKFold.
    __metadata_request__split = {"groups": True}  # noqa: RUF012

    def __init__(
        self,
        n_groups: int = 5,
        n_splits: int = 5,
        gap: int = 0,
        stride: int | None = None,
    ) -> None:
        self.n_groups = n_groups
        self.n_splits = n_splits
        self.gap = gap
        self.stride = stride

    def get_n_splits(
        self,
        X: Any = None,  # noqa: ARG002
        y: Any = None,  # noqa: ARG002
        groups: Any = None,  # noqa: ARG002
    ) -> int:
        """Return the number of folds.

        Parameters
        ----------
        X : object
            Ignored, as in scikit-learn.
        y : object
            Ignored.
        groups : object
            Ignored.

        Returns
        -------
        int
            `n_splits`.
        """
        return self.n_splits

    def split(
        self,
        X: Any,
        y: Any = None,  # noqa: ARG002
        groups: ArrayLike | None = None,
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Yield the indices of each fold.

        Parameters
        ----------
        X : sequence of length n_windows
            The windows. With `gap` or `stride` their numbers of frames matter, else
            only how many they are.
        y : object
            Ignored, as in scikit-learn.
        groups : array-like, shape (n_windows,)
            Which trajectory each window is from; the windows of one trajectory are
            in the order of time. :func:`make_windows` gives both.

        Yields
        ------
        train : ndarray of int
            The windows to train on, in ascending order.
        test : ndarray of int
            The windows to validate on, in ascending order.

        Raises
        ------
        InvalidInputError
            If a parameter is out of range, the groups are missing or of another
            length, a trajectory has too few windows, X is a table where frames
            matter, or no window is left to train on in some fold.
        """
        self._check_parameters()
        trajectory_of = _check_groups(X, groups)
        lengths = self._lengths(X)
        folds = np.empty(len(trajectory_of), dtype=np.intp)
        members = []
        for name in np.unique(trajectory_of):
            windows = np.flatnonzero(trajectory_of == name)
            self._check_enough(name, len(windows))
            folds[windows] = _folds_by_time(len(windows), self.n_groups, self.n_splits)
            members.append(windows)
        in_training = np.ones((self.n_splits, len(folds)), dtype=bool)
        for fold, row in enumerate(in_training):
            for windows in members:
                held_out = folds[windows] == fold
                row[windows] = ~_too_close(
                    held_out, lengths[windows], self.stride, self.gap
                )
            if not row.any():
                raise InvalidInputError(
                    f"gap={self.gap} leaves none of the {len(folds)} windows for "
                    f"training in fold {fold}: with n_groups={self.n_groups} and "
                    f"n_splits={self.n_splits} there is a validation window within "
                    f"{self.gap} frames of every window. Lower gap or n_groups, or "
                    "cut shorter windows or windows that overlap less."
                )
        for fold, row in enumerate(in_training):
            yield np.flatnonzero(row), np.flatnonzero(folds == fold)

    def _check_parameters(self) -> None:
        lowest = {"n_groups": 1, "n_splits": 2, "gap": 0, "stride": 1}
        for name, low in lowest.items():
            value = getattr(self, name)
            if name == "stride" and value is None:
                continue
            if not isinstance(value, Integral) or value < low:
                raise InvalidInputError(
                    f"{name}={value!r} must be an integer of at least {low}."
                )

    def _lengths(self, X: Any) -> NDArray[np.intp]:
        """Count the frames of each window, where they matter."""
        if self.gap == 0 and self.stride is None:
            return np.ones(len(X), dtype=np.intp)
        holds_samples = getattr(getattr(X, "dtype", None), "kind", None) == "O"
        if hasattr(X, "shape") and len(X.shape) < 3 and not holds_samples:
            raise InvalidInputError(
                f"X is a table of shape {X.shape}, which does not say how many frames "
                "a window has, as gap and stride need to know. Split the windows, and "
                "give cross-validation these folds: "
                "cv=list(cv.split(windows, groups=groups))."
            )
        return np.array([count_frames(X[i]) for i in range(len(X))], dtype=np.intp)

    def _check_enough(self, name: object, n_windows: int) -> None:
        needed = self.n_groups * self.n_splits
        if n_windows < needed:
            raise InvalidInputError(
                f"trajectory {name} has {n_windows} windows, fewer than "
                f"n_groups * n_splits = {self.n_groups} * {self.n_splits} = {needed}. "
                "Cut it into more windows, or lower n_groups or n_splits."
            )


def _check_groups(X: Any, groups: ArrayLike | None) -> NDArray[Any]:
    if groups is None:
        raise InvalidInputError(
            "groups is missing: TemporalGroupKFold has to know which trajectory each "
            "window is from. Pass the groups that make_windows returns."
        )
    array = np.asarray(groups)
    if array.shape != (len(X),):
        raise InvalidInputError(
            f"groups has shape {array.shape} for {len(X)} windows; give one group a "
            "window."
        )
    return array


def _folds_by_time(n_windows: int, n_groups: int, n_splits: int) -> NDArray[np.intp]:
    """Give each window of a trajectory its fold."""
    sizes = [
        len(part)
        for group in np.array_split(np.arange(n_windows), n_groups)
        for part in np.array_split(group, n_splits)
    ]
    return np.tile(np.arange(n_splits), n_groups).repeat(sizes)


def _too_close(
    held_out: NDArray[np.bool_],
    lengths: NDArray[np.intp],
    stride: int | None,
    gap: int,
) -> NDArray[np.bool_]:
    """Tell which windows of a trajectory come too close to one that is held out.

    The windows held out are too close to themselves.
    """
    if stride is None:
        stops = lengths.cumsum()
        starts = stops - lengths
    else:
        starts = stride * np.arange(len(lengths))
        stops = starts + lengths
    own_starts, own_stops = np.sort(starts[held_out]), np.sort(stops[held_out])
    # Held-out windows that begin before a window ends, less those that end before it
    # begins, both with the gap in between.
    begun = np.searchsorted(own_starts, stops + gap, side="left")
    ended = np.searchsorted(own_stops, starts - gap, side="right")
    return begun > ended

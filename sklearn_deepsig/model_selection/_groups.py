"""Folds of whole groups with every class in each of them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

__all__ = ["hold_out_groups", "split_by_group"]


def split_by_group(
    y: ArrayLike, groups: ArrayLike, n_splits: int, *, random_state: int
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Split windows into folds of whole groups, stratified by class.

    Where each group is of one class, as trajectories are, the groups themselves are
    stratified: every fold then holds out groups of every class, which
    `sklearn.model_selection.StratifiedGroupKFold` does not promise when groups are
    few. It serves where groups mix classes.

    Parameters
    ----------
    y : array-like, shape (n_windows,)
        Labels.
    groups : array-like, shape (n_windows,)
        Which group, such as which trajectory, each window belongs to.
    n_splits : int
        Number of folds.
    random_state : int
        Seed of the shuffling of the groups.

    Returns
    -------
    list of tuple of (ndarray, ndarray)
        Indices of the windows to train on and to test on, for each fold.

    Raises
    ------
    ValueError
        If a class has fewer groups than there are folds.

    Examples
    --------
    >>> from sklearn_deepsig.model_selection import split_by_group
    >>> y = ["a", "a", "b", "b", "a", "a", "b", "b"]
    >>> groups = [0, 0, 1, 1, 2, 2, 3, 3]
    >>> for train, test in split_by_group(y, groups, 2, random_state=0):
    ...     print(train, test)
    [0 1 6 7] [2 3 4 5]
    [2 3 4 5] [0 1 6 7]
    """
    labels = np.asarray(y)
    _, first, of_window = np.unique(
        np.asarray(groups), return_index=True, return_inverse=True
    )
    labels_of_groups = labels[first]
    shape = np.zeros(len(labels))
    if (labels != labels_of_groups[of_window]).any():
        mixed = StratifiedGroupKFold(n_splits, shuffle=True, random_state=random_state)
        return list(mixed.split(shape, labels, groups))
    if np.unique(labels_of_groups, return_counts=True)[1].min() < n_splits:
        raise ValueError(f"a class has fewer groups than n_splits={n_splits}")
    pure = StratifiedKFold(n_splits, shuffle=True, random_state=random_state)
    return [
        (
            np.flatnonzero(np.isin(of_window, train)),
            np.flatnonzero(np.isin(of_window, test)),
        )
        for train, test in pure.split(first, labels_of_groups)
    ]


def hold_out_groups(
    y: ArrayLike, groups: ArrayLike, fraction: float, *, random_state: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Hold out about a fraction of the groups of each class, at least one of each.

    Parameters
    ----------
    y : array-like, shape (n_windows,)
        Labels.
    groups : array-like, shape (n_windows,)
        Which group each window belongs to. A group that mixes classes counts for
        the class of its first window.
    fraction : float
        Fraction of the groups of each class to hold out, rounded to whole groups.
    random_state : int
        Seed of the choice.

    Returns
    -------
    train : ndarray of int
        Indices of the windows that stay.
    held_out : ndarray of int
        Indices of the windows that are held out.

    Raises
    ------
    ValueError
        If a class has only one group.
    """
    labels = np.asarray(y)
    _, first, of_window = np.unique(
        np.asarray(groups), return_index=True, return_inverse=True
    )
    generator = np.random.default_rng(random_state)
    chosen: list[int] = []
    for label in np.unique(labels[first]):
        own = np.flatnonzero(labels[first] == label)
        if len(own) < 2:
            raise ValueError(f"class {label} has a single group")
        n_held_out = int(np.clip(round(fraction * len(own)), 1, len(own) - 1))
        chosen += generator.permutation(own)[:n_held_out].tolist()
    held_out = np.isin(of_window, chosen)
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)

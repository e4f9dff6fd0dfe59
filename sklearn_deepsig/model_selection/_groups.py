"""Folds of whole groups with every class in each of them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

__all__ = ["split_by_group"]


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

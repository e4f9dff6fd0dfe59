"""The problems that methods are set, and how they are divided."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.datasets import make_gene_regulation, make_irreversible_dynamics
from sklearn_deepsig.experiments.studies.settings import Problem, Split
from sklearn_deepsig.model_selection import (
    TemporalGroupKFold,
    make_windows,
    split_by_group,
)

__all__ = ["gene_regulation", "irreversible_dynamics", "temporal_splits"]


def gene_regulation(data: Mapping[str, Any]) -> Problem:
    """Simulate gene regulation, and divide it as in the paper's table 1.

    Every trajectory is cut into windows. The last trajectories are the test, all their
    windows. Of the others, run r validates on fold r of `TemporalGroupKFold` and
    learns from the rest.

    Parameters
    ----------
    data : mapping
        ``n_test`` (trajectories of the test), ``n_windows`` (windows a trajectory),
        ``n_groups`` and ``n_folds`` (see `TemporalGroupKFold`); all else are parameters
        of `make_gene_regulation`.

    Returns
    -------
    Problem
        The windows. The positive class is dimerization.
    """
    own = ("n_test", "n_windows", "n_groups", "n_folds")
    n_test, n_windows, n_groups, n_folds = (data[name] for name in own)
    simulated = make_gene_regulation(
        **{name: value for name, value in data.items() if name not in own}
    )
    X, y, groups = make_windows(simulated.X, simulated.y, n_windows)
    is_test = groups >= len(simulated.X) - n_test
    splits = temporal_splits(groups, is_test, n_groups, n_folds)
    return Problem(X, y, groups, splits, "dimerization")


def temporal_splits(
    groups: NDArray[Any], is_test: NDArray[np.bool_], n_groups: int, n_folds: int
) -> list[Split]:
    """Divide windows as the paper does: trajectories of the test, and temporal folds.

    Parameters
    ----------
    groups : ndarray of shape (n_windows,)
        Trajectory of each window.
    is_test : ndarray of bool, shape (n_windows,)
        Whether its trajectory is of the test.
    n_groups, n_folds : int
        See `TemporalGroupKFold`, which divides the windows of all others.

    Returns
    -------
    list of Split
        One a fold, which is its validation.
    """
    known, test = np.flatnonzero(~is_test), np.flatnonzero(is_test)
    cv = TemporalGroupKFold(n_groups, n_folds)
    return [
        Split(known[train], known[validation], test)
        for train, validation in cv.split(known, groups=groups[known])
    ]


def irreversible_dynamics(data: Mapping[str, Any]) -> Problem:
    """Simulate irreversible dynamics; whole trajectories are validated and tested on.

    Parameters
    ----------
    data : mapping
        ``n_train``, ``n_validation`` and ``n_test``, the numbers of trajectories,
        ``n_runs``, among how many runs the first two are shuffled, and ``n_unused``, by
        default none, how many are simulated and left out, so that the test does not
        depend on how many are learned from; all else are parameters of
        `make_irreversible_dynamics`.

    Returns
    -------
    Problem
        The trajectories, each one sample. The positive class is forward.
    """
    simulated = dict(data)
    n_train, n_validation, n_test, n_runs = (
        simulated.pop(name) for name in ("n_train", "n_validation", "n_test", "n_runs")
    )
    n_known = n_train + n_validation
    n_before = n_known + simulated.pop("n_unused", 0)
    X, y, node_groups = make_irreversible_dynamics(n_before + n_test, **simulated)
    test = np.arange(n_before, n_before + n_test)
    splits = []
    for run in range(n_runs):
        train, validation = _hold_out(y[:n_known], n_validation, run)
        splits.append(Split(train, validation, test))
    return Problem(X, y, np.arange(len(X)), splits, "forward", node_groups)


def _hold_out(
    y: NDArray[Any], n_validation: int, seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Divide trajectories at random, as many of each class as there are."""
    n_splits = len(y) // n_validation
    trajectories = np.arange(len(y))
    train, validation = split_by_group(y, trajectories, n_splits, random_state=seed)[0]
    return train, validation

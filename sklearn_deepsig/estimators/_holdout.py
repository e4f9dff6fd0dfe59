"""What early stopping holds out."""

import warnings
from collections.abc import Sequence

import numpy as np
from sklearn.model_selection import (
    GroupShuffleSplit,
    ShuffleSplit,
    StratifiedShuffleSplit,
)

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.model_selection import hold_out_groups
from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = ["hold_out", "warn_of_shared_sources"]


def hold_out(
    n_samples: int,
    labels: np.ndarray | None,
    groups: np.ndarray | None,
    fraction: float,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Split samples for early stopping, by whole groups where they are given.

    Parameters
    ----------
    n_samples : int
        Number of samples.
    labels : ndarray or None
        Class of each sample, kept in proportion.
    groups : ndarray or None
        Group of each sample; groups are held out whole.
    fraction : float
        Share that is held out.
    seed : int
        Which ones.

    Returns
    -------
    train : ndarray of int
        Indices of the samples to train on.
    held_out : ndarray of int
        Indices of the others.

    Raises
    ------
    InvalidInputError
        If so few samples cannot be split.
    """
    try:
        if groups is not None and labels is not None:
            return hold_out_groups(labels, groups, fraction, random_state=seed)
        if groups is not None:
            kind = GroupShuffleSplit
        else:
            kind = ShuffleSplit if labels is None else StratifiedShuffleSplit
        splitter = kind(1, test_size=fraction, random_state=seed)
        return next(splitter.split(np.zeros(n_samples), labels, groups))
    except ValueError as error:
        raise InvalidInputError(
            f"early_stopping cannot hold out validation_fraction={fraction} of "
            f"{n_samples} samples ({error}). Give more samples, another "
            "validation_fraction, or early_stopping=False."
        ) from error


def warn_of_shared_sources(
    train: Sequence[GraphTrajectory], held_out: Sequence[GraphTrajectory]
) -> None:
    """Warn where windows of one file are on both sides of early stopping.

    Parameters
    ----------
    train : sequence of GraphTrajectory
        Samples to train on.
    held_out : sequence of GraphTrajectory
        The others.

    Warns
    -----
    UserWarning
        If they share a source. Samples without one cannot be told apart.
    """
    known = {sample.source for sample in train} - {None}
    shared = sorted(known & {sample.source for sample in held_out})
    if shared:
        warnings.warn(
            f"early_stopping holds out samples of {shared[0]}"
            + (f" and {len(shared) - 1} other sources" if len(shared) > 1 else "")
            + ", and trains on others of the same source. Windows of one trajectory "
            "resemble each other, so their loss says little about new trajectories: "
            "give fit the groups.",
            UserWarning,
            stacklevel=2,
        )

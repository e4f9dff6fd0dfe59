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
from sklearn_deepsig.trajectory import GraphTrajectory, describe_sample

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
        of, more = f"{n_samples} samples", "samples"
        if groups is not None:  # which the reason calls samples too
            of, more = f"{of} in {len(np.unique(groups))} groups", "groups"
        raise InvalidInputError(
            f"early_stopping cannot hold out validation_fraction={fraction} of "
            f"{of} ({error}). Give more {more}, of which only those of a positive "
            "sample_weight count, another validation_fraction, or early_stopping=False."
        ) from error


def warn_of_shared_sources(
    samples: Sequence[GraphTrajectory], train: np.ndarray, held_out: np.ndarray
) -> None:
    """Warn where windows of one trajectory are on both sides of early stopping.

    Parameters
    ----------
    samples : sequence of GraphTrajectory
        All samples.
    train : ndarray of int
        Indices of those to train on.
    held_out : ndarray of int
        Indices of the others.

    Warns
    -----
    UserWarning
        If samples on both sides name the same `source`, or were cut from one array or
        `mdtraj.Trajectory`, as :func:`~sklearn_deepsig.model_selection.make_windows`
        does. Copies without a source cannot be told apart.
    """
    trained_on = {
        name: index for index in train.tolist() for name in _names_of(samples[index])
    }
    pairs = []
    for index in held_out.tolist():
        known = [name for name in _names_of(samples[index]) if name in trained_on]
        if known:
            pairs.append((trained_on[known[0]], index))
    if not pairs:
        return
    trained, held = (describe_sample(i, samples[i].source) for i in pairs[0])
    warnings.warn(
        f"early_stopping holds out {held} and trains on {trained}, which are windows "
        f"of the same trajectory; this is so for {len(pairs)} of {len(held_out)} "
        "samples held out. Windows of one trajectory resemble each other, so their "
        "loss says little about new trajectories: give fit the groups.",
        UserWarning,
        stacklevel=2,
    )


def _names_of(sample: GraphTrajectory) -> list[object]:
    """List what a sample shares with other windows of its trajectory alone."""
    origin = sample._origin
    names = (sample.source, origin.key if origin else None)
    return [name for name in names if name is not None]

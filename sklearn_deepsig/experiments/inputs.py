"""What is compared: trajectories, labels and groups of a table, or of a store."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_deepsig.exceptions import InvalidInputError, TrajectoryFileError
from sklearn_deepsig.trajectory import (
    TrajectoryStore,
    groups_of,
    load_table,
    load_trajectory,
)

__all__ = ["load_files", "open_store"]


def load_files(
    table: str | Path, select: str | None
) -> tuple[list[Any], np.ndarray, np.ndarray, list[int]]:
    """Load the trajectories that a table lists.

    Parameters
    ----------
    table : path-like
        CSV file; see `sklearn_deepsig.trajectory.load_table`.
    select : str or None
        Atoms that are counted; None for all.

    Returns
    -------
    trajectories : list of mdtraj.Trajectory
        Them, with all atoms.
    labels, groups : ndarray
        What each is, and what it belongs to.
    counts : list of int
        How many atoms are selected in each.

    Raises
    ------
    InvalidInputError
        If the table, a file or the selection cannot be used, a file has a single frame,
        or the selection finds no atom.
    """
    records = load_table(table)
    trajectories = [load_trajectory(r.trajectory, r.topology) for r in records]
    for trajectory, record in zip(trajectories, records, strict=True):
        if trajectory.n_frames < 2:
            raise TrajectoryFileError(
                f"{record.trajectory} has 1 frame, which is no path. Take it out of "
                f"{table}."
            )
    counts = _selected_counts(trajectories, records, select)
    labels = np.array([record.label for record in records])
    return trajectories, labels, np.array(groups_of(records)), counts


def open_store(
    folder: str | Path, select: str | None
) -> tuple[TrajectoryStore, np.ndarray, np.ndarray, str | None, list[int]]:
    """Open a store that has labels.

    Parameters
    ----------
    folder : path-like
        The store.
    select : str or None
        Atoms that are asked for; "auto" for those that it was made of.

    Returns
    -------
    store : TrajectoryStore
        It.
    labels, groups : ndarray
        What each trajectory is, and what it belongs to.
    select : str or None
        Atoms that it was made of; None for all.
    counts : list of int
        How many these are in each.

    Raises
    ------
    InvalidInputError
        If it cannot be read, has no labels, or was made of other atoms.
    """
    store = TrajectoryStore(folder)
    if store.y is None:
        raise InvalidInputError(
            f"the store {str(folder)!r} has no labels. Convert it again, with y."
        )
    own = store.settings.get("select")
    if select not in ("auto", own):
        raise InvalidInputError(
            f"select={select!r}: the store {str(folder)!r} was made of "
            f"{own or 'all'!r}. Leave select out, or convert again with it."
        )
    groups = np.array(store.sources) if store.groups is None else store.groups
    return store, store.y, groups, own, [sample.n_nodes for sample in store]


def _selected_counts(
    trajectories: Sequence[Any], records: Sequence[Any], select: str | None
) -> list[int]:
    """Count the atoms that are selected; refuse a selection that finds none."""
    counts = []
    for trajectory, record in zip(trajectories, records, strict=True):
        try:
            n_atoms = len(trajectory.topology.select(select or "all"))
        except ValueError as error:
            raise InvalidInputError(
                f"select={select!r} is not in mdtraj's selection language: {error}"
            ) from error
        if n_atoms == 0:
            raise TrajectoryFileError(
                f"select={select!r} finds no atom in {record.topology}. Choose atoms "
                "that every system has."
            )
        counts.append(n_atoms)
    return counts

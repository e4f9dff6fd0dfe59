"""What is compared: trajectories, labels and groups of a table, or of a store."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_deepsig.exceptions import (
    InvalidInputError,
    StoreFileError,
    TrajectoryFileError,
)
from sklearn_deepsig.trajectory import (
    TableRow,
    TrajectoryStore,
    groups_of,
    load_table,
    load_topology,
    load_trajectory,
    select_atoms,
)

__all__ = ["load_files", "open_store", "read_table"]


def read_table(table: str | Path) -> tuple[list[TableRow], np.ndarray, np.ndarray]:
    """Read what a table lists; no trajectory is loaded.

    Parameters
    ----------
    table : path-like
        CSV file; see `sklearn_deepsig.trajectory.load_table`.

    Returns
    -------
    records : list of TableRow
        One for each trajectory.
    labels, groups : ndarray
        What each is, and what it belongs to.

    Raises
    ------
    InvalidInputError
        If the table cannot be used.
    """
    records = load_table(table)
    labels = np.array([record.label for record in records])
    return records, labels, np.array(groups_of(records))


def load_files(
    table: str | Path,
    records: Sequence[TableRow],
    select: str | None,
    tell: Callable[[str], object] | None,
) -> tuple[list[Any], list[int]]:
    """Load the trajectories that a table lists.

    Parameters
    ----------
    table : path-like
        The table, for messages.
    records : sequence of TableRow
        Its rows.
    select : str or None
        Atoms that are counted; None for all.
    tell : callable or None
        Called with a line for each trajectory.

    Returns
    -------
    trajectories : list of mdtraj.Trajectory
        Them, with all atoms.
    counts : list of int
        How many atoms are selected in each.

    Raises
    ------
    InvalidInputError
        If a file or the selection cannot be used, a file has a single frame, or the
        selection finds no atom; the latter, where topologies are files of their own,
        before any trajectory is loaded.
    """
    topologies, counts_of = {}, {}
    for record in records:
        name = record.topology
        if name != record.trajectory and name not in topologies:
            topologies[name] = load_topology(name)
            counts_of[name] = _count(topologies[name], record, select)
    trajectories, counts = [], []
    for index, record in enumerate(records):
        # a file that says itself what its atoms are is read once
        topology = topologies.get(record.topology)
        trajectory = load_trajectory(record.trajectory, topology)
        if trajectory.n_frames < 2:
            raise TrajectoryFileError(
                f"{record.trajectory} has 1 frame, which is no path. Take it out of "
                f"{table}."
            )
        trajectories.append(trajectory)
        known = counts_of.get(record.topology)
        counts.append(known or _count(trajectory.topology, record, select))
        if tell is not None:
            tell(
                f"{index + 1}/{len(records)} {record.trajectory}: "
                f"{trajectory.n_frames} frames of {trajectory.n_atoms} atoms, loaded"
            )
    return trajectories, counts


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
    try:
        store = TrajectoryStore(folder)
    except StoreFileError as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
        raise StoreFileError(
            f"{error} Give a CSV table that lists the files, with the columns "
            "trajectory, topology and label, or a folder that 'store convert' wrote."
        ) from error
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


def _count(topology: Any, record: TableRow, select: str | None) -> int:
    """Count the atoms that are selected; refuse a selection that finds none."""
    if select is None:
        return int(topology.n_atoms)
    try:
        return len(select_atoms(topology, select))
    except InvalidInputError as error:
        raise TrajectoryFileError(f"{record.topology}: {error}") from error

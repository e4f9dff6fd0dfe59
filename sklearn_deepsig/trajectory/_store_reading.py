"""Reading the JSON of a store, as if an enemy had written it."""

from pathlib import Path
from typing import Any, NamedTuple

from sklearn_deepsig import storage
from sklearn_deepsig.exceptions import StoreFileError
from sklearn_deepsig.storage import MOST_BYTES, parse_document, read_file
from sklearn_deepsig.trajectory._store_format import (
    FORMAT,
    FORMAT_VERSION,
    MANIFEST,
    Entry,
    check_entry,
    file_of,
    refuse,
)

__all__ = ["Sidecar", "read_entries", "read_labels", "read_manifest", "read_sidecar"]


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read and check the manifest of a store.

    Parameters
    ----------
    folder : Path
        The store.

    Returns
    -------
    dict
        What it says.

    Raises
    ------
    StoreFileError
        If it is missing, damaged, of a newer format, or the folder is no store.
    """
    file = folder / MANIFEST
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise StoreFileError(f"{folder} {what}; give the folder of a trajectory store.")
    try:
        return storage.read_manifest(
            file,
            FORMAT,
            FORMAT_VERSION,
            StoreFileError,
            writer="TrajectoryStore",
            damaged=refuse,
        )
    except FileNotFoundError as error:
        begun = file_of(folder, 0, "positions").exists()
        raise StoreFileError(
            f"{file} is missing: {folder} is no trajectory store, or its conversion "
            f"has not ended{'; start it again, it goes on' if begun else ''}."
        ) from error


def read_entries(folder: Path, manifest: dict[str, Any]) -> list[Entry]:
    """Check what the manifest says of its trajectories.

    Parameters
    ----------
    folder : Path
        The store.
    manifest : dict
        What `read_manifest` gave.

    Returns
    -------
    list of Entry
        One a trajectory.

    Raises
    ------
    StoreFileError
        If it says what cannot be.
    """
    file = folder / MANIFEST
    listed = manifest.get("trajectories")
    if not isinstance(listed, list) or not listed:
        refuse(file, "lists no trajectories")
    entries = []
    for index, item in enumerate(listed):
        if not isinstance(item, dict) or set(item) != set(Entry._fields):
            refuse(file, f"describes trajectory {index} by other names than it should")
        entry = Entry(**item)
        check_entry(file, index, entry)
        entries.append(entry)
    return entries


def read_labels(folder: Path, manifest: dict[str, Any], name: str) -> list[Any] | None:
    """Check labels or groups.

    Parameters
    ----------
    folder : Path
        The store.
    manifest : dict
        What `read_manifest` gave.
    name : {"labels", "groups"}
        Which.

    Returns
    -------
    list of str, int, float or bool, or None
        One a trajectory.

    Raises
    ------
    StoreFileError
        If they are something else.
    """
    values = manifest.get(name)
    if values is None:
        return None
    n_trajectories = len(manifest["trajectories"])
    plain = isinstance(values, list) and all(
        type(value) in (str, int, float, bool) for value in values
    )
    if not plain or len(values) != n_trajectories:
        refuse(folder / MANIFEST, f"has not {n_trajectories} {name}")
    return list(values)


class Sidecar(NamedTuple):
    """What the JSON of a trajectory says, beside its entry.

    Parameters
    ----------
    node_names : tuple of str or None
        One a node.
    block_frames : int
        Frames a block.
    blocks : list of int
        The checksum of each block of positions.
    checksums : dict of str to int
        Those of times and edges.
    """

    node_names: tuple[str, ...] | None
    block_frames: int
    blocks: list[int]
    checksums: dict[str, int]


def read_sidecar(folder: Path, index: int, entry: Entry) -> Sidecar:
    """Read and check the JSON of a trajectory.

    Parameters
    ----------
    folder : Path
        The store.
    index : int
        Number of the trajectory.
    entry : Entry
        What the manifest says of it.

    Returns
    -------
    Sidecar
        The rest.

    Raises
    ------
    StoreFileError
        If it is missing, damaged, or says what cannot be.
    """
    file = file_of(folder, index, "json")
    try:
        document, found = parse_document(read_file(file, StoreFileError, MOST_BYTES))
    except FileNotFoundError as error:
        raise StoreFileError(
            f"{file}, of {entry.source!r}, is missing. Copy the whole folder, or "
            "convert the trajectories again: what is there is kept."
        ) from error
    except ValueError as error:
        if isinstance(error, StoreFileError):
            raise
        refuse(file, f"is no JSON ({error})")
    if found != entry.checksum or document.get("checksum") != found:
        refuse(file, f"has another checksum than {MANIFEST} says")
    names, block_frames = document.get("node_names"), document.get("block_frames")
    blocks, rest = document.get("blocks"), document.get("checksums")
    if type(block_frames) is not int or block_frames < 1:
        refuse(file, f"says block_frames={block_frames!r}")
    n_blocks = -(-entry.n_frames // block_frames)
    if not isinstance(blocks, list) or not _are_checksums(blocks, n_blocks):
        refuse(file, f"has not the checksums of {n_blocks} blocks")
    if (
        not isinstance(rest, dict)
        or set(rest) != {"times", "edges"}
        or not _are_checksums(list(rest.values()), 2)
    ):
        refuse(file, "has not the checksums of times and edges")
    if names is not None:
        strings = isinstance(names, list) and all(isinstance(x, str) for x in names)
        if not strings or len(names) != entry.n_nodes:
            refuse(file, f"has not the names of {entry.n_nodes} nodes")
        names = tuple(names)
    return Sidecar(names, block_frames, blocks, rest)


def _are_checksums(values: list[Any], n_values: int) -> bool:
    return len(values) == n_values and all(
        type(value) is int and 0 <= value < 2**32 for value in values
    )

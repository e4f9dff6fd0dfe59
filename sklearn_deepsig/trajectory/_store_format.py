"""The folder of a trajectory store: which files, and what they must say.

``store.json`` lists the trajectories, and is written last. Number i of them has

- ``<i>.positions``: float32, little-endian, C order (n_frames, n_nodes, n_dims);
- ``<i>.times``: float64, little-endian, the time of each frame in ps;
- ``<i>.edges``: int64, little-endian, (2, n_edges), in canonical form;
- ``<i>.json``: what it was converted from, names of the nodes, and the checksums of
  these three files; CRC-32 (``zlib.crc32``) for each block of whole frames of the
  positions.

Both kinds of JSON hold their own checksum, and ``store.json`` those of all the others.
The names of files follow from i: nothing that a file says is ever taken for a name.
"""

from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from sklearn_deepsig.exceptions import StoreFileError
from sklearn_deepsig.storage import MOST_BYTES, parse_document, read_file

__all__ = [
    "FORMAT",
    "FORMAT_VERSION",
    "KINDS",
    "MANIFEST",
    "Entry",
    "Sidecar",
    "check_entry",
    "check_sizes",
    "file_of",
    "read_entries",
    "read_manifest",
    "read_sidecar",
    "refuse",
]

FORMAT = "sklearn_deepsig trajectory store"
FORMAT_VERSION = 1
"""Version of the format that is written. Newer ones are refused."""

MANIFEST = "store.json"

KINDS = ("positions", "times", "edges", "json")
"""The endings of the files of a trajectory."""

# Edges and times are read whole: 1 GiB, stated in docs/store.md.
_MOST_BYTES_OF_ARRAYS = 2**30
# What no size of a file can reach; it keeps products of a few numbers small.
_MOST = 2**48


class Entry(NamedTuple):
    """What the manifest says of a trajectory.

    Parameters
    ----------
    n_frames, n_nodes, n_dims : int
        Shape of its positions.
    n_edges : int
        Number of directed edges.
    source : str
        The file it was converted from.
    time_step : float or None
        Time between frames, in ps.
    checksum : str
        Checksum of its JSON.
    """

    n_frames: int
    n_nodes: int
    n_dims: int
    n_edges: int
    source: str
    time_step: float | None
    checksum: str

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of the positions."""
        return self.n_frames, self.n_nodes, self.n_dims

    @property
    def bytes_of_frame(self) -> int:
        """Bytes of the positions of one frame."""
        return 4 * self.n_nodes * self.n_dims

    @property
    def sizes(self) -> dict[str, int]:
        """Bytes of each of the files of arrays."""
        return {
            "positions": self.n_frames * self.bytes_of_frame,
            "times": 8 * self.n_frames,
            "edges": 16 * self.n_edges,
        }


def refuse(file: Path, what: str) -> NoReturn:
    """Say that a file is damaged.

    Parameters
    ----------
    file : Path
        Which.
    what : str
        What is wrong with it.

    Raises
    ------
    StoreFileError
        Always.
    """
    raise StoreFileError(
        f"{file} {what}: it is damaged or was edited. Convert the trajectories again: "
        "what is there whole is kept."
    )


def file_of(folder: Path, index: int, kind: str) -> Path:
    """Name a file of a trajectory.

    Parameters
    ----------
    folder : Path
        The store.
    index : int
        Number of the trajectory.
    kind : str
        One of `KINDS`.

    Returns
    -------
    Path
        Its place.
    """
    return folder / f"{index:06d}.{kind}"


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
        text = read_file(file, StoreFileError, MOST_BYTES)
    except FileNotFoundError as error:
        begun = file_of(folder, 0, "positions").exists()
        raise StoreFileError(
            f"{file} is missing: {folder} is no trajectory store, or its conversion "
            f"has not ended.{' Start it again; it goes on.' if begun else ''}"
        ) from error
    try:
        document, expected = parse_document(text)
    except ValueError as error:
        refuse(file, f"is no JSON ({error})")
    if document.get("format") != FORMAT:
        raise StoreFileError(f"{file} is not that of a trajectory store.")
    version = document.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise StoreFileError(
            f"{file} is of format {version}. This version reads formats up to "
            f"{FORMAT_VERSION}: upgrade sklearn_deepsig."
        )
    if type(version) is not int or version < 1:
        refuse(file, f"says format_version={version!r}")
    if document.get("checksum") != expected:
        refuse(file, "has another checksum than it says")
    return document


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


def check_entry(file: Path, index: int, entry: Entry) -> None:
    named = {
        name: getattr(entry, name)
        for name in ("n_frames", "n_nodes", "n_dims", "n_edges")
    }
    for name, value in named.items():
        low = 0 if name == "n_edges" else 1
        if type(value) is not int or not low <= value <= _MOST:
            refuse(file, f"says {name}={value!r} of trajectory {index}")
    for name in ("source", "checksum"):
        if not isinstance(getattr(entry, name), str):
            refuse(file, f"says {name}={getattr(entry, name)!r} of trajectory {index}")
    if type(entry.time_step) not in (float, type(None)):
        refuse(file, f"says time_step={entry.time_step!r} of trajectory {index}")
    for kind in ("times", "edges"):
        if entry.sizes[kind] > _MOST_BYTES_OF_ARRAYS:
            refuse(
                file,
                f"says that {kind} of trajectory {index} take {entry.sizes[kind]:,} "
                f"bytes, more than the {_MOST_BYTES_OF_ARRAYS:,} that are read",
            )


def check_sizes(folder: Path, index: int, entry: Entry) -> None:
    """Compare the sizes of the files of a trajectory with what the manifest says.

    Parameters
    ----------
    folder : Path
        The store.
    index : int
        Number of the trajectory.
    entry : Entry
        What the manifest says of it.

    Raises
    ------
    StoreFileError
        If a file is missing, or of another size.
    """
    for kind, size in entry.sizes.items():
        file = file_of(folder, index, kind)
        try:
            found = file.lstat().st_size
        except OSError as error:
            raise StoreFileError(
                f"{file}, of {entry.source!r}, cannot be read ({error.strerror}). Copy "
                "the whole folder, or convert the trajectories again: what is there is "
                "kept."
            ) from error
        if found != size:
            refuse(
                file,
                f"has {found:,} bytes in place of {size:,} "
                f"({'truncated' if found < size else 'too long'}), of {entry.source!r}",
            )


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

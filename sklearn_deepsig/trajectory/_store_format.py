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
from typing import NamedTuple, NoReturn

from sklearn_deepsig.exceptions import StoreFileError

__all__ = [
    "FORMAT",
    "FORMAT_VERSION",
    "KINDS",
    "MANIFEST",
    "Entry",
    "check_entry",
    "check_sizes",
    "file_of",
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


def check_entry(file: Path, index: int, entry: Entry) -> None:
    """Refuse what no trajectory can be, before anything is read or set aside for it.

    Parameters
    ----------
    file : Path
        Where it is said, for messages.
    index : int
        Number of the trajectory.
    entry : Entry
        What is said of it.

    Raises
    ------
    StoreFileError
        If a number, a text or a size cannot be.
    """
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
    sizes = entry.sizes
    for kind in KINDS:
        file = file_of(folder, index, kind)
        try:
            found = file.lstat().st_size
        except OSError as error:
            raise StoreFileError(
                f"{file}, of {entry.source!r}, cannot be read ({error.strerror}). Copy "
                "the whole folder, or convert the trajectories again: what is there is "
                "kept."
            ) from error
        size = sizes.get(kind, found)
        if found != size:
            refuse(
                file,
                f"has {found:,} bytes in place of {size:,} "
                f"({'truncated' if found < size else 'too long'}), of {entry.source!r}",
            )

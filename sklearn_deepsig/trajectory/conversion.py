"""Converting trajectory files into a store."""

from collections.abc import Callable, Iterator, Sequence
from os import PathLike, stat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklearn_deepsig.exceptions import (
    DeepSignatureError,
    InvalidInputError,
    InvalidInputTypeError,
    TrajectoryFileError,
)
from sklearn_deepsig.storage import checksum
from sklearn_deepsig.trajectory._reader import SampleReader
from sklearn_deepsig.trajectory._store_pieces import Piece, Recording
from sklearn_deepsig.trajectory._store_writing import write_store
from sklearn_deepsig.trajectory.files import load_topology
from sklearn_deepsig.trajectory.graph_trajectory import GraphTrajectory
from sklearn_deepsig.trajectory.implausible import warn_of_implausible_pieces
from sklearn_deepsig.trajectory.pieces import iterate_trajectory

__all__ = ["convert_files"]


def convert_files(
    folder: str | PathLike[str],
    trajectories: Sequence[str | PathLike[str]],
    topology: str | PathLike[str] | Sequence[str | PathLike[str]] | None,
    *,
    y: ArrayLike | None,
    groups: ArrayLike | None,
    select: str | None,
    stride: int | None,
    graph: str | ArrayLike,
    cutoff: float,
    n_neighbors: int,
    chunk_bytes: int,
    tell: Callable[[str], object] | None,
) -> None:
    """Convert trajectory files.

    Parameters
    ----------
    folder : path-like
        Where.
    trajectories : sequence of path-like
        The files.
    topology : path-like, sequence of path-like or None
        One file for all, or one for each.
    y, groups : array-like of shape (n_trajectories,), or None
        Labels and groups.
    select : str or None
        Atoms to keep.
    stride : int or None
        Keep every stride-th frame only.
    graph : str or array-like of int
        What connects the atoms.
    cutoff : float
        Largest distance of a contact, in nm.
    n_neighbors : int
        Number of neighbours of ``graph="knn"``.
    chunk_bytes : int
        Bytes of coordinates, of all atoms, that are read at once.
    tell : callable or None
        Called with a line for each trajectory.

    Raises
    ------
    InvalidInputError
        If an argument cannot be used.
    TrajectoryFileError
        If a file cannot be read.
    StoreFileError
        If the store cannot be written.

    Warns
    -----
    ImplausibleTrajectoryWarning
        As of `warn_of_implausible`, of the files that this call converts.
    """
    files, topologies = _pair(trajectories, topology)
    SampleReader(graph, cutoff, n_neighbors)  # says what is wrong before any work
    n_trajectories = len(files)
    labels = _as_labels(y, n_trajectories, "y")
    units = _as_labels(groups, n_trajectories, "groups")
    settings = {
        "select": select,
        "stride": int(stride or 1),
        "graph": graph if isinstance(graph, str) else np.asarray(graph).tolist(),
        "cutoff": float(cutoff),
        "n_neighbors": int(n_neighbors),
    }
    source = _Topologies()
    doubts: set[str] = set()

    def record(trajectory: Path, topology: Path | None) -> Recording:
        def read() -> Iterator[Piece]:
            pieces = iterate_trajectory(
                trajectory,
                None if topology is None else source.load(topology),
                select=select,
                stride=stride,
                chunk_bytes=chunk_bytes,
            )
            pieces = warn_of_implausible_pieces(pieces, str(trajectory), doubts)
            reader = SampleReader(graph, cutoff, n_neighbors)
            return _as_pieces(pieces, reader, str(trajectory))

        known = [_identity(path) for path in (trajectory, topology) if path is not None]
        identity = checksum({"settings": settings, "files": known})
        return Recording(str(trajectory), identity, read)

    recordings = [record(*pair) for pair in zip(files, topologies, strict=True)]
    write_store(
        Path(folder).absolute(),
        recordings,
        labels=labels,
        groups=units,
        settings=settings,
        tell=tell,
    )


def _pair(trajectories: Any, topology: Any) -> tuple[list[Path], list[Path | None]]:
    """Return the files, and the topology of each."""
    if isinstance(trajectories, str | PathLike):
        raise InvalidInputTypeError(
            f"trajectories={trajectories!r} is one name; give a list of files."
        )
    files = [Path(name) for name in trajectories]
    if not files:
        raise InvalidInputError("trajectories is empty; give at least one file.")
    if topology is None or isinstance(topology, str | PathLike):
        topology = [topology] * len(files)
    topologies = [None if name is None else Path(name) for name in topology]
    if len(topologies) != len(files):
        raise InvalidInputError(
            f"topology holds {len(topologies)} files for {len(files)} trajectories; "
            "give one for all, or one for each."
        )
    return files, topologies


class _Topologies:
    """Loads topologies; keeps the last, for replicas of one molecule follow each other.

    Not all: one of 50,000 atoms takes tens of megabytes.
    """

    def __init__(self) -> None:
        self._last: tuple[Path, Any] | None = None

    def load(self, path: Path) -> Any:
        if self._last is None or self._last[0] != path:
            self._last = path, load_topology(path)
        return self._last[1]


def _as_pieces(
    pieces: Iterator[Any], reader: SampleReader, source: str
) -> Iterator[Piece]:
    first: GraphTrajectory | None = None
    for piece in pieces:
        try:
            frames = reader.read(piece)
            if first is None:
                # the graph of contacts is made from the first frame
                finite = bool(np.isfinite(piece.xyz[0]).all())
                sample = reader.connect(frames) if finite else _without_edges(piece.xyz)
                first = sample[:1]
            else:
                sample = first.with_positions(frames.read())
        except DeepSignatureError as error:
            raise type(error)(f"{source!r}: {error}") from error
        yield Piece(sample, np.asarray(piece.time))


def _without_edges(xyz: NDArray[Any]) -> GraphTrajectory:
    """Make a sample of frames that are refused in a moment."""
    return GraphTrajectory(xyz, np.zeros((2, 0), dtype=np.int64))


def _identity(path: Path) -> list[Any]:
    """Tell a file from others, and from what it was before, by its size and times."""
    try:
        status = stat(path)
    except OSError as error:
        raise TrajectoryFileError(
            f"{str(path)!r} cannot be read ({error.strerror}). Check its name; "
            f"relative names start from {str(Path.cwd())!r}."
        ) from error
    return [str(path), status.st_size, status.st_mtime_ns]


def _as_labels(
    values: ArrayLike | None, n_trajectories: int, name: str
) -> list[Any] | None:
    """Turn labels into what JSON holds and gives back as the same array."""
    if values is None:
        return None
    array = np.asarray(values)
    if array.shape != (n_trajectories,):
        raise InvalidInputError(
            f"{name} has shape {array.shape} for {n_trajectories} trajectories; give "
            "one value a trajectory."
        )
    items: list[Any] = array.tolist()
    kinds = {type(item) for item in items}
    if len(kinds) != 1 or not kinds <= {str, int, float, bool}:
        found = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise InvalidInputError(
            f"{name} holds values of type {found}; give text, or numbers, of one kind."
        )
    if kinds == {float} and not np.isfinite(array.astype(np.float64)).all():
        raise InvalidInputError(f"{name} holds NaN or infinity; give numbers.")
    return items

"""Windows of the trajectories in a store, which read when they are asked."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.exceptions import StoreFileError
from sklearn_deepsig.storage import digest
from sklearn_deepsig.trajectory._form import as_positions
from sklearn_deepsig.trajectory._store_format import MANIFEST, Entry
from sklearn_deepsig.trajectory._store_reading import read_entries, read_manifest
from sklearn_deepsig.trajectory._stored_file import StoredFile
from sklearn_deepsig.trajectory.graph_trajectory import GraphTrajectory

__all__ = ["StoredFolder", "StoredTrajectory", "open_folder"]

_Move = Callable[[NDArray[np.floating]], NDArray[np.floating]]


class StoredFolder:
    """A store that was opened: its manifest, and trajectories that were asked for.

    Parameters
    ----------
    path : Path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifest = read_manifest(path)
        self.entries: list[Entry] = read_entries(path, self.manifest)
        self.checksum: str = self.manifest["checksum"]
        self._files: dict[int, StoredFile] = {}
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._edges: dict[str, NDArray[np.int64]] = {}

    def file(self, index: int) -> StoredFile:
        """Return a trajectory.

        Parameters
        ----------
        index : int
            Its number.

        Returns
        -------
        StoredFile
            The same object each time.
        """
        if index not in self._files:
            file = StoredFile(self.path, index, self.entries[index], self.checksum)
            # names and edges are the same for all replicas of a molecule
            if file.node_names is not None:
                file.node_names = self._names.setdefault(
                    file.node_names, file.node_names
                )
            key = digest(file.edge_index.tobytes())
            file.edge_index = self._edges.setdefault(key, file.edge_index)
            self._files[index] = file
        return self._files[index]


class StoredTrajectory(GraphTrajectory):
    """A window of a trajectory in a store, whose positions stay in the file.

    `positions` maps the window's part of the file, read-only, each time it is asked
    for, and nothing is kept. Pickled it is an address: folder, number, frames.

    Parameters
    ----------
    file : StoredFile
        The trajectory.
    frames : range
        Its frames, at least one.
    edge_index : ndarray of int64, optional
        Canonical edges, where they are others than the trajectory's.
    moves : tuple of callable, default=()
        What the positions go through when they are read; see `with_moved`.
    """

    _is_usable: ClassVar[bool] = True  # looked at when the store was written

    _file: StoredFile
    _frames: range
    _own_edges: NDArray[np.int64] | None
    _moves: tuple[_Move, ...]

    def __init__(
        self,
        file: StoredFile,
        frames: range,
        edge_index: NDArray[np.int64] | None = None,
        moves: tuple[_Move, ...] = (),
    ) -> None:
        step = file.entry.time_step
        fields = {
            "edge_index": file.edge_index if edge_index is None else edge_index,
            "node_names": file.node_names,
            "time_step": None if step is None else step * frames.step,
            "source": file.entry.source,
            "_origin": None,  # the source says where it was cut from
            "_file": file,
            "_frames": frames,
            "_own_edges": edge_index,
            "_moves": moves,
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @property
    def positions(self) -> NDArray[np.floating]:
        """Read the positions, shape (n_frames, n_nodes, n_dims), read-only."""
        positions = as_positions(self._file.read(self._frames))
        for move in self._moves:
            positions = move(positions)
        return positions

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return len(self._frames)

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return int(self._file.entry.n_nodes)

    @property
    def n_dims(self) -> int:
        """Number of coordinates a node."""
        return int(self._file.entry.n_dims)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the coordinates."""
        return np.dtype(np.float32)

    def __getitem__(self, frames: slice) -> "StoredTrajectory":
        """Take frames by a slice; nothing is read."""
        if not isinstance(frames, slice) or len(self._frames[frames]) == 0:
            # for its message
            return super().__getitem__(frames)  # type: ignore[return-value]
        return StoredTrajectory(
            self._file, self._frames[frames], self._own_edges, self._moves
        )

    def with_moved(self, move: _Move) -> "StoredTrajectory":
        """Return the same window with positions that a function moves when read.

        Parameters
        ----------
        move : callable
            Called with positions; returns positions of the same shape and type.

        Returns
        -------
        StoredTrajectory
            A new window.
        """
        return StoredTrajectory(
            self._file, self._frames, self._own_edges, (*self._moves, move)
        )

    def _with_checked_edges(self, edges: NDArray[np.int64]) -> "StoredTrajectory":
        return StoredTrajectory(self._file, self._frames, edges, self._moves)

    def __reduce__(self) -> tuple[Any, ...]:
        return _window, (
            str(self._file.folder),
            self._file.store_checksum,
            self._file.index,
            self._frames,
            self._own_edges,
            self._moves,
        )


def _window(
    path: str,
    checksum: str,
    index: int,
    frames: range,
    own_edges: NDArray[np.int64] | None,
    moves: tuple[_Move, ...],
) -> StoredTrajectory:
    file = open_folder(path, checksum).file(index)
    return StoredTrajectory(file, frames, own_edges, moves)


@lru_cache(maxsize=8)
def open_folder(path: str, checksum: str) -> StoredFolder:
    """Open the folder of a store that another process knows; once a process.

    Parameters
    ----------
    path : str
        The folder.
    checksum : str
        That of its manifest.

    Returns
    -------
    StoredFolder
        The store.

    Raises
    ------
    StoreFileError
        If it is missing, or another store has taken its place.
    """
    folder = StoredFolder(Path(path))
    if folder.checksum != checksum:
        raise StoreFileError(
            f"{path} is another store than the one that samples were taken from: "
            f"{MANIFEST} has changed. Open it again by TrajectoryStore."
        )
    return folder

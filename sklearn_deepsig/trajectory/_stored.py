"""Trajectories in the files of a store, and windows of them that read when asked."""

import os
import stat
import zlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.exceptions import StoreFileError
from sklearn_deepsig.storage import digest
from sklearn_deepsig.trajectory._form import as_positions, canonical_edges
from sklearn_deepsig.trajectory._store_format import (
    MANIFEST,
    Entry,
    file_of,
    read_entries,
    read_manifest,
    read_sidecar,
    refuse,
)
from sklearn_deepsig.trajectory.graph_trajectory import GraphTrajectory

__all__ = ["StoredFolder", "StoredTrajectory", "open_folder"]

_Move = Callable[[NDArray[np.floating]], NDArray[np.floating]]


class StoredFile:
    """One trajectory of a store: where its arrays are, and whether they are whole.

    Its windows share it.

    Parameters
    ----------
    folder : Path
        The store.
    index : int
        Number of the trajectory in it.
    entry : Entry
        What the manifest says of it.
    store_checksum : str, default=""
        Checksum of the manifest, by which other processes know the store.
    """

    def __init__(
        self, folder: Path, index: int, entry: Entry, store_checksum: str = ""
    ) -> None:
        self.folder = folder
        self.index = index
        self.entry = entry
        self.store_checksum = store_checksum
        sidecar = read_sidecar(folder, index, entry)
        self.node_names = sidecar.node_names
        self.block_frames = sidecar.block_frames
        self.blocks = sidecar.blocks
        self._checksums = sidecar.checksums
        self.file = file_of(folder, index, "positions")
        self.edge_index = self._read_edges()
        # 1 for a block that was compared with its checksum in this process
        self._seen = bytearray(len(self.blocks))

    def read(self, frames: range) -> NDArray[np.float32]:
        """Map the positions of some frames into memory.

        Blocks that this process has not met before are compared with their checksums.
        The pages belong to the array alone: they go when it goes.

        Parameters
        ----------
        frames : range
            Which frames, at least one.

        Returns
        -------
        ndarray of float32, shape (len(frames), n_nodes, n_dims)
            A read-only view of the file, in the order of `frames`.

        Raises
        ------
        StoreFileError
            If a block is damaged, or the file cannot be read.
        """
        low, high = min(frames[0], frames[-1]), max(frames[0], frames[-1]) + 1
        first, last = low // self.block_frames, (high - 1) // self.block_frames
        if not all(self._seen[first : last + 1]):
            for block in range(first, last + 1):
                if not self._seen[block]:
                    self.check_block(block)
        mapped = self._map(low, high)
        if frames.step > 0:
            return mapped[:: frames.step]
        return mapped[::-1][:: -frames.step]

    def times(self) -> NDArray[np.float64]:
        """Read the times of the frames.

        Returns
        -------
        ndarray of float64, shape (n_frames,)
            In ps.

        Raises
        ------
        StoreFileError
            If the file is damaged.
        """
        return np.frombuffer(self._read_whole("times"), "<f8").astype(np.float64)

    def check_block(self, block: int) -> None:
        """Compare a block with its checksum.

        Parameters
        ----------
        block : int
            Which.

        Raises
        ------
        StoreFileError
            If they differ.
        """
        low = block * self.block_frames
        high = min(low + self.block_frames, self.entry.n_frames)
        if zlib.crc32(self._map(low, high).data) != self.blocks[block]:
            refuse(
                self.file,
                f"has another checksum in frames {low} to {high - 1}, of "
                f"{self.entry.source!r},",
            )
        self._seen[block] = 1

    def verify(self) -> None:
        """Compare everything with its checksums, also what was compared before.

        Raises
        ------
        StoreFileError
            At the first block that is damaged.
        """
        self.times()
        self._read_edges()
        for block in range(len(self.blocks)):
            self.check_block(block)

    def _map(self, low: int, high: int) -> NDArray[np.float32]:
        entry = self.entry
        try:
            with _open_file(self.file) as opened:
                mapped = np.memmap(
                    opened,
                    dtype="<f4",
                    mode="r",
                    offset=low * entry.bytes_of_frame,
                    shape=(high - low, entry.n_nodes, entry.n_dims),
                )
        except ValueError as error:
            if isinstance(error, StoreFileError):
                raise
            refuse(self.file, f"ends before frame {high - 1} ({error})")
        return np.asarray(mapped)

    def _read_edges(self) -> NDArray[np.int64]:
        raw = np.frombuffer(self._read_whole("edges"), "<i8")
        edges = raw.astype(np.int64).reshape(2, self.entry.n_edges)
        file = file_of(self.folder, self.index, "edges")
        try:
            canonical = canonical_edges(edges, self.entry.n_nodes)
        except ValueError as error:
            refuse(file, f"holds no edges ({error})")
        if not np.array_equal(edges, canonical):
            refuse(file, "holds edges in another form")
        return edges

    def _read_whole(self, kind: str) -> bytes:
        file = file_of(self.folder, self.index, kind)
        size = self.entry.sizes[kind]
        with _open_file(file) as opened:
            data: bytes = opened.read(size + 1)
        if len(data) != size or zlib.crc32(data) != self._checksums[kind]:
            refuse(file, f"has another checksum, of {self.entry.source!r}")
        return data


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

    _is_finite: ClassVar[bool] = True  # looked at when the store was written

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


def _open_file(file: Path) -> Any:
    """Open a file of the store itself, and no link to elsewhere."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    # a pipe in the place of a file would be waited for
    flags |= getattr(os, "O_NONBLOCK", 0)
    try:
        opened = os.fdopen(os.open(file, flags), "rb")
    except OSError as error:
        raise StoreFileError(f"{file} cannot be read ({error.strerror}).") from error
    if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
        opened.close()
        raise StoreFileError(f"{file} is no file, and is not read.")
    return opened

"""One trajectory of a store: its arrays on the disk, compared with their checksums."""

import os
import stat
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.exceptions import StoreFileError
from sklearn_deepsig.trajectory._form import canonical_edges
from sklearn_deepsig.trajectory._store_format import Entry, file_of, refuse
from sklearn_deepsig.trajectory._store_reading import read_sidecar

__all__ = ["StoredFile"]


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
                f"{self.entry.source!r}",
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

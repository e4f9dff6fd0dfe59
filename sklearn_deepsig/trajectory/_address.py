"""Where in a file an array lies, to send instead of its numbers."""

import os
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.exceptions import TrajectoryFileError

__all__ = ["FileAddress", "address_of"]

# joblib's own copies of what it sent to a worker, which it removes after the task.
_PASSING_FOLDER = "joblib_memmapping_folder_"

# Each file is mapped once in a process, however many windows of it there are.
_MAPPED: "WeakValueDictionary[tuple[str, int, int], np.memmap[Any, Any]]" = (
    WeakValueDictionary()
)


class FileAddress(NamedTuple):
    """A C-ordered array within a file.

    Parameters
    ----------
    file : str
        The file, by its absolute path.
    n_bytes, mtime_ns : int
        Size and time of the last change of the file, in ns since 1970, by which a
        changed file is noticed.
    offset : int
        Where the array begins, in bytes.
    dtype : str
        Type of its numbers, with their byte order.
    shape : tuple of int
        Its shape.
    """

    file: str
    n_bytes: int
    mtime_ns: int
    offset: int
    dtype: str
    shape: tuple[int, ...]

    def read(self) -> NDArray[Any]:
        """Map the array into memory.

        Returns
        -------
        ndarray
            The array, read-only; its numbers are read where they are looked at.

        Raises
        ------
        TrajectoryFileError
            If this process cannot read the file, or it is another one by now.
        """
        key = self.file, self.n_bytes, self.mtime_ns
        mapped = _MAPPED.get(key)
        if mapped is None:
            mapped = self._map()
            _MAPPED[key] = mapped
        return np.ndarray(self.shape, self.dtype, mapped, self.offset)

    def _map(self) -> "np.memmap[Any, Any]":
        try:
            found = os.stat(self.file)
            if (found.st_size, found.st_mtime_ns) != (self.n_bytes, self.mtime_ns):
                raise TrajectoryFileError(
                    f"{self.file!r} is not the file that a sample was a window of: it "
                    f"has {found.st_size:,} bytes and was changed at "
                    f"{found.st_mtime_ns / 1e9:.3f} s, not {self.n_bytes:,} bytes and "
                    f"{self.mtime_ns / 1e9:.3f} s. Make the samples anew; copies on "
                    "other machines must keep the time (cp -p, rsync -a)."
                )
            return np.memmap(self.file, np.uint8, mode="r")
        except OSError as error:
            raise TrajectoryFileError(
                f"A sample is a window of {self.file!r}, which this process cannot "
                f"read ({error.strerror}). Put the file where every worker sees it by "
                "this name, or send the numbers: copy the positions before."
            ) from error


def address_of(array: NDArray[Any]) -> FileAddress | None:
    """Find the file that an array is a part of.

    Parameters
    ----------
    array : ndarray
        Any array.

    Returns
    -------
    FileAddress or None
        None for an array that is not mapped read-only from a file that still is as it
        was, or whose numbers do not lie in a row: it must be sent itself.
    """
    root = _mapped_root(array)
    if root is None or array.dtype.hasobject or not array.flags.c_contiguous:
        return None
    path = Path(root.filename)  # type: ignore[arg-type]
    if any(part.startswith(_PASSING_FOLDER) for part in path.parts):
        return None
    try:
        found = path.stat()
    except OSError:
        return None
    start = array.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    offset = int(root.offset) + int(start)
    if offset + array.nbytes > found.st_size:
        return None
    return FileAddress(
        str(path.absolute()),
        found.st_size,
        found.st_mtime_ns,
        offset,
        array.dtype.str,
        array.shape,
    )


def _mapped_root(array: Any) -> "np.memmap[Any, Any] | None":
    """Return the map that an array is a view of, if nobody writes through it."""
    root = None
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap):
            root = array
        array = array.base
    if root is None or root.mode != "r" or root.filename is None:
        return None
    return root

"""Folders that one process at a time may write to."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sklearn_deepsig.exceptions import InvalidInputError

try:
    import fcntl
except ModuleNotFoundError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["lock_folder"]

_FILE_NAME = "in-use.lock"


@contextmanager
def lock_folder(folder: Path, name: str) -> Iterator[None]:
    """Hold a folder for a block, and refuse one that another process holds.

    The system forgets the lock when the process ends, however it ends, so that a
    killed process blocks nobody. Where there are no such locks, on Windows and on some
    file systems of networks, nothing is refused.

    Parameters
    ----------
    folder : Path
        The folder, which is there.
    name : str
        The parameter that says so, for the message.

    Yields
    ------
    None
        The block has the folder for itself.

    Raises
    ------
    InvalidInputError
        If another process, or another fit of this one, holds it. The message names
        the process.
    """
    if fcntl is None:
        yield
        return
    path = folder / _FILE_NAME
    handle = _open_and_lock(path, name)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _open_and_lock(path: Path, name: str) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(handle, 1000).decode(errors="replace")
            os.close(handle)
            raise InvalidInputError(
                f"{name}: {path.parent} is in use by {holder or 'another process'}. "
                f"Wait until that has ended, or give another {name}."
            ) from error
        except OSError:
            return handle  # a file system without locks
        if _is_still_there(path, handle):
            with suppress(OSError):  # a full disk; the lock holds without the text
                os.ftruncate(handle, 0)
                holder = f"process {os.getpid()} on {socket.gethostname()}"
                os.write(handle, holder.encode())
            return handle
        os.close(handle)  # whoever had it has just ended, and removed it


def _is_still_there(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False

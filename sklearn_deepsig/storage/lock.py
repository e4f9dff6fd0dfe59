"""One process at a time in a folder."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sklearn_deepsig.exceptions import InvalidInputError

__all__ = ["exclusive"]

_LOCK = "in-use.lock"


@contextmanager
def exclusive(folder: Path, what: str) -> Iterator[None]:
    """Hold a folder for this process, until the block ends or the process dies.

    The lock is the system's, on an empty file in the folder, so a killed process leaves
    none behind. Without effect where there are no such locks: outside POSIX, and on
    file systems that know none.

    Parameters
    ----------
    folder : Path
        The folder, which exists.
    what : str
        What the folder is for, for the message.

    Yields
    ------
    None
        The block runs alone.

    Raises
    ------
    InvalidInputError
        If another process holds it.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with (folder / _LOCK).open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InvalidInputError(
                f"{folder} is in use by another process ({what}). Wait for it to end, "
                "or give another folder."
            ) from error
        except OSError:  # a file system without locks
            pass
        yield

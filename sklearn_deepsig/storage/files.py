"""Files that a crash leaves as they were or as they shall be."""

import errno
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from sklearn_deepsig.exceptions import InvalidInputError, StorageError

__all__ = [
    "flush",
    "make_writable_folder",
    "partial_name",
    "remove_left_over",
    "storage_errors",
    "write_together",
    "write_whole",
]

_PARTIAL = re.compile(r"(.*)\.[0-9a-f]{16}\.partial")
# What is being written is younger than this; what is older was left by a killed
# process.
_SECONDS_UNTIL_LEFT_OVER = 3600.0
# No space on the disk, in the quota, or below the largest size of a file.
_FULL = frozenset(
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EFBIG")
    if hasattr(errno, name)
)


def make_writable_folder(folder: str | os.PathLike[str], name: str) -> None:
    """Make the folder of a checkpoint or of results, before anything takes long.

    Parameters
    ----------
    folder : path-like
        Where something will be written.
    name : str
        The parameter or option that says so, for the message.

    Raises
    ------
    InvalidInputError
        If it cannot be made or written to.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InvalidInputError(
            f"{name}={str(folder)!r} cannot be written to "
            f"({error.strerror}). Give another folder."
        ) from error


def partial_name(target: Path) -> Path:
    """Name what will be moved to a place once it is whole.

    Parameters
    ----------
    target : Path
        The place.

    Returns
    -------
    Path
        A new name beside it, which `remove_left_over` knows.
    """
    return target.with_name(f"{target.name}.{secrets.token_hex(8)}.partial")


def write_whole(target: Path, write: Callable[[Path], object]) -> None:
    """Write or replace a file so that a crash leaves the old one or the new one.

    Parameters
    ----------
    target : Path
        The file.
    write : callable
        Writes it to the path it is called with.

    Raises
    ------
    StorageError
        If the disk is full, or the file cannot be written for another reason.
    """
    write_together({target: write})


def write_together(
    writers: Mapping[Path, Callable[[Path], object]], *, seal: Path | None = None
) -> None:
    """Write or replace files of one folder, of which a crash leaves none by half.

    All of them are written before the first one takes its place, so that a full disk
    leaves the old ones. Between the first move and the last there may be old files
    beside new ones; then there is no `seal`.

    Parameters
    ----------
    writers : mapping of Path to callable
        The files, and what writes each to the path it is called with.
    seal : Path, optional
        The one of them that is there only if all belong together.

    Raises
    ------
    StorageError
        If the disk is full, or a file cannot be written for another reason.
    """
    partials = {target: partial_name(target) for target in writers}
    folder = next(iter(writers)).parent
    try:
        for target, write in writers.items():
            with storage_errors(target):
                write(partials[target])
                flush(partials[target])
        if seal is not None:
            with storage_errors(seal):
                seal.unlink(missing_ok=True)
                flush(folder)
        for target in sorted(writers, key=lambda target: target == seal):
            with storage_errors(target):
                os.replace(partials[target], target)
    except BaseException:
        for partial in partials.values():
            partial.unlink(missing_ok=True)
        raise
    with storage_errors(folder):
        flush(folder)


@contextmanager
def storage_errors(target: Path) -> Iterator[None]:
    """Turn what the system says of a write that failed into an error of ours.

    Parameters
    ----------
    target : Path
        What is being written.

    Yields
    ------
    None
        The block writes.

    Raises
    ------
    StorageError
        In place of an OSError of the block.
    """
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        if error.errno in _FULL:
            remedy = "Free some space there, or give another folder, and try again."
        else:
            remedy = "Give another folder."
        failure = StorageError(
            f"{target} could not be written ({error.strerror or error}). {remedy} "
            "What was there before is kept."
        )
        failure.errno = error.errno
        raise failure from error


def flush(path: Path) -> None:
    """Make what was written last a loss of power.

    Parameters
    ----------
    path : Path
        A file, or a folder, whose names are then kept.
    """
    if path.is_dir() and os.name != "posix":
        return  # elsewhere a folder cannot be opened
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_left_over(
    folder: Path, name: str | None = None, *, alone: bool = False
) -> None:
    """Remove what killed processes had begun to write.

    Parameters
    ----------
    folder : Path
        Where to look.
    name : str, optional
        What was to be written, in a folder with things of others; by default anything.
    alone : bool, default=False
        Whether no other process writes there, so that what is young is left over too.
    """
    for path in folder.iterdir():
        partial = _PARTIAL.fullmatch(path.name)
        if partial is None or name not in (None, partial[1]):
            continue
        with suppress(FileNotFoundError):  # another process was faster
            age = time.time() - path.lstat().st_mtime
            if not alone and age <= _SECONDS_UNTIL_LEFT_OVER:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()

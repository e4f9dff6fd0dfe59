"""Memory that is freed and wanted again at every step."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["reused_memory"]

# From glibc's malloc.h.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3

# Where glibc's own adaptation of the two ends, in bytes.
_USUAL = {_M_TRIM_THRESHOLD: 1 << 26, _M_MMAP_THRESHOLD: 1 << 25}
_HIGHEST = 2**31 - 1


@contextmanager
def reused_memory() -> Iterator[None]:
    """Keep freed memory for the next step instead of giving it back to the system.

    Large arrays that are freed go back to the system, which hands out every page of
    the next ones anew, set to zero: a quarter of a training step of 16 windows of
    1,384 atoms. On leaving all that is free is given back. Without effect but where
    the C library is glibc.

    Yields
    ------
    None
        The block runs with freed memory kept.
    """
    libc = _glibc()
    if libc is None:
        yield
        return
    for option in _USUAL:
        libc.mallopt(option, _HIGHEST)
    try:
        yield
    finally:
        for option, value in _USUAL.items():
            libc.mallopt(option, value)
        libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "gnu_get_libc_version") else None

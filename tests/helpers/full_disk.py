"""Disks that are full, in three ways, of which the last one always works."""

import errno
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest

WAYS = ["small disk", "limit of the size of files", "system that says so"]
_SIZE = 4 * 2**20


@contextmanager
def limited_disk(folder, way):
    """Give a folder, and a context in which its disk is full."""
    if way == "small disk":
        with _small_disk(folder) as disk:
            yield disk, lambda: _filled(disk)
    elif way == "limit of the size of files":
        yield folder, _no_large_files
    else:
        yield folder, _no_space_says_the_system


@contextmanager
def _small_disk(folder):
    disk = folder / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("a small disk needs the command mount")
    if mounted.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@contextmanager
def _filled(disk):
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        while shutil.disk_usage(disk).free:
            file.write(bytes(4096))
        try:
            yield
        finally:
            filler.unlink()


@contextmanager
def _no_large_files():
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def _no_space_says_the_system():
    def fail(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with mock.patch.object(os, "fsync", fail):
        yield


def contents(folder: Path):
    """What lies in a folder, but for the mark of a fit that runs."""
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("filler", "in-use.lock")
    }

"""Finding damage that mdtraj passes over in silence."""

import struct
from pathlib import Path

from sklearn_deepsig.exceptions import TrajectoryFileError

__all__ = ["check_complete"]

# Formats whose frames mdtraj skips without reading when it strides.
_SKIPPING_FORMATS = (".xtc", ".trr")
# Text formats without an end mark, whose last frame mdtraj drops if it is incomplete.
_LINE_FORMATS = (".xyz", ".lammpstrj", ".mdcrd", ".crd")


def check_complete(path: Path, n_loaded: int, stride: int) -> None:
    """Refuse a trajectory file that is not whole, as far as its format tells.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    n_loaded : int
        Number of frames that mdtraj loaded from it.
    stride : int
        Stride that it loaded them with.

    Raises
    ------
    TrajectoryFileError
        If no frame was loaded, the file announces more frames than it has, or its
        last line is incomplete.
    Exception
        What mdtraj raises when it reads the end of a damaged xtc or trr file.
    """
    extension = path.suffix.lower()
    if n_loaded == 0:
        raise TrajectoryFileError(
            f"{str(path)!r} has no frames; copy or write it again."
        )
    if extension in _SKIPPING_FORMATS and stride > 1:
        _read_to_the_end(path)
    if extension == ".dcd":
        announced = _announced_dcd_frames(path)
        found = n_loaded if stride == 1 else _count_frames(path)
        if found < announced:
            raise TrajectoryFileError(
                f"{str(path)!r} is truncated: its header announces {announced} frames, "
                f"but it has {found}. Copy it again; if the simulation was stopped "
                "early, write what there is to a new file with "
                "mdtraj.load(file, top=topology).save(new_file)."
            )
    if extension in _LINE_FORMATS and not _ends_with_a_line(path):
        raise TrajectoryFileError(
            f"{str(path)!r} is truncated: its last line does not end. Copy it again, "
            "or remove the incomplete last frame."
        )


def _read_to_the_end(path: Path) -> None:
    import mdtraj

    with mdtraj.open(str(path)) as file:
        file.seek(len(file) - 1)
        file.read()


def _count_frames(path: Path) -> int:
    import mdtraj

    with mdtraj.open(str(path)) as file:
        return len(file)


def _ends_with_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read() == b"\n"


def _announced_dcd_frames(path: Path) -> int:
    """Read the number of frames from the header, 0 if it is not stated."""
    with path.open("rb") as file:
        header = file.read(16)
    # A Fortran record: its length in 4 or 8 bytes, "CORD", the number of frames.
    start = header.find(b"CORD")
    if start < 4 or len(header) < start + 8:
        return 0
    little_endian = header[0] != 0
    (n_frames,) = struct.unpack_from("<i" if little_endian else ">i", header, start + 4)
    return max(0, int(n_frames))

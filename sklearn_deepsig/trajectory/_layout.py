"""The layout of binary trajectory files, read from their headers without the data.

Each function goes through the headers of one format, raises `LayoutError` at the first
one that is not possible, and says how many frames and atoms there are. The formats have
no checksums: their redundancy (sizes that are there twice, files that must end where a
frame ends) is all there is to check.
"""

import mmap
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.trajectory._layout_records import dcd_layout, netcdf_layout
from sklearn_deepsig.trajectory._layout_text import TEXT_READERS, read_text_layout
from sklearn_deepsig.trajectory._layout_types import Layout, LayoutError

__all__ = ["Layout", "LayoutError", "outside_bounds", "read_layout"]


def read_layout(path: Path) -> Layout | None:
    """Read the layout of a file of a format that is known here.

    Parameters
    ----------
    path : pathlib.Path
        The file, not empty.

    Returns
    -------
    Layout or None
        Frames and atoms, or None if nothing is known of the format.

    Raises
    ------
    LayoutError
        If the file is truncated or damaged, with what is wrong where.
    """
    extension = path.suffix.lower()
    if extension in TEXT_READERS:
        return read_text_layout(path)
    read = _READERS.get(extension)
    if read is None:
        return None
    with path.open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        return read(content)
    except struct.error as error:
        raise LayoutError("it ends within a header") from error


class _XtcFrame(NamedTuple):
    """What an xtc frame says of itself."""

    end: int
    n_atoms: int
    precision: float
    low: tuple[int, ...]
    high: tuple[int, ...]


def _xtc_layout(content: Any) -> Layout:
    size = len(content)
    place, frames = 0, list[_XtcFrame]()
    while place < size:
        number = len(frames)
        try:
            frame = _xtc_frame(content, place)
        except struct.error as error:
            raise LayoutError(f"it ends within frame {number}", number) from error
        except LayoutError as error:
            raise LayoutError(f"frame {number} {error}", number) from error
        if frame.end > size:
            raise LayoutError(f"it ends within frame {number}", number)
        for name in ("n_atoms", "precision"):
            here, first = (
                getattr(frame, name),
                getattr(frames[0] if frames else frame, name),
            )
            if here != first:
                raise LayoutError(
                    f"frame {number} has {_WORDS[name]} {here:g}, frame 0 {first:g}",
                    number,
                )
        frames.append(frame)
        place = frame.end
    precision = frames[0].precision
    bounds = None
    if precision:
        bounds = tuple(
            np.array([getattr(frame, name) for frame in frames]) / precision
            for name in ("low", "high")
        )
    return Layout(len(frames), frames[0].n_atoms, bounds, precision)


_WORDS = {"n_atoms": "a number of atoms of", "precision": "a precision of"}
# The table of sizes in the compression has entries 9 to 72.
_XTC_SIZES = range(9, 73)
# Fewer atoms are not compressed.
_XTC_SMALL = 9


def _xtc_frame(content: Any, place: int) -> _XtcFrame:
    magic, n_atoms = struct.unpack_from(">2i", content, place)
    if magic not in (1995, 2023):
        raise LayoutError("does not begin as an xtc frame does")
    (n_again,) = struct.unpack_from(">i", content, place + 52)
    if n_atoms < 1 or n_atoms != n_again:
        raise LayoutError(f"has {n_atoms} atoms by one header and {n_again} by another")
    place += 56
    if n_atoms <= _XTC_SMALL:
        return _XtcFrame(place + 12 * n_atoms, n_atoms, 0.0, (), ())
    (precision,) = struct.unpack_from(">f", content, place)
    low = struct.unpack_from(">3i", content, place + 4)
    high = struct.unpack_from(">3i", content, place + 16)
    (small,) = struct.unpack_from(">i", content, place + 28)
    length = ">i" if magic == 1995 else ">q"
    (n_bytes,) = struct.unpack_from(length, content, place + 32)
    possible = 0 < precision < np.inf and all(
        a <= b for a, b in zip(low, high, strict=True)
    )
    if not possible or small not in _XTC_SIZES or n_bytes < 1:
        raise LayoutError("has an impossible header")
    start = place + 32 + struct.calcsize(length)
    return _XtcFrame(start + (n_bytes + 3) // 4 * 4, n_atoms, precision, low, high)


def _trr_layout(content: Any) -> Layout:
    size = len(content)
    place, n_frames, n_atoms = 0, 0, 0
    while place < size:
        try:
            place, n_here = _trr_frame(content, place)
        except struct.error as error:
            raise LayoutError(f"it ends within frame {n_frames}", n_frames) from error
        except LayoutError as error:
            raise LayoutError(f"frame {n_frames} {error}", n_frames) from error
        if place > size:
            raise LayoutError(f"it ends within frame {n_frames}", n_frames)
        if n_frames and n_here != n_atoms:
            raise LayoutError(
                f"frame {n_frames} has {n_here} atoms, frame 0 {n_atoms}", n_frames
            )
        n_atoms, n_frames = n_here, n_frames + 1
    return Layout(n_frames, n_atoms)


def _trr_frame(content: Any, place: int) -> tuple[int, int]:
    """Return where a frame ends, and its number of atoms."""
    version = struct.pack(">3i", 1993, 13, 12) + b"GMX_trn_file"
    if content[place : place + len(version)] != version:
        raise LayoutError("does not begin as a trr frame does")
    place += len(version)
    sizes = struct.unpack_from(">10i", content, place)
    _, _, n_box, n_virial, n_pressure, *others = sizes
    n_positions, n_velocities, n_forces = sizes[7:]
    n_atoms, _, _ = struct.unpack_from(">3i", content, place + 40)
    if n_positions == 0:
        raise LayoutError("has no positions")
    width = n_positions // (3 * n_atoms) if n_atoms > 0 else 0
    full = (3 * n_atoms * width, 0)
    possible = (
        width in (4, 8)
        and n_positions == full[0]
        and n_velocities in full
        and n_forces in full
        and all(n in (9 * width, 0) for n in (n_box, n_virial, n_pressure))
        and not any(sizes[:2])
        and not any(others[:2])
    )
    if not possible:
        raise LayoutError("has an impossible header")
    return place + 52 + 2 * width + sum(sizes), n_atoms


_READERS: dict[str, Callable[[Any], Layout | None]] = {
    ".xtc": _xtc_layout,
    ".trr": _trr_layout,
    ".dcd": dcd_layout,
    ".nc": netcdf_layout,
    ".ncdf": netcdf_layout,
    ".netcdf": netcdf_layout,
}


def outside_bounds(
    positions: NDArray[np.float32], layout: Layout, stride: int
) -> NDArray[np.bool_]:
    """Tell which frames do not keep the bounds that their headers state.

    An xtc header holds the smallest and the largest coordinate along each axis, to
    which the compressed numbers are relative: where these are damaged, the numbers
    hardly ever keep the bounds.

    Parameters
    ----------
    positions : ndarray of float32, shape (n_frames, n_atoms, 3)
        What was read, in nm; all atoms or some of them.
    layout : Layout
        The layout of the whole file.
    stride : int
        Stride that it was read with.

    Returns
    -------
    ndarray of bool, shape (n_frames,)
        True for frames that are damaged.
    """
    if layout.bounds is None:
        return np.zeros(len(positions), bool)
    stated = [bound[::stride] for bound in layout.bounds]
    axes = [positions[..., axis] for axis in range(3)]
    found = [
        np.stack([reduce(axis, axis=1) for axis in axes], axis=1)
        for reduce in (np.min, np.max)
    ]
    all_atoms = positions.shape[1] == layout.n_atoms
    # one unit of the last place kept, and the rounding of float32
    slack = 1.01 / layout.precision + 1e-6 * np.abs(stated[1]).max()
    outside = (found[0] < stated[0] - slack) | (found[1] > stated[1] + slack)
    if all_atoms:
        outside |= (found[0] > stated[0] + slack) | (found[1] < stated[1] - slack)
    damaged: NDArray[np.bool_] = outside.any(axis=1)
    return damaged

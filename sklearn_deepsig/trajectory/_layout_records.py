"""The layout of dcd and netCDF files, whose frames are records of one size."""

import math
import struct
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from sklearn_deepsig.trajectory._layout_types import Layout, LayoutError

__all__ = ["dcd_layout", "netcdf_layout"]


def dcd_layout(content: Any) -> Layout:
    """Read the layout of a dcd file, whose parts are Fortran records.

    Parameters
    ----------
    content : buffer
        The whole file.

    Returns
    -------
    Layout
        Its frames and atoms.

    Raises
    ------
    LayoutError
        If it is truncated or damaged.
    """
    marker = _dcd_marker(content)
    wide = struct.calcsize(marker)

    def record(place: int) -> tuple[int, int]:
        """Return where the data of a record begin, and their size."""
        (size,) = struct.unpack_from(marker, content, place)
        if size < 0 or place + 2 * wide + size > len(content):
            raise LayoutError("it ends within its header, or its header is damaged")
        (again,) = struct.unpack_from(marker, content, place + wide + size)
        if size != again:
            raise LayoutError("its header is damaged: a record has two lengths")
        return place + wide, size

    start, size = record(0)
    flags = struct.unpack_from(f"{marker[0]}20i", content, start + 4)
    announced, n_fixed, has_box, has_fourth = flags[0], flags[8], flags[10], flags[11]
    place = start + size + wide
    start, size = record(place)  # titles
    place = start + size + wide
    start, size = record(place)
    if size != 4:
        raise LayoutError("its header is damaged: the number of atoms is missing")
    (n_atoms,) = struct.unpack_from(f"{marker[0]}i", content, start)
    place = start + size + wide
    if n_atoms < 1 or not 0 <= n_fixed < n_atoms or announced < 0:
        raise LayoutError("its header is damaged: the number of atoms is impossible")
    if n_fixed:
        start, size = record(place)  # the atoms that move
        place = start + size + wide
    # The flags are those of CHARMM, in files that give a version of it.
    charmm = flags[19] != 0
    sizes = [48] if charmm and has_box else []
    n_coordinates = 4 if charmm and has_fourth else 3
    first = [*sizes, *[4 * n_atoms] * n_coordinates]
    later = [*sizes, *[4 * (n_atoms - n_fixed)] * n_coordinates]
    n_frames = _dcd_frames(content, place, marker, first, later)
    if announced > n_frames:
        raise LayoutError(
            f"its header announces {announced} frames, but it has {n_frames}", n_frames
        )
    return Layout(n_frames, n_atoms)


def _dcd_marker(content: Any) -> str:
    """Find the byte order and the width of the lengths of records."""
    head = content[:12]
    for marker in ("<i", ">i", "<q", ">q"):
        start = struct.pack(marker, 84) + b"CORD"
        if head[: len(start)] == start:
            return marker
    raise LayoutError("it does not begin as a dcd file does")


def _dcd_frames(
    content: Any, start: int, marker: str, first: list[int], later: list[int]
) -> int:
    """Count the frames, each a few records, and check the length of each record."""
    wide = struct.calcsize(marker)

    def total(sizes: list[int]) -> int:
        return sum(sizes) + 2 * wide * len(sizes)

    rest = len(content) - start - total(first)
    n_later, left = divmod(rest, total(later))
    if rest < 0 or left:
        n_whole = 0 if rest < 0 else n_later + 1
        raise LayoutError(f"it ends within frame {n_whole}", n_whole)
    groups = [(start, 1, first)]
    if n_later:
        groups.append((start + total(first), n_later, later))
    for begin, count, sizes in groups:
        frames = np.frombuffer(content, np.uint8, count * total(sizes), begin)
        frames = frames.reshape(count, total(sizes))
        place = 0
        for size in sizes:
            expected = np.frombuffer(struct.pack(marker, size), np.uint8)
            for at in (place, place + wide + size):
                wrong = (frames[:, at : at + wide] != expected).any(axis=1)
                if wrong.any():
                    number = int(wrong.argmax()) + (begin > start)
                    raise LayoutError(f"frame {number} has a damaged record", number)
            place += 2 * wide + size
    return n_later + 1


class _Variable(NamedTuple):
    """A variable of a netCDF file."""

    dimensions: tuple[str, ...]
    size: int
    begin: int


_NC_TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}
_NC_REALS = (5, 6)
_AMBER_SHAPES = {
    "time": ("frame",),
    "coordinates": ("frame", "atom", "spatial"),
    "cell_lengths": ("frame", "cell_spatial"),
    "cell_angles": ("frame", "cell_angular"),
}


def netcdf_layout(content: Any) -> Layout | None:
    """Read the layout of a netCDF file (of the classic kind) as Amber writes them.

    Parameters
    ----------
    content : buffer
        The whole file.

    Returns
    -------
    Layout or None
        Its frames and atoms; None if it is an HDF5 file, as netCDF 4 files are.

    Raises
    ------
    LayoutError
        If it is truncated or damaged.
    """
    if content[:8] == b"\x89HDF\r\n\x1a\n":
        return None
    header = _NetcdfHeader(content)
    lengths, variables = header.lengths, header.variables
    for name, shape in _AMBER_SHAPES.items():
        if name in variables and variables[name].dimensions != shape:
            raise LayoutError(f"its header is damaged: the shape of {name!r} is wrong")
    if "coordinates" not in variables:
        raise LayoutError("it has no coordinates")
    if lengths["spatial"] != 3 or ("cell_lengths" in variables) != (
        "cell_angles" in variables
    ):
        raise LayoutError("its header is damaged: boxes or axes are incomplete")
    if lengths["frame"]:  # all sizes are fixed
        n_frames = lengths["frame"]
        end = max(v.begin + v.size for v in variables.values())
        spare = 3
    else:
        records = [v for v in variables.values() if v.dimensions[:1] == ("frame",)]
        # padded to 4 bytes each, unless there is only one
        sizes = [v.size + (-v.size % 4 if len(records) > 1 else 0) for v in records]
        places = sorted(zip((v.begin for v in records), sizes, strict=True))
        if any(a + size != b for (a, size), (b, _) in pairwise(places)):
            raise LayoutError("its header is damaged: its variables do not join")
        size = sum(sizes)
        n_frames = header.n_records
        begin = min(v.begin for v in records)
        if n_frames == 2**32 - 1:  # it was being written
            n_frames = (len(content) - begin) // size
        end, spare = begin + n_frames * size, size
    if end > len(content) + 3:
        raise LayoutError(
            f"its header announces {n_frames} frames, which need {end} bytes, but it "
            f"has {len(content)}"
        )
    if len(content) >= end + spare and len(content) > end + 3:
        raise LayoutError(f"it goes on after the {n_frames} frames of its header")
    return Layout(n_frames, lengths["atom"])


class _NetcdfHeader:
    """The lists in the header of a netCDF file: dimensions, attributes, variables."""

    def __init__(self, content: Any) -> None:
        if content[:3] != b"CDF" or content[3] not in (1, 2, 5):
            raise LayoutError("it does not begin as a netCDF file does")
        self.content, self.place = content, 4
        # sizes are wider in the newest version, places from the second on
        self.count = ">q" if content[3] == 5 else ">i"
        self.offset = ">i" if content[3] == 1 else ">q"
        self.n_records = self._integer(">Q" if content[3] == 5 else ">I")
        self.lengths = dict(self._list(10, self._dimension))
        self._list(12, self._attribute)
        names = list(self.lengths)
        self.variables = dict(self._list(11, lambda: self._variable(names)))
        missing = {"frame", "atom", "spatial"} - set(names)
        if missing:
            raise LayoutError(f"its header lacks {', '.join(sorted(missing))}")

    def _integer(self, kind: str) -> int:
        (value,) = struct.unpack_from(kind, self.content, self.place)
        self.place += struct.calcsize(kind)
        return int(value)

    def _length(self) -> int:
        value = self._integer(self.count)
        if not 0 <= value:
            raise LayoutError("its header is damaged: a size is impossible")
        return value

    def _list(self, tag: int, element: Any) -> list[Any]:
        found, count = self._integer(">i"), self._length()
        if found not in (0, tag) or (found == 0 and count) or count > len(self.content):
            raise LayoutError("its header is damaged")
        return [element() for _ in range(count)]

    def _name(self) -> str:
        name = bytes(self._skip(self._length()))
        if not name or not name.isascii():
            raise LayoutError("its header is damaged: a name is none")
        return name.decode()

    def _skip(self, size: int) -> Any:
        start, self.place = self.place, self.place + size + -size % 4
        if self.place > len(self.content):
            raise LayoutError("it ends within its header, or its header is damaged")
        return self.content[start : start + size]

    def _dimension(self) -> tuple[str, int]:
        return self._name(), self._length()

    def _attribute(self) -> None:
        self._name()
        width = self._width()
        self._skip(width * self._length())

    def _width(self) -> int:
        kind = self._integer(">i")
        if kind not in _NC_TYPE_SIZES:
            raise LayoutError("its header is damaged: a type is unknown")
        return _NC_TYPE_SIZES[kind]

    def _variable(self, names: list[str]) -> tuple[str, _Variable]:
        name = self._name()
        places = [self._length() for _ in range(self._length() % 2**20)]
        if any(place >= len(names) for place in places):
            raise LayoutError(f"its header is damaged: {name!r} has no dimensions")
        dimensions = tuple(names[place] for place in places)
        self._list(12, self._attribute)
        kind = struct.unpack_from(">i", self.content, self.place)[0]
        if name in _AMBER_SHAPES and kind not in _NC_REALS:
            raise LayoutError(f"its header is damaged: {name!r} is of a wrong type")
        width = self._width()
        self._length()  # the size, which follows from the dimensions
        begin = self._integer(self.offset)
        if not 0 <= begin <= len(self.content):
            raise LayoutError(f"it ends before the place of {name!r}")
        fixed = (self.lengths[n] for n in dimensions if self.lengths[n])
        return name, _Variable(dimensions, width * math.prod(fixed), begin)

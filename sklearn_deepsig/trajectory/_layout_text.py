"""The layout of pdb and gro files, read line by line: damage that mdtraj accepts."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from sklearn_deepsig.trajectory._layout_types import Layout, LayoutError

__all__ = ["TEXT_READERS", "read_text_layout"]

# The records of a pdb file that decide which frames and atoms there are.
_PDB_RECORDS = ("ATOM", "HETATM", "MODEL", "ENDMDL", "TER", "END")
# Where the coordinates end, and where the names of atom and residue are.
_PDB_COORDINATES_END = 54
_PDB_IDENTITY = slice(12, 27)
_GRO_IDENTITY = slice(0, 15)


def read_text_layout(path: Path) -> Layout:
    """Read the layout of a pdb or gro file.

    Parameters
    ----------
    path : pathlib.Path
        The file, not empty.

    Returns
    -------
    Layout
        Frames and atoms.

    Raises
    ------
    LayoutError
        If the file is truncated or damaged, with what is wrong in which line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise LayoutError(f"byte {error.start} is no text") from error
    return TEXT_READERS[path.suffix.lower()](text.split("\n"))


def _pdb_layout(lines: Sequence[str]) -> Layout:
    first: list[str] | None = None
    here: list[str] = []
    n_frames, in_model, announced = 0, False, 0

    def end_of_model() -> None:
        nonlocal first, here, n_frames
        if first is None:
            first = here
        elif here != first:
            raise LayoutError(
                f"model {n_frames} (counted from 0) does not list the atoms of the "
                f"first one: it has {len(here)}, the first {len(first)}, or their "
                "names differ",
                n_frames,
            )
        n_frames, here = n_frames + 1, []

    for number, line in enumerate(lines, 1):
        record = line[:6].strip()
        if record in ("ATOM", "HETATM"):
            if len(line) < _PDB_COORDINATES_END:
                raise LayoutError(f"line {number} ends within the coordinates")
            here.append(line[_PDB_IDENTITY])
        elif record in ("MODEL", "ENDMDL"):
            if in_model and record == "MODEL":
                raise LayoutError(f"line {number}: the model before does not end")
            if record == "ENDMDL":
                end_of_model()
            in_model = record == "MODEL"
        elif record == "END":
            # VMD ends every frame so
            if here and not in_model:
                end_of_model()
        elif record == "NUMMDL":
            word = line[6:].strip()
            announced = int(word) if word.isdigit() else 0
        elif any(_differ_by_one(record, known) for known in _PDB_RECORDS):
            raise LayoutError(f"line {number} begins with {record!r}")
    if lines[-1].strip() not in ("", "END", "ENDMDL"):
        raise LayoutError(f"its last line, number {len(lines)}, does not end", n_frames)
    if in_model or (here and n_frames):
        raise LayoutError(f"it ends within model {n_frames} (counted from 0)", n_frames)
    if here:
        end_of_model()
    if announced > n_frames:
        raise LayoutError(f"it announces {announced} models, but it has {n_frames}")
    # mdtraj keeps one of an atom's alternate locations, so that it may find fewer
    return Layout(n_frames, None)


def _differ_by_one(word: str, known: str) -> bool:
    if len(word) != len(known):
        return False
    return sum(a != b for a, b in zip(word, known, strict=True)) == 1


def _gro_layout(lines: Sequence[str]) -> Layout:
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    place, n_frames = 0, 0
    first: list[str] = []
    while place < len(lines):
        word = lines[place + 1].strip() if place + 1 < len(lines) else ""
        if not word.isdecimal() or int(word) < 1:
            raise LayoutError(
                f"line {place + 2} should be a number of atoms, but is {word[:20]!r}",
                n_frames,
            )
        box = place + 2 + int(word)
        if box >= len(lines):
            raise LayoutError(f"it ends within frame {n_frames}", n_frames)
        here = [line[_GRO_IDENTITY] for line in lines[place + 2 : box]]
        if n_frames == 0:
            first = here
        if here != first:
            raise LayoutError(
                f"frame {n_frames} does not list the atoms of frame 0", n_frames
            )
        if not _is_box(lines[box]):
            raise LayoutError(f"line {box + 1} should be a box", n_frames)
        place, n_frames = box + 1, n_frames + 1
    return Layout(n_frames, len(first))


def _is_box(line: str) -> bool:
    words = line.split()
    try:
        return len(words) in (3, 9) and all(map(math.isfinite, map(float, words)))
    except ValueError:
        return False


TEXT_READERS: dict[str, Callable[[Sequence[str]], Layout]] = {
    ".pdb": _pdb_layout,
    ".gro": _gro_layout,
}

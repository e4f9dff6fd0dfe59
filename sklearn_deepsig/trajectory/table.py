"""Reading a table of labelled trajectory files."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from sklearn_deepsig.exceptions import TrajectoryFileError
from sklearn_deepsig.trajectory._names_of_files import OWN_TOPOLOGY, holds_no_topology

__all__ = ["TableRow", "groups_of", "load_table"]

_REQUIRED = ("trajectory", "topology", "label")
_FILES = ("trajectory", "topology")
_OPTIONAL = ("group",)
_KNOWN = (*_REQUIRED, *_OPTIONAL)
_EXPECTED = (
    "Expected a CSV file with the columns trajectory, topology, label and, if wanted, "
    "group, separated by commas"
)


class TableRow(NamedTuple):
    """One labelled trajectory of a table.

    Parameters
    ----------
    trajectory : pathlib.Path
        Trajectory file, which exists.
    topology : pathlib.Path
        Topology file, which exists.
    label : str
        Class of the trajectory.
    group : str or None
        Group of the trajectory, if the table has groups.
    line : int
        Line in the table, for messages.
    """

    trajectory: Path
    topology: Path
    label: str
    group: str | None
    line: int


def load_table(path: str | PathLike[str]) -> list[TableRow]:
    """Read which trajectories there are, with their topologies and labels.

    Parameters
    ----------
    path : str or path
        CSV file in UTF-8 with a header line and the columns ``trajectory``,
        ``topology``, ``label`` and optionally ``group``, in any order; other columns
        are passed over. File names are relative to the table's folder. The topology of
        an h5, pdb or gro file may be left empty: it holds its own.

    Returns
    -------
    list of TableRow
        One for each trajectory, in order.

    Raises
    ------
    TrajectoryFileError
        If the table is missing, empty or no CSV file in UTF-8, if a column or a value
        is missing, if a file does not exist, if a topology is a file of positions
        alone, or if a trajectory is there twice. The message names line and column.
    """
    path = Path(path)
    with suppress(RuntimeError):  # no such user: there is no such file
        path = path.expanduser()
    lines = _read_lines(path)
    _, header = next(lines, (0, []))
    if not header:
        raise TrajectoryFileError(f"the table {str(path)!r} is empty. {_EXPECTED}.")
    columns = _find_columns(path, header)
    rows: list[TableRow] = []
    line_of: dict[Path, int] = {}
    for line, cells in lines:
        row = _read_row(path, line, cells, columns, len(header))
        if holds_no_topology(row.topology):
            raise TrajectoryFileError(
                f"line {line} of {str(path)!r}, column 'topology': "
                f"{str(row.topology)!r} is a file of positions, which does not say "
                "what the atoms are. Are the columns trajectory and topology swapped?"
            )
        known = line_of.setdefault(row.trajectory.resolve(), line)
        if known != line:
            raise TrajectoryFileError(
                f"line {line} of {str(path)!r} repeats the trajectory "
                f"{str(row.trajectory)!r} of line {known}. Name each trajectory once; "
                "otherwise it could be trained on and tested on at the same time."
            )
        rows.append(row)
    if not rows:
        raise TrajectoryFileError(
            f"the table {str(path)!r} has a header and no trajectories. {_EXPECTED}."
        )
    return rows


def groups_of(rows: Sequence[TableRow]) -> list[str]:
    """Name the group of each trajectory: its own file where the table names none.

    Parameters
    ----------
    rows : sequence of TableRow
        The trajectories.

    Returns
    -------
    list of str
        One each.
    """
    names = [row.trajectory.name for row in rows]
    if len(set(names)) < len(names):  # as in a/traj.xtc and b/traj.xtc
        names = [str(row.trajectory) for row in rows]
    return [row.group or name for row, name in zip(rows, names, strict=True)]


def _read_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number and the cells of every line that is not blank."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TrajectoryFileError(
            f"the table {str(path)!r} cannot be read ({error.strerror}). Give the name "
            "of an existing CSV file."
        ) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TrajectoryFileError(
            f"line {line} of the table {str(path)!r} is not UTF-8 text "
            f"({error.reason}). Save the table as CSV in UTF-8."
        ) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise TrajectoryFileError(
            f"line {reader.line_num} of the table {str(path)!r} is no CSV ({error}). "
            f"{_EXPECTED}."
        ) from error


def _find_columns(path: Path, header: list[str]) -> dict[str, int]:
    names = [name.lower() for name in header]
    for name in _KNOWN:
        if names.count(name) > 1:
            raise TrajectoryFileError(
                f"the table {str(path)!r} has {names.count(name)} columns named "
                f"{name!r}; keep one."
            )
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        hint = ""
        if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
            hint = " The columns seem to be separated by another sign than a comma."
        raise TrajectoryFileError(
            f"the table {str(path)!r} has no column {', '.join(map(repr, missing))}; "
            f"it has {', '.join(map(repr, header))}. {_EXPECTED}.{hint}"
        )
    return {name: names.index(name) for name in names if name in _KNOWN}


def _read_row(
    path: Path, line: int, cells: list[str], columns: dict[str, int], n_columns: int
) -> TableRow:
    if len(cells) > n_columns:
        raise TrajectoryFileError(
            f"line {line} of {str(path)!r} has {len(cells)} values for {n_columns} "
            "columns. Put values that contain a comma in double quotes."
        )
    cells = [*cells, *[""] * (n_columns - len(cells))]
    values = {}
    for name, place in columns.items():
        value = cells[place]
        trajectory = cells[columns["trajectory"]]
        if not value and name == "topology" and trajectory.endswith(OWN_TOPOLOGY):
            value = trajectory
        if not value:
            other = ", or leave the column out" if name == "group" else ""
            raise TrajectoryFileError(
                f"line {line} of {str(path)!r} has no value in column {name!r}; fill "
                f"it in{other}."
            )
        values[name] = value
    files = {name: path.parent / values[name] for name in _FILES}
    for name in _FILES:
        # no such user, a name that is too long, or one with a null byte
        with suppress(RuntimeError, OSError, ValueError):
            files[name] = path.parent / Path(values[name]).expanduser()
            if files[name].exists():
                continue
        raise TrajectoryFileError(
            f"line {line} of {str(path)!r}, column {name!r}: there is no file "
            f"{str(files[name])!r}. Names are relative to the folder of the table."
        )
    return TableRow(
        files["trajectory"],
        files["topology"],
        values["label"],
        values.get("group"),
        line,
    )

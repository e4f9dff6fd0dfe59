"""What the name of a file already tells: whether it is there, and its format."""

import importlib.util
from os import PathLike
from pathlib import Path
from typing import Any

from sklearn_deepsig._optional import import_optional
from sklearn_deepsig.exceptions import TrajectoryFileError

__all__ = [
    "HDF5_FORMATS",
    "OWN_TOPOLOGY",
    "check_file",
    "check_format",
    "holds_no_topology",
]

# Formats that hold a topology too, and that mdtraj reads by PyTables.
HDF5_FORMATS = (".h5", ".hdf5", ".lh5")
# Formats whose files say what their atoms are, so that they need no other topology.
OWN_TOPOLOGY = (*HDF5_FORMATS, ".pdb", ".pdb.gz", ".gro")
# Formats whose files say where atoms are, and not what they are.
_POSITIONS_ONLY = (
    *(".xtc", ".trr", ".dcd", ".nc", ".ncdf", ".netcdf", ".dtr", ".binpos"),
    *(".xyz", ".xyz.gz", ".mdcrd", ".crd", ".lammpstrj"),
)
# Trajectory formats that are folders, not files.
_FOLDER_FORMATS = (".dtr", ".stk")


def check_file(name: Any, role: str) -> Path:
    """Refuse what is no readable file before mdtraj tries.

    Parameters
    ----------
    name : str or path
        Name of the file.
    role : {"trajectory", "topology"}
        What it is for, for the message.

    Returns
    -------
    pathlib.Path
        A file that can be opened and is not empty, or a folder of a format that has
        folders.

    Raises
    ------
    TrajectoryFileError
        If there is no such file.
    MissingDependencyError
        If the format needs a package that is not installed.
    """
    if not isinstance(name, str | PathLike):
        remedy = "give the name of a file"
        if role == "topology":
            remedy += " or an mdtraj.Topology"
        elif isinstance(name, list | tuple):
            remedy += ". Load each part by itself and put them together by mdtraj.join"
        raise TrajectoryFileError(
            f"the {role} is of type {type(name).__name__}; {remedy}."
        )
    path = Path(name).expanduser()
    named = f"{str(path)!r} (the {role})"
    try:
        _check_openable(path, named)
    except OSError as error:
        raise TrajectoryFileError(
            f"{named} cannot be opened: {error.strerror}. Check the permissions of the "
            "file and of its folders."
        ) from error
    if path.suffix in HDF5_FORMATS and importlib.util.find_spec("tables") is None:
        import_optional("tables", purpose=f"reading {named}")
    return path


def holds_no_topology(path: Path) -> bool:
    """Whether a file is of a format that has positions alone.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    bool
        If it is, it was probably taken for another.
    """
    return path.name.endswith(_POSITIONS_ONLY)


def _check_openable(path: Path, named: str) -> None:
    if not path.exists():
        if path.is_symlink():
            raise TrajectoryFileError(
                f"{named} is a link to {str(path.readlink())!r}, which is not there. "
                "Restore that file or give another."
            )
        raise TrajectoryFileError(
            f"there is no file {named}. Check its name; relative names start from "
            f"{str(Path.cwd())!r}."
        )
    if path.is_dir():
        if path.suffix in _FOLDER_FORMATS:
            return
        raise TrajectoryFileError(f"{named} is a folder; give a file in it.")
    if not path.is_file():  # to open a pipe would wait for somebody to write
        raise TrajectoryFileError(f"{named} is no regular file; give one.")
    with path.open("rb") as file:
        if not file.read(1):
            raise TrajectoryFileError(
                f"{named} is an empty file; copy or write it again."
            )


def check_format(path: Path) -> None:
    """Refuse trajectory files that mdtraj does not know by their ending.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Raises
    ------
    TrajectoryFileError
        If the ending is unknown, with those that are known.
    """
    from mdtraj.formats.registry import FormatRegistry

    known = sorted(FormatRegistry.loaders)
    if not any(path.name.endswith(extension) for extension in known):
        raise TrajectoryFileError(
            f"the format of {str(path)!r} is not known by its ending. mdtraj reads "
            f"{', '.join(known)}."
        )

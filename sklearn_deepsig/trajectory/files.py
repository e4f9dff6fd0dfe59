"""Loading trajectories from files, each failure with the file and the remedy."""

from os import PathLike
from pathlib import Path
from typing import Any

from sklearn_deepsig.exceptions import InvalidInputError, TrajectoryFileError
from sklearn_deepsig.trajectory._damage import check_complete
from sklearn_deepsig.trajectory.selection import select_atoms

__all__ = ["load_topology", "load_trajectory"]

# Trajectory formats that are folders, not files.
_FOLDER_FORMATS = (".dtr", ".stk")
# Large formats of which only the selected atoms are kept while reading. Of the others,
# all atoms are read first. Not trr: with a stride as well, mdtraj 1.11.1 writes beyond
# its buffer and Python crashes.
_SELECTED_WHILE_READ = (".xtc", ".dcd", ".nc", ".ncdf", ".netcdf")


def load_trajectory(
    trajectory: str | PathLike[str],
    topology: Any = None,
    *,
    select: str | None = None,
    stride: int | None = None,
) -> Any:
    """Load a trajectory by mdtraj.

    Parameters
    ----------
    trajectory : str or path
        Trajectory in any format that mdtraj reads (xtc, trr, dcd, nc, pdb, ...).
    topology : str, path or mdtraj.Topology, optional
        What the atoms are: a file (pdb, gro, prmtop, psf, ...) or a loaded topology.
        Not needed if the trajectory holds it, as a pdb file does. Trajectories that
        are loaded with one topology object share it, which saves time later.
    select : str, optional
        Load these atoms only, in mdtraj's selection language, such as ``"name CA"``.
    stride : int, optional
        Load every stride-th frame only.

    Returns
    -------
    mdtraj.Trajectory
        Positions in nm, times in ps.

    Raises
    ------
    TrajectoryFileError
        If a file is missing, empty, truncated, damaged or of an unknown format, or
        if topology and trajectory do not have the same number of atoms.
    InvalidInputError
        If the selection cannot be read or selects nothing, or the stride is not a
        positive integer.

    Notes
    -----
    An xtc, trr or dcd file that was cut within a frame is recognised, for any stride.
    One that was cut exactly between two frames is a valid, shorter file; only a dcd
    file says how many frames it should have. Text formats without an end mark (xyz,
    lammpstrj, mdcrd) are recognised as cut when their last line is incomplete.

    Examples
    --------
    >>> from sklearn_deepsig.trajectory import load_trajectory
    >>> load_trajectory("nowhere.xtc", "top.pdb")
    Traceback (most recent call last):
        ...
    sklearn_deepsig.exceptions.TrajectoryFileError: there is no file 'nowhere.xtc'...
    """
    # Here, not at the top: the package is imported without loading mdtraj.
    import mdtraj

    if stride is not None and (int(stride) != stride or stride < 1):
        raise InvalidInputError(f"stride={stride!r} must be an integer of 1 or more.")
    path = _check_file(trajectory, "trajectory")
    _check_format(path)
    if topology is None:
        topology = _own_topology(path)
    elif not isinstance(topology, mdtraj.Topology):
        topology = load_topology(topology)
    atoms = None if select is None else _selected(path, topology, select)
    options: dict[str, Any] = {}
    if stride is not None and stride > 1:
        options["stride"] = int(stride)
    try:
        if atoms is not None and path.suffix in _SELECTED_WHILE_READ:
            # mdtraj compares the numbers of atoms only when it reads all of them.
            mdtraj.load_frame(str(path), 0, top=topology)
            loaded = mdtraj.load(str(path), top=topology, atom_indices=atoms, **options)
        else:
            loaded = mdtraj.load(str(path), top=topology, **options)
            _check_atoms(path, loaded.n_atoms, topology.n_atoms)
            if atoms is not None:
                loaded = loaded.atom_slice(atoms)
        check_complete(path, loaded.n_frames, options.get("stride", 1))
    except TrajectoryFileError:
        raise
    except Exception as error:  # every format raises its own kinds
        raise TrajectoryFileError(_explain(path, topology, error)) from error
    return loaded


def load_topology(topology: str | PathLike[str]) -> Any:
    """Load a topology by mdtraj.

    Parameters
    ----------
    topology : str or path
        A file that says what the atoms are (pdb, gro, prmtop, psf, ...).

    Returns
    -------
    mdtraj.Topology
        Atoms, residues, chains and, where the format or the standard residues tell,
        bonds.

    Raises
    ------
    TrajectoryFileError
        If the file is missing, empty, damaged, of an unknown format or without atoms.
    """
    import mdtraj

    path = _check_file(topology, "topology")
    try:
        loaded = mdtraj.load_topology(str(path))
    except Exception as error:
        raise TrajectoryFileError(
            f"the topology {str(path)!r} cannot be read by mdtraj "
            f"({_reason(error)}). Give a whole topology file, such as a pdb or gro "
            "file of exactly the atoms of the trajectory."
        ) from error
    if loaded.n_atoms == 0:
        raise TrajectoryFileError(
            f"the topology {str(path)!r} has no atoms. Give a whole topology file."
        )
    return loaded


def _own_topology(path: Path) -> Any:
    try:
        return load_topology(path)
    except TrajectoryFileError as error:
        raise TrajectoryFileError(
            f"no topology was given for {str(path)!r}, and it holds none that can be "
            f"read ({_reason(error.__cause__ or error)}). Give the topology, such as "
            "a pdb or gro file of exactly the same atoms."
        ) from error


def _check_file(name: Any, role: str) -> Path:
    """Refuse what is no readable file of a known format before mdtraj tries."""
    if not isinstance(name, str | PathLike):
        raise TrajectoryFileError(
            f"the {role} is of type {type(name).__name__}; give the name of a file"
            f"{' or an mdtraj.Topology' if role == 'topology' else ''}."
        )
    path = Path(name).expanduser()
    if not path.exists():
        raise TrajectoryFileError(
            f"there is no file {str(path)!r} (the {role}). Check its name; relative "
            f"names start from {str(Path.cwd())!r}."
        )
    if path.is_dir() and path.suffix not in _FOLDER_FORMATS:
        raise TrajectoryFileError(
            f"{str(path)!r} (the {role}) is a folder; give a file in it."
        )
    if path.is_file() and path.stat().st_size == 0:
        raise TrajectoryFileError(
            f"{str(path)!r} (the {role}) is an empty file; copy or write it again."
        )
    return path


def _selected(path: Path, topology: Any, select: str) -> Any:
    try:
        return select_atoms(topology, select)
    except InvalidInputError as error:
        raise InvalidInputError(f"{str(path)!r}: {error}") from error


def _check_format(path: Path) -> None:
    from mdtraj.formats.registry import FormatRegistry

    name = path.name
    known = sorted(FormatRegistry.loaders)
    if not any(name.endswith(extension) for extension in known):
        raise TrajectoryFileError(
            f"the format of {str(path)!r} is not known by its ending. mdtraj reads "
            f"{', '.join(known)}."
        )


def _check_atoms(path: Path, n_found: int, n_expected: int) -> None:
    if n_found != n_expected:
        raise TrajectoryFileError(
            f"{str(path)!r} has {n_found} atoms, but its topology has {n_expected}. "
            "Give the topology of exactly the same atoms."
        )


def _explain(path: Path, topology: Any, error: Exception) -> str:
    # The gro reader compares the atoms by a bare assert.
    for reason in (error, error.__cause__):
        if isinstance(reason, AssertionError) or "xyz must be shape" in str(reason):
            return (
                f"{str(path)!r} does not have the {topology.n_atoms} atoms of its "
                f"topology (mdtraj: {_reason(error.__cause__ or error)}). Give the "
                "topology of exactly the same atoms."
            )
    return (
        f"{str(path)!r} is truncated, damaged or not of the format that its ending "
        f"says: mdtraj cannot read it ({_reason(error)}). Copy or write it again."
    )


def _reason(error: BaseException) -> str:
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text if len(text) <= 300 else f"{text[:300]}..."

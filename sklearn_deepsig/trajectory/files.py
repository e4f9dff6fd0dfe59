"""Loading trajectories from files, each failure with the file and the remedy."""

from os import PathLike
from pathlib import Path
from typing import Any

from sklearn_deepsig.exceptions import (
    DeepSignatureError,
    InvalidInputError,
    TrajectoryFileError,
)
from sklearn_deepsig.trajectory._damage import check_headers, check_loaded
from sklearn_deepsig.trajectory._layout import LayoutError, read_layout
from sklearn_deepsig.trajectory._names_of_files import (
    HDF5_FORMATS,
    check_file,
    check_format,
    holds_no_topology,
)
from sklearn_deepsig.trajectory._read_client import (
    ReadError,
    read_file,
    read_topology,
)
from sklearn_deepsig.trajectory.selection import select_atoms

__all__ = ["load_topology", "load_trajectory"]

# Large formats of which only the selected atoms are kept while reading. Of the others,
# all atoms are read first. Not trr: with a stride as well, mdtraj 1.11.1 writes beyond
# its buffer and crashes.
_SELECTED_WHILE_READ = (".xtc", ".dcd", ".nc", ".ncdf", ".netcdf")
# Formats that Python reads line by line, which cannot crash it. All others are read in
# a process of their own.
TEXT_FORMATS = (
    *(".pdb", ".pdb.gz", ".pdbx", ".cif", ".mmcif", ".pdbx.gz", ".cif.gz", ".mmcif.gz"),
    *(".gro", ".arc", ".mol2", ".xyz", ".xyz.gz", ".lammpstrj", ".mdcrd", ".crd"),
    *(".hoomdxml", ".xml", ".psf", ".prmtop", ".parm7", ".prm7"),
)


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
    topology : str, path, mdtraj.Topology or mdtraj.Trajectory, optional
        What the atoms are: a file (pdb, gro, prmtop, psf, ...), a loaded topology, or
        a loaded trajectory of the same atoms.
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
        If a file is missing, empty, unreadable, truncated, damaged or of an unknown
        format, if topology and trajectory do not have the same number of atoms, or if
        coordinates are not finite or neighbouring atoms are torn apart.
    InvalidInputError
        If the selection cannot be read or selects nothing, or the stride is not a
        positive integer.
    MissingDependencyError
        If the format is h5 and PyTables is not installed.

    Warns
    -----
    TrajectoryFileWarning
        If bonds are stretched in some frames or too long in all, if times are not
        evenly spaced, or if the box jumps.

    Notes
    -----
    Formats that compiled libraries read (xtc, trr, dcd, nc, h5, ...) are read in a
    process of its own, which a damaged file may crash. It is started at the first such
    file and kept.

    A file that was cut within a frame is recognised. An xtc, trr, gro or pdb file that
    was cut exactly between two frames is a valid, shorter file; dcd, nc and h5 files
    say how many frames they should have. Text formats without an end mark (xyz,
    lammpstrj, mdcrd, gro) are recognised as cut when their last line is incomplete.
    No format but h5 has checksums: damage that moves atoms by less than a bond changes
    is not recognised.

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
    step = 1 if stride is None else int(stride)
    path = check_file(trajectory, "trajectory")
    check_format(path)
    layout = check_headers(path)
    topology = topology_for(path, topology)
    if layout is not None and layout.n_atoms is not None:
        _check_atoms(path, layout.n_atoms, topology.n_atoms)
    atoms = None if select is None else _selected(path, topology, select)
    try:
        if path.name.endswith(TEXT_FORMATS):
            loaded = mdtraj.load(str(path), top=topology, stride=step)
        else:
            loaded, topology, atoms = _read_apart(path, topology, atoms, step)
        _check_atoms(path, loaded.n_atoms, topology.n_atoms)
        if atoms is not None:
            loaded = loaded.atom_slice(atoms)
    except DeepSignatureError:
        raise
    except Exception as error:  # every format raises its own kinds
        raise TrajectoryFileError(_explain(path, topology, error)) from error
    check_loaded(path, layout, loaded, step)
    return loaded


def _read_apart(path: Path, topology: Any, atoms: Any, stride: int) -> Any:
    """Read in the other process; return also topology and atoms still to select."""
    import mdtraj

    n_atoms = None if path.suffix in HDF5_FORMATS else topology.n_atoms
    keep = atoms if path.suffix in _SELECTED_WHILE_READ else None
    arrays = read_file(path, n_atoms, stride=stride, atoms=keep)
    if keep is not None:
        topology, atoms = topology.subset(keep), None
    _check_atoms(path, arrays["xyz"].shape[1], topology.n_atoms)  # type: ignore[union-attr]
    return mdtraj.Trajectory(topology=topology, **arrays), topology, atoms


def topology_for(path: Path, topology: Any) -> Any:
    """Return the topology of a trajectory file, in whatever form it was given.

    Parameters
    ----------
    path : pathlib.Path
        The trajectory.
    topology : str, path, mdtraj.Topology, mdtraj.Trajectory or None
        What the atoms are; None if the trajectory says it.

    Returns
    -------
    mdtraj.Topology
        Them.

    Raises
    ------
    TrajectoryFileError
        If a file has none that can be read.
    """
    import mdtraj

    if topology is None:
        return _own_topology(path)
    if isinstance(topology, mdtraj.Trajectory):
        topology = topology.topology
    return (
        topology if isinstance(topology, mdtraj.Topology) else load_topology(topology)
    )


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

    path = check_file(topology, "topology")
    if holds_no_topology(path):
        raise TrajectoryFileError(
            f"the topology {str(path)!r} is a file of positions, which does not say "
            "what the atoms are. Were trajectory and topology given in each other's "
            "place?"
        )
    try:
        if path.suffix in HDF5_FORMATS:
            loaded = read_topology(path)
        else:
            read_layout(path)
            loaded = mdtraj.load_topology(str(path))
    except DeepSignatureError:
        raise
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
    if holds_no_topology(path):
        raise TrajectoryFileError(
            f"no topology was given for {str(path)!r}, and files of its format hold "
            "none. Give the topology, such as a pdb or gro file of exactly the same "
            "atoms."
        )
    try:
        return load_topology(path)
    except TrajectoryFileError as error:
        raise TrajectoryFileError(
            f"no topology was given for {str(path)!r}, and it holds none that can be "
            f"read ({_reason(error.__cause__ or error)}). Give the topology, such as "
            "a pdb or gro file of exactly the same atoms."
        ) from error


def _selected(path: Path, topology: Any, select: str) -> Any:
    try:
        return select_atoms(topology, select)
    except InvalidInputError as error:
        raise InvalidInputError(f"{str(path)!r}: {error}") from error


def _check_atoms(path: Path, n_found: int, n_expected: int) -> None:
    if n_found != n_expected:
        raise TrajectoryFileError(
            f"{str(path)!r} has {n_found} atoms, but its topology has {n_expected}. "
            "Give the topology of exactly the same atoms."
        )


def _explain(path: Path, topology: Any, error: Exception) -> str:
    cause = error.__cause__ or error
    atoms_differ = isinstance(cause, AssertionError)  # of the gro reader
    atoms_differ |= isinstance(error, ReadError) and error.atoms_differ
    if atoms_differ or "xyz must be shape" in f"{error} {cause}":
        return (
            f"{str(path)!r} does not have the {topology.n_atoms} atoms of its "
            f"topology (mdtraj: {_reason(cause)}). Give the topology of exactly the "
            "same atoms."
        )
    return (
        f"{str(path)!r} is truncated, damaged or not of the format that its ending "
        f"says: mdtraj cannot read it ({_reason(error)}). Copy or write it again."
    )


def _reason(error: BaseException) -> str:
    named = isinstance(error, ReadError | LayoutError)
    text = str(error) if named else f"{type(error).__name__}: {error}"
    text = " ".join(text.split())
    return text if len(text) <= 300 else f"{text[:300]}..."

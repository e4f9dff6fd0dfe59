"""Loading trajectories piece by piece, in bounded memory."""

from collections.abc import Iterator
from os import PathLike
from typing import Any

from sklearn_deepsig.exceptions import InvalidInputError, TrajectoryFileError
from sklearn_deepsig.trajectory._damage import check_headers
from sklearn_deepsig.trajectory._names_of_files import check_file, check_format
from sklearn_deepsig.trajectory.files import (
    _check_atoms,
    _explain,
    _own_topology,
    _selected,
    load_topology,
    load_trajectory,
)

__all__ = ["iterate_trajectory"]

# Formats that mdtraj reads piece by piece.
_IN_PIECES = (
    *(".xtc", ".trr", ".dcd", ".nc", ".ncdf", ".netcdf", ".h5", ".hdf5"),
    *(".xyz", ".xyz.gz", ".lammpstrj", ".mdcrd", ".crd"),
)


def iterate_trajectory(
    trajectory: str | PathLike[str],
    topology: Any = None,
    *,
    select: str | None = None,
    stride: int | None = None,
    chunk_bytes: int = 1 << 24,
) -> Iterator[Any]:
    """Load a trajectory piece by piece, in bounded memory.

    Parameters
    ----------
    trajectory : str or path
        The file, of any format that mdtraj reads.
    topology : str, path or mdtraj.Topology, optional
        What the atoms are.
    select : str, optional
        Give these atoms only.
    stride : int, optional
        Give every stride-th frame only.
    chunk_bytes : int, default=16777216
        Frames are read, with all atoms, in chunks of at most this many bytes of
        coordinates, but at least one frame. Other formats than xtc, trr, dcd, nc, h5,
        xyz, lammpstrj and mdcrd, such as pdb, are loaded whole, as mdtraj does.

    Yields
    ------
    mdtraj.Trajectory
        The next frames, of the selected atoms, all with one topology object. Together
        they are what :func:`load_trajectory` gives.

    Raises
    ------
    TrajectoryFileError
        As in :func:`load_trajectory`; the end of a damaged file is met only after
        what comes before it.
    InvalidInputError
        As in :func:`load_trajectory`.
    """
    import mdtraj

    if not str(trajectory).endswith(_IN_PIECES):
        yield load_trajectory(trajectory, topology, select=select, stride=stride)
        return
    if stride is not None and (int(stride) != stride or stride < 1):
        raise InvalidInputError(f"stride={stride!r} must be an integer of 1 or more.")
    path = check_file(trajectory, "trajectory")
    check_format(path)
    layout = check_headers(path)
    if topology is None:
        topology = _own_topology(path)
    elif not isinstance(topology, mdtraj.Topology):
        topology = load_topology(topology)
    if layout is not None and layout.n_atoms is not None:
        _check_atoms(path, layout.n_atoms, topology.n_atoms)
    atoms = None if select is None else _selected(path, topology, select)
    step = int(stride or 1)
    subset = topology if atoms is None else topology.subset(atoms)
    # of all atoms and without mdtraj's stride: it has no stride that is safe for trr,
    # and makes another topology for each chunk of selected atoms
    chunk = max(1, chunk_bytes // (12 * topology.n_atoms))
    n_read = 0
    try:
        for piece in mdtraj.iterload(str(path), top=topology, chunk=chunk):
            _check_atoms(path, piece.n_atoms, topology.n_atoms)
            first = -n_read % step
            n_read += piece.n_frames
            if first >= piece.n_frames:
                continue
            xyz, time = piece.xyz[first::step], piece.time[first::step]
            xyz = xyz if atoms is None else xyz[:, atoms]
            yield mdtraj.Trajectory(xyz, subset, time)
        if n_read == 0 or (layout is not None and n_read != layout.n_frames):
            announced = "some" if layout is None else layout.n_frames
            raise TrajectoryFileError(
                f"{str(path)!r} should have {announced} frames, but mdtraj found "
                f"{n_read}. The file is damaged: copy or write it again."
            )
    except TrajectoryFileError:
        raise
    except Exception as error:  # every format raises its own kinds
        raise TrajectoryFileError(_explain(path, topology, error)) from error

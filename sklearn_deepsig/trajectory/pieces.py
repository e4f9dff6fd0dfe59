"""Loading trajectories piece by piece, in bounded memory."""

from collections.abc import Generator, Iterator
from contextlib import closing
from os import PathLike
from pathlib import Path
from typing import Any

from sklearn_deepsig.exceptions import (
    DeepSignatureError,
    InvalidInputError,
    TrajectoryFileError,
)
from sklearn_deepsig.trajectory._damage import check_bounds, check_headers
from sklearn_deepsig.trajectory._finite import check_finite
from sklearn_deepsig.trajectory._names_of_files import (
    HDF5_FORMATS,
    check_file,
    check_format,
)
from sklearn_deepsig.trajectory._read_client import ARRAYS, read_pieces
from sklearn_deepsig.trajectory.files import (
    TEXT_FORMATS,
    _check_atoms,
    _explain,
    _selected,
    load_trajectory,
    topology_for,
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
    topology : str, path, mdtraj.Topology or mdtraj.Trajectory, optional
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
        As in :func:`load_trajectory`, but atoms that are torn apart are not looked
        for; the end of a damaged file is met only after what comes before it.
    InvalidInputError
        As in :func:`load_trajectory`.

    Notes
    -----
    As in :func:`load_trajectory`, a process of its own reads the formats of compiled
    libraries. It reads one piece ahead and then waits, so that it needs bounded memory
    too. An iterator that is closed or deleted before its end stops it.
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
    topology = topology_for(path, topology)
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
        with closing(_read(path, topology, chunk)) as pieces:
            for arrays in pieces:
                xyz = arrays.pop("xyz")
                _check_atoms(path, xyz.shape[1], topology.n_atoms)
                start = -n_read % step
                first = n_read + start
                n_read += len(xyz)
                if start >= len(xyz):
                    continue
                xyz = xyz[start::step]
                if (
                    layout is not None
                    and first + step * (len(xyz) - 1) < layout.n_frames
                ):
                    check_bounds(path, layout, xyz, step, first)
                xyz = xyz if atoms is None else xyz[:, atoms]
                others = {
                    name: None if array is None else array[start::step]
                    for name, array in arrays.items()
                }
                piece = mdtraj.Trajectory(xyz, subset, **others)
                check_finite(path, piece, step, first)
                yield piece
        if n_read == 0 or (layout is not None and n_read != layout.n_frames):
            announced = "some" if layout is None else layout.n_frames
            raise TrajectoryFileError(
                f"{str(path)!r} should have {announced} frames, but mdtraj found "
                f"{n_read}. The file is damaged: copy or write it again."
            )
    except DeepSignatureError:
        raise
    except Exception as error:  # every format raises its own kinds
        raise TrajectoryFileError(_explain(path, topology, error)) from error


def _read(
    path: Path, topology: Any, n_frames: int
) -> Generator[dict[str, Any], None, None]:
    """Yield what an `mdtraj.Trajectory` is made of, n_frames at a time."""
    import mdtraj

    if path.name.endswith(TEXT_FORMATS):
        for piece in mdtraj.iterload(str(path), top=topology, chunk=n_frames):
            yield {name: getattr(piece, name) for name in ARRAYS}
        return
    n_atoms = None if path.suffix in HDF5_FORMATS else topology.n_atoms
    n_bytes = 12 * topology.n_atoms * n_frames
    with closing(read_pieces(path, n_atoms, n_frames, n_bytes)) as pieces:
        yield from pieces

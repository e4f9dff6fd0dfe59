"""Whether what was read from a trajectory file is numbers at all."""

from pathlib import Path
from typing import Any

import numpy as np

from sklearn_deepsig.exceptions import TrajectoryFileError

__all__ = ["check_finite", "name_atom"]

# In nm. A coordinate beyond a millimetre is no number of a simulation.
_FAR = 1e6


def check_finite(path: Path, loaded: Any, stride: int, first: int = 0) -> None:
    """Refuse numbers that are NaN, infinite or far too large, and half a box.

    Parameters
    ----------
    path : pathlib.Path
        The file they were read from.
    loaded : mdtraj.Trajectory
        What was read.
    stride : int
        The stride it was read with, to name the frames of the file.
    first : int
        Which frame of the file is the first that was read.

    Raises
    ------
    TrajectoryFileError
        If there is such a coordinate or time, with its frame and atom, or a box has
        only lengths or only angles.
    """
    if (loaded.unitcell_lengths is None) != (loaded.unitcell_angles is None):
        raise TrajectoryFileError(
            f"{str(path)!r} has only the lengths or only the angles of its box. The "
            "file is damaged: copy or write it again."
        )
    xyz, time = loaded.xyz, loaded.time
    with np.errstate(invalid="ignore"):
        possible = xyz.min() > -_FAR and xyz.max() < _FAR  # which no NaN is
    if not possible:
        good = np.abs(xyz) < _FAR
        frame, atom, axis = (int(place) for place in np.argwhere(~good)[0])
        raise TrajectoryFileError(
            f"{str(path)!r}: the {'xyz'[axis]} coordinate of {name_atom(loaded, atom)} "
            f"in frame {first + frame * stride} (counted from 0) is "
            f"{xyz[frame, atom, axis]:g} nm. The file is damaged, or the simulation "
            "failed: copy or write it again, or leave out these frames."
        )
    if not np.isfinite(time).all():
        frame = int(np.argmin(np.isfinite(time)))
        raise TrajectoryFileError(
            f"{str(path)!r}: the time of frame {first + frame * stride} (counted from "
            f"0) is {time[frame]}. The file is damaged: copy or write it again."
        )


def name_atom(loaded: Any, atom: int) -> str:
    """Name an atom of a trajectory by its number, residue and name.

    Parameters
    ----------
    loaded : mdtraj.Trajectory
        The trajectory.
    atom : int
        Number of the atom in it.

    Returns
    -------
    str
        Such as ``atom 4 (ALA 2 CA)``.
    """
    found = loaded.topology.atom(int(atom))
    return (
        f"atom {int(atom)} ({found.residue.name} {found.residue.resSeq} {found.name})"
    )

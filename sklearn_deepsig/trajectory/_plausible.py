"""Whether coordinates that were read can be those of a molecule.

Damage within the numbers of a file leaves a file that can be read. A few quick looks
find what no simulation does: numbers that are none, bonds that stretch in one frame,
times and boxes that jump. They are no proof: smaller changes are found by nothing.
"""

import warnings
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, triu

from sklearn_deepsig.exceptions import TrajectoryFileError, TrajectoryFileWarning
from sklearn_deepsig.trajectory._finite import check_finite, name_atom

__all__ = ["check_plausible"]

# In nm. Pairs of neighbours whose median distance is at most this are watched, and may
# differ from it by so much. A covalent bond that is 0.06 nm too long holds 100 times
# its thermal energy, and so does an angle at which two atoms are moved by 0.08 nm;
# neighbouring C-alpha atoms come 0.09 nm closer in a cis peptide.
_BONDS = (0.25, 0.06)
_ANGLES = (0.32, 0.08)
_ALPHA_CARBONS = (0.45, 0.15)
# Beyond this no chemistry explains it.
_TORN = 0.5
# No bond is as long as the second or as short as the last, and none is longer than the
# first where others are as short as the third, which coarse models have not.
_LONG_BOND, _NO_BOND, _SHORT_BOND, _TOO_SHORT = 0.3, 0.6, 0.2, 0.05
# Frames for the medians, and distances handled at once, so that they stay in a cache.
_N_MEDIAN = 51
_CHUNK = 200_000


def check_plausible(path: Path, loaded: Any, stride: int) -> None:
    """Refuse or warn of coordinates, boxes and times that no simulation has.

    Parameters
    ----------
    path : pathlib.Path
        The file they were read from.
    loaded : mdtraj.Trajectory
        What was read.
    stride : int
        The stride it was read with, to name the frames of the file.

    Raises
    ------
    TrajectoryFileError
        If a coordinate, time or box is not finite or not possible, or if neighbouring
        atoms are torn apart and the periodic box does not explain it.

    Warns
    -----
    TrajectoryFileWarning
        If bonds are stretched or squeezed in some frames, bonds are far too long in
        all frames, frames do not follow one another in equal time, or the box jumps.
    """
    check_finite(path, loaded, stride)
    _check_times(path, loaded.time, stride)
    _check_boxes(path, loaded, stride)
    bonds = _bonds(loaded.topology)
    if len(bonds):
        _check_lengths(path, loaded, bonds)
        watched = [(bonds, _BONDS), (_angles(bonds), _ANGLES)]
    else:
        watched = [(_alpha_carbon_pairs(loaded.topology), _ALPHA_CARBONS)]
    for pairs, limits in watched:
        if len(pairs) and _check_pairs(path, loaded, pairs, limits, stride):
            break  # one warning is enough


def _check_times(path: Path, time: NDArray[Any], stride: int) -> None:
    if len(time) < 3:
        return
    steps = np.diff(time.astype(np.float64))
    usual = float(np.median(steps))
    # times are rounded to float32 in most formats
    slack = 0.05 * abs(usual) + 4 * float(np.spacing(np.float32(np.abs(time).max())))
    odd = np.abs(steps - usual) > slack
    if odd.any():
        frame = int(odd.argmax())
        _warn(
            f"{str(path)!r}: frames {frame * stride} and {(frame + 1) * stride} "
            f"(counted from 0) are at {time[frame]:g} and {time[frame + 1]:g} ps, but "
            f"most frames are {usual:g} ps apart. If the file was not joined from "
            "several, it is damaged; if it was, give each as a trajectory of its own."
        )


def _check_boxes(path: Path, loaded: Any, stride: int) -> None:
    lengths, angles = loaded.unitcell_lengths, loaded.unitcell_angles
    if lengths is None:
        return
    usual = np.median(lengths, axis=0), np.median(angles, axis=0)
    with np.errstate(all="ignore"):
        good = np.isfinite(lengths) & np.isfinite(angles)
        good &= (lengths <= 2 * usual[0]) & (lengths >= 0.5 * usual[0])
        good &= np.abs(angles - usual[1]) <= 20
    if not good.all():
        frame = int(np.argmin(good.all(axis=1)))
        _warn(
            f"{str(path)!r}: the box of frame {frame * stride} (counted from 0) is "
            f"{lengths[frame]} nm, {angles[frame]} degrees; the usual one is "
            f"{usual[0]} nm, {usual[1]} degrees. If the simulation did not do that, "
            "the file is damaged: copy it again."
        )


def _check_lengths(path: Path, loaded: Any, bonds: NDArray[np.int64]) -> None:
    """Find topologies of other atoms, and Angstrom that were taken for nm."""
    middle = loaded.n_frames // 2
    shifts = loaded.xyz[middle, bonds[:, 0]] - loaded.xyz[middle, bonds[:, 1]]
    if loaded.unitcell_lengths is not None:
        shifts = _nearest(shifts, _box(loaded, middle))
    lengths = np.linalg.norm(shifts, axis=1)
    longest = _LONG_BOND if (lengths < _SHORT_BOND).mean() > 0.1 else _NO_BOND
    n_odd = int(((lengths > longest) | (lengths < _TOO_SHORT)).sum())
    if n_odd > 0.1 * len(bonds):
        _warn(
            f"{str(path)!r}: of the {len(bonds)} bonds of its topology, {n_odd} are "
            f"longer than {longest} or shorter than {_TOO_SHORT} nm (the median is "
            f"{np.median(lengths):.2g} nm). "
            "The topology is of other atoms or lists them in another order, the "
            "coordinates are not in nm, or molecules are broken over the periodic box."
        )


def _check_pairs(
    path: Path,
    loaded: Any,
    pairs: NDArray[np.int64],
    limits: tuple[float, float],
    stride: int,
) -> bool:
    """Find frames in which neighbours are not where they usually are."""
    longest, allowed = limits
    some = np.linspace(0, loaded.n_frames - 1, _N_MEDIAN).round().astype(int)
    differences = _difference_matrix(pairs, loaded.n_atoms)
    squares = _squares(loaded.xyz[np.unique(some)], differences)
    usual = np.sqrt(np.median(squares, axis=1))
    watched = usual <= longest
    pairs, usual, differences = pairs[watched], usual[watched], differences[watched]
    # |d - usual| > allowed, without a root for each distance
    least, most = np.maximum(usual - allowed, 0) ** 2, (usual + allowed) ** 2
    middle, half = (most + least)[:, None] / 2, (most - least)[:, None] / 2
    boxed = loaded.unitcell_lengths is not None
    worst = length = 0.0
    n_bad = first = frame = at = 0
    n_frames = max(8, _CHUNK // max(len(pairs), 1))
    for start in range(0, loaded.n_frames, n_frames):
        xyz = loaded.xyz[start : start + n_frames]
        squares = _squares(xyz, differences)
        bad = np.abs(squares - middle) > half
        if not bad.any():
            continue
        for here in map(int, np.flatnonzero(bad.any(axis=0))):
            places = np.flatnonzero(bad[:, here])
            found = np.sqrt(squares[places, here])
            if boxed:  # split by the box is not torn
                shifts = xyz[here, pairs[places, 0]] - xyz[here, pairs[places, 1]]
                found = np.linalg.norm(
                    _nearest(shifts, _box(loaded, start + here)), axis=1
                )
            changes = np.abs(found - usual[places])
            change = float(changes.max())
            if change <= allowed:
                continue
            n_bad, first = n_bad + 1, first if n_bad else start + here
            if change > worst:
                place = int(changes.argmax())
                worst, frame, at = change, start + here, int(places[place])
                length = float(found[place])
    if not n_bad:
        return False
    names = " and ".join(name_atom(loaded, atom) for atom in pairs[at])
    message = (
        f"{str(path)!r}: {names} are {length:.3g} nm apart in frame {frame * stride} "
        f"(counted from 0), but usually {usual[at]:.3g} nm; {n_bad} of "
        f"{loaded.n_frames} frames have such distances, the first is {first * stride}. "
    )
    if boxed and worst > _TORN:
        raise TrajectoryFileError(
            f"{message}The periodic box does not explain it, so the file is damaged: "
            "copy or write it again, or leave out these frames."
        )
    _warn(
        f"{message}The file is damaged, or molecules are broken over the periodic box "
        "(make them whole before they are saved, as gmx trjconv -pbc mol does)."
    )
    return True


def _bonds(topology: Any) -> NDArray[np.int64]:
    pairs = [(bond[0].index, bond[1].index) for bond in topology.bonds]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _angles(bonds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pair the atoms that are bonded to the same atom."""
    n_atoms = int(bonds.max()) + 1
    both = np.concatenate([bonds, bonds[:, ::-1]])
    bonded = csr_array((np.ones(len(both)), both.T), shape=(n_atoms, n_atoms))
    pairs = triu(bonded @ bonded, 1)
    return np.stack(pairs.nonzero(), axis=1).astype(np.int64)


def _alpha_carbon_pairs(topology: Any) -> NDArray[np.int64]:
    """Pair the C-alpha atoms of neighbouring residues."""
    atoms = [atom for atom in topology.atoms if atom.name == "CA"]
    pairs = [
        (first.index, second.index)
        for first, second in pairwise(atoms)
        if first.residue.chain is second.residue.chain
        and second.residue.resSeq - first.residue.resSeq == 1
    ]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _difference_matrix(pairs: NDArray[np.int64], n_atoms: int) -> Any:
    """Make the sparse matrix that takes positions to the differences of pairs."""
    signs = np.tile(np.array([1, -1], np.float32), len(pairs))
    ends = 2 * np.arange(len(pairs) + 1)
    return csr_array((signs, pairs.ravel(), ends), shape=(len(pairs), n_atoms))


def _squares(xyz: NDArray[np.float32], differences: Any) -> NDArray[np.float32]:
    """Return squared distances (n_pairs, n_frames) in positions (n_frames, n_atoms, 3).

    Several times faster than to index the positions by the pairs.
    """
    n_frames, n_atoms, _ = xyz.shape
    columns = np.ascontiguousarray(xyz.transpose(1, 2, 0)).reshape(n_atoms, -1)
    shifts = (differences @ columns).reshape(-1, 3, n_frames)
    np.multiply(shifts, shifts, out=shifts)
    squares: NDArray[np.float32] = shifts[:, 0] + shifts[:, 1] + shifts[:, 2]
    return squares


def _box(loaded: Any, frame: int) -> NDArray[np.float64]:
    """Return the box vectors (3, 3) of one frame; mdtraj takes long for all of them."""
    from mdtraj.utils import lengths_and_angles_to_box_vectors

    lengths, angles = loaded.unitcell_lengths[frame], loaded.unitcell_angles[frame]
    return np.array(lengths_and_angles_to_box_vectors(*lengths, *angles), np.float64)


def _nearest(shifts: NDArray[Any], box: NDArray[Any]) -> NDArray[np.float64]:
    """Move vectors (n, 3) by whole box vectors, so that they are about shortest."""
    shifts = shifts.astype(np.float64)
    try:
        inverse = np.linalg.inv(box)
    except np.linalg.LinAlgError:  # a box without volume explains nothing
        return shifts
    # molecules are broken by one box or two; a damaged number fits any count of them
    counts = np.rint(shifts @ inverse).clip(-2, 2)
    return np.asarray(shifts - counts @ box)


def _warn(message: str) -> None:
    # at the call of load_trajectory: 1 here, 2 the check, 3 check_plausible, 4 files
    warnings.warn(message, TrajectoryFileWarning, stacklevel=5)

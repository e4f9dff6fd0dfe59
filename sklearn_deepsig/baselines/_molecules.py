"""Samples that are molecules, the angles in them, and what to make of them."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.functional._checks import texts_of
from sklearn_deepsig.trajectory import (
    as_trajectories,
    describe_sample,
    is_md_trajectory,
    samples_of,
    warn_of_implausible,
)

__all__ = ["choose", "compute_angles", "molecules", "once_a_topology", "writable"]

_T = TypeVar("_T")


def molecules(X: Any, *, periodic: bool = False) -> list[Any]:
    """Take X apart into trajectories with a topology and finite coordinates.

    Parameters
    ----------
    X : sequence of mdtraj.Trajectory
        The samples.
    periodic : bool, default=False
        Whether it does not matter if molecules are broken at the border of their cell.

    Returns
    -------
    list of mdtraj.Trajectory
        The samples, checked.

    Raises
    ------
    InvalidInputError
        If there are none, or one has no topology or a coordinate that is not finite.
    InvalidInputTypeError
        If X is no sequence of samples, or one is no `mdtraj.Trajectory`.
    """
    samples = list(samples_of(X))
    for index, sample in enumerate(samples):
        name = describe_sample(index, getattr(sample, "source", None))
        if not is_md_trajectory(sample):
            raise InvalidInputTypeError(
                f"{name} is of type {type(sample).__name__}, but these features need a "
                "topology, which says which atoms are what. Pass "
                "mdtraj.Trajectory, as mdtraj.load(file, top=topology) gives them."
            )
        if sample.topology is None:
            raise InvalidInputError(
                f"{name} has no topology, which says which atoms are what. "
                "Load it by mdtraj.load(file, top=topology)."
            )
    # For its checks alone. A chain is the graph that costs least.
    as_trajectories(samples, graph="chain", min_frames=1)
    warn_of_implausible(samples, periodic=periodic)
    return samples


def once_a_topology(
    samples: Sequence[Any], compute: Callable[[Any, int], _T]
) -> list[_T]:
    """Compute something of each sample's topology, once for all that share it.

    Parameters
    ----------
    samples : sequence of mdtraj.Trajectory
        The samples, such as windows of a few trajectories.
    compute : callable
        Takes a topology and the index of the first sample that has it.

    Returns
    -------
    list
        For each sample what was computed.
    """
    known: dict[int, _T] = {}
    for index, sample in enumerate(samples):
        if id(sample.topology) not in known:
            known[id(sample.topology)] = compute(sample.topology, index)
    return [known[id(sample.topology)] for sample in samples]


def compute_angles(
    sample: Any, atoms: NDArray[np.int64], *, periodic: bool, index: int
) -> NDArray[np.float32]:
    """Compute dihedral angles by mdtraj.

    Parameters
    ----------
    sample : mdtraj.Trajectory
        The molecule.
    atoms : ndarray of int, shape (n_dihedrals, 4)
        Four atoms for each dihedral.
    periodic : bool
        Whether a molecule that is broken at the border of its cell is made whole.
    index : int
        Place of the sample, for the message.

    Returns
    -------
    ndarray of float32, shape (n_frames, n_dihedrals)
        Angles, in radians.

    Raises
    ------
    InvalidInputError
        If the unit cell makes an angle that is not finite.
    """
    import mdtraj

    # A small copy, since mdtraj refuses read-only memory, as workers get it.
    used, quadruples = np.unique(atoms, return_inverse=True)
    molecule = mdtraj.Trajectory(
        sample.xyz[:, used],
        topology=None,
        unitcell_lengths=sample.unitcell_lengths,
        unitcell_angles=sample.unitcell_angles,
    )
    angles: NDArray[np.float32] = mdtraj.compute_dihedrals(
        molecule, quadruples.reshape(atoms.shape), periodic=periodic
    )
    if not np.isfinite(angles).all():
        raise InvalidInputError(
            f"{describe_sample(index)} gives dihedrals that are not finite, though "
            "its coordinates are: its unit cell cannot be right. Set periodic=False."
        )
    return angles


def writable(sample: Any) -> Any:
    """Copy a trajectory whose memory is read-only, which mdtraj refuses.

    Parameters
    ----------
    sample : mdtraj.Trajectory
        The molecule.

    Returns
    -------
    mdtraj.Trajectory
        The same, or a copy.
    """
    import mdtraj

    if sample.xyz.flags.writeable:
        return sample
    return mdtraj.Trajectory(
        sample.xyz.copy(),
        sample.topology,
        unitcell_lengths=sample.unitcell_lengths,
        unitcell_angles=sample.unitcell_angles,
    )


def choose(names: str | Iterable[str], known: Iterable[str], what: str) -> list[str]:
    """Check that each of some names is known and occurs once.

    Parameters
    ----------
    names : str or iterable of str
        The names.
    known : iterable of str
        Those that there are.
    what : str
        The parameter, for the message.

    Returns
    -------
    list of str
        The names.

    Raises
    ------
    InvalidInputError
        If one is unknown or there twice, or there is none.
    """
    chosen = texts_of(names)
    if not chosen or Counter(chosen) - Counter(known):
        raise InvalidInputError(
            f"{what}={names!r} must be one or several of "
            f"{', '.join(map(repr, known))}, each at most once."
        )
    return list(chosen)

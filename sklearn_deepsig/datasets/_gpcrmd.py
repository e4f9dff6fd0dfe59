"""The paper's GPCR simulations, from files as GPCRmd names them."""

import re
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.datasets._checks import check_folder
from sklearn_deepsig.exceptions import InvalidInputError, TrajectoryFileError
from sklearn_deepsig.trajectory import load_trajectory

__all__ = ["GPCRMD_SIMULATIONS", "GpcrSimulation", "GpcrSimulations", "load_gpcrmd"]


class GpcrSimulation(NamedTuple):
    """One simulation of the authors' list.

    Parameters
    ----------
    label : str
        ``"active"`` or ``"inactive"``.
    receptor : str
        The receptor.
    structure : str
        Entry of the Protein Data Bank that the simulation starts from.
    test : bool
        Whether it is one of the six that the authors test on.
    """

    label: str
    receptor: str
    structure: str
    test: bool = False


#: Ids and labels are those of the authors' table
#: (github.com/WonderSeven/Deep-Signature, datasets/gpcr.py; 1 there is "active" here);
#: receptors and structures are GPCRmd's. Number 123 has its ligand, all others are
#: without.
GPCRMD_SIMULATIONS = {
    12: GpcrSimulation("inactive", "rhodopsin", "1U19"),
    30: GpcrSimulation("active", "A2A", "2YDO"),
    32: GpcrSimulation("active", "A2A", "2YDV"),
    34: GpcrSimulation("active", "A2A", "3QAK"),
    35: GpcrSimulation("inactive", "A2A", "3REY"),
    41: GpcrSimulation("inactive", "A2A", "3UZC"),
    43: GpcrSimulation("inactive", "A2A", "4EIY"),
    45: GpcrSimulation("active", "A2A", "4UHR"),
    47: GpcrSimulation("active", "A2A", "5G53"),
    49: GpcrSimulation("inactive", "A2A", "5IU4"),
    52: GpcrSimulation("inactive", "A2A", "5IU8"),
    61: GpcrSimulation("inactive", "mu opioid", "4DKL", test=True),
    65: GpcrSimulation("inactive", "beta2", "3D4S"),
    68: GpcrSimulation("active", "M2", "4MQS", test=True),
    72: GpcrSimulation("active", "M2", "4MQT"),
    73: GpcrSimulation("inactive", "delta opioid", "4N6H", test=True),
    82: GpcrSimulation("active", "beta2", "4QKX"),
    96: GpcrSimulation("inactive", "beta2", "3NY9", test=True),
    100: GpcrSimulation("inactive", "beta2", "3NYA"),
    111: GpcrSimulation("inactive", "M2", "3UON"),
    113: GpcrSimulation("active", "beta2", "4LDE"),
    114: GpcrSimulation("active", "beta2", "4LDL"),
    116: GpcrSimulation("active", "beta2", "4LDO", test=True),
    122: GpcrSimulation("active", "rhodopsin", "3DQB"),
    123: GpcrSimulation("inactive", "beta2", "3NY8"),
    151: GpcrSimulation("active", "mu opioid", "5C1M", test=True),
}

# CHARMM's protonated histidine is no protein to mdtraj.
_ALPHA_CARBONS = "name CA and (protein or resname HSP)"

_TRAJECTORY = re.compile(r"\d+_trj_(\d+)\.xtc")
_TOPOLOGY = re.compile(r"\d+_(?:dyn|trj)_(\d+)\.(psf|pdb)")


class GpcrSimulations(NamedTuple):
    """What :func:`load_gpcrmd` returns.

    Parameters
    ----------
    X : list of mdtraj.Trajectory
        The trajectories, by ascending id.
    y : ndarray of str, shape (n_trajectories,)
        ``"active"`` or ``"inactive"``: the state of the starting structure.
    groups : ndarray of str, shape (n_trajectories,)
        Receptor of each.
    ids : ndarray of int64, shape (n_trajectories,)
        Number of each among GPCRmd's simulations, a key of `GPCRMD_SIMULATIONS`.
    test : ndarray of bool, shape (n_trajectories,)
        Whether the authors test on it.
    """

    X: list[Any]
    y: NDArray[np.str_]
    groups: NDArray[np.str_]
    ids: NDArray[np.int64]
    test: NDArray[np.bool_]


def load_gpcrmd(
    folder: str | PathLike[str],
    *,
    select: str | None = _ALPHA_CARBONS,
    stride: int | None = None,
    ids: Iterable[int] | None = None,
) -> GpcrSimulations:
    """Load simulations of G protein-coupled receptors, active against inactive.

    The 26 simulations of [1]_ are from GPCRmd [2]_, whose names this expects in one
    folder: ``NNNNN_trj_M.xtc`` with its topology ``NNNNN_dyn_M.psf`` or
    ``NNNNN_dyn_M.pdb`` (also ``..._trj_M.psf`` or ``.pdb``), where M is the id of the
    simulation and NNNNN a number of the file. Of a psf and a pdb file, the psf file
    is read.

    Parameters
    ----------
    folder : str or path
        Where the files are; or the folder that has them in ``raw``, as the authors'
        does.
    select : str or None, default="name CA and (protein or resname HSP)"
        Load these atoms only, in mdtraj's selection language. The default are the
        C-alpha atoms, as in the paper; None keeps all, the membrane too.
    stride : int, optional
        Load every stride-th frame only.
    ids : iterable of int, optional
        Load only these of `GPCRMD_SIMULATIONS`. By default all, which must be there.

    Returns
    -------
    GpcrSimulations
        ``X``, a list of mdtraj.Trajectory with positions (n_frames, n_atoms, 3) in nm
        and the times of the files, in ps; ``y``; ``groups``, the receptors; ``ids``;
        ``test``.

    Raises
    ------
    TrajectoryFileError
        If a file is missing, ambiguous or damaged.
    InvalidInputError
        If an id is not in the list, or `select` or `stride` cannot be used.

    Notes
    -----
    The paper says that all 26 simulations are of the beta-2 adrenergic receptor. By
    their ids they are of six receptors (A2A 10, beta-2 8, M2 3, rhodopsin 2, mu opioid
    2, delta opioid 1), whose numbers of atoms differ. Of these beta-2 and M2 are on
    both sides of the authors' split. Holding out receptors, by ``groups``, is the
    stricter test.

    References
    ----------
    .. [1] T. Qin et al., "Deep Signature: Characterization of Large-Scale Molecular
       Dynamics", ICLR 2025, section 4.3.
    .. [2] I. Rodriguez-Espigares et al., "GPCRmd uncovers the dynamics of the
       3D-GPCRome", Nature Methods 17 (2020).
    """
    root = check_folder(folder, "files such as 12345_trj_12.xtc and 12346_dyn_12.psf")
    if not any(root.glob("*.xtc")) and (root / "raw").is_dir():
        root = root / "raw"
    wanted = _check_ids(ids)
    # All names first: reading takes minutes.
    pairs = _find_pairs(root, wanted)
    samples = [
        load_trajectory(trajectory, topology, select=select, stride=stride)
        for trajectory, topology in pairs
    ]
    rows = [GPCRMD_SIMULATIONS[number] for number in wanted]
    return GpcrSimulations(
        samples,
        np.array([row.label for row in rows]),
        np.array([row.receptor for row in rows]),
        np.array(wanted, dtype=np.int64),
        np.array([row.test for row in rows]),
    )


def _check_ids(ids: Iterable[int] | None) -> list[int]:
    wanted = sorted(GPCRMD_SIMULATIONS if ids is None else set(ids))
    unknown = [number for number in wanted if number not in GPCRMD_SIMULATIONS]
    if unknown or not wanted:
        known = ", ".join(map(str, GPCRMD_SIMULATIONS))
        raise InvalidInputError(f"ids={unknown} are not in the list. Give of {known}.")
    return wanted


def _find_pairs(folder: Path, wanted: list[int]) -> list[tuple[Path, Path]]:
    """Find trajectory and topology of each simulation, or say what is missing."""
    trajectories: dict[int, list[Path]] = {}
    topologies: dict[tuple[int, str], list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if match := _TRAJECTORY.fullmatch(path.name):
            trajectories.setdefault(int(match[1]), []).append(path)
        elif match := _TOPOLOGY.fullmatch(path.name):
            topologies.setdefault((int(match[1]), match[2]), []).append(path)
    missing = [number for number in wanted if number not in trajectories]
    if missing:
        raise TrajectoryFileError(
            f"{str(folder)!r} has no trajectory of the simulations "
            f"{', '.join(map(str, missing))}. Download them from GPCRmd, named such as "
            f"12345_trj_{missing[0]}.xtc, or leave them out of ids."
        )
    pairs = []
    for number in wanted:
        found = topologies.get((number, "psf")) or topologies.get((number, "pdb"))
        if not found:
            raise TrajectoryFileError(
                f"{str(trajectories[number][0])!r} has no topology. Put GPCRmd's "
                f"file beside it, named such as 12345_dyn_{number}.psf or .pdb."
            )
        for paths in (trajectories[number], found):
            if len(paths) > 1:
                raise TrajectoryFileError(
                    f"simulation {number} has {len(paths)} files of one kind: "
                    f"{', '.join(path.name for path in paths)}, in {str(folder)!r}. "
                    "Keep one of them there."
                )
        pairs.append((trajectories[number][0], found[0]))
    return pairs

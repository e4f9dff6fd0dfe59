"""Real all-atom dynamics that the package ships: mutants of a helical peptide."""

import csv
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.exceptions import TrajectoryFileError
from sklearn_deepsig.trajectory import load_topology, load_trajectory

__all__ = ["PeptideMutants", "load_peptide_mutants"]

_DATA = Path(__file__).with_name("data") / "peptide_mutants"
_WILD_TYPE = "wild-type"


class PeptideMutants(NamedTuple):
    """What :func:`load_peptide_mutants` returns.

    Parameters
    ----------
    X : list of mdtraj.Trajectory
        The trajectories.
    y : ndarray of str, shape (n_trajectories,)
        ``"stabilising"`` or ``"destabilising"`` of each.
    groups : ndarray of str, shape (n_trajectories,)
        Mutant of each, such as ``"E7G"``.
    """

    X: list[Any]
    y: NDArray[np.str_]
    groups: NDArray[np.str_]


def load_peptide_mutants(
    *,
    wild_type: bool = False,
    select: str | None = None,
    stride: int | None = None,
    folder: str | PathLike[str] | None = None,
) -> PeptideMutants:
    """Load simulations of a helical peptide's mutants, which ship with the package.

    The wild type AEAAAKEAAAKEA forms a helix, which some mutations stabilise and some
    break. Each mutant was simulated for 200 ps, several times, from the same ideal
    helix, with OpenMM: amber14, implicit solvent GBn2, 340 K. The heavy atoms are
    here. The label of a mutant does not come from its simulation but from the helix
    propensities of its residues [1]_ and its pairs of charges [2]_.

    Hold out whole mutants, by ``groups``: trajectories of one mutant have the same
    atoms. The data card, ``README.md`` beside the data, says how they were made.

    Parameters
    ----------
    wild_type : bool, default=False
        Load the wild type too, with ``"wild-type"`` as its label.
    select : str, optional
        Load these atoms only, in mdtraj's selection language, such as ``"name CA"``.
    stride : int, optional
        Load every stride-th frame only.
    folder : str or path, optional
        Read another folder of this form, which ``benchmarks/pack_peptides.py``
        writes, from longer simulations perhaps.

    Returns
    -------
    PeptideMutants
        ``X``, a list of mdtraj.Trajectory with positions (n_frames, n_atoms, 3) in nm
        and times in ps, one frame every 0.5 ps; ``y``, the labels; ``groups``, the
        mutants.

    Raises
    ------
    TrajectoryFileError
        If a file is missing or damaged.
    InvalidInputError
        If `select` or `stride` cannot be used.

    References
    ----------
    .. [1] C. N. Pace and J. M. Scholtz, "A helix propensity scale based on
       experimental studies of peptides and proteins", Biophys. J. 75 (1998).
    .. [2] J. M. Scholtz et al., "The energetics of ion-pair and hydrogen-bonding
       interactions in a helical peptide", Biochemistry 32 (1993).
    """
    data = _DATA if folder is None else Path(folder).expanduser()
    samples, labels, mutants = [], [], []
    for row in _read_table(data / "mutants.csv"):
        mutant = row["mutant"]
        if mutant == _WILD_TYPE and not wild_type:
            continue
        topology = load_topology(data / f"{mutant}.pdb")
        for replica in range(1, int(row["n_replicas"]) + 1):
            path = data / f"{mutant}_{replica}.xtc"
            samples.append(
                load_trajectory(path, topology, select=select, stride=stride)
            )
            labels.append(row["label"])
            mutants.append(mutant)
    return PeptideMutants(samples, np.array(labels), np.array(mutants))


def _read_table(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        remedy = (
            "Install the package again" if path.parent == _DATA else "Check the folder"
        )
        raise TrajectoryFileError(
            f"the table of mutants {str(path)!r} cannot be read ({error.strerror}). "
            f"{remedy}."
        ) from error

"""The paper's EGFR dimers, from files in the layout of its authors."""

import re
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.datasets._checks import check_folder
from sklearn_deepsig.exceptions import TrajectoryFileError
from sklearn_deepsig.trajectory import load_trajectory

__all__ = ["EGFR_VARIANTS", "EgfrDimers", "load_egfr"]

_PARTNERS = ("cMet", "EGFR", "ErbB2", "IGFR")

#: Variant of the receptor, as files name it, and its response to the drug, from the
#: authors' table (github.com/WonderSeven/Deep-Signature, datasets/egfr.py). L is L858R,
#: LT is L858R with T790M. The paper calls G719S sensitive and C797S resistant, which
#: says what the table's numbers mean.
EGFR_VARIANTS = {
    "C797S": "resistant",
    "G719S": "sensitive",
    "L": "sensitive",
    "LT": "resistant",
    "T854A": "resistant",
    "WT": "resistant",
}

_FILE = re.compile(rf"\d*({'|'.join(EGFR_VARIANTS)})(_noH)?\.pdb")
# 50 ns in 1,000 frames, says the paper; pdb files do not tell.
_FRAME_PS = 50.0


class EgfrDimers(NamedTuple):
    """What :func:`load_egfr` returns.

    Parameters
    ----------
    X : list of mdtraj.Trajectory
        The trajectories, partner by partner.
    y : ndarray of str, shape (n_trajectories,)
        ``"sensitive"`` or ``"resistant"`` to the drug.
    variants : ndarray of str, shape (n_trajectories,)
        Variant of EGFR in each, a key of `EGFR_VARIANTS`. The label follows from it,
        so that a test on unseen receptors holds out whole variants.
    partners : ndarray of str, shape (n_trajectories,)
        The other receptor: ``"cMet"``, ``"EGFR"``, ``"ErbB2"`` or ``"IGFR"``.
    """

    X: list[Any]
    y: NDArray[np.str_]
    variants: NDArray[np.str_]
    partners: NDArray[np.str_]


def load_egfr(
    folder: str | PathLike[str],
    *,
    select: str | None = None,
    stride: int | None = None,
) -> EgfrDimers:
    """Load dimers of EGFR's variants with receptor tyrosine kinases.

    The files of [1]_ are not public. This reads them, or others in their layout: the
    folders ``cMet-dimer``, ``EGFR-dimer``, ``ErbB2-dimer`` and ``IGFR-dimer``, and in
    each, one pdb file of many models for each variant, such as
    ``1000C797S_noH.pdb``, of the variants C797S, G719S, L (for L858R), LT (L858R with
    T790M), T854A and WT. The number before the variant and ``_noH`` after it may be
    left out.

    Parameters
    ----------
    folder : str or path
        Where the four folders are.
    select : str, optional
        Load these atoms only, in mdtraj's selection language, such as ``"name CA"``.
        By default all, about 5,000 in the paper.
    stride : int, optional
        Load every stride-th frame only.

    Returns
    -------
    EgfrDimers
        ``X``, a list of 24 mdtraj.Trajectory with positions (n_frames, n_atoms, 3) in
        nm, and times in ps, 50 ps between frames as in the paper; ``y``, the response
        to the drug, of which 8 are ``"sensitive"``; ``variants`` and ``partners``.

    Raises
    ------
    TrajectoryFileError
        If a folder or a variant is missing or there twice, a file's name has no known
        variant, or a file cannot be read.
    InvalidInputError
        If `select` or `stride` cannot be used.

    References
    ----------
    .. [1] T. Qin et al., "Deep Signature: Characterization of Large-Scale Molecular
       Dynamics", ICLR 2025, section 4.2.
    """
    root = check_folder(folder, _LAYOUT)
    # All names first: reading takes minutes.
    files = [
        (partner, variant, path)
        for partner in _PARTNERS
        for variant, path in _find_variants(root / f"{partner}-dimer").items()
    ]
    samples = []
    for _, _, path in files:
        sample = load_trajectory(path, select=select, stride=stride)
        sample.time = _FRAME_PS * (stride or 1) * np.arange(sample.n_frames)
        samples.append(sample)
    partners, variants = ([file[part] for file in files] for part in (0, 1))
    labels = [EGFR_VARIANTS[variant] for variant in variants]
    return EgfrDimers(samples, np.array(labels), np.array(variants), np.array(partners))


_LAYOUT = "the folders " + ", ".join(f"{partner}-dimer" for partner in _PARTNERS)


def _find_variants(folder: Path) -> dict[str, Path]:
    """Find the file of each variant, in the order of `EGFR_VARIANTS`."""
    check_folder(folder, "a pdb file for each variant")
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("*.pdb")):
        match = _FILE.fullmatch(path.name)
        if match is None:
            raise TrajectoryFileError(
                f"the name of {str(path)!r} holds no known variant. Name it such as "
                f"1000WT_noH.pdb, with one of {', '.join(EGFR_VARIANTS)}, or move it "
                "elsewhere."
            )
        if match[1] in found:
            raise TrajectoryFileError(
                f"variant {match[1]} has two files, {str(found[match[1]])!r} and "
                f"{str(path)!r}. Move one of them elsewhere."
            )
        found[match[1]] = path
    missing = [variant for variant in EGFR_VARIANTS if variant not in found]
    if missing:
        raise TrajectoryFileError(
            f"{str(folder)!r} has no file of {', '.join(missing)}. Copy it there, "
            f"named such as 1000{missing[0]}_noH.pdb."
        )
    return {variant: found[variant] for variant in EGFR_VARIANTS}

"""Dihedral angles as features."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig._parallel import N_JOBS
from sklearn_deepsig.baselines._featurizer import MolecularFeaturizer
from sklearn_deepsig.baselines._keys import TYPES, Dihedral, Found
from sklearn_deepsig.baselines._molecules import choose, compute_angles
from sklearn_deepsig.baselines._topology import alpha_carbon_dihedrals, dihedrals

__all__ = ["AlphaCarbonDihedralFeaturizer", "DihedralFeaturizer"]

_CIRCULAR = "circular_variance"


class _DihedralFeaturizer(MolecularFeaturizer):
    """What both featurizers share: all but which dihedrals a topology has."""

    # An angle of 180 degrees is next to one of -180; its sine and cosine show that.
    _measures = ("sin", "cos")
    _statistics = (*MolecularFeaturizer._statistics, _CIRCULAR)
    _what = "dihedrals"

    def _measure(
        self, sample: Any, places: NDArray[np.int64], index: int
    ) -> list[NDArray[Any]]:
        angles = compute_angles(sample, places, periodic=self.periodic, index=index)
        return [np.sin(angles), np.cos(angles)]

    def _summarise(
        self, measured: Sequence[NDArray[Any]], statistics: Sequence[str]
    ) -> list[NDArray[np.float64]]:
        plain = [name for name in statistics if name != _CIRCULAR]
        columns = super()._summarise(measured, plain)
        if _CIRCULAR in statistics:
            columns.append(1 - np.hypot(*super()._summarise(measured, ["mean"])))
        return columns

    def _column_names(self, statistics: Sequence[str] | None) -> list[str]:
        if statistics is None or _CIRCULAR not in statistics:
            return super()._column_names(statistics)
        plain = [name for name in statistics if name != _CIRCULAR]
        return [*super()._column_names(plain), "circular variance"]


class DihedralFeaturizer(_DihedralFeaturizer):
    """Describe molecules by dihedral angles of the backbone and the side chains.

    The angles are computed by mdtraj, and enter as sine and cosine, summarised over
    the frames. Samples may be of different molecules, such as mutants: a dihedral is
    recognised by its type, its chain's index and its residue's number (`resSeq`), and
    those that all samples of `fit` have in common are used.

    Parameters
    ----------
    types : str or sequence of str, default=("phi", "psi")
        Some of ``"phi"``, ``"psi"``, ``"omega"`` and ``"chi1"`` to ``"chi5"``.
    statistics : str, sequence of str or None, default=("mean",)
        Some of ``"mean"``, ``"std"``, ``"min"`` and ``"max"`` of the sine and of the
        cosine over the frames, and ``"circular_variance"`` of the angle, which is
        1 - R, with R the length of the mean of (sine, cosine): 0 for an angle that
        stands still, near 1 for one that goes everywhere. With None every frame is
        described by itself.
    periodic : bool, default=True
        Whether a molecule that is broken at the border of the unit cell, where the
        trajectory has one, is made whole.
    n_jobs : int or None, default=None
        Processes that share the samples; None for one unless within a
        `joblib.parallel_config`, -1 for as many as there are processors. The features
        are the same to the bit.

    Attributes
    ----------
    keys_ : list of Dihedral
        The common dihedrals, by residue: tuples (type, chain, residue, copy).
    residue_names_ : list of tuple
        For each dihedral the name of its residue, None where samples differ.

    See Also
    --------
    AlphaCarbonDihedralFeaturizer : The same for the trace of the C-alpha atoms.
    make_dihedral_svm : A classifier on these features.

    Notes
    -----
    A dihedral that spans two residues is used if their numbers are equal or follow
    each other: no dihedral crosses a gap in the numbers of a chain. Frames are
    treated one by one, so the features do not depend on their order, nor on where
    the molecule is and how it is turned.

    Examples
    --------
    >>> import mdtraj as md
    >>> import numpy as np
    >>> from sklearn_deepsig.baselines import DihedralFeaturizer
    >>> topology = md.Topology()
    >>> chain = topology.add_chain()
    >>> for number, name in enumerate(["GLY", "ALA"], start=86):
    ...     residue = topology.add_residue(name, chain, resSeq=number)
    ...     for atom in ["N", "CA", "C"]:
    ...         _ = topology.add_atom(atom, md.element.get_by_symbol(atom[0]), residue)
    >>> xyz = np.random.default_rng(0).normal(size=(10, 6, 3))
    >>> featurizer = DihedralFeaturizer().fit([md.Trajectory(xyz, topology)])
    >>> featurizer.get_feature_names_out().tolist()
    ['psi GLY 86 sin mean', 'psi GLY 86 cos mean', 'phi ALA 87 sin mean', \
'phi ALA 87 cos mean']
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "types": [str, "array-like"],
        "statistics": [str, "array-like", None],
        "periodic": ["boolean"],
        "n_jobs": N_JOBS,
    }

    def __init__(
        self,
        types=("phi", "psi"),
        *,
        statistics=("mean",),
        periodic=True,
        n_jobs=None,
    ):
        self.types = types
        self.statistics = statistics
        self.periodic = periodic
        self.n_jobs = n_jobs

    def _find(self, topology: Any) -> dict[Dihedral, Found]:
        return dihedrals(topology, choose(self.types, TYPES, "types"))

    def _why_none(self) -> str:
        types = ", ".join(choose(self.types, TYPES, "types"))
        return (
            f"has no dihedral of the types {types}, for want of their atoms. For "
            "C-alpha atoms alone use AlphaCarbonDihedralFeaturizer."
        )


class AlphaCarbonDihedralFeaturizer(_DihedralFeaturizer):
    """Describe molecules by the dihedral angles along the trace of C-alpha atoms.

    One angle for every four C-alpha atoms in a row, computed by mdtraj, as sine and
    cosine, summarised over the frames. Samples may be of different molecules, such as
    mutants: a dihedral is recognised by its chain's index and the number (`resSeq`)
    of the residue of its second atom, and those that all samples of `fit` have in
    common are used.

    Parameters
    ----------
    statistics : str, sequence of str or None, default=("mean",)
        Some of ``"mean"``, ``"std"``, ``"min"`` and ``"max"`` of the sine and of the
        cosine over the frames, and ``"circular_variance"`` of the angle, which is
        1 - R, with R the length of the mean of (sine, cosine): 0 for an angle that
        stands still, near 1 for one that goes everywhere. With None every frame is
        described by itself.
    periodic : bool, default=True
        Whether a molecule that is broken at the border of the unit cell, where the
        trajectory has one, is made whole.
    n_jobs : int or None, default=None
        Processes that share the samples; None for one unless within a
        `joblib.parallel_config`, -1 for as many as there are processors. The features
        are the same to the bit.

    Attributes
    ----------
    keys_ : list of Dihedral
        The common dihedrals, by residue: tuples (type, chain, residue, copy).
    residue_names_ : list of tuple
        For each dihedral the name of its residue, None where samples differ.

    See Also
    --------
    DihedralFeaturizer : The same for the backbone and the side chains.
    make_alpha_carbon_dihedral_svm : A classifier on these features.

    Notes
    -----
    C-alpha atoms are in a row if they are of one chain and of residues that follow
    each other, whose numbers are equal or rise by one: no dihedral crosses a gap in
    the numbers.

    Examples
    --------
    >>> import mdtraj as md
    >>> import numpy as np
    >>> from sklearn_deepsig.baselines import AlphaCarbonDihedralFeaturizer
    >>> topology = md.Topology()
    >>> chain = topology.add_chain()
    >>> for number in [1, 2, 3, 4, 5, 8, 9, 10, 11]:
    ...     residue = topology.add_residue("ALA", chain, resSeq=number)
    ...     _ = topology.add_atom("CA", md.element.carbon, residue)
    >>> xyz = np.random.default_rng(0).normal(scale=0.2, size=(10, 9, 3))
    >>> featurizer = AlphaCarbonDihedralFeaturizer()
    >>> featurizer.fit_transform([md.Trajectory(xyz, topology)]).shape
    (1, 6)
    >>> featurizer.get_feature_names_out()[::2].tolist()
    ['CA ALA 2 sin mean', 'CA ALA 3 sin mean', 'CA ALA 9 sin mean']
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "statistics": [str, "array-like", None],
        "periodic": ["boolean"],
        "n_jobs": N_JOBS,
    }

    def __init__(self, *, statistics=("mean",), periodic=True, n_jobs=None):
        self.statistics = statistics
        self.periodic = periodic
        self.n_jobs = n_jobs

    def _find(self, topology: Any) -> dict[Dihedral, Found]:
        return alpha_carbon_dihedrals(topology)

    def _why_none(self) -> str:
        return (
            "does not have four C-alpha atoms in a row: atoms named CA, in residues "
            "of one chain that follow each other in number."
        )

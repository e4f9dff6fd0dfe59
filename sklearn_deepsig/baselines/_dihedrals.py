"""Dihedral angles as features."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from itertools import product
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sklearn_deepsig._compat import fit_context
from sklearn_deepsig.baselines._molecules import (
    compute_angles,
    molecules,
    once_a_topology,
)
from sklearn_deepsig.baselines._topology import (
    TYPES,
    Dihedral,
    Quadruple,
    alpha_carbon_dihedrals,
    common_dihedrals,
    dihedrals,
)
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory import describe_sample

__all__ = ["AlphaCarbonDihedralFeaturizer", "DihedralFeaturizer"]

# An angle of 180 degrees is next to one of -180; its sine and cosine show that.
_FUNCTIONS = {"sin": np.sin, "cos": np.cos}
_STATISTICS = {"mean": np.mean, "std": np.std}


class _DihedralTransformer(TransformerMixin, BaseEstimator, ABC):
    """What both featurizers share: all but which dihedrals a topology has."""

    @abstractmethod
    def _find(self, topology: Any) -> dict[Dihedral, Quadruple]:
        """Find the dihedrals of a topology."""

    @abstractmethod
    def _why_none(self) -> str:
        """Say why a topology may have none."""

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):  # noqa: ARG002
        """Find the dihedrals that all samples have.

        Parameters
        ----------
        X : sequence of mdtraj.Trajectory
            The samples. Frame counts, atoms and residues may differ.
        y : None
            Ignored.

        Returns
        -------
        self
            This transformer.

        Raises
        ------
        InvalidInputError
            If there are no samples, a coordinate is not finite, a sample has no such
            dihedral, or none is common to all. The message names the sample.
        InvalidInputTypeError
            If X is one bare trajectory or a file name, or a sample is no
            `mdtraj.Trajectory`.
        """
        _chosen(self.statistics, _STATISTICS, "statistics")
        tables = once_a_topology(molecules(X), self._find_some)
        self.dihedrals_ = common_dihedrals(tables)
        names = [
            {table[key].residue_name for table in tables} for key in self.dihedrals_
        ]
        # A place where mutants differ has no one name.
        self.residue_names_ = [n.pop() if len(n) == 1 else None for n in names]
        return self

    def transform(self, X):
        """Compute the features.

        Parameters
        ----------
        X : sequence of mdtraj.Trajectory
            The samples, with all the dihedrals found in fit.

        Returns
        -------
        ndarray of float64, shape (n_samples, n_features)
            For each dihedral the sine and then the cosine, and of each of these the
            statistics over the frames.

        Raises
        ------
        InvalidInputError
            If a coordinate is not finite, or a sample lacks a dihedral found in fit.
        InvalidInputTypeError
            If X is one bare trajectory or a file name, or a sample is no
            `mdtraj.Trajectory`.
        """
        check_is_fitted(self, "dihedrals_")
        statistics = _chosen(self.statistics, _STATISTICS, "statistics")
        samples = molecules(X)
        quadruples = once_a_topology(samples, self._atoms)
        features = np.empty(
            (len(samples), len(self.dihedrals_), len(_FUNCTIONS), len(statistics))
        )
        for index, (sample, atoms) in enumerate(zip(samples, quadruples, strict=True)):
            angles = compute_angles(sample, atoms, periodic=self.periodic, index=index)
            for i, function in enumerate(_FUNCTIONS.values()):
                values = function(angles)
                for j, name in enumerate(statistics):
                    features[index, :, i, j] = _STATISTICS[name](
                        values, axis=0, dtype=np.float64
                    )
        return features.reshape(len(samples), -1)

    def get_feature_names_out(self, input_features=None):  # noqa: ARG002
        """Name the features, like ``"phi ALA 86 sin mean"``.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str objects, shape (n_features,)
            Type, residue, function and statistic. The residue's name is left out
            where samples differ in it, and the chain is named if there are several.
        """
        check_is_fitted(self, "dihedrals_")
        several_chains = len({key.chain for key in self.dihedrals_}) > 1
        names = [
            key.describe(residue_name, with_chain=several_chains)
            for key, residue_name in zip(
                self.dihedrals_, self.residue_names_, strict=True
            )
        ]
        statistics = _chosen(self.statistics, _STATISTICS, "statistics")
        columns = product(names, _FUNCTIONS, statistics)
        return np.array([" ".join(column) for column in columns], dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        return tags

    def _find_some(self, topology: Any, index: int) -> dict[Dihedral, Quadruple]:
        found = self._find(topology)
        if not found:
            raise InvalidInputError(f"{describe_sample(index)} {self._why_none()}")
        return found

    def _atoms(self, topology: Any, index: int) -> NDArray[np.int64]:
        """Return the atoms of the fitted dihedrals, shape (n_dihedrals, 4)."""
        found = self._find(topology)
        missing = [key for key in self.dihedrals_ if key not in found]
        if missing:
            raise InvalidInputError(
                f"{describe_sample(index)} lacks {len(missing)} of the "
                f"{len(self.dihedrals_)} dihedrals of fit, such as "
                f"{missing[0].describe()}. Dihedrals are matched by chain "
                "index and residue number; fit uses those that all its samples have "
                "in common: let it see a sample of this kind, or leave this one out."
            )
        return np.array([found[key].atoms for key in self.dihedrals_])


class DihedralFeaturizer(_DihedralTransformer):
    """Describe molecules by dihedral angles of the backbone and the side chains.

    The angles are computed by mdtraj, and enter as sine and cosine, summarised over
    the frames. Samples may be of different molecules, such as mutants: a dihedral is
    recognised by its type, its chain's index and its residue's number (`resSeq`), and
    those that all samples of `fit` have in common are used.

    Parameters
    ----------
    types : str or sequence of str, default=("phi", "psi")
        Some of ``"phi"``, ``"psi"``, ``"omega"`` and ``"chi1"`` to ``"chi5"``.
    statistics : str or sequence of str, default=("mean",)
        Some of ``"mean"`` and ``"std"``, over the frames.
    periodic : bool, default=True
        Whether a molecule that is broken at the border of the unit cell, where the
        trajectory has one, is made whole.

    Attributes
    ----------
    dihedrals_ : list of Dihedral
        The common dihedrals, by residue: tuples (type, chain, residue, copy).
    residue_names_ : list of str or None
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
        "statistics": [str, "array-like"],
        "periodic": ["boolean"],
    }

    def __init__(self, types=("phi", "psi"), *, statistics=("mean",), periodic=True):
        self.types = types
        self.statistics = statistics
        self.periodic = periodic

    def _find(self, topology: Any) -> dict[Dihedral, Quadruple]:
        return dihedrals(topology, _chosen(self.types, TYPES, "types"))

    def _why_none(self) -> str:
        types = ", ".join(_chosen(self.types, TYPES, "types"))
        return (
            f"has no dihedral of the types {types}, for want of their atoms. For "
            "C-alpha atoms alone use AlphaCarbonDihedralFeaturizer."
        )


class AlphaCarbonDihedralFeaturizer(_DihedralTransformer):
    """Describe molecules by the dihedral angles along the trace of C-alpha atoms.

    One angle for every four C-alpha atoms in a row, computed by mdtraj, as sine and
    cosine, summarised over the frames. Samples may be of different molecules, such as
    mutants: a dihedral is recognised by its chain's index and the number (`resSeq`)
    of the residue of its second atom, and those that all samples of `fit` have in
    common are used.

    Parameters
    ----------
    statistics : str or sequence of str, default=("mean",)
        Some of ``"mean"`` and ``"std"``, over the frames.
    periodic : bool, default=True
        Whether a molecule that is broken at the border of the unit cell, where the
        trajectory has one, is made whole.

    Attributes
    ----------
    dihedrals_ : list of Dihedral
        The common dihedrals, by residue: tuples (type, chain, residue, copy).
    residue_names_ : list of str or None
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
    >>> xyz = np.random.default_rng(0).normal(size=(10, 9, 3))
    >>> featurizer = AlphaCarbonDihedralFeaturizer()
    >>> featurizer.fit_transform([md.Trajectory(xyz, topology)]).shape
    (1, 6)
    >>> featurizer.get_feature_names_out()[::2].tolist()
    ['CA ALA 2 sin mean', 'CA ALA 3 sin mean', 'CA ALA 9 sin mean']
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "statistics": [str, "array-like"],
        "periodic": ["boolean"],
    }

    def __init__(self, *, statistics=("mean",), periodic=True):
        self.statistics = statistics
        self.periodic = periodic

    def _find(self, topology: Any) -> dict[Dihedral, Quadruple]:
        return alpha_carbon_dihedrals(topology)

    def _why_none(self) -> str:
        return (
            "does not have four C-alpha atoms in a row: atoms named CA, in residues "
            "of one chain that follow each other in number."
        )


def _chosen(names: str | Iterable[str], known: Iterable[str], what: str) -> list[str]:
    """Return names as a list, after a check that each is known and occurs once."""
    chosen = [names] if isinstance(names, str) else list(names)
    if not chosen or len(set(chosen)) < len(chosen) or not set(chosen) <= set(known):
        raise InvalidInputError(
            f"{what}={names!r} must be one or several of "
            f"{', '.join(map(repr, known))}, each at most once."
        )
    return chosen

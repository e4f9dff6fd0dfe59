"""FixedCoarsener: residues, C-alpha atoms, chains, or clusters that are given."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_is_fitted

from sklearn_deepsig._compat import fit_context
from sklearn_deepsig.estimators._coarse_paths import CoarsePaths, mean_paths
from sklearn_deepsig.estimators._validation import validate_trajectories
from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.trajectory import (
    GraphTrajectory,
    describe_sample,
    distinct_names,
    is_md_trajectory,
    samples_of,
)

__all__ = ["FixedCoarsener"]


class FixedCoarsener(CoarsePaths, BaseEstimator):
    """Follow residues, C-alpha atoms, chains, or clusters that are given.

    The mappings of coarse-grained force fields and of everyday analysis; what a learned
    coarse graining, `SpectralCoarsener`, must beat.

    Parameters
    ----------
    mapping : {"residue", "alpha_carbon", "chain"} or array-like of shape (n_nodes,), \
default="residue"
        What a cluster is. ``"alpha_carbon"`` are the C-alpha atoms by themselves. An
        array has the number of each node's cluster, from 0 on, or -1 for a node of
        none.
    weights : {"uniform", "mass"}, default="uniform"
        Whether a cluster is at the mean position of its nodes, or at their centre of
        mass, which only molecules have.

    Attributes
    ----------
    cluster_names_ : list of str
        Names of the clusters, those of the first sample.
    reference_ : ndarray of shape (n_nodes, n_dims)
        The first frame of the first sample of fit; see `inverse_transform`.
    reference_assignment_ : ndarray of shape (n_nodes, n_clusters)
        That sample's assignment of nodes to clusters.
    n_features_in_ : int
        Columns of a table of univariate series, or nodes of a 3-D or 4-D array; not
        set for lists of samples.
    n_dims_in_ : int
        Dimensions a node, 3 for molecules.
    feature_names_in_ : ndarray of str
        Names of the columns, where X was a table with names.

    See Also
    --------
    SpectralCoarsener : Learns the clusters.
    EigenCoarsener : Clusters the graph by its eigenvectors.

    Notes
    -----
    Every sample must have the same number of clusters. Residues and chains are taken in
    the order of the topology, so mutants keep their places.

    Where molecules tumble, superpose them first by `mdtraj.Trajectory.superpose`: the
    samples of `TrajectorySelector` have no topology to find residues in.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_deepsig.estimators import FixedCoarsener
    >>> X = np.zeros((1, 10, 4, 3))
    >>> X[0, :, :, 0] = [0.0, 2.0, 5.0, 9.0]
    >>> coarsener = FixedCoarsener([0, 0, 1, -1]).fit(X)
    >>> coarsener.transform(X)[0, 0].tolist()
    [1.0, 0.0, 0.0, 5.0, 0.0, 0.0]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "mapping": [StrOptions({"residue", "alpha_carbon", "chain"}), "array-like"],
        "weights": [StrOptions({"uniform", "mass"})],
    }

    def __init__(self, mapping="residue", *, weights="uniform"):
        self.mapping = mapping
        self.weights = weights

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):  # noqa: ARG002
        """Find the clusters.

        Parameters
        ----------
        X : samples
            `mdtraj.Trajectory` for a mapping by name, else any trajectories; see
            `sklearn_deepsig.trajectory.as_trajectories`.
        y : None
            Ignored.

        Returns
        -------
        self
            The coarsener.

        Raises
        ------
        InvalidInputError
            If a sample has no such cluster, or another number of them than the first.
        InvalidInputTypeError
            If a sample is no `mdtraj.Trajectory`, where one is needed.
        """
        samples = self._check(X, reset=True)
        assignments = self._assign(X, samples)
        self.cluster_names_ = self._names_of(X, assignments[0])
        self._check_counts(samples, assignments)
        self._keep_reference(samples[0], _memberships(assignments[0]))
        return self

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = not self._needs_topology()
        tags.input_tags.three_d_array = not self._needs_topology()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _check(self, X: Any, *, reset: bool) -> list[GraphTrajectory]:
        if self._needs_topology():
            for index, sample in enumerate(samples_of(X)):
                if not is_md_trajectory(sample) or sample.topology is None:
                    needed = (
                        f"mapping={self.mapping!r}"
                        if isinstance(self.mapping, str)
                        else "weights='mass'"
                    )
                    raise InvalidInputTypeError(
                        f"{describe_sample(index)} is of type {type(sample).__name__}, "
                        f"but {needed} needs a topology. Pass mdtraj.Trajectory, "
                        "without a TrajectorySelector in front, or an array of labels "
                        "as mapping and uniform weights."
                    )
        # Edges are not used: a chain is the graph that costs least.
        return validate_trajectories(self, X, graph="chain", reset=reset)

    def _assign(self, X: Any, samples: Sequence[GraphTrajectory]) -> list[np.ndarray]:
        """Return the assignment (n_nodes, n_clusters) of each sample, by weights."""
        if not isinstance(self.mapping, str):
            labels = np.zeros(0)
            with suppress(ValueError):  # of rows that differ in length
                labels = np.asarray(self.mapping)
            is_plain = labels.ndim == 1 and labels.dtype.kind in "iu"
            if not is_plain or not 0 <= labels.max(initial=-1) < len(labels):
                raise InvalidInputError(
                    f"mapping={self.mapping!r} must hold one whole number a node: "
                    "less than the number of nodes, and one of them not negative."
                )
        known: dict[int, np.ndarray] = {}
        assignments = []
        molecules = list(samples_of(X)) if self._needs_topology() else samples
        for index, (sample, molecule) in enumerate(
            zip(samples, molecules, strict=True)
        ):
            topology = getattr(molecule, "topology", None)
            key = sample.n_nodes if topology is None else id(topology)
            if key not in known:
                known[key] = self._assignment(index, sample, topology)
            assignments.append(known[key])
        return assignments

    def _needs_topology(self) -> bool:
        # also asked for its tags, before parameters are checked
        by_mass = isinstance(self.weights, str) and self.weights == "mass"
        return isinstance(self.mapping, str) or by_mass

    def _assignment(
        self, index: int, sample: GraphTrajectory, topology: Any
    ) -> np.ndarray:
        name = describe_sample(index, sample.source)
        if isinstance(self.mapping, str):
            labels = _labels(topology, self.mapping)
            if labels.max() < 0:
                raise InvalidInputError(
                    f"{name} has no atoms named CA for mapping='alpha_carbon'."
                )
        else:
            labels = np.asarray(self.mapping)
            if len(labels) != sample.n_nodes:
                raise InvalidInputError(
                    f"{name} has {sample.n_nodes} nodes, but mapping has "
                    f"{len(labels)} labels; give one a node."
                )
        weights = np.ones(len(labels))
        if self.weights == "mass":
            weights = np.array([atom.element.mass for atom in topology.atoms])
        assignment = np.zeros((len(labels), labels.max() + 1))
        chosen = np.flatnonzero(labels >= 0)
        assignment[chosen, labels[chosen]] = weights[chosen]
        return assignment

    def _check_counts(
        self, samples: Sequence[GraphTrajectory], assignments: Sequence[np.ndarray]
    ) -> None:
        expected = len(self.cluster_names_)
        for index, assignment in enumerate(assignments):
            if assignment.shape[1] != expected:
                raise InvalidInputError(
                    f"{describe_sample(index, samples[index].source)} has "
                    f"{assignment.shape[1]} clusters, but the first sample of fit has "
                    f"{expected}. Log-signatures need the same clusters in every "
                    "sample: select what all have in common."
                )

    def _names_of(self, X: Any, assignment: np.ndarray) -> list[str]:
        if not isinstance(self.mapping, str):
            return [f"cluster{i}" for i in range(assignment.shape[1])]
        topology = next(iter(samples_of(X))).topology
        if self.mapping == "chain":
            return [f"chain{chain.index}" for chain in topology.chains]
        residues = [topology.atom(int(i)).residue for i in assignment.argmax(axis=0)]
        ending = " CA" if self.mapping == "alpha_carbon" else ""
        names = [f"{residue.name} {residue.resSeq}{ending}" for residue in residues]
        return list(distinct_names(names, [r.chain.index for r in residues]))

    def _assignments(self, X):
        return [_memberships(rows) for rows in self._weighted(X)[1]]

    def _weighted(self, X: Any) -> tuple[list[GraphTrajectory], list[np.ndarray]]:
        check_is_fitted(self)
        samples = self._check(X, reset=False)
        assignments = self._assign(X, samples)
        self._check_counts(samples, assignments)
        return samples, assignments

    def _coarse_paths(self, X):
        return [
            mean_paths(sample.positions, assignment)
            for sample, assignment in zip(*self._weighted(X), strict=True)
        ]

    def _cluster_names(self):
        return self.cluster_names_


def _memberships(weights: np.ndarray) -> np.ndarray:
    """Tell whether a node counts, not its mass: rows sum to one, or to zero."""
    return (weights > 0).astype(np.float64)


def _labels(topology: Any, mapping: str) -> np.ndarray:
    """Give each atom the number of its cluster, -1 where it has none."""
    if mapping == "residue":
        return np.array([atom.residue.index for atom in topology.atoms])
    if mapping == "chain":
        return np.array([atom.residue.chain.index for atom in topology.atoms])
    labels = np.full(topology.n_atoms, -1)
    chosen = [
        atom.index
        for atom in topology.atoms
        if atom.name == "CA" and atom.element.symbol != "Ca"
    ]
    labels[chosen] = np.arange(len(chosen))
    return labels

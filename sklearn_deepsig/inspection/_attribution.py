"""Attribution: what the coordinates, clusters, atoms and residues contribute."""

import warnings
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, issparse

from sklearn_deepsig._optional import import_optional
from sklearn_deepsig.exceptions import UninformativeFeaturesWarning
from sklearn_deepsig.inspection._names import NodeLabels, label_nodes
from sklearn_deepsig.inspection._pair_scores import (
    BestPairs,
    PairScores,
    best_of,
    check_order,
    warn_if_all_against,
)
from sklearn_deepsig.inspection._tables import (
    atom_columns,
    pair_distances,
    score_columns,
)
from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = ["Attribution"]


@dataclass(frozen=True, eq=False)
class Attribution:
    r"""What log-signature coordinates, clusters and atoms contribute to predictions.

    `attribute` makes it. Coordinates are told sample by sample; clusters, atoms and
    residues as means over the samples. The sums agree at every level:

    - the coordinates of a sample sum to ``outputs - baseline_outputs``: for linear
      models exactly, for integrated gradients up to the error of the integral, for
      gradient times input of a network not;
    - `cluster_pairs`, with `dropped`, sums to the mean of these sums;
    - `node_scores`, `node_pairs` and `residue_pairs` each, with `unassigned`, sum to
      the same as `cluster_pairs`, if `shares` is ``"columns"``.

    Parameters
    ----------
    coordinates : ndarray of shape (n_samples, n_features)
        What each coordinate of the log-signature contributes to the explained output,
        segment by segment; positive raises it.
    feature_names : list of str
        Names of the coordinates, such as ``"seg0:[cluster0.x, cluster3.z]"``.
    targets : ndarray of shape (n_samples,)
        The class that is explained of each sample; for numbers, which of them.
    outputs : ndarray of float64, shape (n_samples,)
        The explained output: the score (logit) of that class less the mean score of
        the others; for numbers the prediction itself.
    baseline_outputs : ndarray of float64, shape (n_samples,)
        That of a path that stands still.
    pairs : sparse array, shape (n_clusters, n_clusters)
        What pairs of clusters contribute, symmetric.
    own : ndarray of float64, shape (n_clusters,)
        What clusters contribute by themselves, by their displacements.
    memberships : ndarray or sparse array, shape (n_nodes, n_clusters)
        The assignment Q, averaged over the samples. Sparse where each node is a
        cluster.
    samples : tuple of GraphTrajectory
        The trajectories, with the atoms that the clusters are made of.
    method : {"gradient_input", "integrated_gradients"}
        How it was computed.
    shares : {"assignment", "columns"}, default="assignment"
        Whether atoms share in a cluster by Q itself, or by its columns divided by their
        sums; sums of atoms and residues are complete for the latter.

    Attributes
    ----------
    cluster_pairs : ndarray of shape (n_clusters, n_clusters)
        `pairs` as an array, with `own` on the diagonal.
    assignment : ndarray of shape (n_nodes, n_clusters)
        `memberships` as an array.
    node_names : list of str, or None
        Names such as ``"ALA 86 CA"``.
    node_pairs : PairScores
        What pairs of nodes contribute; ``matrix()`` is the array, for few nodes.
    node_scores : ndarray of shape (n_nodes,)
        What each node contributes: half of each of its pairs, and itself.
    residue_names : list of str
        Such as ``"ALA 86"``; nodes that are no named atoms are residues of their own.
    residue_scores : ndarray of shape (n_residues,)
        Sums of `node_scores`.
    residue_pairs : ndarray of shape (n_residues, n_residues)
        What pairs of residues contribute, symmetric.
    edge_index : ndarray of int64, shape (2, n_edges)
        The graph of the first sample.
    dropped : float
        Mean contribution of coordinates of no cluster, such as the time channel's.
    unassigned : float
        Mean contribution that no atom is given: of clusters that hold none.
    """

    coordinates: NDArray[np.floating] = field(repr=False)
    feature_names: list[str] = field(repr=False)
    targets: NDArray[Any]
    outputs: NDArray[np.float64] = field(repr=False)
    baseline_outputs: NDArray[np.float64] = field(repr=False)
    pairs: csr_array = field(repr=False)
    own: NDArray[np.float64] = field(repr=False)
    memberships: Any = field(repr=False)
    samples: tuple[GraphTrajectory, ...] = field(repr=False)
    method: str
    shares: str = "assignment"

    @property
    def cluster_pairs(self) -> NDArray[np.float64]:
        """What pairs of clusters contribute, with themselves on the diagonal."""
        matrix: NDArray[np.float64] = self.pairs.toarray()
        return matrix + np.diag(self.own)

    @property
    def assignment(self) -> NDArray[np.floating]:
        """The assignment of nodes to clusters, averaged over the samples."""
        Q = self.memberships
        return Q.toarray() if issparse(Q) else Q

    @property
    def node_names(self) -> list[str] | None:
        """Names of the nodes."""
        names = self.samples[0].node_names
        return None if names is None else list(names)

    @property
    def edge_index(self) -> NDArray[np.int64]:
        """The graph of the first sample."""
        return self.samples[0].edge_index

    @cached_property
    def node_pairs(self) -> PairScores:
        """The pairs of nodes, as a product of small matrices."""
        is_complete = self.shares == "columns"
        return PairScores(self.memberships, self.pairs, self.own, is_complete)

    @cached_property
    def _labels(self) -> NodeLabels:
        """Residues and atoms of the nodes."""
        return label_nodes(self.node_names, self.samples[0].n_nodes)

    @property
    def node_scores(self) -> NDArray[np.float64]:
        """What each node contributes."""
        return self.node_pairs.node_scores

    @property
    def residue_names(self) -> list[str]:
        """Names of the residues."""
        return self._labels.residues

    @cached_property
    def by_residue(self) -> PairScores:
        """The pairs of residues, as a product of small matrices."""
        residues, residue_of, _ = self._labels
        return self.node_pairs.merged(residue_of, len(residues))

    @property
    def residue_scores(self) -> NDArray[np.float64]:
        """What each residue contributes."""
        return self.by_residue.node_scores

    @cached_property
    def residue_pairs(self) -> NDArray[np.float64]:
        """What pairs of residues contribute."""
        return self.by_residue.matrix()

    @property
    def dropped(self) -> float:
        """Mean contribution of coordinates of no cluster."""
        total = self.coordinates.sum(axis=1, dtype=np.float64).mean()
        return float(total - self.pairs.sum() - self.own.sum())

    @property
    def unassigned(self) -> float:
        """Mean contribution that no atom is given."""
        return float(self.pairs.sum() + self.own.sum() - self.node_scores.sum())

    def critical_atoms(self, n: int = 3, *, by: str = "score") -> Any:
        """List the atoms that contribute most (paper, section 4.2).

        Parameters
        ----------
        n : int, default=3
            How many.
        by : {"score", "magnitude"}, default="score"
            Whether the first are those that speak most for the explained class, or
            those that count most, for it or against it.

        Returns
        -------
        pandas.DataFrame
            Columns ``node`` (number), ``residue``, ``atom``, ``score`` (of
            `node_scores`) and ``share``: the score over the sum of the magnitudes of
            all, so from -1 to 1.

        Raises
        ------
        InvalidInputError
            If `n` or `by` cannot be used.
        MissingDependencyError
            If pandas is not installed.

        Warns
        -----
        UninformativeFeaturesWarning
            If all scores are negative, so that the first matter least.
        """
        check_order(n, by)
        pandas = import_optional("pandas", purpose="critical_atoms")
        nodes = best_of(self.node_scores, n, by)
        warn_if_all_against(self.node_scores[nodes], by)
        scores, total = self.node_scores[nodes], np.abs(self.node_scores).sum()
        return pandas.DataFrame(
            {
                "node": nodes,
                **atom_columns(self._labels, nodes),
                **score_columns(scores, total),
            }
        )

    def critical_interactions(self, n: int = 10, *, by: str = "score") -> Any:
        """List the pairs of atoms that contribute most, with their distances.

        Parameters
        ----------
        n : int, default=10
            How many.
        by : {"score", "magnitude"}, default="score"
            As in `critical_atoms`.

        Returns
        -------
        pandas.DataFrame
            Columns ``node_1``, ``residue_1``, ``atom_1``, the same with ``_2``,
            ``score``, ``share`` (over the sum of the magnitudes of all pairs and of all
            atoms with themselves), ``mean_distance`` (nm, over all frames of all
            samples) and ``std_distance`` (nm, the standard deviation over the frames
            of a sample, root mean square over the samples).

        Raises
        ------
        InvalidInputError
            If `n` or `by` cannot be used.
        MissingDependencyError
            If pandas is not installed.

        Warns
        -----
        UninformativeFeaturesWarning
            If no pair contributes anything, or all scores are negative, so that the
            first matter least.
        """
        pandas = import_optional("pandas", purpose="critical_interactions")
        first, second, scores = self._best_pairs(n, by)
        warn_if_all_against(scores, by)
        distances = [pair_distances(sample, first, second) for sample in self.samples]
        spread = np.mean([d.var(axis=0) for d in distances], axis=0) ** 0.5
        return pandas.DataFrame(
            {
                "node_1": first,
                **atom_columns(self._labels, first, "_1"),
                "node_2": second,
                **atom_columns(self._labels, second, "_2"),
                **score_columns(scores, self.node_pairs.total_magnitude),
                "mean_distance": np.concatenate(distances).mean(axis=0),
                "std_distance": spread,
            }
        )

    def distances(self, n: int = 10, *, by: str = "score") -> Any:
        """Follow the distances of the critical interactions over time.

        Parameters
        ----------
        n : int, default=10
            How many interactions.
        by : {"score", "magnitude"}, default="score"
            As in `critical_atoms`.

        Returns
        -------
        pandas.DataFrame
            One row a frame of a sample. Columns ``sample``, ``frame``, ``time`` (ps
            from the first frame of the sample; NaN where it is not known) and one
            column of distances in nm for each interaction, such as
            ``"ALA 86 CA - GLY 91 CA"``.

        Raises
        ------
        InvalidInputError
            If `n` or `by` cannot be used.
        MissingDependencyError
            If pandas is not installed.
        """
        pandas = import_optional("pandas", purpose="distances")
        first, second, _ = self._best_pairs(n, by)
        names = self.node_names or self.residue_names
        columns = [
            f"{names[i]} - {names[j]}" for i, j in zip(first, second, strict=True)
        ]
        tables = []
        for index, sample in enumerate(self.samples):
            frames, step = np.arange(sample.n_frames), sample.time_step or np.nan
            table = pandas.DataFrame(
                pair_distances(sample, first, second), columns=columns
            )
            table.insert(0, "sample", index)
            table.insert(1, "frame", frames)
            table.insert(2, "time", frames * step)
            tables.append(table)
        return pandas.concat(tables, ignore_index=True)

    def _best_pairs(self, n: int, by: str) -> BestPairs:
        """Find the pairs with the largest scores, and say if there is none to rank."""
        best = self.node_pairs.best_pairs(n, by)
        if not (best.score.any() or self.pairs.count_nonzero()):
            warnings.warn(
                "No pair of atoms contributes to these predictions, for the areas that "
                "the model reads are zero, or it reads none (a log-signature of depth "
                "1, or of segments of a single step). These are the first pairs, in "
                "the order of the atoms, and no ranking.",
                UninformativeFeaturesWarning,
                stacklevel=3,
            )
        return best

"""EigenCoarsener: clusters from the eigenvectors of the graph, without training."""

from collections import Counter
from typing import Any, ClassVar

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import eigsh
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_is_fitted

from sklearn_deepsig._compat import fit_context
from sklearn_deepsig._constraints import LAYER_SIZE
from sklearn_deepsig.estimators._coarse_paths import CoarsePaths, mean_paths
from sklearn_deepsig.estimators._node_counts import check_node_counts
from sklearn_deepsig.estimators._parameters import layer_sizes
from sklearn_deepsig.estimators._validation import validate_trajectories
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = ["EigenCoarsener", "normalized_cut_embedding"]


class EigenCoarsener(CoarsePaths, BaseEstimator):
    """Cluster the nodes of graphs by normalised cuts, and follow the clusters.

    Spectral clustering as it was before networks: the nodes are embedded by the first
    eigenvectors of the normalised graph Laplacian, which relax the normalised cut [1]_,
    and clustered by k-means. A cluster's path is the mean of its nodes'. What a learned
    coarse graining, `SpectralCoarsener`, must beat.

    Parameters
    ----------
    n_clusters : int, default=50
        Number of clusters.
    soft : bool, default=False
        Whether a node belongs to all clusters, by weights exp(-d² / s²) that sum to
        one: d is its distance from a cluster's centre among the eigenvectors, and s²
        the mean of the squared distances from the nearest.
    graph : str or array-like of shape (2, n_edges), default="auto"
        What connects the nodes; see `sklearn_deepsig.trajectory.as_trajectories`.
    random_state : int, RandomState instance or None, default=None
        Seed of k-means.

    Attributes
    ----------
    assignments_ : list of ndarray of shape (n_nodes, n_clusters)
        One for each number of nodes that samples of `fit` had.
    n_clusters_ : tuple of int
        Number of clusters.
    reference_ : ndarray of shape (n_nodes, n_dims)
        The first frame of the first sample of fit; see `inverse_transform`.
    reference_assignment_ : ndarray of shape (n_nodes, n_clusters)
        That sample's assignment of nodes to clusters.
    n_features_in_ : int
        Columns of a table of univariate series, or nodes of a 3-D or 4-D array; not
        set for lists of samples, whose node counts may differ.
    n_dims_in_ : int
        Dimensions a node, 3 for molecules.
    feature_names_in_ : ndarray of str
        Names of the columns, where X was a table with names.

    See Also
    --------
    SpectralCoarsener : Learns the clusters.
    FixedCoarsener : Takes residues, or clusters that are given.

    Notes
    -----
    Samples of `fit` with the same number of nodes, such as windows of one molecule,
    share one clustering, of the mean of their graphs. A sample with another number of
    nodes is clustered by its own graph. Clusters are numbered in the order of the mean
    index of their nodes, so along the sequence, for molecules. Every node is linked
    with itself too, as in equation 1 of the paper.

    References
    ----------
    .. [1] J. Shi and J. Malik, "Normalized cuts and image segmentation", IEEE Trans.
       Pattern Anal. Mach. Intell. 22 (2000).

    Examples
    --------
    Two triangles, linked by one edge.

    >>> import numpy as np
    >>> from sklearn_deepsig.estimators import EigenCoarsener
    >>> edges = [[0, 1, 2, 3, 4, 5, 2], [1, 2, 0, 4, 5, 3, 3]]
    >>> X = np.random.default_rng(0).normal(size=(2, 10, 6, 3))
    >>> coarsener = EigenCoarsener(2, graph=edges, random_state=0).fit(X)
    >>> coarsener.predict(X)[0].tolist(), coarsener.transform(X).shape
    ([0, 0, 0, 1, 1, 1], (2, 10, 6))
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_clusters": ["array-like", LAYER_SIZE],
        "soft": ["boolean"],
        "graph": [
            StrOptions({"auto", "bonds", "contacts", "chain", "complete", "knn"}),
            "array-like",
        ],
        "random_state": ["random_state"],
    }

    def __init__(self, n_clusters=50, *, soft=False, graph="auto", random_state=None):
        self.n_clusters = n_clusters
        self.soft = soft
        self.graph = graph
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):  # noqa: ARG002
        """Cluster the graphs of the samples.

        Parameters
        ----------
        X : samples
            Trajectories; see `sklearn_deepsig.trajectory.as_trajectories`.
        y : None
            Ignored.

        Returns
        -------
        self
            The coarsener.

        Raises
        ------
        InvalidInputError
            If a sample or a parameter cannot be used.
        """
        sizes = layer_sizes(self.n_clusters)
        if len(sizes) > 1:
            raise InvalidInputError(
                f"n_clusters={self.n_clusters!r}: EigenCoarsener clusters once; give "
                f"one number, such as {sizes[-1]}."
            )
        samples = validate_trajectories(self, X, graph=self.graph, reset=True)
        check_node_counts(samples, sizes)
        self.n_clusters_ = sizes
        self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        # sums, not lists: of windows there may be more than memory holds
        sums: dict[int, csr_array] = {}
        counts: Counter[int] = Counter()
        for sample in samples:
            adjacency, n_nodes = _adjacency(sample), sample.n_nodes
            counts[n_nodes] += 1
            known = n_nodes in sums
            sums[n_nodes] = sums[n_nodes] + adjacency if known else adjacency
        self.assignments_ = [
            self._cluster(total / counts[n_nodes]) for n_nodes, total in sums.items()
        ]
        self._keep_reference(samples[0], self._assign(samples[:1])[0])
        return self

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _cluster(self, adjacency: csr_array) -> np.ndarray:
        """Return the assignment (n_nodes, n_clusters) of one graph."""
        n_nodes, n_clusters = adjacency.shape[0], self.n_clusters_[0]
        assignment = np.zeros((n_nodes, n_clusters))
        n_clusters = min(n_clusters, n_nodes)
        embedded = normalized_cut_embedding(adjacency, n_clusters)
        k_means = KMeans(n_clusters, n_init=10, random_state=self._seed).fit(embedded)
        order = _along_the_nodes(k_means.labels_, n_clusters)
        distances = k_means.transform(embedded)[:, order] ** 2
        nearest = distances.argmin(axis=1)
        spread = distances.min(axis=1).mean()
        if self.soft and spread > 0:
            weights = np.exp(-(distances - distances.min(axis=1)[:, None]) / spread)
            assignment[:, :n_clusters] = weights / weights.sum(axis=1)[:, None]
        else:
            assignment[np.arange(n_nodes), nearest] = 1
        return assignment

    def _assignments(self, X):
        check_is_fitted(self)
        samples = validate_trajectories(self, X, graph=self.graph, reset=False)
        return self._assign(samples)

    def _assign(self, samples: list[GraphTrajectory]) -> list[np.ndarray]:
        check_node_counts(samples, self.n_clusters_)
        known = {len(assignment): assignment for assignment in self.assignments_}
        return [
            known[sample.n_nodes]
            if sample.n_nodes in known
            else self._cluster(_adjacency(sample))
            for sample in samples
        ]

    def _coarse_paths(self, X):
        check_is_fitted(self)
        samples = validate_trajectories(self, X, graph=self.graph, reset=False)
        return [
            mean_paths(sample.positions, assignment)
            for sample, assignment in zip(samples, self._assign(samples), strict=True)
        ]

    def _cluster_names(self):
        return [f"cluster{i}" for i in range(self.n_clusters_[0])]


def normalized_cut_embedding(adjacency: csr_array, n_components: int) -> np.ndarray:
    """Embed the nodes of a graph by the relaxed normalised cut.

    Parameters
    ----------
    adjacency : sparse array of shape (n_nodes, n_nodes)
        Symmetric weights, with no node without any.
    n_components : int
        Number of eigenvectors.

    Returns
    -------
    ndarray of shape (n_nodes, n_components)
        The generalised eigenvectors of D - A and D with the least eigenvalues, each of
        length 1 in the metric of D; D are the row sums of A.
    """
    degree = adjacency.sum(axis=1)
    scale = 1 / np.sqrt(degree)
    normalized = (adjacency * scale[:, None] * scale).tocsr()
    n_nodes = len(degree)
    if n_components >= n_nodes - 1:  # more than Lanczos' method can find
        _, vectors = np.linalg.eigh(normalized.toarray())
        vectors = vectors[:, -n_components:]
    else:
        # A start of its own, for the same result in every call.
        start = np.random.default_rng(0).uniform(-1, 1, n_nodes)
        _, vectors = eigsh(normalized, n_components, which="LA", v0=start)
    return scale[:, None] * vectors


def _adjacency(sample: GraphTrajectory) -> csr_array:
    """Return A + I of a sample."""
    loops = np.arange(sample.n_nodes)
    edges = np.concatenate([sample.edge_index, [loops, loops]], axis=1)
    shape = (sample.n_nodes, sample.n_nodes)
    return csr_array((np.ones(edges.shape[1]), tuple(edges)), shape=shape)


def _along_the_nodes(labels: np.ndarray, n_clusters: int) -> np.ndarray:
    """Order clusters by the mean index of their nodes; empty ones come last."""
    counts = np.bincount(labels, minlength=n_clusters)
    sums = np.bincount(labels, weights=np.arange(len(labels)), minlength=n_clusters)
    means = np.full(n_clusters, np.inf)
    np.divide(sums, counts, out=means, where=counts > 0)
    return means.argsort(kind="stable")

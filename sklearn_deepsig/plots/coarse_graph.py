"""The coarse-grained graph over the structure, as a picture."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from sklearn_deepsig._optional import import_optional
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.plots._display import Display, find_coarsener, take_sample
from sklearn_deepsig.plots.assignment import check_assignment
from sklearn_deepsig.trajectory import as_trajectories, canonical_edges

__all__ = ["CoarseGraphDisplay"]

_PALETTE = 20
_MOST_LABELS = 40
# A cluster that holds less than this many nodes is not used.
_LEAST_MASS = 1e-3
_LARGEST_DISK = 700.0  # points squared


class CoarseGraphDisplay(Display):
    """Clusters at their centres, with their graph, over the nodes of one frame.

    The paper's figure 6 (b). The positions are projected on the two axes along which
    the nodes extend most.

    Parameters
    ----------
    positions : array-like of shape (n_nodes, n_dims)
        Where the nodes are, in nm.
    assignment : array-like of shape (n_nodes, n_clusters)
        Q of equation 2, from 0 to 1.
    edge_index : array-like of int, shape (2, n_edges)
        What is linked with what, in any order and direction.
    title : str, default=""
        Which sample.

    Attributes
    ----------
    points : ndarray of shape (n_nodes, 2)
        The projected nodes, in nm, from their centre.
    centres : ndarray of shape (n_clusters, 2)
        Means of the points, weighted by the columns of Q, in nm. NaN for a cluster that
        holds nothing.
    masses : ndarray of shape (n_clusters,)
        Sums of the columns of Q: how many nodes a cluster holds.
    weights : ndarray of shape (n_clusters, n_clusters)
        Qᵀ A Q, the pooling of equation 4 with the adjacency A of the graph: the
        expected number of edges between two clusters.
    ax_ : matplotlib Axes
        The axes, after `plot`.
    figure_ : matplotlib Figure
        The figure, after `plot`.

    Raises
    ------
    InvalidInputError
        If a shape does not fit, a position is not finite, or Q holds anything but
        numbers from 0 to 1.

    Examples
    --------
    >>> from sklearn_deepsig.plots import CoarseGraphDisplay
    >>> positions = [[0, 0, 0], [1, 0, 0], [5, 0, 0], [6, 0, 0]]
    >>> assignment = [[1, 0], [1, 0], [0, 1], [0, 1]]
    >>> edges = [[0, 1, 2], [1, 2, 3]]
    >>> display = CoarseGraphDisplay(positions, assignment, edges)
    >>> display.masses.tolist(), display.weights.tolist()
    ([2.0, 2.0], [[2.0, 1.0], [1.0, 2.0]])
    """

    def __init__(
        self,
        positions: ArrayLike,
        assignment: ArrayLike,
        edge_index: ArrayLike,
        *,
        title: str = "",
    ) -> None:
        self.assignment = check_assignment(assignment)
        positions = np.asarray(positions, dtype=float)
        n_nodes = len(self.assignment)
        if positions.ndim != 2 or len(positions) != n_nodes or not positions.size:
            raise InvalidInputError(
                f"positions have shape {positions.shape}; expected ({n_nodes}, "
                "n_dims), for the nodes of the assignment."
            )
        if not np.isfinite(positions).all():
            raise InvalidInputError("positions must be finite.")
        self.points = _principal_projection(positions)
        self.masses = self.assignment.sum(axis=0)
        used = self.masses > _LEAST_MASS
        self.centres = np.full((len(self.masses), 2), np.nan)
        self.centres[used] = (
            self.assignment.T[used] @ self.points / self.masses[used, None]
        )
        self.edge_index = canonical_edges(edge_index, n_nodes)
        ones = np.ones(self.edge_index.shape[1])
        adjacency = csr_array((ones, tuple(self.edge_index)), shape=(n_nodes, n_nodes))
        self.weights = self.assignment.T @ (adjacency @ self.assignment)
        self.title = title

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        sample: int = 0,
        frame: int = 0,
        title: str | None = None,
    ) -> "CoarseGraphDisplay":
        """Assign the nodes of a sample and take their positions from a frame.

        Parameters
        ----------
        estimator : estimator
            Fitted, with a coarse graining: a coarsener, `DeepSignatureClassifier` or
            `DeepSignatureRegressor`, or a Pipeline with one of them.
        X : samples
            Trajectories.
        sample : int, default=0
            Which of them.
        frame : int, default=0
            Which frame of it.
        title : str, optional
            By default where the sample comes from, if it says so.

        Returns
        -------
        CoarseGraphDisplay
            Ready to plot.

        Raises
        ------
        InvalidInputError
            If X cannot be used, or has no such sample or frame.
        InvalidInputTypeError
            If the estimator has no coarse graining.
        NotFittedError
            If the estimator is not fitted.
        """
        coarsener, X = find_coarsener(
            estimator, take_sample(X, sample), purpose="CoarseGraphDisplay"
        )
        graph = getattr(coarsener, "graph", "auto")
        (trajectory,) = as_trajectories(X, graph=graph)
        if not -trajectory.n_frames <= frame < trajectory.n_frames:
            raise InvalidInputError(
                f"frame={frame}, but the sample has {trajectory.n_frames} frames."
            )
        return cls(
            trajectory.positions[frame],
            coarsener.assign(X)[0],
            trajectory.edge_index,
            title=(trajectory.source or "") if title is None else title,
        )

    def plot(self, ax: Any = None, *, min_weight: float = 0.05) -> "CoarseGraphDisplay":
        """Draw nodes, clusters and edges.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure, which no window shows.
        min_weight : float, default=0.05
            Edges between clusters that weigh less than this share of the heaviest are
            left out.

        Returns
        -------
        CoarseGraphDisplay
            Itself, with `ax_` and `figure_`.

        Raises
        ------
        InvalidInputTypeError
            If `ax` is no Axes.
        MissingDependencyError
            If matplotlib is not installed.
        """
        collections = import_optional(
            "matplotlib.collections", purpose="CoarseGraphDisplay"
        )
        cm = import_optional("matplotlib", purpose="CoarseGraphDisplay").colormaps
        width, height = np.ptp(self.points, axis=0)
        # as flat as the molecule, within reason, beside the legend
        ratio = np.clip(height / width if width else 1.0, 0.35, 1.0)
        ax = self._on(ax, (8.6, 1.2 + 5.0 * ratio), "compressed")
        used = np.flatnonzero(np.isfinite(self.centres[:, 0]))
        # small ones last, over those that would hide them
        used = used[np.argsort(-self.masses[used], kind="stable")]
        # neighbours in number get colours that differ
        colors = cm["tab20"](np.arange(len(self.masses)) % _PALETTE)

        once = self.edge_index[:, self.edge_index[0] < self.edge_index[1]]
        links = collections.LineCollection(
            self.points[once.T], colors="0.8", linewidths=0.6, zorder=1
        )
        if once.size:
            links.set_label("edges of the graph")
        ax.add_collection(links)
        ax.scatter(
            *self.points.T,
            s=12,
            c=colors[self.assignment.argmax(axis=1)],
            zorder=2,
            label="nodes, in the colour of their cluster",
        )
        pairs, shares = self._heavy_pairs(used, min_weight)
        between = collections.LineCollection(
            self.centres[pairs],
            colors="0.15",
            alpha=0.6,
            linewidths=0.5 + 5.5 * shares,
            zorder=3,
        )
        if len(pairs):
            between.set_label("edges between clusters, by weight")
        ax.add_collection(between)
        ax.scatter(
            *self.centres[used].T,
            s=_LARGEST_DISK * self.masses[used] / self.masses.max(),
            c=colors[used],
            edgecolors="black",
            linewidths=1.0,
            alpha=0.9,
            zorder=4,
            label="clusters, by number of nodes",
        )
        if len(used) <= _MOST_LABELS:
            for cluster in used:
                ax.annotate(
                    str(cluster),
                    self.centres[cluster],
                    ha="center",
                    va="center",
                    fontsize=8,
                    zorder=5,
                )
        ax.margins(0.08)
        ax.autoscale_view()
        ax.set_aspect("equal", adjustable="box")
        ax.set_xlabel("principal axis 1 (nm)")
        ax.set_ylabel("principal axis 2 (nm)")
        ax.set_title(self.title)
        ax.spines[["top", "right"]].set_visible(False)
        legend = ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
        for handle in legend.legend_handles:
            if isinstance(handle, collections.PathCollection):
                handle.set_facecolor("0.6")  # no cluster's colour
        return self

    def _heavy_pairs(
        self, used: np.ndarray, min_weight: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the pairs of clusters to link, and their share of the heaviest."""
        first, second = np.triu_indices(len(used), 1)
        pairs = np.stack([used[first], used[second]], axis=1)
        weights = self.weights[pairs[:, 0], pairs[:, 1]]
        heaviest = weights.max(initial=0.0)
        if heaviest == 0:
            return pairs[:0], weights[:0]
        heavy = weights >= min_weight * heaviest
        return pairs[heavy], weights[heavy] / heaviest


def _principal_projection(positions: np.ndarray) -> np.ndarray:
    """Project points (n_nodes, n_dims) on the two axes along which they extend most."""
    centred = positions - positions.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    # An axis has no direction of its own: let its largest coordinate be positive.
    largest = np.abs(axes).argmax(axis=1)
    axes = axes * np.sign(axes[np.arange(len(axes)), largest])[:, None]
    points = np.zeros((len(positions), 2))
    projected = centred @ axes[:2].T
    points[:, : projected.shape[1]] = projected
    return points

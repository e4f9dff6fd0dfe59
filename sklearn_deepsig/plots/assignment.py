"""Which atoms a cluster holds, along the sequence, as a picture."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.inspection._names import label_nodes
from sklearn_deepsig.plots._display import (
    Display,
    find_coarsener,
    sequence_ticks,
    take_sample,
)
from sklearn_deepsig.trajectory import as_trajectories

__all__ = ["AssignmentDisplay"]


class AssignmentDisplay(Display):
    """The assignment matrix Q of equation 2, nodes from left to right.

    Parameters
    ----------
    assignment : array-like of shape (n_nodes, n_clusters)
        Q, from 0 to 1.
    node_names : sequence of str, optional
        One a node, such as ``"ALA 86 CA"``. The atoms of a residue get one label. By
        default nodes are numbered.
    cluster_names : sequence of str, optional
        One a cluster; by default their numbers.
    title : str, default=""
        Which sample.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes, after `plot`.
    figure_ : matplotlib Figure
        The figure, after `plot`.

    Raises
    ------
    InvalidInputError
        If a shape does not fit, or Q holds anything but numbers from 0 to 1.

    Examples
    --------
    >>> from sklearn_deepsig.plots import AssignmentDisplay
    >>> names = ["ALA 1 N", "ALA 1 CA", "GLY 2 N"]
    >>> display = AssignmentDisplay([[1, 0], [0.5, 0.5], [0, 1]], names).plot()
    >>> [label.get_text() for label in display.ax_.get_xticklabels()]
    ['ALA 1', 'GLY 2']
    """

    def __init__(
        self,
        assignment: ArrayLike,
        node_names: Sequence[str] | None = None,
        cluster_names: Sequence[str] | None = None,
        *,
        title: str = "",
    ) -> None:
        self.assignment = check_assignment(assignment)
        n_nodes, n_clusters = self.assignment.shape
        self.node_names = None if node_names is None else list(node_names)
        self.cluster_names = [
            str(name)
            for name in (range(n_clusters) if cluster_names is None else cluster_names)
        ]
        for kind, names, expected in [
            ("node", self.node_names, n_nodes),
            ("cluster", self.cluster_names, n_clusters),
        ]:
            if names is not None and len(names) != expected:
                raise InvalidInputError(
                    f"{len(names)} {kind} names were given for {expected} {kind}s; "
                    "give one each."
                )
        self.title = title

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        sample: int = 0,
        sort: bool = True,
        title: str | None = None,
    ) -> "AssignmentDisplay":
        """Assign the nodes of a sample.

        Parameters
        ----------
        estimator : estimator
            Fitted, with a coarse graining: a coarsener, `DeepSignatureClassifier` or
            `DeepSignatureRegressor`, or a Pipeline with one of them.
        X : samples
            Trajectories.
        sample : int, default=0
            Which of them.
        sort : bool, default=True
            Order the clusters by where along the sequence they are; they keep their
            numbers. Clusters that hold nothing come last.
        title : str, optional
            By default where the sample comes from, if it says so.

        Returns
        -------
        AssignmentDisplay
            Ready to plot.

        Raises
        ------
        InvalidInputError
            If X cannot be used or has no such sample.
        InvalidInputTypeError
            If the estimator has no coarse graining.
        NotFittedError
            If the estimator is not fitted.
        """
        coarsener, X = find_coarsener(
            estimator, take_sample(X, sample), purpose="AssignmentDisplay"
        )
        (trajectory,) = as_trajectories(X, graph="chain")
        assignment = np.asarray(coarsener.assign(X)[0], dtype=float)
        channels = coarsener.get_feature_names_out()[:: trajectory.n_dims]
        names = [
            name.rpartition(".")[0].removeprefix("cluster") or name for name in channels
        ]
        order = np.arange(assignment.shape[1])
        if sort:
            total = assignment.sum(axis=0)
            places = np.arange(len(assignment)) @ assignment
            centres = np.divide(
                places, total, out=np.full_like(total, np.inf), where=total > 0
            )
            order = np.argsort(centres, kind="stable")
        return cls(
            assignment[:, order],
            trajectory.node_names,
            [names[cluster] for cluster in order],
            title=(trajectory.source or "") if title is None else title,
        )

    def _size(self) -> tuple[float, float]:
        return 8.0, min(1.7 + 0.22 * len(self.cluster_names), 7.0)

    def _draw(self, ax: Any) -> None:
        image = ax.imshow(
            self.assignment.T,
            aspect="auto",
            interpolation="nearest",
            cmap="viridis",
            vmin=0,
            vmax=1,
        )
        ax.figure.colorbar(image, ax=ax, label="membership")
        if self.node_names is None:
            ax.set_xlabel("node")
        else:
            label_residues(ax, self.node_names)
        ax.set_yticks(*sequence_ticks(self.cluster_names))
        ax.set_ylabel("cluster")
        ax.set_title(self.title)


def check_assignment(assignment: ArrayLike) -> np.ndarray:
    """Check an assignment matrix.

    Parameters
    ----------
    assignment : array-like of shape (n_nodes, n_clusters)
        Q.

    Returns
    -------
    ndarray of float64, shape (n_nodes, n_clusters)
        The same.

    Raises
    ------
    InvalidInputError
        If it has another shape, or holds anything but numbers from 0 to 1.
    """
    matrix = np.asarray(assignment, dtype=float)
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise InvalidInputError(
            f"assignment has shape {matrix.shape}; expected (n_nodes, n_clusters)."
        )
    # rows of float32 sum to 1 up to rounding
    if not ((matrix >= -1e-5) & (matrix <= 1 + 1e-5)).all():
        raise InvalidInputError(
            f"assignment holds values from {matrix.min()} to {matrix.max()}; "
            "memberships lie between 0 and 1."
        )
    return matrix


def label_residues(ax: Any, node_names: Sequence[str]) -> None:
    """Label the first node of each residue along the x axis.

    Parameters
    ----------
    ax : matplotlib Axes
        Whose axis.
    node_names : sequence of str
        Names such as ``"ALA 86 CA"``.
    """
    residues, residue_of, _ = label_nodes(node_names, len(node_names))
    _, firsts = np.unique(residue_of, return_index=True)
    places, labels = sequence_ticks(residues)
    ax.set_xticks(firsts[places], labels, rotation=90)
    ax.set_xlabel("residue")

"""What all coarseners share: the form of paths and assignments, and their names."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sklearn_deepsig._compat import container_adapter
from sklearn_deepsig.estimators._names import coordinate_names
from sklearn_deepsig.estimators._validation import validate_trajectories
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory import (
    GraphTrajectory,
    as_trajectories,
    describe_sample,
)

__all__ = ["CoarsePaths", "mean_paths"]


class CoarsePaths(TransformerMixin, ABC):
    """Base of the transformers from the paths of nodes to those of clusters."""

    _paths_are_sums: ClassVar[bool] = False
    """Whether a path is the sum over the nodes of a cluster, and not their mean."""

    def __init_subclass__(cls, **options):
        # Paths of several samples are no one table: `transform` makes its own.
        super().__init_subclass__(auto_wrap_output_keys=None, **options)

    @abstractmethod
    def _coarse_paths(self, X: Any) -> list[np.ndarray]:
        """Return the path (n_frames, n_clusters * n_dims) of each sample."""

    @abstractmethod
    def _assignments(self, X: Any) -> list[np.ndarray]:
        """Return the assignment (n_nodes, n_clusters) of each sample."""

    @abstractmethod
    def _cluster_names(self) -> list[str]:
        """Name the clusters."""

    def transform(self, X):
        """Return the coarse paths (paper, equation 5).

        Parameters
        ----------
        X : samples
            Trajectories.

        Returns
        -------
        ndarray of shape (n_samples, n_frames, n_clusters * n_dims), or list
            Coarse paths, in the unit of the input. Where frame counts differ, a list
            of arrays of shape (n_frames, n_clusters * n_dims). After `set_output` a
            list of data frames with named columns.
        """
        paths = self._coarse_paths(X)
        adapter = container_adapter("transform", self)
        if adapter is None:
            return _stack_if_equal(paths)
        names = self.get_feature_names_out()
        return [
            adapter.create_container(path, None, columns=names, inplace=False)
            for path in paths
        ]

    def get_feature_names_out(self, input_features=None):  # noqa: ARG002
        """Name the channels of the coarse paths.

        Parameters
        ----------
        input_features : None
            Ignored: the channels are clusters of nodes.

        Returns
        -------
        ndarray of str objects, shape (n_clusters * n_dims,)
            Names like ``cluster3.x``.
        """
        check_is_fitted(self)
        names = coordinate_names(self._cluster_names(), self.n_dims_in_)
        return np.array(names, dtype=object)

    def assign(self, X):
        """Return the assignment of nodes to clusters (paper, Q of equation 2).

        Parameters
        ----------
        X : samples
            Trajectories.

        Returns
        -------
        ndarray of shape (n_samples, n_nodes, n_clusters), or list
            One row a node. Where node counts differ, a list of arrays of shape
            (n_nodes, n_clusters).
        """
        return _stack_if_equal(self._assignments(X))

    def predict(self, X):
        """Return the most probable cluster of each node.

        Parameters
        ----------
        X : samples
            Trajectories.

        Returns
        -------
        ndarray of int, shape (n_samples, n_nodes), or list
            Cluster indices. Where node counts differ, a list of arrays.
        """
        return _stack_if_equal([rows.argmax(axis=1) for rows in self._assignments(X)])

    def inverse_transform(self, X, samples=None):
        """Move the nodes of samples as coarse paths say.

        Each node begins where it is in the first frame of its sample, and is moved from
        there as its clusters are from where they began: by the mean of their
        displacements, weighted by its row of the assignment.

        Parameters
        ----------
        X : samples
            Coarse paths in the form that `transform` gives, of any number of frames.
        samples : samples, default=None
            The trajectory of each path, whose assignment and first frame count. By
            default those of the first sample of `fit` hold for all paths.

        Returns
        -------
        ndarray of shape (n_samples, n_frames, n_nodes, n_dims), or list
            Positions, in the unit of the samples. A list of arrays of shape (n_frames,
            n_nodes, n_dims) where frame or node counts differ.

        Raises
        ------
        InvalidInputError
            If a path or a sample cannot be used, or one does not fit the other.

        Notes
        -----
        What a path of clusters does not hold is lost: their turning, and how their
        nodes move within them. The result is the sample itself where every node belongs
        to one cluster and the clusters are shifted as they are; so is any sample that
        is shifted as a whole. A node of no cluster stays where it is. Paths that a
        network reads out (paper, equation 5) are as close to the clusters as its
        temporal consistency, equation 6, is to zero.
        """
        check_is_fitted(self)
        paths = as_trajectories(X, graph="chain", min_frames=1)
        if samples is None:
            starts, assignments = self._references(len(paths))
        else:
            checked = validate_trajectories(self, samples, graph="chain", reset=False)
            starts = [sample[:1].positions[0] for sample in checked]
            assignments = self._assignments(samples)
        if len(paths) != len(starts):
            raise InvalidInputError(
                f"X holds {len(paths)} coarse paths for {len(starts)} samples; give "
                "one a sample, as transform does."
            )
        result = []
        for index, path in enumerate(paths):
            start, rows = starts[index], assignments[index]
            shape = (path.n_frames, rows.shape[1], start.shape[1])
            n_channels = path.n_nodes * path.n_dims
            if n_channels != shape[1] * shape[2]:
                raise InvalidInputError(
                    f"{describe_sample(index)} of X has {n_channels} channels; "
                    f"expected {shape[1]} clusters x {shape[2]} dimensions, as "
                    "transform gives."
                )
            centres = path.positions.reshape(shape).astype(np.float64)
            if self._paths_are_sums:
                centres /= _divisors(rows.sum(axis=0))[:, None]
            shares = rows / _divisors(rows.sum(axis=1))[:, None]
            moved = np.einsum("nm,tmd->tnd", shares, centres - centres[:1])
            result.append((start + moved).astype(start.dtype))
        return _stack_if_equal(result)

    def _keep_reference(self, sample: GraphTrajectory, assignment: np.ndarray) -> None:
        """Keep onto what `inverse_transform` lays paths of no sample."""
        self.reference_ = sample.positions[0].copy()
        self.reference_assignment_ = np.array(assignment)

    def _references(self, n_paths: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
        if not hasattr(self, "reference_"):
            raise InvalidInputError(
                "This coarsener has seen no sample itself to lay the paths on; give "
                "inverse_transform the samples."
            )
        return [self.reference_] * n_paths, [self.reference_assignment_] * n_paths

    def set_output(self, *, transform=None):
        """Choose what `transform` makes of each path.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            Arrays, or data frames with one row a frame and one named column a
            channel. None changes nothing.

        Returns
        -------
        self
            The coarsener.
        """
        if transform is not None:
            self._sklearn_output_config = {"transform": transform}
        return self


def mean_paths(positions: np.ndarray, assignment: np.ndarray) -> np.ndarray:
    """Follow the weighted mean position of each cluster.

    Parameters
    ----------
    positions : ndarray of shape (n_frames, n_nodes, n_dims)
        Where the nodes are.
    assignment : ndarray of shape (n_nodes, n_clusters)
        Weights of the nodes in each cluster.

    Returns
    -------
    ndarray of shape (n_frames, n_clusters * n_dims)
        The means; zero for a cluster without nodes.
    """
    total = assignment.sum(axis=0)
    shares = assignment / _divisors(total)
    # relative to one node, so that a path far from the origin costs no accuracy
    origin = positions[:1, :1].astype(np.float64)
    means = np.einsum("tnd,nm->tmd", positions - origin, shares, optimize=True)
    means += origin * (total > 0)[:, None]
    return means.reshape(len(positions), -1).astype(positions.dtype)


def _divisors(totals: np.ndarray) -> np.ndarray:
    """Leave what is zero undivided: the shares of nothing are zero."""
    return np.where(totals > 0, totals, 1.0)


def _stack_if_equal(arrays: list[np.ndarray]) -> np.ndarray | list[np.ndarray]:
    """Stack arrays of one shape; leave ragged ones as a list."""
    if all(array.shape == arrays[0].shape for array in arrays):
        return np.stack(arrays)
    return arrays

"""What all coarseners share: the form of paths and assignments, and their names."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sklearn_deepsig._compat import container_adapter
from sklearn_deepsig.estimators._names import coordinate_names

__all__ = ["CoarsePaths", "mean_paths"]


class CoarsePaths(TransformerMixin, ABC):
    """Base of the transformers from the paths of nodes to those of clusters."""

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
    shares = np.divide(
        assignment, total, out=np.zeros_like(assignment), where=total > 0
    )
    # relative to one node, so that a path far from the origin costs no accuracy
    origin = positions[:1, :1].astype(np.float64)
    means = np.einsum("tnd,nm->tmd", positions - origin, shares, optimize=True)
    means += origin * (total > 0)[:, None]
    return means.reshape(len(positions), -1).astype(positions.dtype)


def _stack_if_equal(arrays: list[np.ndarray]) -> np.ndarray | list[np.ndarray]:
    """Stack arrays of one shape; leave ragged ones as a list."""
    if all(array.shape == arrays[0].shape for array in arrays):
        return np.stack(arrays)
    return arrays

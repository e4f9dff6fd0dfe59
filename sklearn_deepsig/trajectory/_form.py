"""The one form of edges and of positions that is used everywhere."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError

__all__ = ["LARGEST", "as_positions", "canonical_edges"]

LARGEST = np.float64(1e18)  # which no type is too small to be compared with
"""Largest coordinate of which areas can be computed in float32."""


def canonical_edges(edge_index: ArrayLike, n_nodes: int) -> NDArray[np.int64]:
    """Bring edges into the one form used everywhere.

    Parameters
    ----------
    edge_index : array-like of int, shape (2, n_edges)
        Pairs of node indices, in any order and direction.
    n_nodes : int
        Number of nodes.

    Returns
    -------
    ndarray of int64, shape (2, n_directed_edges)
        Both directions of every edge, sorted, without duplicates or self-loops.

    Raises
    ------
    InvalidInputError
        If the shape is not (2, n_edges), or an index is no node or no integer.
    """
    edges = np.asarray(edge_index)
    if edges.size == 0:
        return np.zeros((2, 0), dtype=np.int64)
    if edges.ndim != 2 or edges.shape[0] != 2:
        raise InvalidInputError(
            f"edge_index has shape {edges.shape}; expected (2, n_edges), "
            "one row of sources and one of targets."
        )
    if not np.issubdtype(edges.dtype, np.integer):
        raise InvalidInputError(
            f"edge_index has dtype {edges.dtype}; node indices must be integers."
        )
    low, high = int(edges.min()), int(edges.max())
    if low < 0 or high >= n_nodes:
        raise InvalidInputError(
            f"edge_index refers to node {low if low < 0 else high}, but positions "
            f"have {n_nodes} nodes (indices 0 to {n_nodes - 1}). The graph and the "
            "positions must describe the same atoms."
        )
    edges = edges[:, edges[0] != edges[1]].astype(np.int64)
    both = np.concatenate(
        [edges[0] * n_nodes + edges[1], edges[1] * n_nodes + edges[0]]
    )
    keys = np.unique(both)
    return np.stack([keys // n_nodes, keys % n_nodes])


def as_positions(values: ArrayLike) -> NDArray[np.floating]:
    """Bring positions to float32 or float64 in C order, without a copy if they are.

    Parameters
    ----------
    values : array-like, shape (n_frames, n_nodes, n_dims)
        Coordinates.

    Returns
    -------
    ndarray of float32 or float64, shape (n_frames, n_nodes, n_dims)
        The same; float32 for all other dtypes.

    Raises
    ------
    InvalidInputError
        If there are not three axes, or one has length zero.
    InvalidInputTypeError
        If they are not real numbers.
    """
    positions = np.asanyarray(values)
    if positions.dtype.kind not in "fiub":
        raise InvalidInputTypeError(
            f"positions have dtype {positions.dtype}; expected real numbers."
        )
    if positions.ndim != 3 or 0 in positions.shape:
        raise InvalidInputError(
            f"positions have shape {positions.shape}; expected "
            "(n_frames, n_nodes, n_dims), none of them zero."
        )
    if positions.dtype not in (np.float32, np.float64):
        positions = positions.astype(np.float32)
    return np.ascontiguousarray(positions)

"""Graph builders: which nodes of a sample are connected.

Every builder is a pure function that returns edges in the one canonical form of
:func:`~sklearn_deepsig.trajectory.canonical_edges`: int64, shape
(2, n_directed_edges), both directions of every edge, sorted, without self-loops or
duplicates. Distances are plain Euclidean ones, in nm for molecules; periodic
boundaries are not taken into account. None of them makes an N x N array, except
that a complete graph has that many edges.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory._form import canonical_edges

__all__ = [
    "bond_edges",
    "chain_edges",
    "complete_edges",
    "contact_edges",
    "k_nearest_edges",
]


def bond_edges(topology: Any) -> NDArray[np.int64]:
    """Connect the atoms that the topology says are bonded.

    Parameters
    ----------
    topology : mdtraj.Topology
        Topology with bonds; atoms are numbered by their index.

    Returns
    -------
    ndarray of int64, shape (2, n_directed_edges)
        Canonical edges.

    Raises
    ------
    InvalidInputError
        If there are several atoms and no bond between any two of them.
    """
    pairs = [(first.index, second.index) for first, second in topology.bonds]
    if not pairs and topology.n_atoms > 1:
        raise InvalidInputError(
            f"the topology has {topology.n_atoms} atoms and no bonds. Choose another "
            'graph, such as graph="contacts", or load a topology with bonds (for a '
            "protein, topology.create_standard_bonds() adds them)."
        )
    return canonical_edges(_as_columns(pairs), topology.n_atoms)


def contact_edges(
    frame: NDArray[np.floating], cutoff: float = 0.8
) -> NDArray[np.int64]:
    """Connect nodes that lie within a distance of each other.

    Parameters
    ----------
    frame : ndarray, shape (n_nodes, n_dims)
        Positions in one frame, in nm for molecules.
    cutoff : float, default=0.8
        Largest distance of two connected nodes, in the unit of `frame`.

    Returns
    -------
    ndarray of int64, shape (2, n_directed_edges)
        Canonical edges.

    Raises
    ------
    InvalidInputError
        If there are several nodes and no contact, or the cutoff is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_deepsig.trajectory import contact_edges
    >>> contact_edges(np.array([[0.0], [0.5], [2.0]]))
    array([[0, 1],
           [1, 0]])
    """
    if not cutoff > 0:
        raise InvalidInputError(f"cutoff={cutoff!r} must be a distance above 0.")
    pairs = cKDTree(frame).query_pairs(cutoff, output_type="ndarray")
    if len(pairs) == 0 and len(frame) > 1:
        raise InvalidInputError(
            f"no two of the {len(frame)} nodes lie within cutoff={cutoff:g} nm of each "
            f"other; the closest two are {_closest_distance(frame):.3g} nm apart. If "
            "positions are in angstrom, divide them by 10. Otherwise raise the cutoff, "
            "for any estimator by TrajectorySelector(cutoff=...) before it, or choose "
            "another graph."
        )
    return canonical_edges(pairs.T, len(frame))


def k_nearest_edges(
    frame: NDArray[np.floating], n_neighbors: int = 8
) -> NDArray[np.int64]:
    """Connect every node with its nearest ones.

    Two nodes are connected if one of them is among the nearest of the other, so a
    node may have more neighbours than asked for.

    Parameters
    ----------
    frame : ndarray, shape (n_nodes, n_dims)
        Positions in one frame.
    n_neighbors : int, default=8
        Number of nearest nodes; all other nodes if there are fewer.

    Returns
    -------
    ndarray of int64, shape (2, n_directed_edges)
        Canonical edges.

    Raises
    ------
    InvalidInputError
        If the number of neighbours is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_deepsig.trajectory import k_nearest_edges
    >>> k_nearest_edges(np.array([[0.0], [0.5], [2.0]]), n_neighbors=1)
    array([[0, 1, 1, 2],
           [1, 0, 2, 1]])
    """
    if n_neighbors < 1:
        raise InvalidInputError(f"n_neighbors={n_neighbors!r} must be at least 1.")
    n_nodes = len(frame)
    n_found = min(n_neighbors, n_nodes - 1)
    if n_found == 0:
        return canonical_edges([], n_nodes)
    # One more is asked for, because the nearest node of a point is the point itself,
    found = np.asarray(cKDTree(frame).query(frame, k=n_found + 1)[1])
    nodes = np.arange(n_nodes)
    is_self = found == nodes[:, None]
    # unless so many nodes coincide with it that others took its place.
    is_self[~is_self.any(axis=1), -1] = True
    neighbors = found[~is_self]
    return canonical_edges(np.stack([nodes.repeat(n_found), neighbors]), n_nodes)


def chain_edges(n_nodes: int) -> NDArray[np.int64]:
    """Connect every node with the next one.

    Parameters
    ----------
    n_nodes : int
        Number of nodes.

    Returns
    -------
    ndarray of int64, shape (2, n_directed_edges)
        Canonical edges.

    Examples
    --------
    >>> from sklearn_deepsig.trajectory import chain_edges
    >>> chain_edges(3)
    array([[0, 1, 1, 2],
           [1, 0, 2, 1]])
    """
    first = np.arange(n_nodes - 1)
    return canonical_edges(np.stack([first, first + 1]), n_nodes)


def complete_edges(n_nodes: int) -> NDArray[np.int64]:
    """Connect every node with every other one.

    Parameters
    ----------
    n_nodes : int
        Number of nodes.

    Returns
    -------
    ndarray of int64, shape (2, n_directed_edges)
        Canonical edges, ``n_nodes * (n_nodes - 1)`` of them.

    Examples
    --------
    >>> from sklearn_deepsig.trajectory import complete_edges
    >>> complete_edges(3)
    array([[0, 0, 1, 1, 2, 2],
           [1, 2, 0, 2, 0, 1]])
    """
    first, second = np.divmod(np.arange(n_nodes * n_nodes), max(n_nodes, 1))
    distinct = first != second
    return np.stack([first[distinct], second[distinct]]).astype(np.int64)


def _as_columns(pairs: list[tuple[int, int]]) -> NDArray[np.int64]:
    return np.array(pairs, dtype=np.int64).reshape(-1, 2).T


def _closest_distance(frame: NDArray[np.floating]) -> float:
    distances = np.asarray(cKDTree(frame).query(frame, k=2)[0])
    return float(distances[:, 1].min())

"""Columns that the tables of attributions share."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.inspection._names import NodeLabels
from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = ["atom_columns", "pair_distances", "score_columns"]


def atom_columns(
    labels: NodeLabels, nodes: NDArray[np.int64], end: str = ""
) -> dict[str, list[str]]:
    """Name nodes by residue and atom.

    Parameters
    ----------
    labels : NodeLabels
        Residues and atoms of all nodes.
    nodes : ndarray of int
        Which nodes.
    end : str, default=""
        What the names of the columns end in.

    Returns
    -------
    dict of str to list of str
        The columns ``residue`` and ``atom``.
    """
    residues, residue_of, atoms = labels
    return {
        f"residue{end}": [residues[residue_of[node]] for node in nodes],
        f"atom{end}": [atoms[node] for node in nodes],
    }


def score_columns(
    scores: NDArray[np.float64], total: float
) -> dict[str, NDArray[np.float64]]:
    """Put scores beside their shares.

    Parameters
    ----------
    scores : ndarray
        The scores.
    total : float
        Sum of the magnitudes of all scores.

    Returns
    -------
    dict of str to ndarray
        The columns ``score`` and ``share``, from -1 to 1.
    """
    return {"score": scores, "share": scores / total if total else 0 * scores}


def pair_distances(
    sample: GraphTrajectory, first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Follow the distances of pairs of nodes.

    Parameters
    ----------
    sample : GraphTrajectory
        Where the nodes are.
    first, second : ndarray of int, shape (n_pairs,)
        The nodes.

    Returns
    -------
    ndarray of float64, shape (n_frames, n_pairs)
        The distances, in nm for molecules.
    """
    difference = sample.positions[:, first] - sample.positions[:, second]
    result: Any = np.linalg.norm(difference.astype(np.float64), axis=-1)
    return result

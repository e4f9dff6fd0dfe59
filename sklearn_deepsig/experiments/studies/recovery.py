"""Which nodes drive each other, as a fitted model tells."""

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.estimators import DeepSignatureClassifier
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.experiments.studies.settings import Problem, Split
from sklearn_deepsig.inspection import attribute
from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = ["planted_pairs", "precision_of_pairs", "recover", "score_pairs"]


def score_pairs(
    model: DeepSignatureClassifier, X: list[GraphTrajectory]
) -> NDArray[np.float64]:
    """Say how much each pair of nodes adds to the predictions, by their areas.

    The contributions of the areas between the coordinates of two clusters (gradient
    times input, `sklearn_deepsig.inspection.attribute`) are averaged over the samples
    and added up over segments and coordinates. Their sizes are given to the pairs of
    nodes by the assignment Q: node n has the share Q[n, i] of cluster i.

    Parameters
    ----------
    model : DeepSignatureClassifier
        A fitted classifier of signature depth 2, without augmentation.
    X : list of GraphTrajectory
        Samples of the same nodes.

    Returns
    -------
    ndarray of shape (n_nodes, n_nodes)
        The scores, symmetric.

    Raises
    ------
    InvalidInputError
        If the model's features are no areas of two clusters.
    """
    if model.depth != 2 or model.augmentation is not None or model.rotation_invariant:
        raise InvalidInputError(
            "Pairs are scored for depth=2, augmentation=None and "
            "rotation_invariant=False, whose features are areas of two clusters."
        )
    n_clusters, n_dims = model.n_clusters_[-1], model.n_dims_in_
    n_channels = n_clusters * n_dims
    contributions = attribute(model, X).contributions.mean(axis=0).sum(axis=0)
    # after the displacements, the areas in the order of their Lyndon words
    areas = contributions[n_channels:]
    first, second = np.triu_indices(n_channels, 1)
    of_clusters = np.zeros((n_clusters, n_clusters))
    np.add.at(of_clusters, (first // n_dims, second // n_dims), areas)
    # where the network is saturated a contribution may be negative: its size counts
    of_clusters = np.abs(of_clusters + of_clusters.T) / 2
    assignment = _mean_assignment(model, X)
    scores: NDArray[np.float64] = assignment @ of_clusters @ assignment.T
    return scores


def _mean_assignment(
    model: DeepSignatureClassifier, X: list[GraphTrajectory]
) -> NDArray[np.float64]:
    parts = model._apply(
        X, lambda module, batch: module.coarsening(batch).assignment.cpu().numpy()
    )
    return np.concatenate(parts).mean(axis=0, dtype=np.float64)


def precision_of_pairs(
    scores: NDArray[np.float64], planted: NDArray[np.bool_]
) -> float:
    """Compute how many of the best pairs are planted, as many as are.

    Parameters
    ----------
    scores : ndarray of shape (n_nodes, n_nodes)
        Symmetric.
    planted : ndarray of bool, shape (n_nodes, n_nodes)
        Symmetric.

    Returns
    -------
    float
        The fraction. Guessing gives the fraction of planted pairs among all.
    """
    pairs = np.triu_indices(len(scores), 1)
    wanted = planted[pairs]
    n_planted = int(wanted.sum())
    best = np.argsort(-scores[pairs], kind="stable")[:n_planted]
    return float(wanted[best].mean())


def planted_pairs(node_groups: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark the pairs of a node of group 0 and one of group 1.

    Parameters
    ----------
    node_groups : ndarray of int, shape (n_nodes,)
        The group of each node.

    Returns
    -------
    ndarray of bool, shape (n_nodes, n_nodes)
        The pairs.
    """
    first, second = node_groups == 0, node_groups == 1
    one_way: NDArray[np.bool_] = np.outer(first, second)
    return one_way | one_way.T


def recover(model: object, problem: Problem, split: Split) -> dict[str, float] | None:
    """Measure whether a model tells which groups drive each other.

    Parameters
    ----------
    model : estimator
        A fitted model.
    problem : Problem
        With the true groups.
    split : Split
        The pairs are scored on the validation trajectories.

    Returns
    -------
    dict or None
        ``"pair precision"``; None for a model whose pairs cannot be scored.
    """
    if not isinstance(model, DeepSignatureClassifier) or problem.node_groups is None:
        return None
    try:
        scores = score_pairs(model, [problem.X[i] for i in split.validation])
    except InvalidInputError:
        return None
    planted = planted_pairs(problem.node_groups)
    return {"pair precision": precision_of_pairs(scores, planted)}

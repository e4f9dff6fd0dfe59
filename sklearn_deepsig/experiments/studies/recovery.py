"""Which nodes drive each other, as a fitted model tells."""

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.experiments.studies.settings import Problem, Split
from sklearn_deepsig.inspection import attribute

__all__ = ["planted_pairs", "recover"]


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
        ``"pair precision"``: of as many pairs with the largest scores as are planted,
        the fraction that is; guessing gives the fraction of planted pairs among all.
        None for a model that `sklearn_deepsig.inspection.attribute` cannot explain, and
        where no pair contributes, as of log-signatures without areas.
    """
    if problem.node_groups is None:
        return None
    X = [problem.X[i] for i in split.validation]
    try:
        found = attribute(model, X, problem.y[split.validation], shares="assignment")
    except (InvalidInputError, InvalidInputTypeError):
        return None
    planted = planted_pairs(problem.node_groups)
    best = found.node_pairs.best_pairs(int(planted.sum()) // 2)
    if not best.score.any():
        return None
    return {"pair precision": float(planted[best.first, best.second].mean())}

"""How many nodes the samples of a coarsener or a network have."""

import warnings
from collections.abc import Sequence
from typing import Any

from sklearn.utils.validation import check_is_fitted

from sklearn_deepsig.estimators._validation import validate_trajectories
from sklearn_deepsig.exceptions import ImplausibleTrajectoryWarning, InvalidInputError
from sklearn_deepsig.trajectory import GraphTrajectory, describe_sample

__all__ = ["check_node_counts", "keep_node_counts", "samples_to_apply"]

_OTHER_SIZE = 2
"""Times as many nodes as in fit, or as few, that are told of: mutants differ by far
less, and the alpha carbons of a molecule from all its atoms by far more."""


def check_node_counts(samples: Sequence[GraphTrajectory], sizes: Sequence[int]) -> None:
    """Refuse samples that have fewer nodes than the first layer has clusters.

    A univariate series, of one node, has nothing to cluster and always passes.

    Parameters
    ----------
    samples : sequence of GraphTrajectory
        The samples.
    sizes : sequence of int
        Clusters after each pooling layer.

    Raises
    ------
    InvalidInputError
        If a sample is too small; the message names it.
    """
    for index, sample in enumerate(samples):
        if 1 < sample.n_nodes < sizes[0]:
            raise InvalidInputError(
                f"{describe_sample(index, sample.source)} has {sample.n_nodes} nodes, "
                f"fewer than the {sizes[0]} clusters of the first layer. Give a "
                f"smaller n_clusters than {tuple(sizes)}, or select more atoms."
            )


def keep_node_counts(
    estimator: Any, samples: Sequence[GraphTrajectory], *, reset: bool
) -> None:
    """Set `n_nodes_range_`, once all else that fit is given has been checked.

    Parameters
    ----------
    estimator : TorchEstimator
        Which learns from the samples.
    samples : sequence of GraphTrajectory
        The samples, at least one.
    reset : bool
        False where it goes on from earlier samples, whose range is widened.
    """
    counts = [sample.n_nodes for sample in samples]
    if not reset:
        counts += getattr(estimator, "n_nodes_range_", ())
    estimator.n_nodes_range_ = min(counts), max(counts)


def samples_to_apply(estimator: Any, X: Any) -> list[GraphTrajectory]:
    """Read the samples that a fitted network is applied to.

    Parameters
    ----------
    estimator : TorchEstimator
        Fitted.
    X : samples
        See `sklearn_deepsig.trajectory.as_trajectories`.

    Returns
    -------
    list of GraphTrajectory
        The samples.

    Raises
    ------
    InvalidInputError
        If a sample cannot be used, or does not fit those of fit.
    NotFittedError
        If the estimator is not fitted.

    Warns
    -----
    ImplausibleTrajectoryWarning
        If a sample has more than twice as many nodes as any of fit, or less than half
        as many as each.
    """
    check_is_fitted(estimator)
    samples = validate_trajectories(estimator, X, graph=estimator.graph, reset=False)
    check_node_counts(samples, estimator.n_clusters_)
    # models that were saved before this attribute lack it
    fewest, most = getattr(estimator, "n_nodes_range_", (1, float("inf")))
    for index, sample in enumerate(samples):
        if not fewest / _OTHER_SIZE <= sample.n_nodes <= most * _OTHER_SIZE:
            of_fit = f"{fewest}" if fewest == most else f"{fewest} to {most}"
            warnings.warn(
                f"{describe_sample(index, sample.source)} has {sample.n_nodes} nodes, "
                f"but samples of fit have {of_fit}: {type(estimator).__name__} has "
                "not learned from molecules of such a size. Select the same kind of "
                "atoms as in fit, for which there is TrajectorySelector.",
                ImplausibleTrajectoryWarning,
                stacklevel=4,
            )
            break
    return samples

"""Explaining linear models of log-signatures: exact weights through a Pipeline."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, identity
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from sklearn_deepsig.estimators import LogSignatureTransformer
from sklearn_deepsig.estimators._coarse_paths import CoarsePaths
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional.feature_pairs import feature_pairs
from sklearn_deepsig.inspection._affine import Affine, affine_of, check_affine
from sklearn_deepsig.inspection._explanation import (
    Explanation,
    check_same_nodes,
    contrasts,
    which,
)
from sklearn_deepsig.trajectory import GraphTrajectory, as_trajectories

__all__ = ["explain_linear"]


class _Nodes(NamedTuple):
    """The nodes behind the channels of a path."""

    samples: list[GraphTrajectory]
    memberships: Any
    n_dims: int


def explain_linear(
    steps: Sequence[Any], X: Any, y: Any, *, target: int | None
) -> Explanation:
    """Explain the predictions of a linear model of log-signatures.

    Parameters
    ----------
    steps : sequence of estimators
        Fitted; one of them a `LogSignatureTransformer`.
    X : samples
        Trajectories.
    y : array-like, label or None
        Classes to explain.
    target : int or None
        Which number of a regressor that predicts several.

    Returns
    -------
    Explanation
        Of the coordinates.

    Raises
    ------
    InvalidInputError
        If a sample, `y` or `target` cannot be used, or the model is not linear.
    InvalidInputTypeError
        If a step is not known to be linear.
    NotFittedError
        If the model is not fitted.
    """
    place = next(
        i for i, step in enumerate(steps) if isinstance(step, LogSignatureTransformer)
    )
    logsignature, after = steps[place], steps[place + 1 :]
    model = after[-1]
    check_is_fitted(model)
    affine = affine_of(after)
    paths, nodes = _coarse_paths(steps[:place], X)
    given = logsignature.transform(paths)
    features = np.asarray(given, dtype=np.float64)
    scores = features @ affine.weights.T + affine.offset
    check_affine(after, given, scores, np.abs(features) @ np.abs(affine.weights.T))
    classes = model.classes_ if is_classifier(model) else None
    if classes is not None and len(scores.T) == 1:
        # one score: the logit of the second class less that of the first
        affine = Affine(*(np.concatenate([0 * part, part]) for part in affine))
        scores = np.hstack([0 * scores, scores])
    n_outputs = len(scores.T)
    chosen = which(y, target, classes, len(features), n_outputs)
    if chosen is None:
        chosen = scores.argmax(axis=1)
    is_number = classes is None
    contrast = np.eye(n_outputs)[chosen] if is_number else contrasts(chosen, n_outputs)
    slopes, offset = contrast @ affine.weights, contrast @ affine.offset
    still = _standing_still(logsignature, paths)
    return Explanation(
        (features - still) * slopes,
        list(logsignature.get_feature_names_out()),
        chosen,
        (features * slopes).sum(axis=1) + offset,
        (still * slopes).sum(axis=1) + offset,
        feature_pairs(
            logsignature._path_features(), logsignature.n_channels_, nodes.n_dims
        ),
        nodes.memberships,
        nodes.samples,
    )


def _coarse_paths(before: Sequence[Any], X: Any) -> tuple[Any, _Nodes]:
    """Run the steps before the log-signature, and find the nodes of its channels."""
    found: tuple[_Nodes, Any] | None = None
    for step in before:
        if not isinstance(step, CoarsePaths):
            X = step.transform(X)
            continue
        if found is not None:
            raise InvalidInputError(
                f"{type(step).__name__} coarsens what is coarse already; attribute "
                "reads one coarsener before the LogSignatureTransformer."
            )
        samples = _nodes(X, getattr(step, "graph", "auto"))
        memberships = np.mean(step._assignments(X), axis=0, dtype=np.float64)
        X = step.transform(X)
        found = _Nodes(samples, memberships, step.n_dims_in_), X
    if found is None:
        samples = _nodes(X, "auto")
        memberships = csr_array(identity(samples[0].n_nodes))
        return X, _Nodes(samples, memberships, samples[0].n_dims)
    nodes, coarse = found
    if X is not coarse and not _same_values(X, coarse):
        raise InvalidInputError(
            "The steps between the coarsener and the LogSignatureTransformer change "
            "the coarse paths, so that channels are no longer those of clusters. Leave "
            "them out; only the shape of paths may change."
        )
    return X, nodes


def _same_values(X: Any, coarse: Any) -> bool:
    pairs = zip(X, coarse, strict=True)
    return all(
        np.array_equal(np.asarray(new).ravel(), np.asarray(old).ravel())
        for new, old in pairs
    )


def _nodes(X: Any, graph: Any) -> list[GraphTrajectory]:
    try:
        samples = as_trajectories(X, graph=graph)
    except InvalidInputError:
        # The model reads no graph: where there is none, there are no edges to show.
        samples = as_trajectories(X, graph=np.zeros((2, 0), dtype=np.int64))
    check_same_nodes(samples)
    return samples


def _standing_still(logsignature: LogSignatureTransformer, paths: Any) -> NDArray[Any]:
    """Compute the features of paths of as many frames that do not move."""
    samples = as_trajectories(paths, graph="chain")
    lengths, rows = np.unique([s.n_frames for s in samples], return_inverse=True)
    shape = samples[0].positions.shape[1:]
    still = [np.zeros((length, *shape)) for length in lengths]
    return np.asarray(logsignature.transform(still), dtype=np.float64)[rows]

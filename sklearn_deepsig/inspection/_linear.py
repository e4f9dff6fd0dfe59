"""Explaining linear models of log-signatures: exact weights through a Pipeline."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, identity, issparse
from sklearn.base import is_classifier
from sklearn.decomposition import PCA, IncrementalPCA, TruncatedSVD
from sklearn.feature_selection import SelectorMixin
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)
from sklearn.utils.validation import check_is_fitted

from sklearn_deepsig.estimators import LogSignatureTransformer
from sklearn_deepsig.estimators._coarse_paths import CoarsePaths
from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.functional.feature_pairs import feature_pairs
from sklearn_deepsig.inspection._explanation import (
    Explanation,
    check_same_nodes,
    contrasts,
    which,
)
from sklearn_deepsig.trajectory import GraphTrajectory, as_trajectories

__all__ = ["explain_linear"]

# Relative difference between a model's own outputs, often in single precision, and
# those by its weights, above which it is taken for not linear.
_TOLERANCE = 1e-3

_KNOWN = (
    "StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler, PCA, IncrementalPCA, "
    "TruncatedSVD and feature selectors"
)


class _Affine(NamedTuple):
    """Outputs as an affine function of features."""

    weights: NDArray[np.float64]
    """Shape (n_outputs, n_features)."""

    offset: NDArray[np.float64]
    """Shape (n_outputs,)."""


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
    y, target
        As in `attribute`.

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
    affine = _through(after)
    paths, nodes = _coarse_paths(steps[:place], logsignature, X)
    check_same_nodes(nodes.samples)
    features = _as_array(logsignature.transform(paths))
    scores = features @ affine.weights.T + affine.offset
    _check_linear(
        after, logsignature, paths, scores, np.abs(features) @ np.abs(affine.weights.T)
    )
    classes = model.classes_ if is_classifier(model) else None
    if classes is not None and len(scores.T) == 1:
        # one score, positive for the second class, is that class's logit less the other's
        affine = _Affine(*(np.concatenate([0 * part, part]) for part in affine))
        scores = np.hstack([0 * scores, scores])
    chosen = which(y, target, classes, len(features), len(scores.T))
    if classes is None:
        weights = np.eye(len(scores.T))[chosen]
    else:
        chosen = scores.argmax(axis=1) if chosen is None else chosen
        weights = contrasts(chosen, len(classes))
    still = _standing_still(logsignature, paths)
    slopes = weights @ affine.weights
    constant = weights @ affine.offset
    return Explanation(
        (features - still) * slopes,
        list(logsignature.get_feature_names_out()),
        chosen,
        (features * slopes).sum(axis=1) + constant,
        (still * slopes).sum(axis=1) + constant,
        feature_pairs(
            logsignature._path_features(), logsignature.n_channels_, nodes.n_dims
        ),
        nodes.memberships,
        nodes.samples,
    )


def _through(steps: Sequence[Any]) -> _Affine:
    """Follow the outputs of the last step back to the features of the first."""
    *between, model = steps
    if not hasattr(model, "coef_"):
        raise InvalidInputTypeError(
            f"A {type(model).__name__} has no coef_ to read; end the Pipeline with a "
            "linear model, such as LogisticRegression, LinearSVC or Ridge."
        )
    coefficients = model.coef_.toarray() if issparse(model.coef_) else model.coef_
    weights = np.atleast_2d(np.asarray(coefficients, dtype=np.float64))
    offset = np.zeros(len(weights)) + np.asarray(model.intercept_)
    for step in reversed(between):
        if step is None or isinstance(step, str):  # "passthrough"
            continue
        if isinstance(step, SelectorMixin):
            kept = step.get_support()
            full = np.zeros((len(weights), len(kept)))
            full[:, kept] = weights
            weights = full
            continue
        matrix, centre = _matrix_and_centre(step)
        weights = weights * matrix if matrix.ndim == 1 else weights @ matrix
        offset = offset - weights @ centre
    return _Affine(weights, offset)


def _matrix_and_centre(step: Any) -> tuple[NDArray[np.float64], Any]:
    """Return A and c where a step takes x to A (x - c); a vector for a diagonal A."""
    n_features = getattr(step, "n_features_in_", 1)
    one, zero = np.ones(n_features), np.zeros(n_features)

    def given(value: Any, default: NDArray[np.float64]) -> NDArray[np.float64]:
        return default if value is None else np.asarray(value, dtype=np.float64)

    if isinstance(step, StandardScaler):
        return 1 / given(step.scale_, one), given(step.mean_, zero)
    if isinstance(step, RobustScaler):
        scale = step.scale_ if step.with_scaling else None
        return 1 / given(scale, one), given(step.center_, zero)
    if isinstance(step, MaxAbsScaler):
        return 1 / given(step.scale_, one), zero
    if isinstance(step, MinMaxScaler):
        return given(step.scale_, one), -step.min_ / step.scale_
    if isinstance(step, TruncatedSVD):
        return given(step.components_, one), zero
    if isinstance(step, PCA | IncrementalPCA):
        matrix = given(step.components_, one)
        if step.whiten:
            least = np.finfo(step.explained_variance_.dtype).eps
            scale = np.maximum(np.sqrt(step.explained_variance_), least)
            matrix = matrix / scale[:, None]
        return matrix, given(step.mean_, zero)
    raise InvalidInputTypeError(
        f"{type(step).__name__} after the log-signature is not known to be linear; "
        f"exact weights are read through {_KNOWN}."
    )


def _check_linear(
    after: Sequence[Any],
    logsignature: LogSignatureTransformer,
    paths: Any,
    scores: NDArray[np.float64],
    sizes: NDArray[np.float64],
) -> None:
    """Compare the outputs by weights with those that the model says itself."""
    values = logsignature.transform(paths)
    for step in after[:-1]:
        if step is not None and not isinstance(step, str):
            values = step.transform(values)
    model = after[-1]
    say = model.decision_function if is_classifier(model) else model.predict
    expected = np.asarray(say(values), dtype=np.float64).reshape(len(scores), -1)
    if expected.shape == scores.shape:
        differs = np.abs(expected - scores).max()
        if differs <= _TOLERANCE * (sizes.max() + np.abs(scores).max()):
            return
    raise InvalidInputError(
        f"{type(model).__name__}, with the steps before it, is not the linear function "
        "that its coef_ and intercept_ say; attribute explains linear models and the "
        "networks DeepSignatureClassifier and DeepSignatureRegressor."
    )


def _coarse_paths(
    before: Sequence[Any], logsignature: LogSignatureTransformer, X: Any
) -> tuple[Any, _Nodes]:
    """Run the steps before the log-signature, and find the nodes behind its channels."""
    found: tuple[_Nodes, Any] | None = None
    for step in before:
        if step is None or isinstance(step, str):  # "passthrough"
            continue
        if isinstance(step, CoarsePaths):
            if found is not None:
                raise InvalidInputError(
                    f"{type(step).__name__} coarsens what is coarse already; attribute "
                    "reads one coarsener before the LogSignatureTransformer."
                )
            samples = _nodes(X, getattr(step, "graph", "auto"))
            X, rows = step.transform(X), step._assignments(X)
            check_same_nodes(samples)
            memberships = np.mean(rows, axis=0, dtype=np.float64)
            found = _Nodes(samples, memberships, step.n_dims_in_), X
        else:
            X = step.transform(X)
    if found is None:
        samples = _nodes(X, "auto")
        memberships = csr_array(identity(samples[0].n_nodes))
        return X, _Nodes(samples, memberships, samples[0].n_dims)
    nodes, coarse = found
    if X is not coarse and not _same_values(X, coarse):
        raise InvalidInputError(
            "The steps between the coarsener and the LogSignatureTransformer change the "
            "coarse paths, so that channels are no longer those of clusters. Leave them "
            "out; only their shape may change."
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
        return as_trajectories(X, graph=graph)
    except InvalidInputError:
        # The model reads no graph: where there is none, there are no edges to show.
        return as_trajectories(X, graph=np.zeros((2, 0), dtype=np.int64))


def _standing_still(logsignature: LogSignatureTransformer, paths: Any) -> NDArray[Any]:
    """Compute the features of paths of as many frames that do not move."""
    samples = as_trajectories(paths, graph="chain")
    lengths, rows = np.unique([s.n_frames for s in samples], return_inverse=True)
    shape = samples[0].positions.shape[1:]
    still = [np.zeros((length, *shape)) for length in lengths]
    return _as_array(logsignature.transform(still))[rows]


def _as_array(features: Any) -> NDArray[np.float64]:
    return np.asarray(features, dtype=np.float64)

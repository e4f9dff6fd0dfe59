"""Linear models with linear steps before them, as one affine function."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import is_classifier
from sklearn.decomposition import PCA, IncrementalPCA, TruncatedSVD
from sklearn.feature_selection import SelectorMixin
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)

from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError

__all__ = ["Affine", "affine_of", "check_affine"]

# Relative difference between a model's own outputs, often in single precision, and
# those by its weights, above which it is taken for not linear.
_TOLERANCE = 1e-3


class Affine(NamedTuple):
    """Outputs as an affine function of features."""

    weights: NDArray[np.float64]
    """Shape (n_outputs, n_features)."""

    offset: NDArray[np.float64]
    """Shape (n_outputs,)."""


def affine_of(steps: Sequence[Any]) -> Affine:
    """Follow the outputs of the last step back to the features of the first.

    Parameters
    ----------
    steps : sequence of estimators
        Fitted: linear transformers, then a linear model.

    Returns
    -------
    Affine
        Scores of classes, one where there are two, or numbers.

    Raises
    ------
    InvalidInputTypeError
        If a step is not known to be linear.
    """
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
        if isinstance(step, SelectorMixin):
            kept = step.get_support()
            selected, weights = weights, np.zeros((len(weights), len(kept)))
            weights[:, kept] = selected
            continue
        matrix, centre = _matrix_and_centre(step)
        weights = weights * matrix if matrix.ndim == 1 else weights @ matrix
        offset = offset - weights @ centre
    return Affine(weights, offset)


def check_affine(
    steps: Sequence[Any],
    features: Any,
    scores: NDArray[np.float64],
    sizes: NDArray[np.float64],
) -> None:
    """Compare outputs by weights with those that the model says itself.

    Parameters
    ----------
    steps : sequence of estimators
        As in `affine_of`.
    features : array-like of shape (n_samples, n_features)
        What the first step reads.
    scores : ndarray of shape (n_samples, n_outputs)
        Outputs by weights.
    sizes : ndarray
        Sizes of the sums behind them, to which rounding errors are in proportion.

    Raises
    ------
    InvalidInputError
        If they differ.
    """
    *between, model = steps
    for step in between:
        features = step.transform(features)
    say = model.decision_function if is_classifier(model) else model.predict
    expected = np.asarray(say(features), dtype=np.float64).reshape(len(scores), -1)
    tolerance = _TOLERANCE * max(sizes.max(), np.abs(scores).max())
    if expected.shape != scores.shape or np.abs(expected - scores).max() > tolerance:
        raise InvalidInputError(
            f"{type(model).__name__}, with the steps before it, is not the linear "
            "function that its coef_ and intercept_ say; attribute explains linear "
            "models, DeepSignatureClassifier and DeepSignatureRegressor."
        )


def _matrix_and_centre(step: Any) -> tuple[NDArray[np.float64], Any]:
    """Return A and c where a step takes x to A (x - c); a vector for a diagonal A."""
    n_features = getattr(step, "n_features_in_", 1)
    one, zero = np.ones(n_features), np.zeros(n_features)

    def given(value: Any, default: NDArray[np.float64]) -> NDArray[np.float64]:
        return default if value is None else np.asarray(value, dtype=np.float64)

    if isinstance(step, StandardScaler):
        # it has a mean, too, where it does not subtract it
        mean = step.mean_ if step.with_mean else None
        return 1 / given(step.scale_, one), given(mean, zero)
    if isinstance(step, RobustScaler):
        return 1 / given(step.scale_, one), given(step.center_, zero)
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
        "exact weights are read through StandardScaler, MinMaxScaler, MaxAbsScaler, "
        "RobustScaler, PCA, IncrementalPCA, TruncatedSVD and feature selectors."
    )

"""Checks of what comes with X: labels, targets, groups and weights."""

from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError

__all__ = [
    "validate_classes",
    "validate_groups",
    "validate_labels",
    "validate_sample_weight",
    "validate_targets",
]


def validate_labels(
    y: Any, n_samples: int, *, estimator: Any, classes: np.ndarray | None = None
) -> np.ndarray:
    """Check the class labels of a classifier.

    Parameters
    ----------
    y : array-like, shape (n_samples,)
        Class labels.
    n_samples : int
        Number of samples.
    estimator : estimator
        Named in messages.
    classes : ndarray, optional
        The only labels allowed; by default any, of two or more classes.

    Returns
    -------
    ndarray, shape (n_samples,)
        The labels.

    Raises
    ------
    InvalidInputError
        If there is not one label a sample, there are fewer than two classes, or
        others than those allowed.
    ValueError
        If the labels are missing, continuous or not one-dimensional.
    """
    name = type(estimator).__name__
    _refuse_no_y(y, name)
    y = _check(column_or_1d, y, "y", warn=True)
    _check_length(y, n_samples, "y", "labels")
    _refuse_missing(y, "y", "Every sample needs a label.")
    with np.errstate(invalid="ignore"):  # of 1e30, which it compares as an integer
        check_classification_targets(y)
    found = np.unique(y)
    if classes is None and len(found) < 2:
        raise InvalidInputError(
            f"{name} needs samples of at least two classes; y holds one class, "
            f"{str(found[0])!r}."
        )
    unknown = [] if classes is None else np.setdiff1d(found, classes)
    if len(unknown):
        raise InvalidInputError(
            f"y holds the label {str(unknown[0])!r}, but {name} goes on with the "
            f"classes {classes}. Fit a clone to learn others."
        )
    return y


def validate_targets(y: Any, n_samples: int, *, estimator: Any) -> np.ndarray:
    """Check the targets of a regressor.

    Parameters
    ----------
    y : array-like, shape (n_samples,) or (n_samples, n_outputs)
        Numbers to predict.
    n_samples : int
        Number of samples.
    estimator : estimator
        Named in messages.

    Returns
    -------
    ndarray of float64, of the shape of y
        The targets.

    Raises
    ------
    InvalidInputError
        If there is not one target a sample, one is no finite number, or they have more
        than two dimensions.
    """
    _refuse_no_y(y, type(estimator).__name__)
    y = _check_numbers(y, "y")
    _check_length(y, n_samples, "y", "targets")
    _refuse_not_finite(
        y, "y", "Give every sample a finite target, or leave the sample out of X and y."
    )
    return y


def validate_sample_weight(sample_weight: Any, n_samples: int) -> np.ndarray:
    """Check the weights of samples.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,), number or None
        The weights; None, and any one number, for equal ones.
    n_samples : int
        Number of samples.

    Returns
    -------
    ndarray of float64, shape (n_samples,)
        The weights.

    Raises
    ------
    InvalidInputError
        If there is not one weight a sample, one is negative or no finite number, or
        all are zero.
    """
    if sample_weight is None:
        return np.ones(n_samples)
    if isinstance(sample_weight, Real):
        sample_weight = np.full(n_samples, sample_weight)
    weight = _check_numbers(sample_weight, "sample_weight")
    if weight.ndim != 1:
        raise InvalidInputError(
            f"Sample weights must be 1D array or scalar; sample_weight has shape "
            f"{weight.shape}."
        )
    _check_length(weight, n_samples, "sample_weight", "entries")
    _refuse_not_finite(
        weight, "sample_weight", "Give a finite weight, or 0 to leave the sample out."
    )
    if (weight < 0).any():
        index = int(np.argmax(weight < 0))
        raise InvalidInputError(
            f"sample_weight[{index}] is {weight[index]}; weights must be zero or "
            "positive."
        )
    if not weight.any():
        raise InvalidInputError(
            "sample_weight is zero for every sample; give at least one a weight."
        )
    return weight


def validate_classes(classes: Any) -> np.ndarray:
    """Check the labels that `partial_fit` is told of.

    Parameters
    ----------
    classes : array-like, shape (n_classes,)
        Labels, in any order.

    Returns
    -------
    ndarray
        Each of them once, sorted.

    Raises
    ------
    InvalidInputError
        If one is missing, they are not one-dimensional, or there are none.
    InvalidInputTypeError
        If they cannot be sorted.
    """
    labels = _check(column_or_1d, classes, "classes")
    _refuse_missing(labels, "classes", "Give labels alone.")
    if len(labels) == 0:
        raise InvalidInputError("classes is empty; give the labels of all classes.")
    found: np.ndarray = _check(np.unique, labels, "classes")
    return found


def _refuse_missing(labels: np.ndarray, name: str, remedy: str) -> None:
    missing = [label is None for label in labels] if labels.dtype.hasobject else []
    if any(missing):
        raise InvalidInputError(f"{name}[{missing.index(True)}] is None. {remedy}")
    if labels.dtype.kind == "f":
        _refuse_not_finite(labels, name, remedy)


def _refuse_not_finite(values: np.ndarray, name: str, remedy: str) -> None:
    places = np.argwhere(~np.isfinite(values))
    if len(places):
        place = tuple(places[0].tolist())
        raise InvalidInputError(
            f"{name}[{', '.join(map(str, place))}] is {values[place]}: Input {name} "
            f"contains NaN or infinity. {remedy}"
        )


def _check_numbers(values: Any, name: str) -> np.ndarray:
    """Turn values into an array of float64, which may hold NaN and infinity."""
    array: np.ndarray = _check(
        check_array,
        values,
        name,
        input_name=name,
        ensure_2d=False,
        dtype=np.float64,
        ensure_all_finite=False,
    )
    return array


def _refuse_no_y(y: Any, name: str) -> None:
    if y is None:
        raise InvalidInputError(
            f"{name} requires y to be passed, but the target y is None."
        )


def _check(check: Callable[..., Any], values: Any, name: str, **options: Any) -> Any:
    """Call a check of scikit-learn's, and say what was checked where it fails."""
    try:
        # scikit-learn adds up what may be infinite
        with np.errstate(invalid="ignore"):
            return check(values, **options)
    except (ValueError, TypeError, ArithmeticError) as error:  # Decimal has the last
        is_type = isinstance(error, TypeError)
        kind = InvalidInputTypeError if is_type else InvalidInputError
        raise kind(f"{name} cannot be used: {error}") from error


def _check_length(values: np.ndarray, n_samples: int, name: str, kind: str) -> None:
    if len(values) != n_samples:
        raise InvalidInputError(
            f"X has {n_samples} samples, but {name} has {len(values)} {kind}; give one "
            "a sample."
        )


def validate_groups(groups: Any, n_samples: int) -> np.ndarray | None:
    """Check the groups of samples.

    Parameters
    ----------
    groups : array-like, shape (n_samples,), or None
        Which group, such as which trajectory, a sample belongs to.
    n_samples : int
        Number of samples.

    Returns
    -------
    ndarray of shape (n_samples,), or None
        The groups.

    Raises
    ------
    InvalidInputError
        If there is not one group a sample.
    """
    if groups is None:
        return None
    groups = _check(np.asarray, groups, "groups")
    if groups.ndim == 2 and groups.shape[1] == 1:
        groups = groups[:, 0]
    if groups.ndim != 1:
        raise InvalidInputError(
            f"groups has shape {groups.shape}; give one group a sample, of shape "
            f"({n_samples},)."
        )
    _check_length(groups, n_samples, "groups", "entries")
    _check(np.unique, groups, "groups")  # what holds them out sorts them
    return groups

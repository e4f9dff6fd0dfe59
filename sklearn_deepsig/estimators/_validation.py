"""Checks of X and y that every estimator shares."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from sklearn_deepsig._compat import check_column_names, validate_data
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory import (
    GraphTrajectory,
    as_trajectories,
    describe_sample,
)

__all__ = [
    "check_node_counts",
    "validate_groups",
    "validate_labels",
    "validate_sample_weight",
    "validate_targets",
    "validate_trajectories",
]


def validate_trajectories(
    estimator: Any,
    X: Any,
    *,
    graph: Any = "auto",
    reset: bool,
    fixed_channels: bool = False,
) -> list[GraphTrajectory]:
    """Turn every accepted X into samples, with scikit-learn's own checks on arrays.

    Sets, or with ``reset=False`` checks, `n_features_in_` (columns of a table of
    univariate series, else the channels or nodes of an array or the channels of
    samples where these are fixed), `feature_names_in_` and `n_dims_in_`.

    Parameters
    ----------
    estimator : estimator
        Whose fitted attributes are set or checked.
    X : samples or array-like
        See `sklearn_deepsig.trajectory.as_trajectories`.
    graph : str or array-like, default="auto"
        What connects the nodes.
    reset : bool
        True in fit, False after it.
    fixed_channels : bool, default=False
        Whether every sample must have as many channels (nodes times dimensions) as
        those of fit. Networks on graphs take any number of nodes.

    Returns
    -------
    list of GraphTrajectory
        The samples.

    Raises
    ------
    InvalidInputError
        If a sample cannot be used or does not fit those of fit.
    """
    n_features = None
    if _is_numeric_array(X):
        check_column_names(estimator, X, reset=reset)
        checked = check_array(
            X,
            allow_nd=True,
            dtype=[np.float64, np.float32],
            estimator=estimator,
            input_name="X",
            # One column is one frame, too few to learn from. After fit, the check
            # against the columns of fit says more.
            ensure_min_features=2 if reset else 1,
        )
        if checked.ndim == 2:
            validate_data(estimator, X, reset=reset, skip_check_array=True)
        else:
            n_features = checked.shape[2]
        X = checked
    samples = as_trajectories(X, graph=graph)
    if fixed_channels:
        n_channels = _common_channels(samples)
        if getattr(X, "ndim", 0) != 2:
            n_features = n_channels
    n_dims = samples[0].n_dims
    if reset:
        if n_features is not None:
            estimator.n_features_in_ = n_features
        estimator.n_dims_in_ = n_dims
        return samples
    expected = getattr(estimator, "n_features_in_", None)
    if n_features is not None and expected is not None and n_features != expected:
        raise InvalidInputError(
            f"X has {n_features} channels or nodes, but {type(estimator).__name__} "
            f"was fitted with {expected}. Give samples like those of fit."
        )
    if n_dims != estimator.n_dims_in_:
        raise InvalidInputError(
            f"X has {n_dims} dimensions a node, but {type(estimator).__name__} was "
            f"fitted with {estimator.n_dims_in_}. Give samples like those of fit."
        )
    return samples


def _is_numeric_array(X: Any) -> bool:
    """Tell arrays, tables and nested lists of numbers from containers of samples."""
    if isinstance(X, np.ndarray):
        return not (X.dtype.hasobject and X.ndim == 1)
    if isinstance(X, list | tuple):
        # A list of matrices is a ragged list of samples, one of rows a table.
        first = X[0] if X else ""  # of file names and of nothing others complain
        return not isinstance(first, str) and (np.isscalar(first) or _is_row(first))
    return any(hasattr(X, name) for name in ("__array__", "__dataframe__", "toarray"))


def _is_row(item: Any) -> bool:
    return isinstance(item, list | tuple) or getattr(item, "ndim", None) == 1


def _common_channels(samples: list[GraphTrajectory]) -> int:
    counts = [sample.n_nodes * sample.n_dims for sample in samples]
    for index, count in enumerate(counts):
        if count != counts[0]:
            raise InvalidInputError(
                f"sample {index} has {count} channels (nodes times dimensions), but "
                f"sample 0 has {counts[0]}. Log-signatures need the same channels in "
                "every sample: select the same atoms, or coarse-grain first with "
                "SpectralCoarsener."
            )
    return counts[0]


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
    y = column_or_1d(y, warn=True)
    _check_length(y, n_samples, "y", "labels")
    missing = [label is None for label in y] if y.dtype.hasobject else []
    if any(missing):
        raise InvalidInputError(
            f"y[{missing.index(True)}] is None. Every sample needs a label."
        )
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        index = int(np.argmin(np.isfinite(y)))
        raise InvalidInputError(
            f"y[{index}] is {y[index]}: Input y contains NaN or infinity. Every sample "
            "needs a label."
        )
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
        If there is not one target a sample.
    ValueError
        If they are no finite numbers, or have more than two dimensions.
    """
    _refuse_no_y(y, type(estimator).__name__)
    y = check_array(
        y, ensure_2d=False, dtype=np.float64, input_name="y", estimator=estimator
    )
    _check_length(y, n_samples, "y", "targets")
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
        If there is not one weight a sample, one is negative, or all are zero.
    ValueError
        If they are no finite numbers.
    """
    if sample_weight is None or np.isscalar(sample_weight):
        return np.ones(n_samples)
    weight = check_array(
        sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight"
    )
    if weight.ndim != 1:
        raise InvalidInputError(
            f"Sample weights must be 1D array or scalar; sample_weight has shape "
            f"{weight.shape}."
        )
    _check_length(weight, n_samples, "sample_weight", "entries")
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


def _refuse_no_y(y: Any, name: str) -> None:
    if y is None:
        raise InvalidInputError(
            f"{name} requires y to be passed, but the target y is None."
        )


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
    groups = column_or_1d(groups)
    _check_length(groups, n_samples, "groups", "entries")
    return groups


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

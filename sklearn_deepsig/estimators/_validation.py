"""Checks of X and y that every estimator shares."""

from typing import Any

import numpy as np
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from sklearn_deepsig._compat import check_column_names, validate_data
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory import GraphTrajectory, as_trajectories

__all__ = ["validate_groups", "validate_labels", "validate_trajectories"]


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


def validate_labels(y: Any, n_samples: int, *, estimator: Any) -> np.ndarray:
    """Check the class labels of a classifier.

    Parameters
    ----------
    y : array-like, shape (n_samples,)
        Class labels.
    n_samples : int
        Number of samples.
    estimator : estimator
        Named in messages.

    Returns
    -------
    ndarray, shape (n_samples,)
        The labels.

    Raises
    ------
    InvalidInputError
        If there is not one label a sample, or there are fewer than two classes.
    ValueError
        If the labels are missing, continuous or not one-dimensional.
    """
    name = type(estimator).__name__
    if y is None:
        raise InvalidInputError(
            f"{name} requires y to be passed, but the target y is None."
        )
    y = column_or_1d(y, warn=True)
    if len(y) != n_samples:
        raise InvalidInputError(
            f"X has {n_samples} samples, but y has {len(y)} labels; give one a sample."
        )
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
    classes = np.unique(y)
    if len(classes) < 2:
        raise InvalidInputError(
            f"{name} needs samples of at least two classes; y holds one class, "
            f"{str(classes[0])!r}."
        )
    return y


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
    if len(groups) != n_samples:
        raise InvalidInputError(
            f"X has {n_samples} samples, but groups has {len(groups)} entries; give "
            "one a sample."
        )
    return groups

"""Checks of X that every estimator shares."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.utils import check_array

from sklearn_deepsig._compat import check_column_names, validate_data
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory import (
    GraphTrajectory,
    as_array,
    as_trajectories,
    refuse_nested_table,
    warn_of_implausible,
)

__all__ = ["validate_trajectories"]


def validate_trajectories(
    estimator: Any,
    X: Any,
    *,
    graph: Any = "auto",
    read: Callable[[Any], list[GraphTrajectory]] | None = None,
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
    read : callable, optional
        Turns X, with arrays checked, into samples; by default `as_trajectories` with
        `graph`.
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

    Warns
    -----
    ImplausibleTrajectoryWarning
        See `sklearn_deepsig.trajectory.warn_of_implausible`.
    """
    n_features = None
    if hasattr(X, "detach"):  # a tensor, which may require a gradient
        X = as_array(X)
    rows = X if isinstance(X, list | tuple) else []
    refuse_nested_table(X)
    if _is_numeric_array(X):
        check_column_names(estimator, X, reset=reset)
        with _naming_text():
            checked = check_array(
                X,
                allow_nd=True,
                dtype=[np.float64, np.float32],
                estimator=estimator,
                input_name="X",
                # One column is one frame, too few to learn from. After fit, the check
                # against the columns of fit says more.
                ensure_min_features=2 if reset else 1,
                # left to what reads the samples, which says which of them and where
                ensure_all_finite=False,
            )
        if checked.ndim == 2:
            validate_data(estimator, X, reset=reset, skip_check_array=True)
        else:
            n_features = checked.shape[2]
        X = checked
    if read is None:
        samples = as_trajectories(X, graph=graph)
        warn_of_implausible(X)
    else:
        samples = read(X)
    if isinstance(X, np.ndarray):
        # rows that the checks have copied into one table
        for sample, row in zip(samples, rows, strict=False):
            sample.set_origin(row)
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


@contextmanager
def _naming_text() -> Iterator[None]:
    """Say that X is no text, where NumPy only says that it cannot convert it."""
    try:
        yield
    except ValueError as error:
        if not str(error).startswith("could not convert string"):
            raise
        raise InvalidInputError(
            f"X holds text in place of numbers ({error}). X are the trajectories, and "
            "y the labels: fit(X, y)."
        ) from error


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

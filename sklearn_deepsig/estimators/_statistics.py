"""Eleven summary statistics a trajectory: what a plain look at the numbers tells."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from sklearn_deepsig._compat import fit_context
from sklearn_deepsig.estimators._validation import validate_trajectories
from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = ["SummaryStatisticsTransformer"]

_NAMES = (
    "mean",
    "std",
    "min",
    "first quartile",
    "median",
    "third quartile",
    "max",
    "mean increment",
    "std of increments",
    "mean step",
    "max step",
)


class SummaryStatisticsTransformer(TransformerMixin, BaseEstimator):
    """Describe trajectories by eleven summary statistics, pooled over their nodes.

    The mean, the standard deviation, the minimum, the quartiles and the maximum of the
    values of all nodes in all frames; the mean and the standard deviation of what these
    values change from frame to frame; and the mean and the maximum of the lengths of
    the steps that nodes take. With one dimension a node, a value is the coordinate
    itself. With several, it is the distance from the centre of the sample (the mean
    over all nodes and frames), so that moving or turning a sample changes nothing.

    What a model of motion must beat. Which node has which value, and how nodes move
    together, is lost.

    Attributes
    ----------
    n_features_in_ : int
        Columns of a table of univariate series, or nodes of a 3-D or 4-D array; not
        set for lists of samples, whose node counts may differ.
    n_dims_in_ : int
        Dimensions a node, 3 for molecules.
    feature_names_in_ : ndarray of str
        Names of the columns, where X was a table with names.

    See Also
    --------
    RmsfFeaturizer : How much each atom moves.
    sklearn_deepsig.estimators.LogSignatureTransformer : How channels move together.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_deepsig.estimators import SummaryStatisticsTransformer
    >>> X = np.array([[0.0, 1.0, 2.0, 5.0]])  # one sample, four frames of one node
    >>> transformer = SummaryStatisticsTransformer().fit(X)
    >>> features = transformer.transform(X)[0]
    >>> names = transformer.get_feature_names_out()
    >>> dict(zip(names.tolist(), features.round(2).tolist()))  # doctest: +ELLIPSIS
    {'mean': 2.0, 'std': 1.87, 'min': 0.0, ..., 'mean step': 1.67, 'max step': 3.0}
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):  # noqa: ARG002
        """Learn the number of dimensions.

        Parameters
        ----------
        X : samples
            Trajectories; see `sklearn_deepsig.trajectory.as_trajectories`.
        y : None
            Ignored.

        Returns
        -------
        self
            This transformer.

        Raises
        ------
        InvalidInputError
            If a sample cannot be used.
        """
        self._validate(X, reset=True)
        return self

    def transform(self, X):
        """Compute the statistics.

        Parameters
        ----------
        X : samples
            Trajectories with as many dimensions a node as those of fit.

        Returns
        -------
        ndarray of float64, shape (n_samples, 11)
            One row a sample, in the unit of the positions.

        Raises
        ------
        InvalidInputError
            If a sample cannot be used or does not fit those of fit.
        """
        check_is_fitted(self, "n_dims_in_")
        return np.stack([_statistics(s) for s in self._validate(X, reset=False)])

    def get_feature_names_out(self, input_features=None):
        """Name the statistics.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the columns of fit, which no statistic bears.

        Returns
        -------
        ndarray of str objects, shape (11,)
            Names like ``"mean"`` and ``"std of increments"``.
        """
        check_is_fitted(self, "n_dims_in_")
        if input_features is not None:
            _check_feature_names_in(self, input_features)
        return np.array(_NAMES, dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    def _validate(self, X: Any, *, reset: bool) -> list[GraphTrajectory]:
        # Edges are not used: a chain is the graph that costs least.
        return validate_trajectories(self, X, graph="chain", reset=reset)


def _statistics(sample: GraphTrajectory) -> NDArray[np.float64]:
    positions = np.asarray(sample.positions, dtype=np.float64)
    steps = np.diff(positions, axis=0)
    if sample.n_dims == 1:
        values, lengths = positions[:, :, 0], np.abs(steps[:, :, 0])
    else:
        values = np.linalg.norm(positions - positions.mean(axis=(0, 1)), axis=2)
        lengths = np.linalg.norm(steps, axis=2)
    increments = np.diff(values, axis=0)
    return np.array(
        [
            values.mean(),
            values.std(),
            *np.quantile(values, [0, 0.25, 0.5, 0.75, 1]),
            increments.mean(),
            increments.std(),
            lengths.mean(),
            lengths.max(),
        ]
    )

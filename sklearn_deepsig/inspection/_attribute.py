"""attribute: the contributions behind predictions."""

from typing import Any

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklearn_deepsig.estimators import (
    DeepSignatureClassifier,
    DeepSignatureRegressor,
    LogSignatureTransformer,
)
from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.inspection._attribution import Attribution
from sklearn_deepsig.inspection._explanation import to_attribution
from sklearn_deepsig.inspection._linear import explain_linear
from sklearn_deepsig.inspection._network import explain_network

__all__ = ["attribute"]

_METHODS = ("gradient_input", "integrated_gradients")
_SHARES = ("columns", "assignment")


def attribute(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    method: str = "gradient_input",
    n_steps: int = 64,
    target: int | None = None,
    shares: str = "assignment",
) -> Attribution:
    r"""Attribute predictions to log-signature coordinates, clusters, atoms, residues.

    Explained is, of a classifier, the score (logit) of a class less the mean score of
    all other classes; of a regressor the prediction. What raises all scores alike says
    nothing about the class. Contributions are counted from a path that stands still.

    Parameters
    ----------
    estimator : estimator
        Fitted: a `DeepSignatureClassifier` or `DeepSignatureRegressor`, also as the
        last step of a Pipeline, or a Pipeline of a `LogSignatureTransformer` and a
        linear model, with coarseners, `TrajectorySelector`, scalers, PCA and feature
        selectors. Of a search, its best estimator is explained.
    X : samples
        Trajectories of the same atoms; see
        `sklearn_deepsig.trajectory.as_trajectories`.
    y : array-like of shape (n_samples,), label or None, default=None
        The class to explain of each sample, or of all; by default the predicted one.
    method : {"gradient_input", "integrated_gradients"}, default="gradient_input"
        Gradient times input, the paper's, or gradients integrated along the straight
        line from the log-signature of a path that stands still, which sum to the
        difference of the outputs. For a linear model both are the same.
    n_steps : int, default=64
        Points of the integral; see
        `sklearn_deepsig.functional.attribution.integrated_gradients`.
    target : int or None, default=None
        Which number of a regressor that predicts several.
    shares : {"assignment", "columns"}, default="assignment"
        How atoms share in what clusters contribute. ``"assignment"``, Q itself, gives
        less of clusters that hold less of atoms, and the better order of atoms and
        pairs where clusters share atoms; ``docs/attribution.md`` measures it.
        ``"columns"`` of Q, each divided by its sum, give all of it to atoms, so that
        sums agree at every level.

    Returns
    -------
    Attribution
        The contributions.

    Raises
    ------
    InvalidInputError
        If a sample, `y`, `target` or a setting cannot be used, the samples differ in
        their atoms, or a model is not linear.
    InvalidInputTypeError
        If the estimator, or a step of it, is of a kind that cannot be explained.
    NotFittedError
        If the estimator is not fitted.

    See Also
    --------
    attribute_cv : The same over folds and seeds, with standard errors.
    combine_residues : Puts systems of different atoms together.

    Notes
    -----
    The log-signature of a path that stands still is zero, except for the coordinates of
    the time channel, which it shares with every path: these contribute nothing.

    A coordinate belongs in equal shares to the pairs of its distinct channels (see
    `sklearn_deepsig.functional.feature_pairs`), and so to pairs of clusters. What a
    pair of clusters contributes is given to pairs of atoms by the assignment Q: n and
    m have the part Q_ni Q_mj of what i and j contribute. These are the weights with
    which the atoms' areas enter the areas between coarse paths QᵀX.

    References
    ----------
    Qin et al., "Deep Signature: Characterization of Large-Scale Molecular Dynamics",
    ICLR 2025, section 4.2; Sundararajan, Taly and Yan, "Axiomatic attribution for deep
    networks", ICML 2017.

    Examples
    --------
    >>> from sklearn.linear_model import RidgeClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_deepsig import LogSignatureTransformer
    >>> from sklearn_deepsig.datasets import make_irreversible_dynamics
    >>> from sklearn_deepsig.inspection import attribute
    >>> X, y, _ = make_irreversible_dynamics(
    ...     60, n_groups=3, group_size=2, random_state=0
    ... )
    >>> model = make_pipeline(LogSignatureTransformer(), RidgeClassifier()).fit(X, y)
    >>> found = attribute(model, X)
    >>> found.coordinates.shape, found.node_scores.shape
    ((60, 171), (6,))
    """
    if method not in _METHODS:
        raise InvalidInputError(f"method={method!r} is unknown; choose of {_METHODS}.")
    if shares not in _SHARES:
        raise InvalidInputError(f"shares={shares!r} is unknown; choose of {_SHARES}.")
    if n_steps < 1:
        raise InvalidInputError(f"n_steps={n_steps!r} must be at least 1.")
    steps = _steps_of(estimator)
    model = steps[-1]
    if isinstance(model, DeepSignatureClassifier | DeepSignatureRegressor):
        for step in steps[:-1]:
            X = step.transform(X)
        found = explain_network(
            model, X, y, target=target, method=method, n_steps=n_steps
        )
    elif any(isinstance(step, LogSignatureTransformer) for step in steps[:-1]):
        found = explain_linear(steps, X, y, target=target)
    else:
        raise InvalidInputTypeError(
            "attribute explains a DeepSignatureClassifier, a DeepSignatureRegressor, "
            "or a Pipeline of a LogSignatureTransformer and a linear model, not a "
            f"{type(estimator).__name__}."
        )
    return to_attribution(found, getattr(model, "classes_", None), method, shares)


def _steps_of(estimator: Any) -> list[Any]:
    """List the steps of a Pipeline, also of Pipelines within it, that do something."""
    if estimator is None or isinstance(estimator, str):  # "passthrough"
        return []
    if hasattr(estimator, "best_estimator_"):
        estimator = estimator.best_estimator_
    if not isinstance(estimator, Pipeline):
        return [estimator]
    check_is_fitted(estimator)
    return [each for _, step in estimator.steps for each in _steps_of(step)]

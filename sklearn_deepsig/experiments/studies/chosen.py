"""Those of several classifiers that are best in the validation windows of a fit."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import recall_score

from sklearn_deepsig.experiments.studies.settings import Problem, Split

__all__ = ["ChosenClassifier", "shares_of_candidates"]


class ChosenClassifier(ClassifierMixin, BaseEstimator):
    """Fit several classifiers, and keep the one, or those, with the best validation.

    Parameters
    ----------
    candidates : sequence of estimator
        Unfitted classifiers.
    X_validation : sequence
        Samples that none of them learns from.
    y_validation : array-like of shape (n_samples,)
        Their labels.
    average : bool, default=False
        Whether the probabilities of candidates that are equally good are averaged, or
        the first of them is taken.

    Attributes
    ----------
    chosen_ : list of int
        Places of the candidates with the best balanced accuracy; all are equal where
        there is no validation.
    models_ : list of estimator
        Them, fitted.
    classes_ : ndarray
        The labels.
    """

    def __init__(
        self,
        candidates: Sequence[Any],
        X_validation: Sequence[Any],
        y_validation: Any,
        *,
        average: bool = False,
    ) -> None:
        self.candidates = candidates
        self.X_validation = X_validation
        self.y_validation = y_validation
        self.average = average

    def fit(self, X: Sequence[Any], y: Any) -> "ChosenClassifier":
        """Fit all, and choose.

        Parameters
        ----------
        X : sequence
            Samples.
        y : array-like of shape (n_samples,)
            Labels.

        Returns
        -------
        self
            This classifier.
        """
        scores = [self._score(candidate.fit(X, y)) for candidate in self.candidates]
        equal = [place for place, score in enumerate(scores) if score == max(scores)]
        self.chosen_ = equal if self.average else equal[:1]
        self.models_ = [self.candidates[place] for place in self.chosen_]
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Sequence[Any]) -> Any:
        """Predict by the chosen one, or by the average of the chosen ones.

        Parameters
        ----------
        X : sequence
            Samples.

        Returns
        -------
        ndarray of shape (n_samples,)
            Labels.
        """
        if len(self.models_) == 1:
            return self.models_[0].predict(X)
        shares = np.mean([model.predict_proba(X) for model in self.models_], axis=0)
        return self.classes_[shares.argmax(axis=1)]

    def _score(self, model: Any) -> float:
        if len(self.X_validation) == 0:
            return 0.0
        truth = np.asarray(self.y_validation)
        predicted = model.predict(self.X_validation)
        return float(
            recall_score(
                truth, predicted, labels=np.unique(truth), average="macro",
                zero_division=0,
            )
        )  # fmt: skip


def shares_of_candidates(
    model: Any,
    problem: Problem,  # noqa: ARG001 - what `look_into` gives
    split: Split,  # noqa: ARG001
) -> dict[str, float] | None:
    """Say which of its candidates a fitted model chose.

    Parameters
    ----------
    model : estimator
        A fitted model.
    problem, split : Problem, Split
        What it was fitted to; not looked at.

    Returns
    -------
    dict or None
        ``"took candidate 1 of 4"`` and so on: what part each candidate has in the
        prediction, together 1. None for a model that had no choice.
    """
    if not isinstance(model, ChosenClassifier):
        return None
    n = len(model.candidates)
    return {
        f"took candidate {i + 1} of {n}": (i in model.chosen_) / len(model.chosen_)
        for i in range(n)
    }

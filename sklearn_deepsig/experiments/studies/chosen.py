"""One of several settings, chosen in each fit by the validation windows of its own."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import recall_score

__all__ = ["ChosenClassifier"]


class ChosenClassifier(ClassifierMixin, BaseEstimator):
    """Fit several classifiers, and keep the one with the best validation.

    Parameters
    ----------
    candidates : sequence of estimator
        Unfitted classifiers.
    X_validation : sequence
        Samples that none of them learns from.
    y_validation : array-like of shape (n_samples,)
        Their labels.

    Attributes
    ----------
    chosen_ : int
        Place of the candidate with the best balanced accuracy; the first of equals,
        and of all where there is no validation.
    model_ : estimator
        It, fitted.
    classes_ : ndarray
        The labels.
    """

    def __init__(
        self, candidates: Sequence[Any], X_validation: Sequence[Any], y_validation: Any
    ) -> None:
        self.candidates = candidates
        self.X_validation = X_validation
        self.y_validation = y_validation

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
        self.chosen_, best = 0, -1.0
        for place, candidate in enumerate(self.candidates):
            candidate.fit(X, y)
            score = self._score(candidate)
            if score > best:
                self.chosen_, best = place, score
        self.model_ = self.candidates[self.chosen_]
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Sequence[Any]) -> Any:
        """Predict by the chosen one.

        Parameters
        ----------
        X : sequence
            Samples.

        Returns
        -------
        ndarray of shape (n_samples,)
            Labels.
        """
        return self.model_.predict(X)

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

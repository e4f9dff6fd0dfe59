"""What the classifiers share whose network learns from labels."""

import sys
from numbers import Real
from typing import Any, ClassVar

import numpy as np
import torch
from scipy.special import softmax
from sklearn.base import ClassifierMixin
from sklearn.utils import compute_sample_weight
from sklearn.utils._param_validation import StrOptions

from sklearn_deepsig._compat import fit_context
from sklearn_deepsig._constraints import Number
from sklearn_deepsig.estimators._supervised import SupervisedNetwork
from sklearn_deepsig.estimators._targets import validate_classes, validate_labels
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.nn import classification_errors

__all__ = ["LABEL_CONSTRAINTS", "NetworkClassifier"]

LABEL_CONSTRAINTS: dict[str, list[Any]] = {
    "class_weight": [dict, StrOptions({"balanced"}), None],
    "label_smoothing": [Number(Real, 0, 1, closed="left")],
}


class NetworkClassifier(ClassifierMixin, SupervisedNetwork):
    """Base of the classifiers: labels, their weights, and probabilities."""

    _parameter_constraints: ClassVar = {
        **SupervisedNetwork._parameter_constraints,
        **LABEL_CONSTRAINTS,
    }

    _error_name = "classification"

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # On a table of points, read as series of a few frames, only their increments
        # count: networks do not see where a path lies.
        tags.classifier_tags.poor_score = True
        return tags

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, groups=None, sample_weight=None):
        """Train the network.

        Parameters
        ----------
        X : samples
            Trajectories; see `sklearn_deepsig.trajectory.as_trajectories`.
        y : array-like of shape (n_samples,)
            Class labels, of two or more classes.
        groups : array-like of shape (n_samples,), default=None
            Trajectory of each sample; early stopping holds out whole groups.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples in all terms of the loss, divided by their mean. A
            sample of weight zero is left out.

        Returns
        -------
        self
            The fitted classifier.

        Raises
        ------
        InvalidInputError
            If a sample, a label or a parameter cannot be used.
        TrainingDivergedError
            If the loss becomes infinite or not a number.
        """
        self._fit(X, y, groups, sample_weight)
        return self

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Go over further trajectories once, keeping what was learned.

        Parameters
        ----------
        X : samples
            Trajectories.
        y : array-like of shape (n_samples,)
            Class labels.
        classes : array-like of shape (n_classes,), default=None
            All labels there will ever be; needed at the first call, unless `fit` was
            called before.
        sample_weight : array-like of shape (n_samples,), default=None
            As in `fit`.

        Returns
        -------
        self
            The classifier.

        Raises
        ------
        InvalidInputError
            If a sample, a label or a parameter cannot be used.
        TrainingDivergedError
            If the loss becomes infinite or not a number.

        Notes
        -----
        Adam's averages are kept from call to call, but not from `fit`.
        """
        if not hasattr(self, "module_"):
            if classes is None:
                raise InvalidInputError(
                    "classes must be passed on the first call to partial_fit: the "
                    "labels of all classes that later calls may bring."
                )
            self.classes_ = validate_classes(classes)
        elif classes is not None and not np.array_equal(
            validate_classes(classes), self.classes_
        ):
            raise InvalidInputError(
                f"classes={classes!r} is not the same as on the last call to "
                f"partial_fit or fit, {self.classes_!r}. Fit a clone."
            )
        self._fit(X, y, None, sample_weight, once=True)
        return self

    def _encode(
        self, y: Any, sample_weight: np.ndarray, *, reset: bool, once: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        # partial_fit is told the classes, and fit finds them in y
        known = self.classes_ if once or not reset else None
        y = validate_labels(y, len(sample_weight), estimator=self, classes=known)
        if isinstance(self.class_weight, dict):
            self._check_class_weight(self.class_weight)
        weight = sample_weight * compute_sample_weight(self.class_weight, y)
        if not weight.any():
            raise InvalidInputError(
                f"class_weight={self.class_weight!r} leaves no sample a weight."
            )
        if known is None:
            self.classes_ = np.unique(y)
        return np.searchsorted(self.classes_, y), weight

    def _check_class_weight(self, weights: dict[Any, Any]) -> None:
        for label, weight in weights.items():
            # as Python's: the largest float overflows in NumPy's small types
            plain = weight.item() if isinstance(weight, np.generic) else weight
            if not isinstance(plain, Real) or not 0 <= plain <= sys.float_info.max:
                raise InvalidInputError(
                    f"class_weight={weights!r}: the weight {weight!r} of class "
                    f"{label!r} must be zero or positive."
                )

    def decision_function(self, X):
        """Return the class scores.

        Parameters
        ----------
        X : samples
            Trajectories.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
            The logits. With two classes their difference, positive for
            ``classes_[1]``.
        """
        logits = self._of_output(X, "logits")
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

    def predict_proba(self, X):
        """Return the probability of each class.

        Parameters
        ----------
        X : samples
            Trajectories.

        Returns
        -------
        ndarray of float64, shape (n_samples, n_classes)
            Each row sums to one; columns in the order of `classes_`.
        """
        return softmax(self._of_output(X, "logits"), axis=1)

    def predict(self, X):
        """Return the most probable class.

        Parameters
        ----------
        X : samples
            Trajectories.

        Returns
        -------
        ndarray of shape (n_samples,)
            Labels.
        """
        logits = self._of_output(X, "logits")
        return self.classes_[logits.argmax(axis=1)]

    def _n_outputs(self) -> int:
        return len(self.classes_)

    def _errors(
        self, outputs: torch.Tensor, target: torch.Tensor
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        errors = classification_errors(
            outputs, target, label_smoothing=self.label_smoothing
        )
        hits = (outputs.detach().argmax(1) == target).to(outputs.dtype)
        return errors, {"accuracy": hits.mean()}

    def _labels(self, target: np.ndarray) -> np.ndarray | None:
        return self.classes_[target]  # as messages are to name them

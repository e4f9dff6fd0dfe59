"""Where samples lie in the space of learned features, as a picture."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.plots._display import Display
from sklearn_deepsig.plots._projection import project
from sklearn_deepsig.trajectory import samples_of

__all__ = ["FeatureSpaceDisplay"]

_PALETTE = 10  # colours of matplotlib's default cycle


class FeatureSpaceDisplay(Display):
    """Samples as points in two dimensions: classes coloured, train and test marked.

    The paper's figure 5.

    Parameters
    ----------
    points : array-like of shape (n_samples, 2)
        Where each sample lies.
    labels : array-like of shape (n_samples,)
        Its class.
    is_test : array-like of bool, shape (n_samples,), optional
        Whether the model has not seen it; by default none is told apart.
    axis_names : tuple of (str, str), default=("feature 1", "feature 2")
        What the axes are.
    title : str, default=""
        What is shown.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes, after `plot`.
    figure_ : matplotlib Figure
        The figure, after `plot`.

    Raises
    ------
    InvalidInputError
        If a shape does not fit, or a number is not finite.

    Examples
    --------
    >>> from sklearn_deepsig.plots import FeatureSpaceDisplay
    >>> display = FeatureSpaceDisplay([[0, 0], [1, 2]], ["active", "inactive"])
    >>> [text.get_text() for text in display.plot().ax_.get_legend().get_texts()]
    ['active', 'inactive']
    """

    def __init__(
        self,
        points: ArrayLike,
        labels: ArrayLike,
        is_test: ArrayLike | None = None,
        *,
        axis_names: tuple[str, str] = ("feature 1", "feature 2"),
        title: str = "",
    ) -> None:
        self.points = np.asarray(points, dtype=float)
        if self.points.ndim != 2 or self.points.shape[1] != 2:
            raise InvalidInputError(
                f"points have shape {self.points.shape}; expected (n_samples, 2)."
            )
        if not np.isfinite(self.points).all():
            raise InvalidInputError("points must be finite numbers.")
        self.labels = _labels_of(labels, len(self.points), "labels")
        self.is_test = (
            None
            if is_test is None
            else _labels_of(is_test, len(self.points), "is_test").astype(bool)
        )
        self.axis_names = axis_names
        self.title = title

    @classmethod
    def from_features(
        cls,
        features: ArrayLike,
        labels: ArrayLike,
        is_test: ArrayLike | None = None,
        *,
        method: str = "pca",
        perplexity: float | None = None,
        random_state: Any = None,
        title: str = "",
    ) -> "FeatureSpaceDisplay":
        """Bring features to two dimensions.

        Parameters
        ----------
        features : array-like of shape (n_samples, n_features)
            Features of each sample.
        labels : array-like of shape (n_samples,)
            Its class.
        is_test : array-like of bool, shape (n_samples,), optional
            Whether the model has not seen it.
        method : {"pca", "tsne"}, default="pca"
            Principal components, found from the samples that are no test samples, or
            t-SNE [1]_ of all samples together, which has no map for new samples.
        perplexity : float, optional
            Of t-SNE; by default 30, or a third of the samples if there are fewer.
        random_state : int or RandomState, optional
            Of both methods.
        title : str, default=""
            What is shown.

        Returns
        -------
        FeatureSpaceDisplay
            Ready to plot.

        Raises
        ------
        InvalidInputError
            If a shape or value does not fit, or there are too few samples.

        References
        ----------
        .. [1] L. van der Maaten and G. Hinton, "Visualizing data using t-SNE",
           Journal of Machine Learning Research 9 (2008).
        """
        features = np.asarray(features, dtype=float)
        is_known = np.ones(len(features), dtype=bool)
        if is_test is not None:
            is_known = ~_labels_of(is_test, len(features), "is_test").astype(bool)
        points, names = project(
            features,
            is_known,
            method=method,
            perplexity=perplexity,
            random_state=random_state,
        )
        return cls(points, labels, is_test, axis_names=names, title=title)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: ArrayLike,
        X_test: Any = None,
        y_test: ArrayLike | None = None,
        *,
        method: str = "pca",
        perplexity: float | None = None,
        random_state: Any = None,
        title: str | None = None,
    ) -> "FeatureSpaceDisplay":
        """Compute features by an estimator and bring them to two dimensions.

        Parameters
        ----------
        estimator : estimator
            Fitted, with ``transform``, such as `DeepSignatureClassifier`; or a Pipeline
            with features before its last step, such as log-signatures.
        X : samples
            What the estimator was fitted on.
        y : array-like of shape (n_samples,)
            Classes.
        X_test, y_test : optional
            Samples that it has not seen, and their classes.
        method : {"pca", "tsne"}, default="pca"
            See `from_features`.
        perplexity : float, optional
            See `from_features`.
        random_state : int or RandomState, optional
            See `from_features`.
        title : str, optional
            By default the name of the class.

        Returns
        -------
        FeatureSpaceDisplay
            Ready to plot.

        Raises
        ------
        InvalidInputError
            If samples and classes differ in number, or a value cannot be used.
        InvalidInputTypeError
            If the estimator computes no features.
        NotFittedError
            If the estimator is not fitted.
        """
        if (X_test is None) != (y_test is None):
            raise InvalidInputError("give both of X_test and y_test, or neither.")
        check_is_fitted(estimator)
        name = type(estimator).__name__
        if isinstance(estimator, Pipeline):
            name = type(estimator[-1]).__name__
            if not hasattr(estimator, "transform"):
                estimator = estimator[:-1]
        if not hasattr(estimator, "transform"):
            raise InvalidInputTypeError(
                f"{name} computes no features: it has no transform. Give "
                "DeepSignatureClassifier, or a Pipeline with features before its end."
            )
        labels = [_labels_of(y, len(samples_of(X)), "y")]
        parts = [estimator.transform(X)]
        if X_test is not None:
            labels.append(_labels_of(y_test, len(samples_of(X_test)), "y_test"))
            parts.append(estimator.transform(X_test))
        is_test = np.repeat([False, True][: len(parts)], [len(part) for part in parts])
        return cls.from_features(
            np.concatenate(parts),
            np.concatenate(labels),
            None if X_test is None else is_test,
            method=method,
            perplexity=perplexity,
            random_state=random_state,
            title=name if title is None else title,
        )

    def _size(self) -> tuple[float, float]:
        return 6.4, 4.2

    def _draw(self, ax: Any) -> None:
        parts = [("", "o", slice(None))]
        if self.is_test is not None:
            parts = [(", train", "o", ~self.is_test), (", test", "X", self.is_test)]
        for index, label in enumerate(np.unique(self.labels)):
            for ending, marker, chosen in parts:
                points = self.points[chosen][self.labels[chosen] == label]
                if not len(points):
                    continue
                ax.scatter(
                    *points.T,
                    s=36 if marker == "o" else 60,
                    marker=marker,
                    color=f"C{index % _PALETTE}",
                    edgecolors="white" if marker == "o" else "black",
                    linewidths=0.6,
                    alpha=0.8 if marker == "o" else 1.0,
                    label=f"{label}{ending}",
                )
        ax.set_xlabel(self.axis_names[0])
        ax.set_ylabel(self.axis_names[1])
        ax.set_title(self.title)
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)


def _labels_of(values: Any, n_samples: int, name: str) -> np.ndarray:
    labels = np.asarray(values)
    if labels.shape != (n_samples,):
        raise InvalidInputError(
            f"{name} has shape {labels.shape}, but there are {n_samples} samples; give "
            "one value a sample."
        )
    return labels

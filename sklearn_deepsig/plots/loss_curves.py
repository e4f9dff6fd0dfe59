"""The losses of each epoch as a picture."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.plots._display import Display, last_step

__all__ = ["LossCurveDisplay"]

_PREFIX = "validation_"
# What a history holds beside losses.
_NO_LOSSES = {"accuracy", "r2", "learning_rate", "seconds"}


class LossCurveDisplay(Display):
    """Curves of the loss and of each of its terms over the epochs.

    Parameters
    ----------
    history : mapping of str to sequence of float
        A column for each loss term, one number an epoch, as in `history_`; the same
        with the prefix ``"validation_"`` for the samples held out. NaN where an epoch
        has none.
    terms : sequence of str, optional
        The columns to show, in order; by default all that are losses.
    title : str, default=""
        What was trained.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes of the first term, after `plot`.
    axes_ : list of matplotlib Axes
        Those of each term, after `plot`; the same one for all where one was given.
    figure_ : matplotlib Figure
        The figure, after `plot`.

    Raises
    ------
    InvalidInputError
        If a column is missing, or the columns differ in length or are empty.

    Notes
    -----
    Terms are those of equation 12 of the paper, before their weights.

    Examples
    --------
    >>> from sklearn_deepsig.plots import LossCurveDisplay
    >>> display = LossCurveDisplay({"loss": [2.0, 1.0], "cut": [0.5, 0.25]})
    >>> [ax.get_title() for ax in display.plot().axes_]
    ['loss', 'cut']
    """

    def __init__(
        self,
        history: Mapping[str, Sequence[float]],
        *,
        terms: Sequence[str] | None = None,
        title: str = "",
    ) -> None:
        if terms is None:
            terms = [
                name
                for name in history
                if name not in _NO_LOSSES and not name.startswith(_PREFIX)
            ]
        for name in terms:
            if name not in history:
                raise InvalidInputError(
                    f"the history has no column {name!r}; it has {list(history)}."
                )
        if not terms:
            raise InvalidInputError(
                f"no loss to show: the history has the columns {list(history)}."
            )
        found = {name: f"{_PREFIX}{name}" for name in terms}
        self.train = {name: np.asarray(history[name], dtype=float) for name in terms}
        self.validation = {
            name: np.asarray(history[column], dtype=float)
            for name, column in found.items()
            if column in history
        }
        lengths = {len(column) for column in self._columns()}
        if len(lengths) > 1 or 0 in lengths:
            raise InvalidInputError(
                f"the columns of the history have the lengths {sorted(lengths)}; "
                "expected one number an epoch in each, of at least one epoch."
            )
        self.title = title

    def _columns(self) -> list[np.ndarray]:
        return [*self.train.values(), *self.validation.values()]

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        terms: Sequence[str] | None = None,
        title: str | None = None,
    ) -> "LossCurveDisplay":
        """Take the losses from a fitted estimator.

        Parameters
        ----------
        estimator : estimator
            Fitted, with a network, such as `DeepSignatureClassifier`; or a Pipeline
            that ends with one.
        terms : sequence of str, optional
            The columns of `history_` to show; by default all that are losses.
        title : str, optional
            By default the name of the class.

        Returns
        -------
        LossCurveDisplay
            Ready to plot.

        Raises
        ------
        InvalidInputTypeError
            If the estimator has no network.
        InvalidInputError
            If a term is not in the history.
        NotFittedError
            If the estimator is not fitted.
        """
        estimator, _ = last_step(estimator)
        check_is_fitted(estimator)
        name = type(estimator).__name__
        if not hasattr(estimator, "history_"):
            raise InvalidInputTypeError(
                f"{name} has no history_; give an estimator that trains a network, of "
                "a Pipeline that step."
            )
        return cls(
            estimator.history_, terms=terms, title=name if title is None else title
        )

    def plot(self, ax: Any = None) -> "LossCurveDisplay":
        """Draw the curves: training solid, validation dashed.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw all terms together; by default a new figure, which no window
            shows, with a panel for each term, for their sizes differ.

        Returns
        -------
        LossCurveDisplay
            Itself, with `ax_`, `axes_` and `figure_`.

        Raises
        ------
        InvalidInputTypeError
            If `ax` is no Axes.
        MissingDependencyError
            If matplotlib is not installed.
        """
        n_terms = len(self.train)
        if ax is None:
            figure = self._new_figure((2.9 * n_terms + 0.8, 3.0))
            figure.suptitle(self.title)
            panels = list(figure.subplots(1, n_terms, squeeze=False)[0])
            for name, panel in zip(self.train, panels, strict=True):
                self._draw_term(panel, name, "C0", "training", "validation")
                panel.set_title(name, fontsize="medium")
            if self.validation:
                panels[0].legend(frameon=False)
        else:
            panels = [self._on(ax, (6.0, 4.0))] * n_terms
            for index, name in enumerate(self.train):
                self._draw_term(ax, name, f"C{index}", name, f"{name}, validation")
            ax.set_title(self.title)
            ax.legend(frameon=False)
        panels[0].set_ylabel("loss")
        self.axes_, self.ax_, self.figure_ = panels, panels[0], panels[0].figure
        return self

    def _draw_term(
        self, ax: Any, name: str, color: str, label: str, validation_label: str
    ) -> None:
        epochs = np.arange(1, len(self.train[name]) + 1)
        # a single epoch is a point, which a line would not show
        marker = "." if len(epochs) < 30 else None
        ax.plot(epochs, self.train[name], color=color, marker=marker, label=label)
        if name in self.validation:
            ax.plot(
                epochs,
                self.validation[name],
                "--",
                color=color,
                marker=marker,
                label=validation_label,
            )
        ax.set_xlabel("epoch")
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.spines[["top", "right"]].set_visible(False)

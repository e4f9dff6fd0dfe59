"""What all pictures share: axes, files, and where to find what they show."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Self

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklearn_deepsig._optional import import_optional
from sklearn_deepsig.estimators import (
    DeepSignatureClassifier,
    DeepSignatureRegressor,
    EigenCoarsener,
    FixedCoarsener,
    SpectralCoarsener,
)
from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.trajectory import samples_of

__all__ = ["Display", "find_coarsener", "last_step", "sequence_ticks", "take_sample"]

_WITH_COARSENER = (DeepSignatureClassifier, DeepSignatureRegressor)
_COARSENERS = (SpectralCoarsener, EigenCoarsener, FixedCoarsener)


class Display:
    """Base of the pictures: a figure that no window shows, and a file."""

    _dpi: ClassVar[int] = 150

    ax_: Any
    figure_: Any

    def _size(self) -> tuple[float, float]:
        """Return width and height of a figure of its own, in inches."""
        raise NotImplementedError

    def _draw(self, ax: Any) -> None:
        """Draw what was computed."""
        raise NotImplementedError

    def plot(self, ax: Any = None) -> Self:
        """Draw the picture.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure, which no window shows.

        Returns
        -------
        Display
            Itself, with `ax_` and `figure_`.

        Raises
        ------
        InvalidInputTypeError
            If `ax` is no Axes.
        MissingDependencyError
            If matplotlib is not installed.
        """
        self._draw(self._on(ax, self._size()))
        return self

    def save(self, path: str | PathLike[str] | BinaryIO) -> None:
        """Write the picture that `plot` drew.

        Parameters
        ----------
        path : path-like, or file that is open for bytes
            Its ending says the format, such as ``.png`` or ``.pdf``; PNG of a file.

        Raises
        ------
        InvalidInputError
            If nothing was drawn yet, or the ending is of no picture.
        """
        if not hasattr(self, "figure_"):
            raise InvalidInputError(
                f"This {type(self).__name__} has drawn nothing yet; call plot() first."
            )
        if isinstance(path, str | PathLike):
            file = Path(path)
            known = self.figure_.canvas.get_supported_filetypes()
            if file.suffix.lstrip(".").lower() not in known:
                raise InvalidInputError(
                    f"{str(file)!r} does not end as a picture does; end it with one of "
                    f"{', '.join(f'.{ending}' for ending in sorted(known))}."
                )
            file.parent.mkdir(parents=True, exist_ok=True)
        self.figure_.savefig(path, dpi=self._dpi)

    def _on(
        self, ax: Any, size: tuple[float, float], layout: str = "constrained"
    ) -> Any:
        """Take the axes that were given, or make some in a figure of their own.

        The layout ``"compressed"`` is for axes whose units must be of equal length.
        """
        if ax is None:
            ax = self._new_figure(size, layout).subplots()
        axes = import_optional("matplotlib.axes", purpose=type(self).__name__)
        if not isinstance(ax, axes.Axes):
            raise InvalidInputTypeError(
                f"ax is of type {type(ax).__name__}; give one matplotlib Axes, or None "
                "for a new figure."
            )
        self.ax_, self.figure_ = ax, ax.figure
        return ax

    def _new_figure(
        self, size: tuple[float, float], layout: str = "constrained"
    ) -> Any:
        figure = import_optional("matplotlib.figure", purpose=type(self).__name__)
        return figure.Figure(figsize=size, layout=layout)


def last_step(estimator: Any, X: Any = None) -> tuple[Any, Any]:
    """Find what a Pipeline ends with, and what it gets to see.

    Parameters
    ----------
    estimator : estimator
        A Pipeline, whose steps are fitted, or any other estimator.
    X : samples, optional
        What the estimator takes.

    Returns
    -------
    step : estimator
        The last step, or the estimator itself.
    X : samples
        As the steps before it transform them.
    """
    if not isinstance(estimator, Pipeline):
        return estimator, X
    before = estimator[:-1]
    if X is not None and len(before):
        X = before.transform(X)
    return estimator[-1], X


def find_coarsener(estimator: Any, X: Any, *, purpose: str) -> tuple[Any, Any]:
    """Find the coarse graining in an estimator, and what it gets to see.

    Parameters
    ----------
    estimator : estimator
        A fitted coarsener, `DeepSignatureClassifier` or `DeepSignatureRegressor`, or a
        Pipeline with one of them.
    X : samples
        What the estimator takes.
    purpose : str
        What is drawn, for the message.

    Returns
    -------
    coarsener : estimator
        With ``transform``, ``assign`` and ``inverse_transform``.
    X : samples
        As the steps before it transform them.

    Raises
    ------
    InvalidInputTypeError
        If there is no coarse graining.
    NotFittedError
        If the estimator is not fitted.
    """
    steps = [estimator]
    if isinstance(estimator, Pipeline):
        steps = [step for _, step in estimator.steps]
    for index, step in enumerate(steps):
        if not isinstance(step, _COARSENERS + _WITH_COARSENER):
            continue
        check_is_fitted(step)
        if index:
            X = estimator[:index].transform(X)
        return (step.coarsener_ if isinstance(step, _WITH_COARSENER) else step), X
    kinds = ", ".join(kind.__name__ for kind in _COARSENERS + _WITH_COARSENER)
    raise InvalidInputTypeError(
        f"{purpose} shows a coarse graining, which {type(estimator).__name__} has "
        f"none of. Give one of {kinds}, or a Pipeline with one of them."
    )


def take_sample(X: Any, sample: int) -> list[Any]:
    """Take one of the samples, as a list of one.

    Parameters
    ----------
    X : samples
        Trajectories; see `sklearn_deepsig.trajectory.as_trajectories`.
    sample : int
        Which.

    Returns
    -------
    list
        With that sample.

    Raises
    ------
    InvalidInputError
        If there is no such sample.
    """
    samples = samples_of(X)
    if not 0 <= sample < len(samples):
        raise InvalidInputError(
            f"sample={sample}, but X holds {len(samples)} samples, 0 to "
            f"{len(samples) - 1}."
        )
    return [samples[sample]]


def sequence_ticks(names: Sequence[str], most: int = 25) -> tuple[list[int], list[str]]:
    """Choose what to label along a sequence, so that labels do not overlap.

    Parameters
    ----------
    names : sequence of str
        A name for each place.
    most : int, default=25
        Largest number of labels.

    Returns
    -------
    places : list of int
        Where the labels go, evenly spaced from the first place on.
    labels : list of str
        The names there.

    Examples
    --------
    >>> from sklearn_deepsig.plots._display import sequence_ticks
    >>> sequence_ticks(["a", "b", "c", "d", "e"], most=3)
    ([0, 2, 4], ['a', 'c', 'e'])
    """
    step = max(1, -(-len(names) // most))
    places = list(range(0, len(names), step))
    return places, [names[place] for place in places]

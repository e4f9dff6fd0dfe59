"""An attribution as a map of pairs of residues."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.inspection import Attribution, ResidueAttribution, attribute
from sklearn_deepsig.plots._display import Display, sequence_ticks

__all__ = ["AttributionDisplay"]

_LEVELS = ("residues", "clusters")


class AttributionDisplay(Display):
    """What pairs contribute to a prediction: red for it, blue against it.

    Parameters
    ----------
    pairs : array-like of shape (n, n)
        Contribution of each pair, such as `Attribution.residue_pairs`, in the unit of
        the output that is explained: logits for classifiers.
    names : sequence of str, optional
        Such as ``"ALA 86"``; by default numbers.
    kind : str, default="residue"
        What the rows and columns are.
    title : str, default=""
        What is explained.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes, after `plot`.
    figure_ : matplotlib Figure
        The figure, after `plot`.
    image_ : matplotlib AxesImage
        The map, after `plot`, with colours centred on zero.

    Raises
    ------
    InvalidInputError
        If a shape does not fit, or a contribution is not finite.
    InvalidInputTypeError
        If an attribution is given, which `from_attribution` shows.

    Examples
    --------
    >>> from sklearn_deepsig.plots import AttributionDisplay
    >>> display = AttributionDisplay([[0.0, 0.3], [0.3, -0.1]], ["ALA 1", "GLY 2"])
    >>> display.plot().image_.get_clim()
    (-0.3, 0.3)
    """

    def __init__(
        self,
        pairs: ArrayLike,
        names: Sequence[str] | None = None,
        *,
        kind: str = "residue",
        title: str = "",
    ) -> None:
        if isinstance(pairs, Attribution | ResidueAttribution):
            raise InvalidInputTypeError(
                f"pairs is of type {type(pairs).__name__}; show it by "
                "AttributionDisplay.from_attribution(...), or give its residue_pairs."
            )
        self.pairs = np.asarray(pairs, dtype=float)
        shape = self.pairs.shape
        if len(shape) != 2 or shape[0] != shape[1] or not self.pairs.size:
            raise InvalidInputError(f"pairs have shape {shape}; expected (n, n).")
        if not np.isfinite(self.pairs).all():
            raise InvalidInputError("pairs must be finite contributions.")
        if names is None:
            names = [str(index) for index in range(len(self.pairs))]
        if len(names) != len(self.pairs):
            raise InvalidInputError(
                f"{len(names)} names were given for {len(self.pairs)} rows of pairs; "
                "give one each."
            )
        self.names = list(names)
        self.kind = kind
        self.title = title

    @classmethod
    def from_attribution(
        cls,
        attribution: Attribution | ResidueAttribution,
        *,
        level: str = "residues",
        title: str = "",
    ) -> "AttributionDisplay":
        """Take the pairs from an attribution.

        Parameters
        ----------
        attribution : Attribution or ResidueAttribution
            What `sklearn_deepsig.inspection.attribute` returns, or, of several systems,
            `combine_residues`, which has no clusters.
        level : {"residues", "clusters"}, default="residues"
            Whose pairs to show.
        title : str, default=""
            What is explained.

        Returns
        -------
        AttributionDisplay
            Ready to plot.

        Raises
        ------
        InvalidInputError
            If there is no such level.
        InvalidInputTypeError
            If `attribution` is none, or has no clusters and these are to be shown.
        """
        if level not in _LEVELS:
            raise InvalidInputError(f"level={level!r} must be one of {_LEVELS}.")
        several = () if level == "clusters" else (ResidueAttribution,)
        kinds = (Attribution, *several)
        if not isinstance(attribution, kinds):
            raise InvalidInputTypeError(
                f"attribution is of type {type(attribution).__name__}; {level} need "
                f"{' or '.join(kind.__name__ for kind in kinds)}."
            )
        if level == "clusters":
            return cls(attribution.cluster_pairs, kind="cluster", title=title)
        return cls(attribution.residue_pairs, attribution.residue_names, title=title)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any = None,
        *,
        method: str = "gradient_input",
        level: str = "residues",
        title: str | None = None,
    ) -> "AttributionDisplay":
        """Attribute predictions and show their mean over the samples.

        Parameters
        ----------
        estimator : estimator
            See `sklearn_deepsig.inspection.attribute`.
        X : samples
            Trajectories.
        y : array-like, optional
            Which class to explain of each sample; by default the predicted one.
        method : {"gradient_input", "integrated_gradients"}, default="gradient_input"
            See `sklearn_deepsig.inspection.attribute`.
        level : {"residues", "clusters"}, default="residues"
            Whose pairs to show.
        title : str, optional
            By default the name of the method.

        Returns
        -------
        AttributionDisplay
            Ready to plot.

        Raises
        ------
        InvalidInputError
            If X, y or a setting cannot be used.
        InvalidInputTypeError
            If predictions of the estimator cannot be attributed.
        NotFittedError
            If the estimator is not fitted.
        """
        found = attribute(estimator, X, y, method=method)
        if title is None:
            title = method.replace("_", " ")
        return cls.from_attribution(found, level=level, title=title)

    def plot(self, ax: Any = None, *, diagonal: bool = True) -> "AttributionDisplay":
        """Draw the map.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure, which no window shows.
        diagonal : bool, default=True
            Show what each contributes by itself too. Without it the colours are scaled
            to the pairs, which may be much less.

        Returns
        -------
        AttributionDisplay
            Itself, with `ax_`, `figure_` and `image_`.

        Raises
        ------
        InvalidInputTypeError
            If `ax` is no Axes.
        MissingDependencyError
            If matplotlib is not installed.
        """
        ax = self._on(ax, (6.6, 5.6), "compressed")
        hidden = np.zeros(self.pairs.shape, dtype=bool)
        np.fill_diagonal(hidden, not diagonal)
        # a map of zeros still needs a range
        limit = float(np.abs(self.pairs[~hidden]).max(initial=0.0)) or 1.0
        self.image_ = ax.imshow(
            np.ma.masked_array(self.pairs, hidden),
            cmap="RdBu_r",
            vmin=-limit,
            vmax=limit,
            interpolation="nearest",
        )
        ax.figure.colorbar(self.image_, ax=ax, label="contribution to the output")
        places, labels = sequence_ticks(self.names)
        ax.set_xticks(places, labels, rotation=90)
        ax.set_yticks(places, labels)
        ax.set_xlabel(self.kind)
        ax.set_ylabel(self.kind)
        ax.set_title(self.title)
        return self

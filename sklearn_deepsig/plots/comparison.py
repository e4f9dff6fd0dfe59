"""The comparison of methods as a picture."""

from collections.abc import Sequence
from typing import Any

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.plots._display import Display

__all__ = ["ComparisonDisplay"]


class ComparisonDisplay(Display):
    """Bars of accuracy and balanced accuracy with their spread.

    Parameters
    ----------
    methods : sequence of str
        Names of the methods, from top to bottom.
    scores : dict of str to tuple of (sequence of float, sequence of float)
        For each score its means and standard deviations, as fractions, one a method.
    title : str, default=""
        What was compared.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes, after `plot`.
    figure_ : matplotlib Figure
        The figure, after `plot`.

    Raises
    ------
    InvalidInputError
        If there are no methods or scores, or not one mean and spread a method.

    Examples
    --------
    >>> from sklearn_deepsig.plots import ComparisonDisplay
    >>> display = ComparisonDisplay(
    ...     ["a", "b"], {"accuracy": ([0.9, 0.5], [0.05, 0.1])}
    ... )
    >>> display.plot().ax_.get_xlabel()
    'held-out score (%)'
    """

    def __init__(
        self,
        methods: Sequence[str],
        scores: dict[str, tuple[Sequence[float], Sequence[float]]],
        *,
        title: str = "",
    ) -> None:
        if not methods or not scores:
            raise InvalidInputError(
                f"nothing to compare: {len(methods)} methods and {len(scores)} scores."
            )
        for name, (means, spreads) in scores.items():
            if not len(means) == len(spreads) == len(methods):
                raise InvalidInputError(
                    f"score {name!r} has {len(means)} means and {len(spreads)} spreads "
                    f"for {len(methods)} methods; give one of each a method."
                )
        self.methods = methods
        self.scores = scores
        self.title = title

    @classmethod
    def from_rows(cls, rows: Sequence[Any], *, title: str = "") -> "ComparisonDisplay":
        """Take the scores from the rows of a comparison.

        Parameters
        ----------
        rows : sequence of MethodSummary
            Rows of `sklearn_deepsig.experiments.Comparison`.
        title : str, default=""
            What was compared.

        Returns
        -------
        ComparisonDisplay
            Ready to plot.
        """
        names = {"accuracy": "accuracy", "balanced accuracy": "balanced_accuracy"}
        scores = {
            label: (
                [getattr(row, name) for row in rows],
                [getattr(row, f"{name}_std") for row in rows],
            )
            for label, name in names.items()
        }
        return cls([row.method for row in rows], scores, title=title)

    def _size(self) -> tuple[float, float]:
        return 7.5, 1.2 + 0.55 * len(self.methods)

    def _draw(self, ax: Any) -> None:
        thickness = 0.8 / len(self.scores)
        for place, (label, (means, spreads)) in enumerate(self.scores.items()):
            heights = [index + place * thickness for index in range(len(self.methods))]
            ax.barh(
                heights,
                [100 * mean for mean in means],
                thickness * 0.92,
                xerr=[100 * spread for spread in spreads],
                label=label,
                error_kw={"ecolor": "0.35", "capsize": 2, "elinewidth": 1},
            )
        middle = 0.5 * thickness * (len(self.scores) - 1)
        ax.set_yticks(
            [index + middle for index in range(len(self.methods))], self.methods
        )
        ax.invert_yaxis()
        ax.set_xlim(0, 100)
        ax.set_xlabel("held-out score (%)")
        ax.set_title(self.title)
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)

"""Accuracies of many methods as pictures: one panel a task, or curves."""

import itertools
from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

from sklearn_deepsig.plots._display import Display

__all__ = ["AccuracyDisplay", "CurveDisplay"]

# Of the two families of methods that are not drawn in a colour of their own.
_STYLES = {"plain": ("0.55", "--"), "reference": ("black", ":")}


class _PanelDisplay(Display):
    """What both pictures share: rows, and panels."""

    _dpi = 110

    def __init__(
        self,
        rows: Sequence[Mapping[str, Any]],
        name: str,
        *,
        title: str = "",
        chance: float | None = None,
    ) -> None:
        self.rows = rows
        self.name = name
        self.title = title
        self.chance = chance

    def _panels(self, n_panels: int, size: tuple[float, float], **options: Any) -> Any:
        """Make a figure, which no window shows, with panels beside each other."""
        self.figure_ = self._new_figure((size[0] * n_panels + 4, size[1]))
        self.figure_.suptitle(self.title)
        return self.figure_.subplots(1, n_panels, squeeze=False, **options)[0]


def _percent(spread: float | None) -> float:
    """Return the length of an error bar; a single run has none."""
    return 0.0 if spread is None else 100 * spread


class AccuracyDisplay(_PanelDisplay):
    """Bars of the accuracy of each method, a panel for each task.

    Parameters
    ----------
    rows : sequence of mapping
        Each with ``method``, ``accuracy`` and ``std``, as fractions, of which the
        latter may be None, ``role``, and the task under `name`.
    name : str
        What the rows call the task.
    title : str, default=""
        What was compared.
    chance : float, optional
        The accuracy of guessing, as a fraction; a thin line.

    Attributes
    ----------
    figure_ : matplotlib Figure
        The figure, after `plot`.

    Examples
    --------
    >>> from sklearn_deepsig.plots import AccuracyDisplay
    >>> row = {"task": "t", "method": "m", "accuracy": 0.9, "std": 0.1, "role": "ours"}
    >>> len(AccuracyDisplay([row], "task").plot().figure_.axes)
    1
    """

    def plot(self) -> "AccuracyDisplay":
        """Draw the bars.

        Returns
        -------
        AccuracyDisplay
            Itself, with `figure_`.

        Raises
        ------
        MissingDependencyError
            If matplotlib is not installed.
        """
        of_task: dict[str, list[Mapping[str, Any]]] = {}
        for row in self.rows:
            of_task.setdefault(row[self.name], []).append(row)
        names = [[row["method"] for row in rows] for rows in of_task.values()]
        # a panel of the same methods as the one on its left needs no names
        named = [i == 0 or names[i] != names[i - 1] for i in range(len(names))]
        most = max(map(len, names))
        width = 2.8 + 4 * (sum(named) - 1) / len(names)
        axes = self._panels(len(names), (width, 0.32 * most + 1.5))
        for panel, (task, rows) in enumerate(of_task.items()):
            ax = axes[panel]
            for place, row in enumerate(rows):
                color, _ = _STYLES.get(row["role"], ("C0", "-"))
                ax.barh(
                    place,
                    100 * row["accuracy"],
                    0.75,
                    xerr=_percent(row["std"]),
                    color="C1" if row["role"] == "ours" else color,
                    error_kw={"ecolor": "0.2", "capsize": 2, "elinewidth": 1},
                )
                end = 100 * row["accuracy"] + _percent(row["std"])
                text = f"{100 * row['accuracy']:.1f}"
                ax.text(end + 2, place, text, va="center", fontsize="x-small")
            if self.chance is not None:
                ax.axvline(100 * self.chance, color="0.2", linewidth=0.8)
            ax.set_yticks(range(len(rows)))
            ax.set_yticklabels(names[panel] if named[panel] else [])
            ax.set_ylim(most - 0.4, -0.6)
            ax.set_xlim(0, 122)
            ax.set_xticks(range(0, 101, 20))
            ax.set_xlabel("accuracy (%)")
            title = fill(f"{self.name} {task}", 20) if len(names) > 1 else ""
            ax.set_title(title, fontsize="medium")
            ax.spines[["top", "right"]].set_visible(False)
        return self


class CurveDisplay(_PanelDisplay):
    """Curves of the accuracy of each method over the value of the tasks.

    Parameters
    ----------
    rows : sequence of mapping
        Each with ``method``, ``accuracy`` and ``std``, as fractions, of which the
        latter may be None, ``role``, ``value``, where along the axis, and ``line``,
        which panel.
    name : str
        What the axis shows.
    title : str, default=""
        What was compared.
    chance : float, optional
        The accuracy of guessing, as a fraction; a thin line.

    Attributes
    ----------
    figure_ : matplotlib Figure
        The figure, after `plot`.

    Examples
    --------
    >>> from sklearn_deepsig.plots import CurveDisplay
    >>> row = {"method": "m", "accuracy": 0.9, "std": 0.1, "role": "ours", "line": ""}
    >>> rows = [row | {"value": value} for value in (1.0, 2.0)]
    >>> CurveDisplay(rows, "noise").plot().figure_.axes[0].get_xlabel()
    'noise'
    """

    def plot(self) -> "CurveDisplay":
        """Draw the curves.

        Returns
        -------
        CurveDisplay
            Itself, with `figure_`.

        Raises
        ------
        MissingDependencyError
            If matplotlib is not installed.
        """
        lines = list(dict.fromkeys(row["line"] for row in self.rows))
        colors = self._colors()
        axes = self._panels(len(lines), (4.2, 4.0), sharey=True)
        for line, ax in zip(lines, axes, strict=True):
            values = [row["value"] for row in self.rows if row["line"] == line]
            for place, (method, color) in enumerate(colors.items()):
                own = [
                    row
                    for row in self.rows
                    if (row["method"], row["line"]) == (method, line)
                ]
                if not own:
                    continue
                # beside each other, so that none hides another
                aside = 0.004 * (place - len(colors) / 2) * (max(values) - min(values))
                style = _STYLES.get(own[0]["role"], ("", "-"))[1]
                ax.errorbar(
                    [row["value"] + aside for row in own],
                    [100 * row["accuracy"] for row in own],
                    yerr=[_percent(row["std"]) for row in own],
                    label=method,
                    color=color,
                    linestyle=style,
                    marker="o" if own[0]["role"] == "ours" else ".",
                    linewidth=2.2 if own[0]["role"] == "ours" else 1.3,
                    capsize=2,
                )
            if self.chance is not None:
                ax.axhline(100 * self.chance, color="0.2", linewidth=0.8)
            ax.set_xlabel(line or self.name)
            ax.set_ylim(30, 103)
            ax.spines[["top", "right"]].set_visible(False)
        axes[0].set_ylabel("accuracy (%)")
        # beside the panels, each method once
        found = {
            label: handle
            for ax in axes
            for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)
        }
        self.figure_.legend(
            found.values(), found.keys(), loc="outside right center", frameon=False
        )
        return self

    def _colors(self) -> dict[str, str]:
        """Give each method a colour: the first of ours the one that it has in bars."""
        colors: dict[str, str] = {}
        others = (f"C{index}" for index in itertools.count() if index != 1)
        for row in self.rows:
            if row["method"] in colors:
                continue
            if row["role"] == "reference":
                colors[row["method"]], _ = _STYLES["reference"]
            elif row["role"] == "ours" and "C1" not in colors.values():
                colors[row["method"]] = "C1"
            else:
                colors[row["method"]] = next(others)
        return colors

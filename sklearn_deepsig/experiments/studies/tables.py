"""Rows as CSV, JSON, markdown and a picture."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sklearn_deepsig.exceptions import MissingDependencyError
from sklearn_deepsig.experiments import files
from sklearn_deepsig.experiments.studies.archive import archive_path
from sklearn_deepsig.experiments.studies.settings import Study
from sklearn_deepsig.experiments.studies.verdicts import verdicts
from sklearn_deepsig.plots import AccuracyDisplay, CurveDisplay

__all__ = ["AHEAD", "to_markdown", "write_picture", "write_tables"]

# The column that compares our best setting with the method of the row.
AHEAD = "ours ahead %"
RUN_IN_SMALL = (
    "**Run in small, with `--quick`**: with fewer or smaller data, epochs and runs "
    "than the full experiment. This shows that everything works, and no more."
)

# title: (number, its spread, factor, digits)
_COLUMNS = {
    "accuracy %": ("accuracy", "std", 100, 2),
    "s.e. %": ("standard_error", None, 100, 2),
    "balanced accuracy %": ("balanced_accuracy", "balanced_accuracy_std", 100, 2),
    "recall": ("recall", "recall_std", 1, 3),
    "by trajectory %": ("trajectory_accuracy", "trajectory_accuracy_std", 100, 2),
    "validation %": ("validation_accuracy", None, 100, 2),
    "training %": ("training_accuracy", None, 100, 2),
    AHEAD: ("ours_ahead", "ours_ahead_se", 100, 2),
}


def to_markdown(study: Study, rows: Sequence[dict[str, Any]]) -> str:
    """Lay rows out as tables: one a task, or one of accuracies along the axis.

    Parameters
    ----------
    study : Study
        The study.
    rows : sequence of dict
        What `summarise` gave.

    Returns
    -------
    str
        Markdown.
    """
    if study.axis is not None:
        body = _along_the_axis(study, rows)
    else:
        names = dict.fromkeys(row[study.task_field] for row in rows)
        parts = []
        for name in names:
            own = [row for row in rows if row[study.task_field] == name]
            if len(names) > 1:
                parts.append(f"**{study.task_field} {name}**")
            parts.append(_of_one_task(study, own))
        body = "\n\n".join(parts)
    said = verdicts(study, rows)
    return "\n\n".join([body, "\n".join(f"- {sentence}" for sentence in said)]).strip()


def _of_one_task(study: Study, rows: Sequence[dict[str, Any]]) -> str:
    columns = {
        title: column
        for title, column in _COLUMNS.items()
        if any(row[column[0]] is not None for row in rows)
    }
    further = dict.fromkeys(name for row in rows for name in _further(study, row))
    header = ["method", *columns, *further, "runs", "s a run", "CPU s"]
    lines = [header, ["---"] * len(header)]
    for row in rows:
        cells = [row["method"]]
        cells += [_cell(row, *column) for column in columns.values()]
        cells += [_cell(row, name, f"{name}_std", 1, 2) for name in further]
        cells += [
            _runs(study, row), f"{row['seconds']:.1f}", f"{row['cpu_seconds']:.1f}"
        ]  # fmt: skip
        lines.append(cells)
    return _join(lines)


def _cell(
    row: dict[str, Any], name: str, spread: str | None, scale: float, digits: int
) -> str:
    """Write a number, with its spread where both are known."""
    if row.get(name) is None:
        return ""
    text = f"{scale * row[name]:z.{digits}f}"
    if spread is None or row.get(spread) is None:
        return text
    return f"{text} ± {scale * row[spread]:.{digits}f}"


def _runs(study: Study, row: dict[str, Any]) -> str:
    """Count the runs, and the fits of runs that are not finished."""
    runs, fits = row["runs"], row["fits"]
    expected = runs * study.full.n_folds
    return str(runs) if fits == expected else f"{runs} ({fits} of {expected} fits)"


# What all rows have, beside the columns; anything else a study has added.
_KNOWN = {name for column in _COLUMNS.values() for name in column[:2]} | {
    "method", "key", "role", "runs", "fits", "trajectories", "seconds", "cpu_seconds",
    "value", "line", "plain_wins",
}  # fmt: skip


def _further(study: Study, row: dict[str, Any]) -> list[str]:
    known = _KNOWN | {study.task_field}
    return [name for name in row if name not in known and not name.endswith("_std")]


def _along_the_axis(study: Study, rows: Sequence[dict[str, Any]]) -> str:
    """Lay out each number in a table of its own, a row a method and a column a task."""
    parts = []
    for line in dict.fromkeys(row["line"] for row in rows):
        own = [row for row in rows if row["line"] == line]
        if line:
            parts.append(f"**{line}**")
        for title in ("accuracy %", *_worth_a_table(own), "recall", "s.e. %", AHEAD):
            name, spread, scale, digits = _COLUMNS[title]
            cell = partial(
                _cell, name=name, spread=spread, scale=scale, digits=digits - 1
            )
            parts.append(_pivot(study, own, title, cell))
        for name in dict.fromkeys(name for row in own for name in _further(study, row)):
            cell = partial(_cell, name=name, spread=f"{name}_std", scale=1, digits=2)
            parts.append(_pivot(study, [row for row in own if name in row], name, cell))
        parts.append(_pivot(study, own, "s a run (CPU s)", _seconds))
    return "\n\n".join(part for part in parts if part)


def _worth_a_table(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Name what is not the accuracy itself, as where each trajectory is one sample."""
    return [
        title
        for title in ("balanced accuracy %", "by trajectory %")
        if any(abs(row[_COLUMNS[title][0]] - row["accuracy"]) > 1e-9 for row in rows)
    ]


def _seconds(row: dict[str, Any]) -> str:
    return f"{row['seconds']:.1f} ({row['cpu_seconds']:.1f})"


def _pivot(
    study: Study,
    rows: Sequence[dict[str, Any]],
    title: str,
    cell: Callable[[dict[str, Any]], str],
) -> str:
    tasks = list(dict.fromkeys(row[study.task_field] for row in rows))
    lines = [[title, *tasks], ["---"] * (len(tasks) + 1)]
    for method in dict.fromkeys(row["method"] for row in rows):
        found = {
            row[study.task_field]: cell(row) for row in rows if row["method"] == method
        }
        if any(found.values()):
            lines.append([method, *(found.get(task, "") for task in tasks)])
    return "" if len(lines) == 2 else _join(lines)


def _join(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def write_tables(
    study: Study,
    rows: Sequence[dict[str, Any]],
    settings: Mapping[str, Any],
    fits: str,
    folder: Path,
) -> list[Path]:
    """Write the rows as CSV, JSON and markdown, how they were measured, and all fits.

    Parameters
    ----------
    study : Study
        The study.
    rows : sequence of dict
        What `summarise` gave.
    settings : mapping
        How it was measured, for JSON; ``"quick"`` says whether in small.
    fits : str
        What `to_archive` gave.
    folder : Path
        Where to.

    Returns
    -------
    list of Path
        ``NAME.csv``, ``NAME.json``, ``NAME.md``, ``NAME-fits.jsonl`` and
        ``NAME-settings.json``, which is there only if all five belong together.

    Raises
    ------
    StorageError
        If the disk is full, or fails otherwise. What was there before is kept.
    """
    columns = list(dict.fromkeys(name for row in rows for name in row))
    head = [f"# {study.title}", *([RUN_IN_SMALL] if settings["quick"] else [])]
    texts = {
        ".csv": files.to_csv(columns, rows),
        ".json": files.to_json(list(rows)),
        ".md": "\n\n".join([*head, to_markdown(study, rows)]) + "\n",
        "-settings.json": files.to_json(settings),
    }
    paths = {folder / f"{study.name}{ending}": text for ending, text in texts.items()}
    paths[archive_path(folder, study.name)] = fits
    files.write_texts(paths, seal=folder / f"{study.name}-settings.json")
    return list(paths)


def write_picture(
    study: Study, rows: Sequence[dict[str, Any]], folder: Path
) -> Path | None:
    """Draw the rows.

    Parameters
    ----------
    study : Study
        The study.
    rows : sequence of dict
        What `summarise` gave.
    folder : Path
        Where to.

    Returns
    -------
    Path or None
        ``NAME.png``; None without matplotlib, since the numbers took long and are worth
        more than their picture.
    """
    path = folder / f"{study.name}.png"
    shown = [
        row | {"accuracy": row[study.score], "std": row["standard_error"]}
        for row in rows
    ]
    guessed = {row["accuracy"] for row in shown if row["key"] == "majority"}
    chance = guessed.pop() if len(guessed) == 1 else study.chance
    options: dict[str, Any] = {"title": study.title, "chance": chance}
    display: Any = AccuracyDisplay(shown, study.task_field, **options)
    if study.axis is not None:
        # a curve that would lie on the line of guessing is not drawn
        shown = [row for row in shown if row["key"] != "majority"]
        display = CurveDisplay(shown, study.axis, **options)
    try:
        display.plot()
    except MissingDependencyError:
        return None
    for ax in display.figure_.axes if study.score != "accuracy" else []:
        ax.set_xlabel(f"{study.score.replace('_', ' ')} (%)")
    files.write_picture(display, path)
    return path

"""Rows as CSV, JSON, markdown and a picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sklearn_deepsig.exceptions import MissingDependencyError
from sklearn_deepsig.experiments import files
from sklearn_deepsig.experiments.studies.settings import Study
from sklearn_deepsig.experiments.studies.summary import verdicts
from sklearn_deepsig.plots import AccuracyDisplay, CurveDisplay

__all__ = ["to_markdown", "write_picture", "write_tables"]

_COLUMNS = {
    "accuracy %": ("accuracy", "std"),
    "balanced accuracy %": ("balanced_accuracy", "balanced_accuracy_std"),
    "recall": ("recall", "recall_std"),
    "by trajectory %": ("trajectory_accuracy", "trajectory_se"),
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
            parts.append(_of_one_task(own))
        body = "\n\n".join(parts)
    said = verdicts(study, rows)
    return "\n\n".join([body, "\n".join(f"- {sentence}" for sentence in said)]).strip()


def _of_one_task(rows: Sequence[dict[str, Any]]) -> str:
    further = dict.fromkeys(name for row in rows for name in _further(row))
    header = ["method", *_COLUMNS, "validation %", "training %", *further, "runs"]
    header += ["s a run", "CPU s"]
    lines = [header, ["---"] * len(header)]
    for row in rows:
        cells = [row["method"]]
        for title, (mean, spread) in _COLUMNS.items():
            scale, digits = (1, 3) if title == "recall" else (100, 2)
            cells.append(
                f"{scale * row[mean]:.{digits}f} ± {scale * row[spread]:.{digits}f}"
            )
        validated = row["validation_accuracy"]
        cells.append("" if validated is None else f"{100 * validated:.2f}")
        cells.append(f"{100 * row['training_accuracy']:.2f}")
        cells += [f"{row[name]:.2f}" if name in row else "" for name in further]
        cells += [
            str(row["runs"]), f"{row['seconds']:.1f}", f"{row['cpu_seconds']:.1f}"
        ]  # fmt: skip
        lines.append(cells)
    return _join(lines)


# What all rows have; anything else a study has added.
_KNOWN = {
    "task", "recipe", "method", "role", "accuracy", "std", "balanced_accuracy",
    "balanced_accuracy_std", "recall", "recall_std", "trajectory_accuracy",
    "trajectory_se", "validation_accuracy", "training_accuracy", "runs",
    "trajectories", "seconds", "cpu_seconds", "value", "line", "plain_wins",
}  # fmt: skip


def _further(row: dict[str, Any]) -> list[str]:
    return [name for name in row if name not in _KNOWN]


def _along_the_axis(study: Study, rows: Sequence[dict[str, Any]]) -> str:
    """Lay out the accuracies, a row a method and a column a task; then what else."""
    parts = []
    for line in dict.fromkeys(row["line"] for row in rows):
        own = [row for row in rows if row["line"] == line]
        if line:
            parts.append(f"**{line}**")
        parts.append(_pivot(study, own, "accuracy", 100, "std", "accuracy %"))
        for name in dict.fromkeys(name for row in own for name in _further(row)):
            having = [row for row in own if name in row]
            parts.append(_pivot(study, having, name, 1, None, name))
        parts.append(_pivot(study, own, "cpu_seconds", 1, None, "CPU seconds a run"))
    return "\n\n".join(parts)


def _pivot(
    study: Study,
    rows: Sequence[dict[str, Any]],
    name: str,
    scale: float,
    spread: str | None,
    title: str,
) -> str:
    tasks = list(dict.fromkeys(row[study.task_field] for row in rows))
    lines = [[title, *tasks], ["---"] * (len(tasks) + 1)]
    for method in dict.fromkeys(row["method"] for row in rows):
        cells = [method]
        for task in tasks:
            cell = ""
            for row in rows:
                if (row[study.task_field], row["method"]) == (task, method):
                    digits = 2 if scale == 1 and spread is None else 1
                    cell = f"{scale * row[name]:.{digits}f}"
                    if spread is not None:
                        cell += f" ± {scale * row[spread]:.1f}"
            cells.append(cell)
        lines.append(cells)
    return _join(lines)


def _join(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def write_tables(
    study: Study, rows: Sequence[dict[str, Any]], settings: Any, folder: Path
) -> list[Path]:
    """Write the rows as CSV, JSON and markdown, and how they were measured.

    Parameters
    ----------
    study : Study
        The study.
    rows : sequence of dict
        What `summarise` gave.
    settings : object
        How it was measured, for JSON.
    folder : Path
        Where to.

    Returns
    -------
    list of Path
        ``NAME.csv``, ``NAME.json``, ``NAME.md`` and ``NAME-settings.json``, which is
        there only if all four belong together.

    Raises
    ------
    StorageError
        If the disk is full, or fails otherwise. What was there before is kept.
    """
    columns = list(dict.fromkeys(name for row in rows for name in row))
    texts = {
        ".csv": files.to_csv(columns, rows),
        ".json": files.to_json(list(rows)),
        ".md": f"# {study.title}\n\n{to_markdown(study, rows)}\n",
        "-settings.json": files.to_json(settings),
    }
    paths = {folder / f"{study.name}{ending}": text for ending, text in texts.items()}
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
    shown = [row | {"accuracy": row[study.score]} for row in rows]
    if study.score != "accuracy":
        shown = [row | {"std": row[f"{study.score}_std"]} for row in shown]
    display: Any = AccuracyDisplay(shown, study.task_field, title=study.title)
    if study.axis is not None:
        display = CurveDisplay(shown, study.axis, title=study.title)
    try:
        display.plot()
    except MissingDependencyError:
        return None
    for ax in display.figure_.axes if study.score != "accuracy" else []:
        ax.set_xlabel(f"{study.score.replace('_', ' ')} (%)")
    files.write_picture(display, path)
    return path

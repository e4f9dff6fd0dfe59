"""From records to the rows of a table."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sklearn_deepsig.experiments.studies.records import Record
from sklearn_deepsig.experiments.studies.settings import Method, Settings, Study, Task

__all__ = ["environments", "summarise", "verdicts"]


def summarise(
    study: Study, settings: Settings, records: Sequence[Record]
) -> list[dict[str, Any]]:
    """Average the runs of each method on each task.

    Parameters
    ----------
    study : Study
        The study.
    settings : Settings
        Its tasks and methods, in the order of the table.
    records : sequence of Record
        What was measured; methods and tasks without a record have no row.

    Returns
    -------
    list of dict
        A row each. Scores are fractions of the test windows, means over the runs, with
        their standard deviations (``std`` that of the accuracy).
        ``trajectory_accuracy`` is the fraction of test trajectories most of whose
        windows are right, a tie counting half, averaged over the runs, and
        ``trajectory_se`` the standard error of the accuracy over trajectories, each
        averaged over its windows and runs. ``seconds`` and ``cpu_seconds`` are of one
        run. ``plain_wins`` says whether, on this task, a method without a network is
        more accurate than Deep Signature in any setting.
    """
    rows = []
    for task in settings.tasks:
        own = [
            _row(study, task, method, runs)
            for method in settings.methods
            if (runs := _of(records, task, method))
        ]
        plain_wins = _plain_wins(own)
        rows += [row | {"plain_wins": plain_wins} for row in own]
    return rows


def _of(records: Sequence[Record], task: Task, method: Method) -> list[Record]:
    return [r for r in records if (r.task, r.method) == (task.name, method.name)]


def _row(
    study: Study, task: Task, method: Method, runs: list[Record]
) -> dict[str, Any]:
    def of(name: str) -> np.ndarray:
        return np.array([getattr(run, name) for run in runs])

    shares = np.array([list(run.by_group.values()) for run in runs])
    by_majority = np.where(shares == 0.5, 0.5, shares > 0.5)
    of_trajectories = shares.mean(axis=0)
    n_trajectories = len(of_trajectories)
    row = {
        study.task_field: task.name,
        "method": method.label,
        "role": method.role,
        "accuracy": of("accuracy").mean(),
        "std": of("accuracy").std(),
        "balanced_accuracy": of("balanced_accuracy").mean(),
        "balanced_accuracy_std": of("balanced_accuracy").std(),
        "recall": of("recall").mean(),
        "recall_std": of("recall").std(),
        "trajectory_accuracy": by_majority.mean(),
        "trajectory_se": of_trajectories.std(ddof=1) / np.sqrt(n_trajectories)
        if n_trajectories > 1
        else float("nan"),
        "validation_accuracy": of("validation_accuracy").mean(),
        "training_accuracy": of("training_accuracy").mean(),
        "runs": len(runs),
        "trajectories": n_trajectories,
        "seconds": of("seconds").mean(),
        "cpu_seconds": of("cpu_seconds").mean(),
    }
    if task.value is not None:
        row |= {"value": task.value, "line": task.line}
    names = dict.fromkeys(name for run in runs for name in run.extra)
    row |= {
        name: np.mean([run.extra[name] for run in runs if name in run.extra])
        for name in names
    }
    return {
        name: float(value) if isinstance(value, np.floating) else value
        for name, value in row.items()
    }


def _best(rows: Sequence[dict[str, Any]], role: str) -> dict[str, Any] | None:
    own = [row for row in rows if row["role"] == role]
    return max(own, key=lambda row: row["accuracy"], default=None)


def _plain_wins(rows: Sequence[dict[str, Any]]) -> bool:
    ours, plain = _best(rows, "ours"), _best(rows, "plain")
    if ours is None or plain is None:
        return False
    return bool(plain["accuracy"] > ours["accuracy"])


def verdicts(study: Study, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Say of each task which method is best, and whether a plain one is.

    Parameters
    ----------
    study : Study
        The study.
    rows : sequence of dict
        What `summarise` gave.

    Returns
    -------
    list of str
        A sentence a task.
    """
    sentences = []
    names = dict.fromkeys(row[study.task_field] for row in rows)
    for name in names:
        own = [row for row in rows if row[study.task_field] == name]
        ours, plain = _best(own, "ours"), _best(own, "plain")
        compared = [row for row in own if row["role"] != "reference"]
        if ours is None or plain is None or not compared:
            continue
        best = max(compared, key=lambda row: row["accuracy"])
        sentence = f"{name}: {best['method']} is the most accurate, {_percent(best)} %"
        if plain["accuracy"] > ours["accuracy"]:
            sentence += (
                f"; **a plain method wins**: {plain['method']} with "
                f"{_percent(plain)} %, against {_percent(ours)} % of {ours['method']}"
            )
        elif plain["accuracy"] == ours["accuracy"]:
            sentence += (
                f"; a plain method, {plain['method']}, does as well as {ours['method']}"
            )
        else:
            sentence += (
                f"; the best plain method is {plain['method']}, {_percent(plain)} %"
            )
        sentences.append(sentence + ".")
    return sentences


def _percent(row: dict[str, Any]) -> str:
    return f"{100 * row['accuracy']:.2f}"


def environments(records: Sequence[Record]) -> list[dict[str, Any]]:
    """List the environments in which records were made.

    Parameters
    ----------
    records : sequence of Record
        The records.

    Returns
    -------
    list of dict
        Each environment once.
    """
    found: list[dict[str, Any]] = []
    for record in records:
        if record.environment not in found:
            found.append(record.environment)
    return found

"""From records to the rows of a table."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sklearn_deepsig.experiments.studies.margins import against_chance, margin
from sklearn_deepsig.experiments.studies.records import Record
from sklearn_deepsig.experiments.studies.settings import Method, Settings, Study, Task

__all__ = ["AHEAD", "by_trajectory", "environments", "summarise", "verdicts"]

# The column that compares our method with that of the row.
AHEAD = "ours ahead %"


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
        run, all its folds. ``plain_wins`` says whether, on this task, a method without
        a network is better than Deep Signature in any setting, by the study's score. In
        studies of files, ``ours ahead %`` is how much more accurate our method is than
        the one of the row, paired over what is held out together, and ``± %`` its
        standard error.
    """
    rows = []
    for task in settings.tasks:
        own = [
            _row(study, task, method, runs, settings.n_folds)
            for method in settings.methods
            if (runs := _of(records, task, method))
        ]
        if study.folder:
            own = [row | _ahead(task, settings, records, row) for row in own]
        plain_wins = _plain_wins(study, own)
        rows += [row | {"plain_wins": plain_wins} for row in own]
    return rows


def _of(records: Sequence[Record], task: Task, method: Method) -> list[Record]:
    return [r for r in records if (r.task, r.method) == (task.name, method.name)]


def _ahead(
    task: Task, settings: Settings, records: Sequence[Record], row: dict[str, Any]
) -> dict[str, float]:
    """Compare our method with another, on what is held out together."""
    found = {
        method.label: by_trajectory(_of(records, task, method))
        for method in settings.methods
        if method.name == "ours" or method.label == row["method"]
    }
    (ours,) = (found[m.label] for m in settings.methods if m.name == "ours")
    if not ours or row["method"] not in found or found[row["method"]] is ours:
        return {}
    difference, error = margin(ours, found[row["method"]])
    return {AHEAD: 100 * difference, "± %": 100 * error}


def _row(
    study: Study, task: Task, method: Method, fits: list[Record], n_folds: int
) -> dict[str, Any]:
    runs = np.unique([fit.run // n_folds for fit in fits], return_inverse=True)[1]

    def of(name: str) -> np.ndarray:
        """Average the folds of each run; one that does not define it does not count."""
        values = np.array([getattr(fit, name) for fit in fits], dtype=float)
        known = ~np.isnan(values)
        counts = np.bincount(runs[known], minlength=runs.max() + 1)
        with np.errstate(invalid="ignore"):
            return np.bincount(runs[known], values[known], len(counts)) / counts

    shares = np.array([share for fit in fits for share in fit.by_group.values()])
    by_majority = np.where(shares == 0.5, 0.5, shares > 0.5)
    of_trajectories = np.array(list(by_trajectory(fits).values()))
    n_trajectories = len(of_trajectories)
    validated = of("validation_accuracy").mean()
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
        "validation_accuracy": None if np.isnan(validated) else validated,
        "training_accuracy": of("training_accuracy").mean(),
        "runs": len(of("accuracy")),
        "trajectories": n_trajectories,
        "seconds": sum(fit.seconds for fit in fits) / len(of("accuracy")),
        "cpu_seconds": sum(fit.cpu_seconds for fit in fits) / len(of("accuracy")),
    }
    if task.value is not None:
        row |= {"value": task.value, "line": task.line}
    names = dict.fromkeys(name for fit in fits for name in fit.extra)
    row |= {
        name: np.mean([fit.extra[name] for fit in fits if name in fit.extra])
        for name in names
    }
    return {
        name: float(value) if isinstance(value, np.floating) else value
        for name, value in row.items()
    }


def by_trajectory(fits: Sequence[Record]) -> dict[str, float]:
    """Average, for each trajectory, what fits that were tested on it got right of it.

    Parameters
    ----------
    fits : sequence of Record
        Fits of one method to one task.

    Returns
    -------
    dict of str to float
        The fraction of its windows that were classified correctly.
    """
    shares: dict[str, list[float]] = {}
    for fit in fits:
        for name, share in fit.by_group.items():
            shares.setdefault(name, []).append(share)
    return {name: float(np.mean(of_one)) for name, of_one in shares.items()}


def _best(
    study: Study, rows: Sequence[dict[str, Any]], role: str
) -> dict[str, Any] | None:
    own = [row for row in rows if row["role"] == role]
    return max(own, key=lambda row: row[study.score], default=None)


def _plain_wins(study: Study, rows: Sequence[dict[str, Any]]) -> bool:
    ours, plain = _best(study, rows, "ours"), _best(study, rows, "plain")
    if ours is None or plain is None:
        return False
    return bool(plain[study.score] > ours[study.score])


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
        ours, plain = _best(study, own, "ours"), _best(study, own, "plain")
        compared = [row for row in own if row["role"] != "reference"]
        if ours is None or plain is None or not compared:
            continue
        score = study.score
        best = max(compared, key=lambda row: row[score])
        what = "the most accurate" if score == "accuracy" else "the best"
        sentence = f"{name}: {best['method']} is {what}, {_percent(best, score)} %"
        if plain[score] > ours[score]:
            sentence += (
                f"; **a plain method wins**: {plain['method']} with "
                f"{_percent(plain, score)} %, against {_percent(ours, score)} % of "
                f"{ours['method']}"
            )
        elif plain[score] == ours[score]:
            sentence += (
                f"; a plain method, {plain['method']}, does as well as {ours['method']}"
            )
        else:
            sentence += (
                f"; the best plain method is {plain['method']}, "
                f"{_percent(plain, score)} %"
            )
        sentences.append(sentence + ".")
        if study.chance is not None:
            sentences.append(against_chance(study, own))
    return sentences


def _percent(row: dict[str, Any], score: str) -> str:
    return f"{100 * row[score]:.2f}"


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

"""From records to the rows of a table."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sklearn_deepsig.experiments.studies.margins import margin
from sklearn_deepsig.experiments.studies.records import Record
from sklearn_deepsig.experiments.studies.settings import Method, Settings, Study, Task

__all__ = ["by_trajectory", "environments", "summarise"]


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
        their standard deviations (``std`` that of the accuracy), None of a single run.
        ``trajectory_accuracy`` is the fraction of test trajectories most of whose
        windows are right, a tie counting half, averaged over the runs, and
        ``trajectory_se`` the standard error of the accuracy over trajectories, each
        averaged over its windows and runs. ``seconds`` and ``cpu_seconds`` are of one
        run, all its folds. ``fits`` is how many fits there were; of a run that was not
        finished the scores are those of the folds there are. ``ours_ahead`` is how much
        more accurate our best setting, the first of the role ``"ours"``, is than the
        method of the row, paired over what is held out together, and
        ``ours_ahead_se`` its standard error; None where there is nothing to compare.
        ``plain_wins`` says of a row whether its method has no network and is ahead of
        our best setting by more than two standard errors.
    """
    rows = []
    for task in settings.tasks:
        best = next((m for m in settings.methods if m.role == "ours"), None)
        ours = by_trajectory(_of(records, task, best)) if best else {}
        for method in settings.methods:
            fits = _of(records, task, method)
            if fits:
                row = _row(study, task, method, fits, settings.n_folds)
                rows.append(row | _compare(method, by_trajectory(fits), best, ours))
    return rows


def _of(records: Sequence[Record], task: Task, method: Method) -> list[Record]:
    return [r for r in records if (r.task, r.method) == (task.name, method.name)]


def _compare(
    method: Method,
    other: dict[str, float],
    best: Method | None,
    ours: dict[str, float],
) -> dict[str, Any]:
    """Compare our best setting with another method, on what is held out together."""
    difference = error = float("nan")
    if best is not None and method.name != best.name:
        difference, error = margin(ours, other)
    known = not np.isnan(error)
    return {
        "ours_ahead": difference if known else None,
        "ours_ahead_se": error if known else None,
        "plain_wins": method.role == "plain" and known and -difference > 2 * error,
    }


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

    def spread(name: str) -> float | None:
        return of(name).std() if len(of(name)) > 1 else None

    row = {
        study.task_field: task.name,
        "method": method.label,
        "key": method.name,
        "role": method.role,
        "accuracy": of("accuracy").mean(),
        "std": spread("accuracy"),
        "balanced_accuracy": of("balanced_accuracy").mean(),
        "balanced_accuracy_std": spread("balanced_accuracy"),
        "recall": of("recall").mean(),
        "recall_std": spread("recall"),
        "trajectory_accuracy": by_majority.mean(),
        "trajectory_se": of_trajectories.std(ddof=1) / np.sqrt(n_trajectories)
        if n_trajectories > 1
        else None,
        "validation_accuracy": None if np.isnan(validated) else validated,
        "training_accuracy": of("training_accuracy").mean(),
        "runs": len(of("accuracy")),
        "fits": len(fits),
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

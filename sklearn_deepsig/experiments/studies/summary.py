"""From records to the rows of a table."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.experiments.studies.margins import margin, mean_and_error
from sklearn_deepsig.experiments.studies.records import Record
from sklearn_deepsig.experiments.studies.settings import Method, Settings, Study, Task

__all__ = ["by_run", "environments", "summarise"]

# of each run, of each trajectory, the fraction of its windows that are right
Runs = dict[int, dict[str, float]]


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
        windows are right, a tie counting half. ``standard_error`` is that of the
        accuracy over what is held out together, such as a trajectory, or all of a
        mutant, and over the runs (`mean_and_error`). ``seconds`` and ``cpu_seconds``
        are of one run, all its folds. ``fits`` is how many fits there were; of a run
        that was not finished the scores are those of the folds there are.
        ``ours_ahead`` is how much more accurate our best setting, the first of the role
        ``"ours"``, is than the method of the row (`margin`), and ``ours_ahead_se`` its
        standard error; None where there is nothing to compare. ``plain_wins`` says of a
        row whether its method has no network and is ahead of our best setting by more
        than two standard errors.
    """
    rows = []
    for task in settings.tasks:
        best = next((m for m in settings.methods if m.role == "ours"), None)
        ours = by_run(_of(records, task, best), settings.n_folds) if best else {}
        for method in settings.methods:
            fits = _of(records, task, method)
            if fits:
                row = _row(study, task, method, fits, settings.n_folds)
                other = by_run(fits, settings.n_folds)
                rows.append(row | _compare(method, other, best, ours))
    return rows


def _of(records: Sequence[Record], task: Task, method: Method) -> list[Record]:
    found = [r for r in records if (r.task, r.method) == (task.name, method.name)]
    # in the order of their files, also from an archive: the last digit of a sum tells
    return sorted(found, key=lambda record: str(record.run))


def _compare(
    method: Method,
    other: Runs,
    best: Method | None,
    ours: Runs,
) -> dict[str, Any]:
    """Compare our best setting with another method, on what is held out together."""
    difference = error = float("nan")
    if best is not None and method.name != best.name:
        difference, error = margin(ours, other)
    return {
        "ours_ahead": _plain(difference),
        "ours_ahead_se": _plain(error),
        "plain_wins": method.role == "plain" and -difference > 2 * error,
    }


def _row(
    study: Study, task: Task, method: Method, fits: list[Record], n_folds: int
) -> dict[str, Any]:
    runs = np.unique([fit.run // n_folds for fit in fits], return_inverse=True)[1]
    n_runs = int(runs.max()) + 1

    def of(values: Sequence[float | None]) -> NDArray[np.float64]:
        """Average the folds of each run; one that does not define it does not count."""
        found = np.array(values, dtype=float)
        known = ~np.isnan(found)
        counts = np.bincount(runs[known], minlength=n_runs)
        with np.errstate(invalid="ignore"):
            return np.bincount(runs[known], found[known], n_runs) / counts

    row: dict[str, Any] = {
        study.task_field: task.name,
        "method": method.label,
        "key": method.name,
        "role": method.role,
    }

    def add(name: str, spread: str, values: Sequence[float | None]) -> None:
        known = of(values)
        known = known[~np.isnan(known)]
        row[name] = known.mean() if len(known) else None
        row[spread] = known.std() if len(known) > 1 else None

    add("accuracy", "std", [fit.accuracy for fit in fits])
    for name in ("balanced_accuracy", "recall"):
        add(name, f"{name}_std", [getattr(fit, name) for fit in fits])
    name = "trajectory_accuracy"
    add(name, f"{name}_std", [_by_majority(fit) for fit in fits])
    by_trajectory = by_run(fits, n_folds)
    _, error = mean_and_error(list(by_trajectory.values()))
    row |= {
        "standard_error": error,
        "validation_accuracy": of([fit.validation_accuracy for fit in fits]).mean(),
        "training_accuracy": of([fit.training_accuracy for fit in fits]).mean(),
        "runs": n_runs,
        "fits": len(fits),
        "trajectories": len({name for run in by_trajectory.values() for name in run}),
        "seconds": sum(fit.seconds for fit in fits) / n_runs,
        "cpu_seconds": sum(fit.cpu_seconds for fit in fits) / n_runs,
    }
    if task.value is not None:
        row |= {"value": task.value, "line": task.line}
    for name in dict.fromkeys(name for fit in fits for name in fit.extra):
        add(name, f"{name}_std", [fit.extra.get(name) for fit in fits])
    return {name: _plain(value) for name, value in row.items()}


def _by_majority(fit: Record) -> float:
    """Count the trajectories most of whose windows are right; a tie is a half."""
    shares = np.array(list(fit.by_group.values()))
    return float(np.where(shares == 0.5, 0.5, shares > 0.5).mean())


def _plain(value: Any) -> Any:
    """Make a number of Python's, and None of one that is not known."""
    if isinstance(value, float | np.floating):
        return None if np.isnan(value) else float(value)
    return value


def by_run(fits: Sequence[Record], n_folds: int) -> Runs:
    """Collect what each run got right of each trajectory that it was tested on.

    Parameters
    ----------
    fits : sequence of Record
        Fits of one method to one task.
    n_folds : int
        Of how many fits a run consists.

    Returns
    -------
    dict of int to dict of str to float
        For each run, and in it for each trajectory, the fraction of its windows that
        were classified correctly.
    """
    runs: Runs = {}
    for fit in fits:
        runs.setdefault(fit.run // n_folds, {}).update(fit.by_group)
    return runs


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

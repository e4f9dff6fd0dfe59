"""Run what is missing of a study, one fit after the other."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.experiments.comparison import scores
from sklearn_deepsig.experiments.memory import watch_memory
from sklearn_deepsig.experiments.studies.builders import build
from sklearn_deepsig.experiments.studies.folders import check_data_folder, fingerprint
from sklearn_deepsig.experiments.studies.records import (
    Record,
    environment,
    read_record,
    record_path,
    write_record,
)
from sklearn_deepsig.experiments.studies.settings import (
    Method,
    Problem,
    Settings,
    Study,
    Task,
)
from sklearn_deepsig.training import whole_fits_only

__all__ = ["fraction_right", "run_study"]


def run_study(
    study: Study,
    settings: Settings,
    folder: Path,
    *,
    data_folder: Path | None = None,
    methods: Sequence[str] | None = None,
    tasks: Sequence[str] | None = None,
    tell: Callable[[str], object] = lambda _: None,
) -> int:
    """Run all fits of a study that have no record yet.

    Each fit is recorded as soon as it is done, so a study that was killed or
    interrupted goes on where it was. Tasks of the same data share their fits.

    Parameters
    ----------
    study : Study
        The study.
    settings : Settings
        How it is run: `study.full`, `study.quick` or a part of them.
    folder : Path
        Where the records are.
    data_folder : Path, optional
        Of a study of files: where they are; by default those of the package.
    methods, tasks : sequence of str, optional
        Those to run; by default all.
    tell : callable, optional
        Called with a line for each fit.

    Returns
    -------
    int
        How many fits were run.

    Raises
    ------
    InvalidInputError
        If a name is unknown, a record was made with other settings, or the study
        needs a folder of files.
    """
    chosen = settings.chosen_methods(methods)
    data_folder = check_data_folder(study, data_folder)
    files = fingerprint(data_folder)
    missing = {
        task.name: [
            (run, method)
            for method in chosen
            if task.methods is None or method.name in task.methods
            for run in range(settings.n_fits)
            if not _is_recorded(study, task, method, run, folder, files)
        ]
        for task in settings.chosen_tasks(tasks)
    }
    n_fits = sum(map(len, missing.values()))
    tell(f"{study.name} | {n_fits} fits to run")
    for task in settings.chosen_tasks(tasks):
        if not missing[task.name]:
            continue
        if study.folder:
            problem = study.load(task.data, data_folder)
        else:
            problem = study.load(task.data)
        for run, method in missing[task.name]:
            record = _fit_of_equal_task(
                study, settings, task, method, run, folder, files
            )
            if record is None:
                with whole_fits_only():
                    record = _fit(study, task, method, run, problem, files)
            write_record(folder, record)
            tell(
                f"{study.name} | {task.name} | {method.label} | "
                f"{_name_fit(run, settings)} | accuracy "
                f"{100 * record.accuracy:.1f} % | {record.seconds:.1f} s"
            )
    return n_fits


def _name_fit(run: int, settings: Settings) -> str:
    """Say which run a fit belongs to, and which fold of it, counted from 1."""
    n_folds = settings.n_folds
    text = f"run {run // n_folds + 1} of {settings.n_runs}"
    return text if n_folds == 1 else f"{text}, fold {run % n_folds + 1} of {n_folds}"


def _identity(task: Task, method: Method, files: str | None) -> dict[str, Any]:
    """Return the settings that a record must share, as they are in a file."""
    given = {
        "data": {**task.data, **({} if files is None else {"files": files})},
        "kind": method.kind,
        "method": dict(method.settings),
    }
    identity: dict[str, Any] = json.loads(json.dumps(given))
    return identity


def _is_recorded(
    study: Study,
    task: Task,
    method: Method,
    run: int,
    folder: Path,
    files: str | None,
) -> bool:
    path = record_path(folder, study.name, task.name, method.name, run)
    if not path.exists():
        return False
    if read_record(path).settings != _identity(task, method, files):
        raise InvalidInputError(
            f"{path} was made with other settings, or of other files, than those of "
            "now. Give another folder (--out), or remove the file."
        )
    return True


def _fit_of_equal_task(
    study: Study,
    settings: Settings,
    task: Task,
    method: Method,
    run: int,
    folder: Path,
    files: str | None,
) -> Record | None:
    """Return what was recorded of a task of the same data, whose fit is the same.

    Two axes of a figure, for one, have such a task in common.
    """
    for other in settings.tasks:
        equal = other.name != task.name and other.data == task.data
        if equal and _is_recorded(study, other, method, run, folder, files):
            path = record_path(folder, study.name, other.name, method.name, run)
            return replace(read_record(path), task=task.name)
    return None


def _fit(
    study: Study,
    task: Task,
    method: Method,
    run: int,
    problem: Problem,
    files: str | None,
) -> Record:
    """Fit one method to one task and look how good it is."""
    split = problem.splits[run % len(problem.splits)]
    X, y = problem.X, problem.y
    model = build(method, problem, seed=run)
    largest_memory = watch_memory() if study.measures_memory else None
    started = time.perf_counter(), time.process_time()
    model.fit([X[i] for i in split.train], y[split.train])
    predicted = np.asarray(model.predict([X[i] for i in split.test]))
    seconds = time.perf_counter() - started[0]
    cpu_seconds = time.process_time() - started[1]
    memory = None if largest_memory is None else largest_memory()
    accuracy, balanced, recall = scores(y[split.test], predicted, problem.positive)
    right = predicted == y[split.test]
    groups = problem.groups[split.test]
    extra = study.look_into(model, problem, split) if study.look_into else None
    return Record(
        study=study.name,
        task=task.name,
        method=method.name,
        run=run,
        settings=_identity(task, method, files),
        accuracy=accuracy,
        balanced_accuracy=balanced,
        recall=recall,
        validation_accuracy=fraction_right(model, problem, split.validation)
        if len(split.validation)
        else None,
        training_accuracy=fraction_right(model, problem, split.train),
        by_group={
            str(group): float(right[groups == group].mean())
            for group in np.unique(groups)
        },
        n_train=len(split.train),
        n_validation=len(split.validation),
        n_test=len(split.test),
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        environment=environment(),
        extra={**(extra or {}), **({} if memory is None else {"peak GB": memory})},
    )


def fraction_right(model: Any, problem: Problem, indices: np.ndarray) -> float:
    """Return the accuracy of a model on some windows.

    Parameters
    ----------
    model : estimator
        A fitted classifier.
    problem : Problem
        The windows.
    indices : ndarray of int
        Which of them.

    Returns
    -------
    float
        The fraction that it gets right.
    """
    predicted = model.predict([problem.X[i] for i in indices])
    return float((predicted == problem.y[indices]).mean())

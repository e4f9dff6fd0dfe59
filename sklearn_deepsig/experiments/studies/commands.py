"""The job behind ``python -m sklearn_deepsig experiments NAME``."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.experiments.studies.archive import (
    archive_path,
    to_archive,
    unpack,
)
from sklearn_deepsig.experiments.studies.folders import check_data_folder
from sklearn_deepsig.experiments.studies.records import Record, read_records
from sklearn_deepsig.experiments.studies.registry import STUDIES
from sklearn_deepsig.experiments.studies.runner import run_study
from sklearn_deepsig.experiments.studies.settings import Settings, Study
from sklearn_deepsig.experiments.studies.summary import environments, summarise
from sklearn_deepsig.experiments.studies.tables import (
    to_markdown,
    write_picture,
    write_tables,
)
from sklearn_deepsig.storage import make_writable_folder

__all__ = ["describe_experiments", "experiment_names", "run_experiment"]


def describe_experiments() -> str:
    """List all experiments with their tasks, methods and files.

    Returns
    -------
    str
        A paragraph each, with names as the command line takes them.
    """
    paragraphs = []
    for name, study in STUDIES.items():
        lines = [f"{name}: {study.title}"]
        if study.needs_data:
            lines.append(f"--data FOLDER, which must hold {study.folder}")
        for option, known in (
            ("--tasks", study.full.tasks),
            ("--methods", study.full.methods),
        ):
            lines.append(f"{option} {shlex.join(item.name for item in known)}")
        paragraphs.append("\n    ".join(lines))
    return "\n".join(paragraphs)


def experiment_names(
    name: str,
    *,
    quick: bool = False,
    methods: Sequence[str] | None = None,
    tasks: Sequence[str] | None = None,
) -> list[str]:
    """List the experiments of a name, once it is known that all can be run.

    Parameters
    ----------
    name : str
        An experiment, or ``"all"``: those that need no folder of files.
    quick : bool, default=False
        Whether they are run in small.
    methods, tasks : sequence of str, optional
        Those to run.

    Returns
    -------
    list of str
        Keys of `sklearn_deepsig.experiments.studies.STUDIES`.

    Raises
    ------
    InvalidInputError
        If a name is unknown, or one of the experiments lacks a method or task.
    """
    names = [name]
    if name == "all":
        names = [key for key, study in STUDIES.items() if not study.needs_data]
    for key in names:
        _check(key, quick, methods, tasks)
    return names


def _check(
    name: str, quick: bool, methods: Sequence[str] | None, tasks: Sequence[str] | None
) -> None:
    """Raise unless there is such an experiment, with these methods and tasks."""
    if name not in STUDIES:
        raise InvalidInputError(
            f"There is no experiment {name!r}; there are {', '.join(STUDIES)}."
        )
    settings = _settings(STUDIES[name], quick)
    try:
        settings.chosen_methods(methods)
        settings.chosen_tasks(tasks)
    except InvalidInputError as error:
        raise InvalidInputError(f"The experiment {name!r}: {error}") from None


def _settings(study: Study, quick: bool) -> Settings:
    return study.quick if quick else study.full


def run_experiment(
    name: str,
    out: str | Path,
    *,
    data: str | Path | None = None,
    quick: bool = False,
    n_runs: int | None = None,
    methods: Sequence[str] | None = None,
    tasks: Sequence[str] | None = None,
    tell: Callable[[str], object] = lambda _: None,
) -> tuple[str, list[Path]]:
    """Run what is missing of an experiment, and write its tables and picture.

    Parameters
    ----------
    name : str
        Which: a key of `sklearn_deepsig.experiments.studies.STUDIES`.
    out : path-like
        Folder of the records, one file a fit, and of the tables. Where it has none,
        but has published results (``NAME-fits.jsonl``), it goes on from these.
    data : path-like, optional
        Of an experiment that reads files: their folder.
    quick : bool, default=False
        Whether to run it in small.
    n_runs : int, optional
        How many runs of each method; by default as many as it is frozen with.
    methods, tasks : sequence of str, optional
        Those to run now; by default all. The tables hold all that there are.
    tell : callable, optional
        Called with a line for each fit.

    Returns
    -------
    str
        The tables, as markdown.
    list of Path
        What was written.

    Raises
    ------
    InvalidInputError
        If a name is unknown, the folder cannot be written to, or it holds records of
        other settings, or tables without their fits; if `data` is missing, or not of
        this experiment.
    """
    _check(name, quick, methods, tasks)
    study = STUDIES[name]
    data_folder = check_data_folder(study, data)
    make_writable_folder(out, "--out")
    folder = Path(out)
    unpack(folder, study.name)
    _check_tables_have_fits(study, folder)
    settings = _settings(study, quick)
    wanted = settings if n_runs is None else replace(settings, n_runs=n_runs)
    try:
        run_study(
            study,
            wanted,
            folder,
            data_folder=data_folder,
            methods=methods,
            tasks=tasks,
            tell=tell,
        )
    except KeyboardInterrupt:
        _write(study, settings, folder, quick=quick, has_data=data is not None)
        raise
    return _write(study, settings, folder, quick=quick, has_data=data is not None)


def _check_tables_have_fits(study: Study, folder: Path) -> None:
    """Refuse to write over tables whose fits are not there to be written again."""
    table = folder / f"{study.name}.json"
    if table.exists() and not (folder / "records" / study.name).exists():
        raise InvalidInputError(
            f"{table} tells of fits that are not in {folder}, neither in records nor "
            f"in {archive_path(folder, study.name).name}: a new table would lack them. "
            "Give another folder (--out), or remove the old table."
        )


def _write(
    study: Study, settings: Settings, folder: Path, *, quick: bool, has_data: bool
) -> tuple[str, list[Path]]:
    """Write tables and picture of all that has been run so far."""
    records = read_records(folder, study.name)
    rows = summarise(study, settings, records)
    how = {
        "study": study.name,
        "quick": quick,
        "command": _command(study, quick, has_data),
        "left_out": _left_out(settings, records),
        "environments": environments(records),
        "tasks": {task.name: dict(task.data) for task in settings.tasks},
        "methods": {
            method.name: {"kind": method.kind, **method.settings}
            for method in settings.methods
        },
    }
    files = write_tables(study, rows, how, to_archive(records), folder)
    picture = write_picture(study, rows, folder)
    return to_markdown(study, rows), files if picture is None else [*files, picture]


def _command(study: Study, quick: bool, has_data: bool) -> str:
    command = f"python -m sklearn_deepsig experiments {study.name}"
    if has_data:
        command += " --data FOLDER"
    return command + (" --quick" if quick else "")


def _left_out(settings: Settings, records: Sequence[Record]) -> list[str]:
    """Say which fits of the full experiment have no record, a line for each kind."""
    done: dict[tuple[str, str], int] = {}
    for record in records:
        key = record.task, record.method
        done[key] = done.get(key, 0) + 1
    labels: dict[tuple[int, tuple[str, ...]], list[str]] = {}
    for method in settings.methods:
        own = [
            task.name
            for task in settings.tasks
            if task.methods is None or method.name in task.methods
        ]
        lacking: dict[int, list[str]] = {}
        for name in own:
            n_missing = settings.n_fits - done.get((name, method.name), 0)
            if n_missing > 0:
                lacking.setdefault(n_missing, []).append(name)
        for n_missing, names in lacking.items():
            where = () if names == own and len(own) > 1 else tuple(names)
            labels.setdefault((n_missing, where), []).append(method.label)
    unit = "runs" if settings.n_folds == 1 else "fits"
    return [
        f"{n_missing} of {settings.n_fits} {unit} ({', '.join(where) or 'all tasks'}): "
        f"{'; '.join(methods)}"
        for (n_missing, where), methods in labels.items()
    ]

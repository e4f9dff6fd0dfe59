"""One fit, one file: what a study has measured so far, whatever stopped it."""

import json
import os
import platform
import re
import sys
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.storage import remove_left_over, storage_errors, write_whole

__all__ = ["Record", "environment", "read_records", "record_path", "write_record"]

_PACKAGES = ("sklearn-deepsig", "scikit-learn", "torch", "numpy", "scipy", "mdtraj")


@dataclass(frozen=True)
class Record:
    """What one fit of one method to one task gave.

    Parameters
    ----------
    study, task, method : str
        Whose.
    run : int
        Which run; also the seed.
    settings : dict
        The parameters of the data and of the method.
    accuracy, balanced_accuracy, recall : float
        Of the test windows, as fractions.
    validation_accuracy : float or None
        Of the validation windows; None where there are none.
    training_accuracy : float
        Of the training windows.
    by_group : dict of str to float
        For each trajectory of the test the fraction of its windows that were
        classified correctly.
    n_train, n_validation, n_test : int
        Numbers of windows.
    seconds : float
        Wall-clock time to fit and to predict the test windows.
    cpu_seconds : float
        Processor time of the same, which other work on the machine does not lengthen.
    environment : dict
        Versions and the processor.
    extra : dict
        What else the study looked at.
    """

    study: str
    task: str
    method: str
    run: int
    settings: dict[str, Any]
    accuracy: float
    balanced_accuracy: float
    recall: float
    validation_accuracy: float | None
    training_accuracy: float
    by_group: dict[str, float]
    n_train: int
    n_validation: int
    n_test: int
    seconds: float
    cpu_seconds: float
    environment: dict[str, Any]
    extra: dict[str, float] = field(default_factory=dict)


def record_path(folder: Path, study: str, task: str, method: str, run: int) -> Path:
    """Name the file of a record.

    Parameters
    ----------
    folder : Path
        The folder of all results.
    study, task, method : str
        Whose.
    run : int
        Which run.

    Returns
    -------
    Path
        The file.
    """
    place = [re.sub(r"[^\w=.+-]+", "-", name) for name in (study, task, method)]
    return folder.joinpath("records", *place, f"run{run}.json")


def write_record(folder: Path, record: Record) -> None:
    """Write a record, whole or not at all.

    Parameters
    ----------
    folder : Path
        The folder of all results.
    record : Record
        What was measured.

    Raises
    ------
    StorageError
        If the disk is full, or fails otherwise. What was there before is kept.
    """
    path = record_path(folder, record.study, record.task, record.method, record.run)
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    remove_left_over(path.parent)
    text = json.dumps(asdict(record), indent=1) + "\n"
    write_whole(path, lambda target: target.write_text(text, encoding="utf-8"))


def read_records(folder: Path, study: str) -> list[Record]:
    """Read all records of a study.

    Parameters
    ----------
    folder : Path
        The folder of all results.
    study : str
        Which study.

    Returns
    -------
    list of Record
        Them, in the order of their names.

    Raises
    ------
    InvalidInputError
        If a file is no record.
    """
    return [
        read_record(path) for path in sorted(folder.glob(f"records/{study}/*/*/*.json"))
    ]


def read_record(path: Path) -> Record:
    """Read a record.

    Parameters
    ----------
    path : Path
        Its file.

    Returns
    -------
    Record
        What was measured.

    Raises
    ------
    InvalidInputError
        If the file is no record.
    """
    try:
        return Record(**json.loads(path.read_text(encoding="utf-8")))
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            f"{path} is no record of an experiment ({error}). Remove it, and run the "
            "experiment again: only what is missing will be run."
        ) from error


def environment() -> dict[str, Any]:
    """Describe what a measurement was made with.

    Returns
    -------
    dict
        Versions, the processor, and how many threads torch uses.
    """
    import torch

    return {
        "python": sys.version.split()[0],
        **{name: version(name) for name in _PACKAGES},
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
    }


def _cpu() -> str:
    """Name the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.machine()

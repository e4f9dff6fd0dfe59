"""All fits of a study in one file, which is kept and published with its tables."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.experiments.studies.records import Record, write_record
from sklearn_deepsig.storage import partial_name, remove_left_over, storage_errors

__all__ = ["archive_path", "read_archive", "to_archive", "unpack"]

# What fits of one method to one task have in common, and so is written once.
_SHARED = ("study", "task", "method", "settings", "environment")


def archive_path(folder: Path, study: str) -> Path:
    """Name the file of all fits of a study.

    Parameters
    ----------
    folder : Path
        The folder of all results.
    study : str
        Which study.

    Returns
    -------
    Path
        The file.
    """
    return folder / f"{study}-fits.jsonl"


def to_archive(records: Sequence[Record]) -> str:
    """Lay records out as one text.

    Parameters
    ----------
    records : sequence of Record
        Of one study.

    Returns
    -------
    str
        JSON Lines: in each line what several fits share, and in ``fits`` the rest of
        each of them.
    """
    lines: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        fit = asdict(record)
        shared = {name: fit.pop(name) for name in _SHARED}
        lines.setdefault(json.dumps(shared), []).append(fit)
    return "".join(
        json.dumps({**json.loads(shared), "fits": fits}) + "\n"
        for shared, fits in lines.items()
    )


def read_archive(path: Path) -> list[Record]:
    """Read what `to_archive` wrote.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    list of Record
        The records.

    Raises
    ------
    InvalidInputError
        If a line is none of such a file.
    """
    records = []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                shared = json.loads(line)
                records += [Record(**shared, **fit) for fit in shared.pop("fits")]
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise InvalidInputError(
                    f"Line {number} of {path} is none of fits of an experiment "
                    f"({error!r}). Fetch the file again, or remove it: then all is "
                    "run anew."
                ) from error
    return records


def unpack(folder: Path, study: str) -> None:
    """Make records of an archive, where the study has none yet.

    So a folder of published results is one that an experiment goes on in. Records that
    somebody has removed, since they shall be made again, do not come back.

    Parameters
    ----------
    folder : Path
        The folder of all results.
    study : str
        Which study.

    Raises
    ------
    InvalidInputError
        If the file is no archive.
    StorageError
        If the disk is full, or fails otherwise.
    """
    archive = archive_path(folder, study)
    target = folder / "records" / study
    if target.exists() or not archive.exists():
        return
    records = read_archive(archive)
    # beside its place until it is whole, so that a crash leaves no part of it there
    remove_left_over(folder)
    partial = partial_name(folder / "records")
    try:
        for record in records:
            write_record(partial, record)
        with storage_errors(target):
            target.parent.mkdir(exist_ok=True)
            if not target.exists():  # another process may have been faster
                (partial / "records" / study).rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)

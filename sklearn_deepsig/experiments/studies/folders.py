"""Folders of files that studies read: asked for, checked, and told apart."""

import hashlib
from pathlib import Path

from sklearn_deepsig.datasets._checks import check_folder
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.experiments.studies.settings import Study

__all__ = ["check_data_folder", "fingerprint"]

# What trajectories and topologies are in, and tables.
_ENDINGS = {".csv", ".dcd", ".gro", ".pdb", ".psf", ".xtc"}


def check_data_folder(study: Study, folder: str | Path | None) -> Path | None:
    """Raise unless a study has the folder that it needs, and no other.

    What the folder holds is checked by the study's loader, before anything is fitted.

    Parameters
    ----------
    study : Study
        The study.
    folder : path-like or None
        What ``--data`` gave.

    Returns
    -------
    Path or None
        The folder.

    Raises
    ------
    InvalidInputError
        If it is not given, or given to a study that reads none.
    TrajectoryFileError
        If it does not exist or is a file.
    """
    if folder is None:
        if study.needs_data:
            raise InvalidInputError(
                f"The experiment {study.name!r} reads files. Give --data FOLDER, a "
                f"folder with {study.folder}."
            )
        return None
    if not study.folder:
        raise InvalidInputError(
            f"The experiment {study.name!r} simulates its data. Leave --data out."
        )
    return check_folder(folder, study.folder)


def fingerprint(folder: Path | None) -> str | None:
    """Tell folders apart by the names and sizes of their files, wherever they lie.

    Parameters
    ----------
    folder : Path or None
        The folder.

    Returns
    -------
    str or None
        Twelve hexadecimal digits; None for no folder.
    """
    if folder is None:
        return None
    files = sorted(
        (path.relative_to(folder).as_posix(), path.stat().st_size)
        for path in folder.rglob("*")
        if path.suffix in _ENDINGS and path.is_file()  # no link to nowhere
    )
    return hashlib.sha256(repr(files).encode()).hexdigest()[:12]

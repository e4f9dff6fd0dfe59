"""Checks of the parameters of simulators and loaders."""

from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import Any

from sklearn_deepsig.exceptions import InvalidInputError, TrajectoryFileError

__all__ = ["check_folder", "check_integer"]


def check_integer(name: str, value: Any, low: int) -> None:
    """Raise unless a parameter is an integer that is large enough.

    Parameters
    ----------
    name : str
        What messages call it.
    value : object
        The parameter.
    low : int
        The least value.

    Raises
    ------
    InvalidInputError
        If it is not.
    """
    if not isinstance(value, Integral) or value < low:
        raise InvalidInputError(
            f"{name}={value!r} must be an integer of at least {low}."
        )


def check_folder(folder: str | PathLike[str], contents: str) -> Path:
    """Raise unless a folder is there.

    Parameters
    ----------
    folder : str or path
        The folder.
    contents : str
        What is expected in it, for the message.

    Returns
    -------
    Path
        The folder, with the user's home written out.

    Raises
    ------
    TrajectoryFileError
        If it is not there or is no folder.
    """
    path = Path(folder).expanduser()
    if not path.is_dir():
        state = "is a file" if path.exists() else "does not exist"
        raise TrajectoryFileError(
            f"{str(path)!r} {state}. Give a folder with {contents}."
        )
    return path

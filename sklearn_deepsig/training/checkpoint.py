"""Checkpoints: a killed fit goes on where it was."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sklearn_deepsig.exceptions import InvalidInputError

__all__ = [
    "fingerprint",
    "load_checkpoint",
    "make_writable_folder",
    "save_checkpoint",
]

_FILE_NAME = "checkpoint.pt"
_FORMAT = 1


def fingerprint(settings: Mapping[str, Any], arrays: Iterable[Any]) -> str:
    """Identify a fit by its settings and data.

    Parameters
    ----------
    settings : mapping of str to object
        Settings that change the result; their ``repr`` must tell them apart.
    arrays : iterable of array-like
        The data.

    Returns
    -------
    str
        A digest that two fits share only if all of it is equal.
    """
    digest = hashlib.blake2b(digest_size=16)
    text = json.dumps({name: repr(value) for name, value in sorted(settings.items())})
    digest.update(text.encode())
    for array in arrays:
        values = np.ascontiguousarray(array)
        digest.update(f"{values.shape}{values.dtype}".encode())
        # Strings of an object array are digested by their text.
        digest.update(
            repr(values.tolist()).encode() if values.dtype.hasobject else values.data
        )
    return digest.hexdigest()


def make_writable_folder(folder: str | os.PathLike[str], name: str) -> None:
    """Make the folder of a checkpoint or of results, before anything takes long.

    Parameters
    ----------
    folder : path-like
        Where something will be written.
    name : str
        The parameter or option that says so, for the message.

    Raises
    ------
    InvalidInputError
        If it cannot be made or written to.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InvalidInputError(
            f"{name}={str(folder)!r} cannot be written to "
            f"({error.strerror}). Give another folder."
        ) from error


def save_checkpoint(folder: str | os.PathLike[str], state: dict[str, Any]) -> None:
    """Write a checkpoint so that a crash leaves the old one or the new one.

    Parameters
    ----------
    folder : path-like
        Where the checkpoint lies.
    state : dict
        Tensors, numbers, strings and containers of them.
    """
    target = Path(folder) / _FILE_NAME
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as file:
            torch.save({"format": _FORMAT, **state}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load_checkpoint(
    folder: str | os.PathLike[str], *, expected_fingerprint: str
) -> dict[str, Any] | None:
    """Read the checkpoint of a folder, if it has one.

    Parameters
    ----------
    folder : path-like
        Where the checkpoint lies.
    expected_fingerprint : str
        The `fingerprint` of the fit that wants to go on.

    Returns
    -------
    dict or None
        What was saved; None where there is no checkpoint.

    Raises
    ------
    InvalidInputError
        If the file is damaged, or belongs to a fit with other settings or data. The
        file is left as it is.
    """
    path = Path(folder) / _FILE_NAME
    if not path.exists():
        return None
    remedy = "Give another checkpoint_dir, or remove the file to start afresh."
    try:
        # weights_only: nothing in the file can run code
        state = torch.load(path, weights_only=True, map_location="cpu")
        found = state["fingerprint"], state["format"]
    except Exception as error:
        raise InvalidInputError(
            f"The checkpoint {path} is damaged or not one of this package "
            f"({type(error).__name__}). {remedy}"
        ) from error
    if found != (expected_fingerprint, _FORMAT):
        raise InvalidInputError(
            f"The checkpoint {path} belongs to a fit with other parameters, data, "
            f"random_state or version. {remedy}"
        )
    result: dict[str, Any] = state
    return result

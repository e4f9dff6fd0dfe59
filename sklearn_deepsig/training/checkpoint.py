"""Checkpoints: a killed fit goes on where it was.

A checkpoint is one safetensors file whose header holds the rest of the state as JSON,
so it is replaced in one move and reading it runs no code.
"""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from sklearn_deepsig.exceptions import InvalidInputError

__all__ = [
    "fingerprint",
    "load_checkpoint",
    "make_writable_folder",
    "save_checkpoint",
]

_FILE_NAME = "checkpoint.safetensors"
_PARTIAL = ".partial"
_FORMAT = "sklearn_deepsig 2"
# A file being written is younger than this; an older one was left by a killed fit.
_SECONDS_UNTIL_LEFT_OVER = 3600.0


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
        Tensors, numbers, strings, None, and lists, tuples and dictionaries of them;
        among them the ``"fingerprint"`` of the fit. Tuples are read back as lists.

    Raises
    ------
    TypeError
        If the state holds anything else.
    """
    target = Path(folder) / _FILE_NAME
    _remove_left_over(target.parent)
    tensors: dict[str, Tensor] = {}
    text = json.dumps(_encode(state, tensors))
    header = {"format": _FORMAT, "state": text, "checksum": _checksum(text, tensors)}
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=_PARTIAL)
    os.close(handle)
    try:
        save_file(tensors, name, metadata=header)
        _flush(Path(name))
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    if os.name == "posix":  # elsewhere a folder cannot be opened
        _flush(target.parent)


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
        with safe_open(path, framework="pt") as file:
            header = file.metadata()
            tensors = {name: file.get_tensor(name) for name in file.keys()}
        text, found_format = header["state"], header["format"]
        intact = header["checksum"] == _checksum(text, tensors)
        state: dict[str, Any] = _decode(json.loads(text), tensors) if intact else {}
    except Exception as error:
        raise InvalidInputError(
            f"The checkpoint {path} is damaged or not one of this package "
            f"({type(error).__name__}). {remedy}"
        ) from error
    if not intact:
        raise InvalidInputError(
            f"The checkpoint {path} is damaged: its checksum is not that of its "
            f"contents. {remedy}"
        )
    if (state.get("fingerprint"), found_format) != (expected_fingerprint, _FORMAT):
        raise InvalidInputError(
            f"The checkpoint {path} belongs to a fit with other parameters, data, "
            f"random_state or version. {remedy}"
        )
    return state


def _encode(value: Any, tensors: dict[str, Tensor]) -> Any:
    """Turn a state into JSON and put its tensors aside, by name."""
    if isinstance(value, Tensor):
        name = f"{len(tensors):06d}"
        tensors[name] = value.detach().cpu().contiguous()
        return {"tensor": name}
    if isinstance(value, dict):
        # as pairs, for the keys of an optimizer's state are numbers
        return {"dict": [[key, _encode(x, tensors)] for key, x in value.items()]}
    if isinstance(value, list | tuple):
        return [_encode(x, tensors) for x in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"A checkpoint cannot hold a {type(value).__name__}.")


def _decode(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    """Undo `_encode`."""
    if isinstance(value, list):
        return [_decode(x, tensors) for x in value]
    if not isinstance(value, dict):
        return value
    if "tensor" in value:
        return tensors[value["tensor"]]
    return {key: _decode(x, tensors) for key, x in value["dict"]}


def _checksum(text: str, tensors: Mapping[str, Tensor]) -> str:
    """Digest everything that a checkpoint holds."""
    digest = hashlib.blake2b(text.encode(), digest_size=16)
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _flush(path: Path) -> None:
    """Make what was written last a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_left_over(folder: Path) -> None:
    """Remove what killed fits had begun to write."""
    for path in folder.glob(f"*{_PARTIAL}"):
        with suppress(FileNotFoundError):  # another process was faster
            if time.time() - path.stat().st_mtime > _SECONDS_UNTIL_LEFT_OVER:
                path.unlink()

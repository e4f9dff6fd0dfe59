"""Checkpoints: a killed fit goes on where it was.

A checkpoint is one safetensors file whose header holds the rest of the state as JSON,
so it is replaced in one move and reading it runs no code.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.storage import (
    decode,
    encode,
    parse_json,
    remove_left_over,
    write_whole,
)

__all__ = [
    "fingerprint",
    "load_checkpoint",
    "save_checkpoint",
]

_FILE_NAME = "checkpoint.safetensors"
_FORMAT = "sklearn_deepsig 3"


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


def save_checkpoint(folder: str | os.PathLike[str], state: dict[str, Any]) -> None:
    """Write a checkpoint so that a crash leaves the old one or the new one.

    Parameters
    ----------
    folder : path-like
        Where the checkpoint lies.
    state : dict
        Tensors, numbers, strings, None, and lists, tuples and dictionaries of them;
        among them the ``"fingerprint"`` of the fit.

    Raises
    ------
    TypeError
        If the state holds anything else.
    StorageError
        If the disk is full, or fails otherwise. The checkpoint before is kept.
    """
    target = Path(folder) / _FILE_NAME
    remove_left_over(target.parent)
    tensors: dict[str, Tensor] = {}
    text = json.dumps(encode(state, _set_aside(tensors), "state"))
    header = {"format": _FORMAT, "state": text, "checksum": _checksum(text, tensors)}

    def write(path: Path) -> None:
        try:
            save_file(tensors, path, metadata=header)
        except SafetensorError as error:  # which tells the number in words alone
            number = re.search(r"(?:os error|Os { code:) (\d+)", str(error))
            raise OSError(int(number[1]) if number else None, str(error)) from error

    write_whole(target, write)


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
        state: dict[str, Any] = (
            decode(parse_json(text), _bring_back(tensors)) if intact else {}
        )
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
    found = state.get("fingerprint") if isinstance(state, dict) else None
    if (found, found_format) != (expected_fingerprint, _FORMAT):
        raise InvalidInputError(
            f"The checkpoint {path} belongs to a fit with other parameters, data, "
            f"random_state or version. {remedy}"
        )
    return state


def _set_aside(tensors: dict[str, Tensor]) -> Callable[[Any, str], Any]:
    """Put tensors into a dictionary, and their names in their place."""

    def set_aside(value: Any, where: str) -> dict[str, str]:
        if not isinstance(value, Tensor):
            kind = type(value).__name__
            raise TypeError(f"A checkpoint cannot hold {where}, a {kind}.")
        name = f"{len(tensors):06d}"
        tensors[name] = value.detach().cpu().contiguous()
        return {"tensor": name}

    return set_aside


def _bring_back(tensors: Mapping[str, Tensor]) -> Callable[[str, Any], Tensor]:
    """Undo `_set_aside`."""

    def bring_back(kind: str, name: Any) -> Tensor:
        if kind != "tensor":
            raise ValueError(f"something called {kind!r}")
        return tensors[name]

    return bring_back


def _checksum(text: str, tensors: Mapping[str, Tensor]) -> str:
    """Digest everything that a checkpoint holds."""
    digest = hashlib.blake2b(text.encode(), digest_size=16)
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()

"""The folder of a saved model: a manifest in JSON, and one file of arrays.

The manifest names the arrays by their digest. A model that replaces another writes its
arrays beside the old ones, and then the manifest in one move: whenever that is cut
short, the folder holds the old model or the new one.
"""

import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from safetensors import SafetensorError
from safetensors import numpy as safetensors

from sklearn_deepsig.exceptions import InvalidInputError, ModelFileError
from sklearn_deepsig.storage import (
    MOST_BYTES,
    checksum,
    digest,
    flush,
    make_writable_folder,
    partial_name,
    read_file,
    read_manifest,
    remove_left_over,
    storage_errors,
    write_whole,
)

__all__ = ["FORMAT_VERSION", "MANIFEST", "read_folder", "write_folder"]

#: Version of the layout that :func:`save` writes; :func:`load` reads all up to it.
FORMAT_VERSION = 1
"""Version of the format that is written. Newer ones are refused."""

MANIFEST = "estimator.json"
_FORMAT = "sklearn_deepsig estimator"
_ARRAYS = re.compile(r"arrays-([0-9a-f]{32})\.safetensors")


def write_folder(
    path: Path,
    content: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    *,
    overwrite: bool,
) -> None:
    """Write a model so that a crash leaves all of it or nothing.

    Parameters
    ----------
    path : Path
        The folder.
    content : mapping of str to object
        What the manifest says, for strict JSON.
    arrays : mapping of str to ndarray
        The arrays, of numbers.
    overwrite : bool
        Whether a model that is there is replaced.

    Raises
    ------
    InvalidInputError
        If there is something that must not be replaced, or the folder cannot be
        written to.
    StorageError
        If the disk is full, or fails otherwise.
    """
    data = safetensors.save(dict(arrays))
    name = f"arrays-{digest(data)}.safetensors"
    head = {"format": _FORMAT, "format_version": FORMAT_VERSION}
    document = {**head, **content, "arrays": name}
    document["checksum"] = checksum(document)
    text = _lay_out(document).encode()
    if len(text) > MOST_BYTES:
        raise InvalidInputError(
            f"The parameters and fitted attributes take {len(text):,} bytes of JSON, "
            f"more than {MOST_BYTES:,}. Give long lists, such as graph=, as arrays."
        )
    if os.path.lexists(path):
        _refuse_to_replace(path, overwrite)
        _replace(path.resolve(), name, data, text)
    else:
        make_writable_folder(path.parent, "path")
        remove_left_over(path.parent, path.name)
        _make(path, name, data, text)


def _replace(path: Path, name: str, data: bytes, text: bytes) -> None:
    """Put a model into the place of another."""
    write_whole(path / name, lambda file: file.write_bytes(data))
    try:
        write_whole(path / MANIFEST, lambda file: file.write_bytes(text))
    except BaseException:
        if name.encode() not in (path / MANIFEST).read_bytes():
            (path / name).unlink()
        raise
    for file in path.iterdir():
        if _ARRAYS.fullmatch(file.name) and file.name != name:
            file.unlink()
    remove_left_over(path)


def _make(path: Path, name: str, data: bytes, text: bytes) -> None:
    """Write a model where nothing is."""
    partial = partial_name(path)
    try:
        with storage_errors(path):
            partial.mkdir()
            for file_name, contents in ((name, data), (MANIFEST, text)):
                (partial / file_name).write_bytes(contents)
                flush(partial / file_name)
            flush(partial)
            partial.rename(path)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    with storage_errors(path.parent):
        flush(path.parent)


def read_folder(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read a model and check that it is whole.

    Parameters
    ----------
    path : Path
        The folder.

    Returns
    -------
    content : dict
        The manifest.
    arrays : dict of str to ndarray
        The arrays.

    Raises
    ------
    ModelFileError
        If it is missing, damaged, of a newer format or no saved model.
    """
    if not path.is_dir():
        what = "is a file" if path.exists() else "does not exist"
        raise ModelFileError(
            f"{path} {what}; give the folder that sklearn_deepsig.save wrote."
        )
    document = _read_manifest(path / MANIFEST)
    name = document.get("arrays")
    named = _ARRAYS.fullmatch(name) if isinstance(name, str) else None
    if named is None:
        _refuse(path / MANIFEST, f"names {name!r} as the file of its arrays")
    file = path / named[0]
    try:
        data = read_file(file, ModelFileError)
    except FileNotFoundError as error:
        if _read_manifest(path / MANIFEST).get("arrays") != name:
            return read_folder(path)  # a new model has just taken the place
        raise ModelFileError(
            f"{file} is missing. Save the model again, or copy the whole folder."
        ) from error
    if digest(data) != named[1]:
        _refuse(file, "has another digest than its name says")
    try:
        return document, safetensors.load(data)
    except (SafetensorError, ValueError, LookupError) as error:
        _refuse(file, f"cannot be read as safetensors ({error})")


def _read_manifest(file: Path) -> dict[str, Any]:
    try:
        return read_manifest(
            file,
            _FORMAT,
            FORMAT_VERSION,
            ModelFileError,
            writer="sklearn_deepsig.save",
            damaged=_refuse,
        )
    except FileNotFoundError as error:
        raise ModelFileError(
            f"{file} is missing: {file.parent} is no folder that sklearn_deepsig.save "
            "wrote, or not all of it."
        ) from error


def _refuse(file: Path, what: str) -> NoReturn:
    raise ModelFileError(
        f"{file} {what}: it is damaged or was edited. Save the model again."
    )


def _refuse_to_replace(path: Path, overwrite: bool) -> None:
    if not overwrite:
        raise InvalidInputError(
            f"{path} exists. Give another path, or overwrite=True to replace the model "
            "in it."
        )
    if not (path / MANIFEST).is_file():
        raise InvalidInputError(
            f"{path} is no saved model (it has no {MANIFEST}), so overwrite=True does "
            "not replace it. Give another path."
        )


def _lay_out(document: Mapping[str, Any]) -> str:
    """Write JSON with one line a parameter and attribute, for a human reader."""

    def lines(items: Mapping[str, Any], indent: str, deeper: bool) -> str:
        texts = {
            name: lines(value, indent + " ", False)
            if deeper and isinstance(value, dict)
            else json.dumps(value, allow_nan=False)
            for name, value in items.items()
        }
        inner = [f"{indent}{json.dumps(name)}: {text}" for name, text in texts.items()]
        return "{\n" + ",\n".join(inner) + f"\n{indent[1:]}}}"

    return lines(document, " ", True) + "\n"

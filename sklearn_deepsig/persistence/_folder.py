"""The folder of a saved model: a manifest in JSON, and one file of arrays.

The manifest names the arrays by their digest. A model that replaces another writes its
arrays beside the old ones, and then the manifest in one move: whenever that is cut
short, the folder holds the old model or the new one.
"""

import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from safetensors import SafetensorError
from safetensors import numpy as safetensors

from sklearn_deepsig.exceptions import InvalidInputError, ModelFileError
from sklearn_deepsig.storage import (
    flush,
    make_writable_folder,
    partial_name,
    remove_left_over,
    write_whole,
)

__all__ = ["FORMAT_VERSION", "MANIFEST", "read_folder", "write_folder"]

#: Version of the layout that :func:`save` writes; :func:`load` reads all up to it.
FORMAT_VERSION = 1
"""Version of the format that is written. Newer ones are refused."""

MANIFEST = "estimator.json"
_FORMAT = "sklearn_deepsig estimator"
_ARRAYS = re.compile(r"arrays-([0-9a-f]{32})\.safetensors")
# Parsed JSON takes many times its size in memory.
_MOST_BYTES = 2**25


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
    """
    data = safetensors.save(dict(arrays))
    name = f"arrays-{_digest(data)}.safetensors"
    head = {"format": _FORMAT, "format_version": FORMAT_VERSION}
    document = {**head, **content, "arrays": name}
    document["checksum"] = _checksum(document)
    text = _lay_out(document).encode()
    if len(text) > _MOST_BYTES:
        raise InvalidInputError(
            f"The parameters and fitted attributes take {len(text):,} bytes of JSON, "
            f"more than {_MOST_BYTES:,}. Give long lists, such as graph=, as arrays."
        )
    if os.path.lexists(path):
        _refuse_to_replace(path, overwrite)
        path = path.resolve()
        write_whole(path / name, lambda file: file.write_bytes(data))
        write_whole(path / MANIFEST, lambda file: file.write_bytes(text))
        for file in path.iterdir():
            if _ARRAYS.fullmatch(file.name) and file.name != name:
                file.unlink()
        remove_left_over(path)
        return
    make_writable_folder(path.parent, "path")
    remove_left_over(path.parent, path.name)
    partial = partial_name(path)
    partial.mkdir()
    try:
        for file_name, contents in ((name, data), (MANIFEST, text)):
            (partial / file_name).write_bytes(contents)
            flush(partial / file_name)
        flush(partial)
        partial.rename(path)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
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
    digest = _ARRAYS.fullmatch(name) if isinstance(name, str) else None
    if digest is None:
        _refuse(path / MANIFEST, f"names {name!r} as the file of its arrays")
    file = path / digest[0]
    try:
        data = _read(file)
    except FileNotFoundError as error:
        if _read_manifest(path / MANIFEST).get("arrays") != name:
            return read_folder(path)  # a new model has just taken the place
        raise ModelFileError(
            f"{file} is missing. Save the model again, or copy the whole folder."
        ) from error
    if _digest(data) != digest[1]:
        _refuse(file, "has another digest than its name says")
    try:
        return document, safetensors.load(data)
    except (SafetensorError, ValueError, LookupError) as error:
        _refuse(file, f"cannot be read as safetensors ({error})")


def _read_manifest(file: Path) -> dict[str, Any]:
    try:
        text = _read(file, _MOST_BYTES)
    except FileNotFoundError as error:
        raise ModelFileError(
            f"{file} is missing: {file.parent} is no folder that sklearn_deepsig.save "
            "wrote, or not all of it."
        ) from error
    document: dict[str, Any]
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
        checksum = _checksum(document) if isinstance(document, dict) else None
    except (ValueError, RecursionError) as error:
        _refuse(file, f"is no JSON ({error})")
    if checksum is None or document.get("format") != _FORMAT:
        raise ModelFileError(f"{file} was not written by sklearn_deepsig.save.")
    version = document.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        versions = document.get("versions")
        by = versions.get("sklearn_deepsig") if isinstance(versions, dict) else None
        raise ModelFileError(
            f"{file} is of format {version}, written by sklearn_deepsig {by}. This "
            f"version reads formats up to {FORMAT_VERSION}: upgrade sklearn_deepsig."
        )
    if type(version) is not int or version < 1:
        _refuse(file, f"says format_version={version!r}")
    if document.get("checksum") != checksum:
        _refuse(file, "has another checksum than it says")
    return document


def _read(file: Path, most: int | None = None) -> bytes:
    """Read a file that lies in its folder, and is no link to elsewhere."""
    status = file.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise ModelFileError(f"{file} is a link or no file, and is not read.")
    if most is not None and status.st_size > most:
        raise ModelFileError(
            f"{file} has {status.st_size:,} bytes; no manifest has more than {most:,}."
        )
    no_link = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(file, os.O_RDONLY | no_link), "rb") as opened:
        return opened.read(-1 if most is None else most)


def _refuse(file: Path, what: str) -> NoReturn:
    raise ModelFileError(
        f"{file} {what}: it is damaged or was edited. Save the model again."
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"it holds {name}")


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


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _checksum(document: Mapping[str, Any]) -> str:
    """Digest a manifest, however it is laid out."""
    rest = {name: value for name, value in document.items() if name != "checksum"}
    return _digest(json.dumps(rest, sort_keys=True).encode())

"""Documents of JSON that know their own checksum, read as if an enemy wrote them."""

import hashlib
import json
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.storage.codec import parse_json

__all__ = [
    "MOST_BYTES",
    "changes",
    "checksum",
    "digest",
    "parse_document",
    "read_file",
    "read_manifest",
]

MOST_BYTES = 2**25
"""Largest document that is read: parsed JSON takes many times its size in memory."""


def digest(data: bytes) -> str:
    """Digest bytes.

    Parameters
    ----------
    data : bytes
        What.

    Returns
    -------
    str
        BLAKE2b of 16 bytes, in hexadecimal digits.
    """
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def checksum(document: Mapping[str, Any]) -> str:
    """Digest a document, however it is laid out, without its own checksum.

    Parameters
    ----------
    document : mapping of str to object
        What is, or will be, JSON.

    Returns
    -------
    str
        What its entry ``"checksum"`` should say.
    """
    rest = {name: value for name, value in document.items() if name != "checksum"}
    return digest(json.dumps(rest, sort_keys=True).encode())


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Say which settings are others than those that something was made with.

    Parameters
    ----------
    before, now : mapping of str to object
        The settings, as JSON can hold them; one that is missing counts as None.

    Returns
    -------
    list of str
        One clause for each, in the order of their names, with both values, cut short
        where they are long.
    """

    def short(value: Any) -> str:
        text = repr(value)
        return text if len(text) <= 100 else f"{text[:100]}..."

    return [
        f"{name} was {short(before.get(name))}, now {short(now.get(name))}"
        for name in sorted({**before, **now})
        if before.get(name) != now.get(name)
    ]


def parse_document(text: bytes) -> tuple[dict[str, Any], str]:
    """Parse a document.

    Parameters
    ----------
    text : bytes
        Strict JSON, of one object.

    Returns
    -------
    document : dict
        The object.
    checksum : str
        What its entry ``"checksum"`` should say; it is not compared, for documents of
        later formats may compute it in another way.

    Raises
    ------
    ValueError
        If it is no JSON, holds NaN or infinity, is nested too deeply or no object.
    """
    try:
        document = parse_json(text)
        if not isinstance(document, dict):
            raise ValueError(f"a {type(document).__name__} in place of an object")
        return document, checksum(document)
    except RecursionError as error:
        raise ValueError(str(error)) from error


def read_manifest(
    file: Path,
    kind: str,
    newest: int,
    refused: type[InvalidInputError],
    *,
    writer: str,
    damaged: Callable[[Path, str], NoReturn],
) -> dict[str, Any]:
    """Read a document that says which format it has, and check that it is whole.

    Parameters
    ----------
    file : Path
        The file.
    kind : str
        What its entry ``"format"`` must say.
    newest : int
        Largest ``"format_version"`` that is known.
    refused : type of InvalidInputError
        What is raised.
    writer : str
        What writes such files, for the message.
    damaged : callable
        Called with the file and what is wrong with it; raises.

    Returns
    -------
    dict
        The document.

    Raises
    ------
    InvalidInputError
        Of the type given: if it is damaged, of a newer format or of another kind.
    FileNotFoundError
        If it is missing.
    """
    text = read_file(file, refused, MOST_BYTES)
    try:
        document, expected = parse_document(text)
    except ValueError as error:
        damaged(file, f"is no JSON ({error})")
    if document.get("format") != kind:
        raise refused(f"{file} was not written by {writer}.")
    version = document.get("format_version")
    if isinstance(version, int) and version > newest:
        versions = document.get("versions")
        by = versions.get("sklearn_deepsig") if isinstance(versions, dict) else None
        raise refused(
            f"{file} is of format {version}, written by sklearn_deepsig {by}. This "
            f"version reads formats up to {newest}: upgrade sklearn_deepsig."
        )
    if type(version) is not int or version < 1:
        damaged(file, f"says format_version={version!r}")
    if document.get("checksum") != expected:
        damaged(file, "has another checksum than it says")
    return document


def read_file(
    file: Path, refused: type[InvalidInputError], most: int | None = None
) -> bytes:
    """Read a file that lies in its folder, and is no link to elsewhere.

    Parameters
    ----------
    file : Path
        The file.
    refused : type of InvalidInputError
        What is raised where it is not read.
    most : int, optional
        Largest size in bytes.

    Returns
    -------
    bytes
        Its content.

    Raises
    ------
    InvalidInputError
        Of the type given: if it is a link or no file, or larger.
    FileNotFoundError
        If it is missing.
    """
    status = file.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise refused(f"{file} is a link or no file, and is not read.")
    if most is not None and status.st_size > most:
        raise refused(
            f"{file} has {status.st_size:,} bytes; no such file has more than {most:,}."
        )
    no_link = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(file, os.O_RDONLY | no_link), "rb") as opened:
        # not up to `most`, for which memory would be set aside; what has grown since is
        # no whole document
        try:
            return opened.read(status.st_size)
        except MemoryError as error:
            raise refused(
                f"{file} has {status.st_size:,} bytes, more than fit into memory."
            ) from error

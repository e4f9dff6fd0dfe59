"""Files of results: tables that a crash leaves whole, and their pictures."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sklearn_deepsig.storage import remove_left_over, write_together, write_whole

__all__ = ["to_csv", "to_json", "write_picture", "write_texts"]


def to_csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """Lay rows out as CSV.

    Parameters
    ----------
    columns : sequence of str
        Names of the columns.
    rows : sequence of mapping
        The rows; a column that one lacks is empty.

    Returns
    -------
    str
        The text of the file.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def to_json(value: Any) -> str:
    """Lay a value out as JSON, for readers too.

    Parameters
    ----------
    value : object
        The value.

    Returns
    -------
    str
        The text of the file.
    """
    return json.dumps(value, indent=2) + "\n"


def write_texts(texts: Mapping[Path, str], *, seal: Path) -> None:
    """Write the files of one result, of which a crash leaves none by half.

    Parameters
    ----------
    texts : mapping of Path to str
        The files of a folder, and what they hold.
    seal : Path
        The one of them that is there only if all are of the same result.

    Raises
    ------
    StorageError
        If the disk is full, or fails otherwise. What was there before is kept.
    """
    remove_left_over(seal.parent)
    writers = {
        path: partial(Path.write_text, data=text, encoding="utf-8", newline="")
        for path, text in texts.items()
    }
    write_together(writers, seal=seal)


def write_picture(display: Any, path: Path) -> None:
    """Write a picture, whole or not at all.

    Parameters
    ----------
    display : object
        A display of `sklearn_deepsig.plots` that was drawn.
    path : Path
        The file, of which PNG is the format.

    Raises
    ------
    StorageError
        If the disk is full, or fails otherwise. What was there before is kept.
    """

    def write(target: Path) -> None:
        with target.open("wb") as file:  # whose name says no format
            display.save(file)

    write_whole(path, write)

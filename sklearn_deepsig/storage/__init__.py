"""Values as JSON with arrays beside it, and files that are there whole or not at all.

What checkpoints and saved models share. Nothing here is pickled, and reading runs no
code.
"""

from sklearn_deepsig.storage.codec import decode, encode, parse_json
from sklearn_deepsig.storage.files import (
    flush,
    make_writable_folder,
    partial_name,
    remove_left_over,
    storage_errors,
    write_together,
    write_whole,
)
from sklearn_deepsig.storage.locks import lock_folder

__all__ = [
    "decode",
    "encode",
    "flush",
    "lock_folder",
    "make_writable_folder",
    "parse_json",
    "partial_name",
    "remove_left_over",
    "storage_errors",
    "write_together",
    "write_whole",
]

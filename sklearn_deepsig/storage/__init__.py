"""Values as JSON with arrays beside it, and files that are there whole or not at all.

What checkpoints, saved models and stores of trajectories share. Nothing here is
pickled, and reading runs no code.
"""

from sklearn_deepsig.storage.codec import decode, encode, parse_json
from sklearn_deepsig.storage.documents import (
    MOST_BYTES,
    changes,
    checksum,
    digest,
    parse_document,
    read_file,
    read_manifest,
)
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
    "MOST_BYTES",
    "changes",
    "checksum",
    "decode",
    "digest",
    "encode",
    "flush",
    "lock_folder",
    "make_writable_folder",
    "parse_document",
    "parse_json",
    "partial_name",
    "read_file",
    "read_manifest",
    "remove_left_over",
    "storage_errors",
    "write_together",
    "write_whole",
]

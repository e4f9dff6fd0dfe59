"""Writing a store: one trajectory after the other, so that a killed process goes on.

The JSON of a trajectory is written when its arrays are on the disk, and the manifest
when all trajectories are: what has its JSON is done.
"""

import errno
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig import __version__
from sklearn_deepsig.exceptions import InvalidInputError, StorageError, StoreFileError
from sklearn_deepsig.storage import (
    MOST_BYTES,
    changes,
    checksum,
    flush,
    lock_folder,
    make_writable_folder,
    parse_document,
    read_file,
    remove_left_over,
    write_whole,
)
from sklearn_deepsig.trajectory._store_format import (
    FORMAT,
    FORMAT_VERSION,
    KINDS,
    MANIFEST,
    Entry,
    check_entry,
    check_sizes,
    file_of,
)
from sklearn_deepsig.trajectory._store_pieces import Recording, in_blocks
from sklearn_deepsig.trajectory._store_reading import read_manifest
from sklearn_deepsig.trajectory._stored_file import StoredFile

__all__ = ["write_store"]

# Frames are checksummed in blocks of about this many bytes: enough that a window of a
# hundred frames meets few of them, and few enough that the first window reads no more
# than it must.
_BLOCK_BYTES = 1 << 20

_OF_A_STORE = re.compile(rf"(\d{{6,}})\.({'|'.join(KINDS)})")


def write_store(
    folder: Path,
    recordings: Sequence[Recording],
    *,
    labels: Sequence[Any] | None = None,
    groups: Sequence[Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    tell: Callable[[str], object] | None = None,
) -> None:
    """Write a store, or what is missing of it.

    Parameters
    ----------
    folder : Path
        Where. It may hold the same conversion, cut short or damaged.
    recordings : sequence of Recording
        The trajectories, at least one.
    labels, groups : sequence of str, int, float or bool, optional
        One each, for strict JSON.
    settings : mapping of str to object, optional
        How they are converted, for the reader.
    tell : callable, optional
        Called with a line for each trajectory.

    Raises
    ------
    InvalidInputError
        If the folder holds another store, is in use by another process, or cannot be
        written to, or if the trajectories differ in the number of dimensions.
    StoreFileError
        If the disk is full or fails.
    """
    make_writable_folder(folder, "folder")
    with lock_folder(folder, "folder"):
        remove_left_over(folder, alone=True)
        identities = [recording.identity for recording in recordings]
        given = dict(settings or {})
        _refuse_another(folder, identities, given)
        try:
            entries = list(_write_missing(folder, recordings, given, tell))
            document = {
                "format": FORMAT,
                "format_version": FORMAT_VERSION,
                "versions": {"sklearn_deepsig": __version__},
                "settings": given,
                "identity": checksum({"trajectories": identities}),
                "labels": None if labels is None else list(labels),
                "groups": None if groups is None else list(groups),
                "trajectories": [entry._asdict() for entry in entries],
            }
            _write_json(folder / MANIFEST, document)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            cause = error.__cause__ if isinstance(error, StorageError) else error
            raise StoreFileError(
                f"{folder} cannot be written ({getattr(cause, 'strerror', error)}). "
                f"{'Free some space' if full else 'See to the disk'}, and start the "
                "conversion again: trajectories that are done are kept."
            ) from error
        for path in folder.iterdir():
            known = _OF_A_STORE.fullmatch(path.name)
            if known and int(known[1]) >= len(recordings):
                path.unlink()  # of a conversion that had been cut short


def _refuse_another(
    folder: Path, identities: list[str], settings: Mapping[str, Any]
) -> None:
    if not (folder / MANIFEST).exists():
        for known in _settings_of_done(folder):
            if differing := changes(known, settings):
                raise InvalidInputError(
                    f"{folder} holds the beginning of another conversion: "
                    f"{'; '.join(differing)}. Give another folder, or delete it."
                )
        return
    with suppress(StoreFileError):  # a manifest that is damaged is written anew
        found = read_manifest(folder)
        if found.get("identity") != checksum({"trajectories": identities}):
            before = found.get("settings")
            known = before if isinstance(before, dict) else {}
            what = "; ".join(changes(known, settings)) or "the trajectories are others"
            raise InvalidInputError(
                f"{folder} holds another store: {what}. Give another folder, or "
                "delete it."
            )


def _settings_of_done(folder: Path) -> Iterator[dict[str, Any]]:
    """Read by which settings the trajectories of a conversion cut short were made."""
    for file in folder.glob("*.json"):
        if not _OF_A_STORE.fullmatch(file.name):
            continue
        with suppress(OSError, ValueError):  # what is damaged is written anew
            known = _read_document(file).get("settings")
            if isinstance(known, dict):
                yield known


def _read_document(file: Path) -> dict[str, Any]:
    """Read the JSON of a trajectory; if it is damaged, that is a ValueError."""
    document, found = parse_document(read_file(file, StoreFileError, MOST_BYTES))
    if document.get("checksum") != found:
        raise ValueError(f"{file} has another checksum")
    return document


def _write_missing(
    folder: Path,
    recordings: Sequence[Recording],
    settings: dict[str, Any],
    tell: Callable[[str], object] | None,
) -> Iterator[Entry]:
    first: Entry | None = None
    for index, recording in enumerate(recordings):
        entry = _find_done(folder, index, recording.identity)
        if entry is None:
            (folder / MANIFEST).unlink(missing_ok=True)
            entry = _write_trajectory(folder, index, recording, settings)
            how = "converted"
        else:
            how = "kept"
        if tell is not None:
            tell(
                f"{index + 1}/{len(recordings)} {recording.source}: {entry.n_frames} "
                f"frames of {entry.n_nodes} nodes, {how}"
            )
        first = first or entry
        if entry.n_dims != first.n_dims:
            raise InvalidInputError(
                f"{recording.source!r} has n_dims={entry.n_dims} coordinates a node, "
                f"but {recordings[0].source!r} has n_dims={first.n_dims}; all "
                "trajectories of a store need the same number."
            )
        yield entry


def _find_done(folder: Path, index: int, identity: str) -> Entry | None:
    """Return the entry of a trajectory that is there and whole."""
    file = file_of(folder, index, "json")
    try:
        document = _read_document(file)
        if document.get("identity") != identity:
            return None
        entry = Entry(**document["entry"], checksum=document["checksum"])
        check_entry(file, index, entry)
        check_sizes(folder, index, entry)
        StoredFile(folder, index, entry).verify()
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return entry


def _write_trajectory(
    folder: Path, index: int, recording: Recording, settings: dict[str, Any]
) -> Entry:
    for kind in ("json", "positions", "times", "edges"):
        file_of(folder, index, kind).unlink(missing_ok=True)
    pieces = recording.read()
    try:
        first = next(pieces)
    except StopIteration:
        raise InvalidInputError(f"{recording.source!r} has no frames.") from None
    sample = first.frames
    shape = (sample.n_nodes, sample.n_dims)
    block_frames = max(1, _BLOCK_BYTES // (4 * sample.n_nodes * sample.n_dims))
    blocks: list[int] = []
    times: list[NDArray[np.float64]] = []
    with file_of(folder, index, "positions").open("xb") as file:
        for block in in_blocks(chain([first], pieces), recording, shape, block_frames):
            data = block.frames.tobytes()
            file.write(data)
            blocks.append(zlib.crc32(data))
            times.append(block.times)
    all_times = np.concatenate(times)
    checksums = {}
    for kind, array in (("times", all_times), ("edges", sample.edge_index)):
        data = array.astype("<f8" if kind == "times" else "<i8").tobytes()
        file_of(folder, index, kind).write_bytes(data)
        checksums[kind] = zlib.crc32(data)
    for kind in ("positions", "times", "edges"):
        flush(file_of(folder, index, kind))
    step = sample.time_step
    if step is None and len(all_times) > 1:  # of a first piece of one frame
        step = float(all_times[1] - all_times[0])
    entry = {
        "n_frames": len(all_times),
        "n_nodes": sample.n_nodes,
        "n_dims": sample.n_dims,
        "n_edges": int(sample.edge_index.shape[1]),
        "source": recording.source,
        "time_step": step,
    }
    document = {
        "identity": recording.identity,
        "settings": settings,
        "entry": entry,
        "node_names": None if sample.node_names is None else list(sample.node_names),
        "block_frames": block_frames,
        "blocks": blocks,
        "checksums": checksums,
    }
    said = _write_json(file_of(folder, index, "json"), document)
    return Entry(**entry, checksum=said)  # type: ignore[arg-type]


def _write_json(file: Path, document: dict[str, Any]) -> str:
    said = checksum(document)
    text = json.dumps({**document, "checksum": said}, allow_nan=False, indent=1)
    if len(text) > MOST_BYTES:
        raise InvalidInputError(
            f"{file} would take {len(text):,} bytes, more than the {MOST_BYTES:,} that "
            "are read. Select fewer atoms, or make several stores."
        )
    write_whole(file, lambda path: path.write_text(text, encoding="utf-8"))
    return said

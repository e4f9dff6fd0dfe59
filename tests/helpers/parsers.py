"""Parsers of this package as targets of fuzzers: bytes in, an error of ours or a value.

A checksum would keep a fuzzer out of all that is behind it, so each target puts it
right, as an attacker would.
"""

import hashlib
import json
import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from safetensors.numpy import save

import sklearn_deepsig
from sklearn_deepsig.exceptions import DeepSignatureError
from sklearn_deepsig.trajectory import (
    GraphTrajectory,
    TrajectoryStore,
    load_table,
)
from sklearn_deepsig.trajectory._store_pieces import Piece, Recording
from sklearn_deepsig.trajectory._store_writing import write_store
from tests.helpers.saved_models import MANIFEST, arrays_file, digest, put_arrays

_WALKS = np.random.default_rng(0).normal(size=(2, 4, 3, 2))
# What reaches out of the process or changes files.
_EVENTS = frozenset(
    "open os.listdir os.mkdir os.remove os.rename os.rmdir os.link os.symlink "
    "os.system subprocess.Popen socket.connect pickle.find_class os.exec "
    "ctypes.dlopen".split()
)
_watch = {"folder": None, "found": []}


def _audit(event, arguments):
    if _watch["folder"] is None or event not in _EVENTS:
        return
    # `open` also tells a mode, and takes files that are open already
    for path in arguments[:1] if event == "open" else arguments:
        if isinstance(path, str | bytes | os.PathLike) and not _is_allowed(path):
            _watch["found"].append((event, path))
    if event in ("os.system", "subprocess.Popen", "socket.connect", "os.exec"):
        _watch["found"].append((event, arguments))


def _is_allowed(path):
    place = Path(os.path.abspath(os.fsdecode(path)))
    # modules that are imported while parsing
    package = Path(sklearn_deepsig.__file__).parent
    allowed = (_watch["folder"], Path(sys.prefix), Path(sys.base_prefix), package)
    return any(place.is_relative_to(one) for one in allowed)


class OutsideError(AssertionError):
    """A parser touched something outside the folder that it was given."""


@contextmanager
def only_inside(folder):
    """Fail where anything outside a folder is opened, moved, removed or started.

    Parameters
    ----------
    folder : Path
        Where files may be read and written.
    """
    if "hook" not in _watch:
        _watch["hook"] = True
        sys.addaudithook(_audit)  # which cannot be removed, only told to look away
    _watch["folder"], _watch["found"] = Path(folder).resolve(), []
    try:
        yield
    finally:
        _watch["folder"] = None
    if _watch["found"]:
        raise OutsideError(str(_watch["found"][:3]))


def parse_checkpoint(folder, data):
    """Read a checkpoint whose state is `data`, with the checksum that belongs to it."""
    from sklearn_deepsig.training import load_checkpoint

    text = data.decode("utf-8", "replace")
    empty = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    header = {"format": "sklearn_deepsig 3", "state": text, "checksum": empty}
    (folder / "checkpoint.safetensors").write_bytes(save({}, metadata=header))
    return load_checkpoint(folder, expected_fingerprint="mine")


def parse_checkpoint_file(folder, data):
    """Read a checkpoint file of any bytes."""
    from sklearn_deepsig.training import load_checkpoint

    (folder / "checkpoint.safetensors").write_bytes(data)
    return load_checkpoint(folder, expected_fingerprint="mine")


def _with_checksum(data):
    """Put the checksum of a document right, if it is one."""
    try:
        document = json.loads(data)
        if isinstance(document, dict):
            document.pop("checksum", None)
            text = json.dumps(document, sort_keys=True).encode()
            return json.dumps(document | {"checksum": digest(text)}).encode()
    except (ValueError, RecursionError):
        pass
    return data  # as it is


def parse_manifest(folder, data):
    """Load a saved model whose manifest is `data`, with its checksum put right."""
    (folder / MANIFEST).write_bytes(_with_checksum(data))
    return sklearn_deepsig.load(folder)


def parse_store(folder, data):
    """Open and read a store whose manifest is `data`, with its checksum put right."""
    (folder / "store.json").write_bytes(_with_checksum(data))
    store = TrajectoryStore(folder)
    store.verify()
    return [np.asarray(sample.positions) for sample in store], repr(store)


def parse_arrays(folder, data):
    """Load a saved model whose file of arrays is `data`."""
    put_arrays(folder, data)
    return sklearn_deepsig.load(folder)


def parse_table(folder, data):
    """Read a table of trajectory files."""
    (folder / "table.csv").write_bytes(data)
    return load_table(folder / "table.csv")


TARGETS = {
    "checkpoint": parse_checkpoint,
    "checkpoint file": parse_checkpoint_file,
    "manifest": parse_manifest,
    "arrays": parse_arrays,
    "table": parse_table,
    "store": parse_store,
}


def check_parser(name, folder, data):
    """Feed bytes to a parser: an error of ours, or a value, and nothing outside.

    Parameters
    ----------
    name : str
        The target.
    folder : Path
        Where it may write and read.
    data : bytes
        What it reads.

    Returns
    -------
    str
        ``"refused"`` or ``"read"``.
    """
    with only_inside(folder):
        try:
            TARGETS[name](folder, data)
        except DeepSignatureError:
            return "refused"
    return "read"


def seeds(name, folder):
    """Make valid inputs of a target, to begin with.

    Parameters
    ----------
    name : str
        The target.
    folder : Path
        An empty folder, in which the target will run.

    Returns
    -------
    list of bytes
        What the target reads.
    """
    if name == "table":
        for file in ("a.xtc", "a.pdb", "b.xtc"):
            (folder / file).touch()
        return [
            b"trajectory,topology,label,group\na.xtc,a.pdb,x,1\nb.xtc,a.pdb,y,2\n",
            b'\xef\xbb\xbflabel,"trajectory",topology\r\n"a,b",a.xtc,a.pdb\r\n',
        ]
    if name == "store":
        return [_write_store(folder)]
    if name.startswith("checkpoint"):
        from sklearn_deepsig.training import save_checkpoint

        state = {"fingerprint": "mine", "x": (1, float("nan"), [None, "a"]), 3: True}
        save_checkpoint(folder, state)
        file = (folder / "checkpoint.safetensors").read_bytes()
        if name == "checkpoint file":
            return [file]
        length = int.from_bytes(file[:8], "little")
        header = json.loads(file[8 : 8 + length])
        return [header["__metadata__"]["state"].encode()]
    model = sklearn_deepsig.SpectralCoarsener((2,), hidden_dim=2, max_epochs=1)
    sklearn_deepsig.save(model.fit(_WALKS), folder / "model")
    file = arrays_file(folder / "model")
    shutil.copy(file, folder)
    manifest = (folder / "model" / MANIFEST).read_bytes()
    (folder / MANIFEST).write_bytes(manifest)
    return [manifest if name == "manifest" else file.read_bytes()]


def _write_store(folder):
    """Write a store of two trajectories, with labels and groups of several types."""

    def read(index):
        frames = GraphTrajectory(
            _WALKS[index], np.array([[0, 1, 1, 2], [1, 0, 2, 1]]), ["C1", "C2", "C3"]
        )
        yield Piece(frames, np.arange(len(_WALKS[index]), dtype=float))

    recordings = [
        Recording(f"{index}.xtc", str(index), lambda index=index: read(index))
        for index in range(len(_WALKS))
    ]
    write_store(
        folder,
        recordings,
        labels=["apo", "bound"],
        groups=[1, 0.5],
        settings={"select": "name CA", "stride": None},
    )
    return (folder / "store.json").read_bytes()

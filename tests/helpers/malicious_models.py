"""Load folders that mean harm, and list what happens: run as a program.

An audit hook, which sees what Python does but cannot be taken away again, notes every
event by which a model could run something or reach out of its folder.
"""

import json
import os
import pickle
import resource
import shutil
import sys
import time
from pathlib import Path

import numpy as np
from safetensors.numpy import save as to_safetensors

from sklearn_deepsig import DeepSignatureClassifier, load, save
from sklearn_deepsig.exceptions import ModelFileError
from tests.helpers.saved_models import (
    MANIFEST,
    arrays_file,
    digest,
    edit,
    put_arrays,
)

WATCHED = (
    "exec",
    "compile",
    "import",
    "marshal.loads",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.system",
    "pickle.find_class",
    "socket.connect",
    "subprocess.Popen",
)
SECRET = "secret"
MOST_BYTES = 2**28


class Payload:
    def __reduce__(self):
        return os.system, ("echo ran > ran",)


def header(text, length=None):
    text = text.encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text


def network(**arguments):
    """Fitted attributes with a network of other arguments."""

    def attack(folder):
        document = json.loads((folder / MANIFEST).read_text())
        fitted = document["fitted"]
        module = dict(fitted["module_"]["dict"])
        called = dict(module["arguments"]["dict"])
        if "network" in arguments:
            module["network"] = arguments["network"]
        else:
            called |= arguments
        module["arguments"] = {"dict": [list(item) for item in called.items()]}
        fitted["module_"] = {"dict": [list(item) for item in module.items()]}
        edit(folder, fitted=fitted)

    return attack


def attribute(value):
    return lambda folder: edit(folder, fitted={"classes_": value})


def linked_arrays(folder):
    outside = folder.parent / "outside.safetensors"
    shutil.move(arrays_file(folder), outside)
    (folder / f"arrays-{digest(outside.read_bytes())}.safetensors").symlink_to(outside)


def linked_manifest(folder):
    shutil.move(folder / MANIFEST, folder.parent / "outside.json")
    (folder / MANIFEST).symlink_to(folder.parent / "outside.json")


def linked_to_a_secret(folder):
    secret = folder.parent / SECRET
    secret.write_bytes(to_safetensors({"a": np.ones(3)}))
    arrays_file(folder).unlink()
    name = f"arrays-{digest(secret.read_bytes())}.safetensors"
    (folder / name).symlink_to(secret)
    edit(folder, arrays=name)


def climbing(name):
    def attack(folder):
        arrays = arrays_file(folder)
        (folder.parent / "elsewhere").mkdir()
        shutil.copy(arrays, folder.parent / "elsewhere" / arrays.name)
        edit(folder, arrays=name.format(folder=folder.parent, arrays=arrays.name))

    return attack


def waiting_pipe(folder):
    (folder / MANIFEST).unlink()
    os.mkfifo(folder / MANIFEST)


def rewritten(old, new):
    """A manifest changed as text, with the checksum of how most readers take it."""

    def attack(folder):
        edit(folder)
        text = (folder / MANIFEST).read_text()
        assert old in text
        text = text.replace(old, new, 1)
        document = json.loads(text)
        before = document.pop("checksum")
        checksum = digest(json.dumps(document, sort_keys=True).encode())
        (folder / MANIFEST).write_text(text.replace(before, checksum))

    return attack


def folder_for_arrays(folder):
    arrays = arrays_file(folder)
    arrays.unlink()
    arrays.mkdir()


def linked_folder_of_arrays(folder):
    """The name of the arrays leads out through a link to a folder."""
    (folder / "inside").symlink_to(folder.parent)
    climbing("inside/elsewhere/{arrays}")(folder)


def huge_manifest(folder):
    os.truncate(folder / MANIFEST, 2**40)


ATTACKS = {
    "class os.system": lambda folder: edit(folder, **{"class": "os.system"}),
    "class of another module": lambda f: edit(f, **{"class": "sklearn.svm.SVC"}),
    "class that is a module": lambda folder: edit(folder, **{"class": "estimators"}),
    "class with its module": lambda f: edit(
        f, **{"class": "sklearn_deepsig.estimators.DeepSignatureClassifier"}
    ),
    "class builtins.eval": lambda f: edit(f, **{"class": "builtins.eval"}),
    "class lambda": lambda f: edit(f, **{"class": "(lambda: 0)()"}),
    "value lambda": attribute({"lambda": "__import__('os').system('echo ran > ran')"}),
    "network with its module": network(network="sklearn_deepsig.nn.DeepSignature"),
    "network of a path": network(network="../nn/DeepSignature"),
    "two classes": rewritten('"class": ', '"class": "os.system", "class": '),
    "two kinds": rewritten('{"dict": ', '{"os.system": 0, "os.system": 1, "dict": '),
    "NaN": rewritten('"batch_size": 16', '"batch_size": NaN'),
    "Infinity": rewritten('"batch_size": 16', '"batch_size": -Infinity'),
    "overflowing number": rewritten('"batch_size": 16', '"batch_size": 1e999'),
    "type os.system": attribute({"type": "os.system"}),
    "record os.system": attribute({"record": ["os.system", {"tuple": ["ls"]}]}),
    "kind os.system": attribute({"os.system": "echo ran > ran"}),
    "scalar of objects": attribute({"scalar": ["O", "os.system"]}),
    "reduce": attribute({"reduce": ["os.system", ["echo ran > ran"]]}),
    "network os.system": network(network="os.system"),
    "network of torch": network(network="Linear"),
    "network __init__": network(network="__init__"),
    "argument of the device": network(device="cuda"),
    "huge network": network(hidden_dim=10**12),
    "large network": network(lstm_hidden_dim=10**9),
    "wide head": network(mlp_hidden_dim=10**8),
    "deep log-signature": network(depth=10**9),
    "many layers": network(n_clusters=[2] * 10**6),
    "pickle for arrays": lambda f: put_arrays(f, pickle.dumps(Payload())),
    "pickle for the manifest": lambda f: (f / MANIFEST).write_bytes(
        pickle.dumps(Payload())
    ),
    "linked arrays": linked_arrays,
    "linked manifest": linked_manifest,
    "linked to a secret": linked_to_a_secret,
    "climbing": climbing("../elsewhere/{arrays}"),
    "absolute": climbing("{folder}/elsewhere/{arrays}"),
    "null": climbing("\0{arrays}"),
    "folder for arrays": folder_for_arrays,
    "climbing through a link": linked_folder_of_arrays,
    "pipe": waiting_pipe,
    "sparse arrays": lambda f: os.truncate(arrays_file(f), 2**43),
    "overlapping arrays": lambda f: put_arrays(
        f,
        header(
            '{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},'
            '"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}'
        )
        + bytes(6),
    ),
    "huge manifest": huge_manifest,
    "huge header": lambda f: put_arrays(f, header("{}", length=2**62)),
    "huge arrays": lambda f: put_arrays(
        f,
        header(
            '{"a":{"dtype":"F64","shape":[1000000000000],'
            '"data_offsets":[0,8000000000000]}}'
        ),
    ),
    "overflowing arrays": lambda f: put_arrays(
        f,
        header(
            '{"a":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]}}'
        ),
    ),
    "huge objects": attribute({"objects": [[10**9, 10**9], []]}),
    "huge number": attribute({"scalar": ["float64", 10**400]}),
}


def peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(folder):
    rng = np.random.default_rng(0)
    model = DeepSignatureClassifier(
        (2,), hidden_dim=3, lstm_hidden_dim=4, mlp_hidden_dim=3, max_epochs=1
    ).fit(rng.normal(size=(4, 8, 3, 3)), ["a", "b"] * 2)
    for name, attack in ATTACKS.items():
        (folder / name).mkdir()
        save(model, folder / name / "model")
        load(folder / name / "model")  # which imports what an honest model needs
        attack(folder / name / "model")
    events, results = [], {}
    watching = True

    def hook(event, arguments):
        if not watching:
            return
        if event in WATCHED:
            events.append(f"{event} {arguments}")
        if event == "open" and isinstance(arguments[0], int):
            return  # which was opened before, by its name
        if event == "open" and "/model/" not in str(arguments[0]):
            events.append(f"open {arguments[0]}")

    sys.addaudithook(hook)
    # what a machine that promises any amount of memory would try to fill
    resource.setrlimit(resource.RLIMIT_AS, (2**36, 2**36))
    for name in ATTACKS:
        del events[:]
        before, started = peak_bytes(), time.perf_counter()
        try:
            load(folder / name / "model")
            outcome = "loaded"
        except ModelFileError as error:
            outcome = "refused"
            message = str(error)
        except BaseException as error:
            outcome, message = type(error).__name__, str(error)
        results[name] = {
            "outcome": outcome,
            "names the folder": str(folder / name) in message,
            "events": list(events),
            "took memory": peak_bytes() - before > MOST_BYTES,
            "took long": time.perf_counter() - started > 10,
        }
    watching = False
    results["ran"] = [str(path) for path in folder.rglob("ran")] + [
        str(path) for path in Path().glob("ran")
    ]
    sys.stdout.write(json.dumps(results))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

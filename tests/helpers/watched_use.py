"""Use all of the package under an audit hook: run as a program.

The hook, which sees what Python does but cannot be taken away again, lets no process
reach a network, and notes every attempt and every class that is unpickled.
"""

import importlib
import json
import pickle
import pkgutil
import socket
import sys
from contextlib import suppress
from pathlib import Path

NETWORK = (
    "http.client.connect",
    "socket.bind",
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyaddr",
    "socket.gethostbyname",
    "socket.sendto",
    "urllib.Request",
)
EVENTS = []


def hook(event, arguments):
    if event in NETWORK:
        EVENTS.append(f"{event} {arguments}")
        raise OSError("there is no network here")
    if event == "pickle.find_class":
        EVENTS.append(f"{event} {arguments}")


def import_everything():
    import sklearn_deepsig

    names = ["sklearn_deepsig"]
    for module in pkgutil.walk_packages(sklearn_deepsig.__path__, "sklearn_deepsig."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
            names.append(module.name)
    return names


def use(folder):
    """Fit, go on from a checkpoint, transform, predict, save, load, record."""
    from sklearn.base import clone

    import sklearn_deepsig as ds
    from sklearn_deepsig.datasets import load_peptide_mutants
    from sklearn_deepsig.experiments.studies.records import read_record, write_record
    from tests.helpers.kill_at_random import record
    from tests.helpers.slow_fit import X, classifier, y

    peptides = load_peptide_mutants().X[:4]
    coarse = {"n_clusters": (2,), "max_epochs": 1, "random_state": 0}
    regressor = ds.DeepSignatureRegressor(lstm_hidden_dim=4, mlp_hidden_dim=3, **coarse)
    checkpointed = classifier(checkpoint_dir=str(folder / "checkpoints"))
    jobs = [
        (classifier(), X, y),
        (checkpointed, X, y),
        (clone(checkpointed), X, y),  # from the checkpoint of the one before
        (regressor, X, y.astype(float)),
        (ds.SpectralCoarsener(**coarse), X, None),
        (ds.LogSignatureTransformer(), X, None),
        (ds.TrajectorySelector(), peptides, None),
        (ds.DihedralFeaturizer(), peptides, None),
    ]
    for number, (model, samples, target) in enumerate(jobs):
        model.fit(samples, target)
        ds.save(model, folder / f"model{number}")
        again = ds.load(folder / f"model{number}")
        for method in ("transform", "predict", "predict_proba"):
            if hasattr(again, method):
                getattr(again, method)(samples[:2])
    write_record(folder, record("new", 0))
    read_record(next(folder.rglob("run0.json")))
    return len(jobs)


def main(folder):
    sys.addaudithook(hook)
    modules = import_everything()
    n_used = use(folder)
    seen = list(EVENTS)
    del EVENTS[:]
    # the hook does see what it is to see
    with suppress(OSError):
        socket.create_connection(("127.0.0.1", 9))
    with socket.socket() as control, suppress(OSError):
        control.connect(("127.0.0.1", 9))
    pickle.loads(pickle.dumps(Path))
    result = {
        "modules": modules, "used": n_used, "events": seen, "control": EVENTS
    }  # fmt: skip
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

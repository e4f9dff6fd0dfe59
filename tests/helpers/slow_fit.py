"""A fit that waits after each epoch, to be interrupted or killed: run as a program."""

import json
import signal
import sys
import time
import warnings
from unittest import mock

import numpy as np

from sklearn_deepsig import DeepSignatureClassifier
from sklearn_deepsig.training import loop

X = np.random.default_rng(0).normal(size=(8, 8, 4, 3)).cumsum(axis=1)
y = np.arange(8) % 2
MAX_EPOCHS = 6


def classifier(**parameters):
    settings = {
        "n_clusters": (2,),
        "hidden_dim": 3,
        "lstm_hidden_dim": 4,
        "mlp_hidden_dim": 3,
        "max_epochs": MAX_EPOCHS,
        "random_state": 0,
    }
    return DeepSignatureClassifier(**(settings | parameters))


def main(folder):
    # a shell may have told its jobs to ignore it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    keep = loop.keep

    def keep_and_wait(state, settings):
        keep(state, settings)
        sys.stdout.write(f"epoch {state.history.n_epochs}\n")
        sys.stdout.flush()
        time.sleep(5)

    with (
        warnings.catch_warnings(record=True) as caught,
        mock.patch.object(loop, "keep", keep_and_wait),
    ):
        warnings.simplefilter("always")
        model = classifier(checkpoint_dir=folder).fit(X, y)
    result = {
        "warning": caught[0].category.__name__ if caught else None,
        "n_iter": model.n_iter_,
        "predicted": model.predict(X).tolist(),
    }
    sys.stdout.write(f"{json.dumps(result)}\n")


if __name__ == "__main__":
    main(sys.argv[1])

"""One fit on several processes: run as a program, under torchrun or alone.

Arguments: a folder for the results, and the arguments of the estimator as JSON.
"""

import json
import os
import sys
from pathlib import Path
from unittest import mock

import numpy as np
from torch import distributed

from sklearn_deepsig import DeepSignatureClassifier
from sklearn_deepsig.training import resuming
from tests.helpers.graphs import random_sample


def samples():
    """Ragged samples, nine of them: a last batch of one leaves a process nothing."""
    rng = np.random.default_rng(0)
    X = [random_sample(rng, 8 + i % 3, 5 + i % 2) for i in range(9)]
    return X, np.arange(9) % 2


def fit(arguments):
    """Fit and return weights, losses, and how often this process wrote."""
    X, y = samples()
    save = resuming.save_checkpoint
    with mock.patch.object(resuming, "save_checkpoint", wraps=save) as spy:
        model = DeepSignatureClassifier(**arguments).fit(X, y)
    return {
        "weights": np.concatenate(
            [p.detach().numpy().ravel() for p in model.module_.parameters()]
        ),
        "probabilities": model.predict_proba(X),
        "loss": model.history_["loss"],
        "n_saved": spy.call_count,
    }


def main(folder, arguments):
    """Fit within the group of processes, if there is one."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size > 1:
        distributed.init_process_group("gloo")
    np.savez(folder / f"{size}_{os.environ.get('RANK', '0')}.npz", **fit(arguments))
    if size > 1:
        distributed.destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))

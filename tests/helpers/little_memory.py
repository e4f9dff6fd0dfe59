"""Fit with so many MiB of memory, then with more: run as a program.

The limit is of the process's addresses, so that the allocation itself fails.
"""

import json
import resource
import sys
import warnings
from pathlib import Path

import numpy as np
import torch

from sklearn_deepsig import SpectralCoarsener

MIB = 2**20


def fit(n_frames, more=None):
    """Fit with at most so many MiB more than the process has."""
    X = np.random.default_rng(0).normal(size=(8, n_frames, 100, 3)).cumsum(axis=1)
    model = SpectralCoarsener(
        (4,), max_epochs=1, batch_size=8, random_state=0, graph="chain"
    )
    before = resource.getrlimit(resource.RLIMIT_AS)
    if more is not None:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        now = pages * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + more * MIB, before[1]))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X)
        resource.setrlimit(resource.RLIMIT_AS, before)
    return {
        "losses": model.history_["loss"],
        "warnings": [str(warning.message) for warning in caught],
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    fit(2)  # loads what is loaded once
    log = {"little": fit(1600, int(sys.argv[1])), "enough": fit(1600)}
    sys.stdout.write(json.dumps(log))

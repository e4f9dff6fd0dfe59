"""One fit on two processes gives what one process gives."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import distributed

from sklearn_deepsig.training import same_seed
from sklearn_deepsig.training.distributed import own_share, rank_and_size
from tests.helpers import distributed_fit

ARGUMENTS = {
    # In float32 sums in another order move weights by 1e-5 within a few epochs.
    "precision": "float64",
    "n_clusters": [3],  # as JSON has it
    "hidden_dim": 4,
    "n_segments": 2,
    "lstm_hidden_dim": 8,
    "mlp_hidden_dim": 8,
    "max_epochs": 6,
    "batch_size": 4,
    "learning_rate": 0.01,
    "dropout": 0.0,  # each process draws masks of its own
    "max_grad_norm": 1.0,
    "random_state": 0,
}

needs_processes = pytest.mark.skipif(
    not distributed.is_available() or not distributed.is_gloo_available(),
    reason="torch was built without gloo",
)


def fit_on_two(folder, arguments):
    root = Path(__file__).parents[2]
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    script = ["--nproc-per-node=2", "-m", "tests.helpers.distributed_fit"]
    result = subprocess.run(
        [*launch, *script, str(folder), json.dumps(arguments)],
        cwd=root,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert result.returncode == 0, result.stderr
    return [np.load(folder / f"2_{rank}.npz") for rank in (0, 1)]


@needs_processes
def test_two_processes_fit_as_one_does_and_go_on_from_its_checkpoint(tmp_path):
    expected = distributed_fit.fit(ARGUMENTS)
    kept = {"checkpoint_dir": str(tmp_path / "kept")}
    # two epochs on one process, then the others on two
    distributed_fit.fit(ARGUMENTS | kept | {"max_epochs": 2})
    first, second = fit_on_two(tmp_path, ARGUMENTS | kept)
    for found in (first, second):
        np.testing.assert_allclose(found["weights"], expected["weights"], atol=1e-9)
        np.testing.assert_allclose(found["loss"], expected["loss"], rtol=1e-9)
    np.testing.assert_array_equal(first["weights"], second["weights"])
    # what they go on with, in a folder of their own, and the four epochs
    assert (int(first["n_saved"]), int(second["n_saved"])) == (5, 0)


@needs_processes
def test_processes_agree_on_a_seed_and_when_to_stop(tmp_path):
    arguments = ARGUMENTS | {
        "random_state": None,
        "early_stopping": True,
        "patience": 1,
        "learning_rate": 0.3,
        "max_epochs": 60,
        "dropout": 0.2,
        "validation_fraction": 0.4,
    }
    first, second = fit_on_two(tmp_path, arguments)
    np.testing.assert_array_equal(first["weights"], second["weights"])
    np.testing.assert_array_equal(first["loss"], second["loss"])
    assert len(first["loss"]) < 60


def test_one_process_alone_has_all_samples_and_its_own_seed():
    assert rank_and_size() == (0, 1)
    assert own_share(5).tolist() == [0, 1, 2, 3, 4]
    assert same_seed(7, torch.device("cpu")) == 7


def test_shares_cover_a_batch_without_overlap(monkeypatch):
    for n_samples in (1, 5, 6):
        shares = []
        for rank in range(3):
            monkeypatch.setattr(
                "sklearn_deepsig.training.distributed.rank_and_size",
                lambda rank=rank: (rank, 3),
            )
            shares.append(own_share(n_samples))
        assert sorted(np.concatenate(shares)) == list(range(n_samples))

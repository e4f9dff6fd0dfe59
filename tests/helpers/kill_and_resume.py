"""Kill a fit at random moments, resume it, and compare: run as a program.

One process imports everything once and forks each fit from itself, so that a fit
costs no import. It runs one thread: a process with threads must not fork.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import torch

from sklearn_deepsig.estimators import DeepSignatureClassifier
from sklearn_deepsig.training import checkpoint

N_KILLS = 20


def fit_and_write(folder, result):
    """Fit with checkpoints in `folder` and write the weights to `result`."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(10, 12, 5, 3)).cumsum(axis=1)
    model = DeepSignatureClassifier(
        n_clusters=(3,),
        n_segments=2,
        lstm_hidden_dim=16,
        mlp_hidden_dim=8,
        max_epochs=15,
        batch_size=4,
        random_state=0,
        checkpoint_dir=str(folder),
        early_stopping=True,
        patience=15,
    )
    model.fit(X, np.arange(10) % 2)
    losses = model.history_["loss"]
    weights = {k: v.numpy() for k, v in model.module_.state_dict().items()}
    partial = result.with_suffix(".partial.npz")
    np.savez(partial, losses=losses, **weights)
    os.replace(partial, result)


def fork(function, *args):
    """Run a function in a child process and return its number."""
    pid = os.fork()
    if pid == 0:
        try:
            function(*args)
        except BaseException as error:
            sys.stderr.write(f"child: {error!r}\n")
            os._exit(1)
        os._exit(0)
    return pid


def finish(folder, result):
    """Fit in a child process to the end."""
    _, status = os.waitpid(fork(fit_and_write, folder, result), 0)
    if status != 0:
        raise RuntimeError(f"a fit in {folder} ended with status {status}")


def epochs_in(folder):
    """Epochs that the checkpoint of a killed fit holds."""
    files = list(folder.glob(f"*/{checkpoint._FILE_NAME}"))
    if not files:
        return 0
    folder = files[0].parent
    identity, _, _ = folder.name.partition("-")
    state = checkpoint.load_checkpoint(folder, expected_fingerprint=identity)
    return len(state["history"]["loss"])


def main(root):
    """Kill and resume; print what happened as JSON."""
    torch.set_num_threads(1)
    rng = np.random.default_rng()
    expected_file = root / "expected.npz"
    fit_and_write(root / "warm", expected_file)  # the first fit takes longer
    started = time.perf_counter()
    finish(root / "whole", expected_file)
    seconds = time.perf_counter() - started
    with np.load(expected_file) as file:
        expected = dict(file)
    log = []
    while len(log) < N_KILLS:
        folder, result = root / f"fit{len(log)}", root / f"fit{len(log)}.npz"
        pid = fork(fit_and_write, folder, result)
        time.sleep(rng.uniform(0.0, seconds))
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        if not (os.WIFSIGNALED(status) and not result.exists()):
            result.unlink(missing_ok=True)  # too late: the fit had ended
            for path in sorted(folder.rglob("*"), reverse=True):
                path.unlink() if path.is_file() else path.rmdir()
            continue
        kept = epochs_in(folder)
        finish(folder, result)
        with np.load(result) as file:
            same = all(np.array_equal(file[name], expected[name]) for name in expected)
        log.append({"epochs_kept": kept, "same": same})
    sys.stdout.write(json.dumps(log))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

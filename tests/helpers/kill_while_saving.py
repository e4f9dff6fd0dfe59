"""Kill processes that save a model before each step on the disk: run as a program.

One process imports everything once and forks each save from itself. What a killed
process leaves is not tidied up by anyone, as an exception would.
"""

import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np

from sklearn_deepsig import TrajectorySelector, load, save
from tests.helpers.kill_and_resume import fork

MODELS = {
    name: TrajectorySelector(superpose=True).fit(np.ones((2, 3, n_nodes, 3)))
    for name, n_nodes in (("first", 4), ("second", 5))
}
KILLED = 9


def save_until(step, path, overwrite):
    """Save the second model, and die instead of the given change to the disk."""
    done = 0

    def counted(function):
        def instead(*args, **kwargs):
            nonlocal done
            if done == step:
                os._exit(KILLED)
            done += 1
            return function(*args, **kwargs)

        return instead

    for name in ("fsync", "replace", "rename", "unlink", "mkdir"):
        setattr(os, name, counted(getattr(os, name)))
    Path.write_bytes = counted(Path.write_bytes)
    save(MODELS["second"], path, overwrite=overwrite)


def survivor(path):
    """Say which model is there, if one is."""
    if not path.exists():
        return "nothing"
    found = len(load(path).reference_)
    return next(k for k, model in MODELS.items() if len(model.reference_) == found)


def kill_at_every_step(folder, overwrite):
    found = []
    finished = False
    while not finished:
        path = folder / f"{overwrite}-{len(found)}" / "model"
        path.parent.mkdir(parents=True)
        if overwrite:
            save(MODELS["first"], path)
        child = fork(save_until, len(found), path, overwrite)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in (0, KILLED)
        finished = code == 0
        found.append(survivor(path))
        save(
            MODELS["second"], path, overwrite=path.exists()
        )  # what was left is no harm
        assert survivor(path) == "second"
        shutil.rmtree(path.parent)
    return found


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    log = {
        "new": kill_at_every_step(folder, overwrite=False),
        "overwrite": kill_at_every_step(folder, overwrite=True),
    }
    sys.stdout.write(json.dumps(log))

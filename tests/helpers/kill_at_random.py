"""Kill processes that write results at random moments: run as a program.

One process imports everything once and forks each writer from itself. Only those count
that were killed before they had ended.
"""

import json
import os
import shutil
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from sklearn_deepsig import TrajectorySelector, load, save
from sklearn_deepsig.experiments.results import Comparison, FoldResult, MethodSummary
from sklearn_deepsig.experiments.studies.records import (
    Record,
    read_record,
    record_path,
    write_record,
)
from tests.helpers.kill_and_resume import fork

N_KILLS = 20
N_RECORDS = 30
# Large enough that writing takes longer than starting a process.
MODELS = {
    name: TrajectorySelector(superpose=True).fit(np.full((1, 2, n_nodes, 3), 0.5))
    for name, n_nodes in (("old", 20_000), ("new", 20_001))
}


def save_model(path, which):
    save(MODELS[which], path, overwrite=path.exists())


def read_model(path):
    if not path.exists():
        return "nothing"
    found = len(load(path).reference_)
    return next(k for k, model in MODELS.items() if len(model.reference_) == found)


def comparison(which):
    row = MethodSummary(which, *[0.5] * 8, 3, 1.0)
    folds = [FoldResult(which, 0, i, "a;b", *[0.5] * 4) for i in range(2_000)]
    return Comparison([row] * 500, folds, {"which": which})


COMPARISONS = {which: comparison(which) for which in ("old", "new")}


def write_comparison(path, which):
    COMPARISONS[which].write(path)


def read_comparison(path):
    """Say whose the files are; they may be mixed only where settings.json is not."""
    whose = {}
    for name in ("comparison.csv", "comparison.json", "folds.csv", "settings.json"):
        file = path / name
        if file.exists():
            (whose[name],) = (
                which
                for which in ("old", "new")
                if file.read_bytes() == WHOLE[which][name]
            )  # half a file is neither, and ends this program
    if "settings.json" not in whose:
        return "unsealed" if whose else "nothing"
    (which,) = set(whose.values())
    return which if len(whose) == 4 else "files are missing"


def record(which, run):
    return Record(
        *("study", "task", "method", run), {"which": which}, *[0.5] * 3, None, 0.5,
        {"a": 1.0}, *[1] * 3, *[1.0] * 2, {}, {},
    )  # fmt: skip


def write_records(path, which):
    for run in range(N_RECORDS):
        write_record(path, record(which, run))


def read_written_records(path):
    """Say how many are new; each is whole, and the new ones come first."""
    files = [
        record_path(path, "study", "task", "method", run) for run in range(N_RECORDS)
    ]
    found = [read_record(file) if file.exists() else None for file in files]
    whose = ["nothing" if r is None else r.settings["which"] for r in found]
    n_new = whose.count("new")
    assert whose[:n_new] == ["new"] * n_new, whose
    assert len(set(whose[n_new:])) <= 1, whose
    assert all(r is None or r == replace(r, run=i) for i, r in enumerate(found))
    return whose[-1] if n_new in (0, N_RECORDS) else "some new"


JOBS = {
    "save": (save_model, read_model, "nothing"),
    "save over another": (save_model, read_model, "old"),
    "comparison": (write_comparison, read_comparison, "old"),
    "records": (write_records, read_written_records, "old"),
}


def kill_at_random(folder, write, read, before):
    """Kill writers of what is new until enough were; list what was left."""
    rng = np.random.default_rng()
    outcomes, seconds, attempt = [], None, 0
    if before == "old":
        write(folder / "template", "old")
    while len(outcomes) < N_KILLS:
        path = folder / f"{attempt}" / "results"
        attempt += 1
        path.parent.mkdir(parents=True)
        if before == "old":
            shutil.copytree(folder / "template", path)
        started = time.perf_counter()
        child = fork(write, path, "new")
        if seconds is None:
            status = os.waitpid(child, 0)[1]
            seconds = time.perf_counter() - started
        else:
            time.sleep(rng.uniform(0.0, seconds))
            os.kill(child, signal.SIGKILL)
            status = os.waitpid(child, 0)[1]
        if os.WIFSIGNALED(status):
            outcomes.append(read(path))
        else:
            assert status == 0
            assert read(path) == "new"
        if len(outcomes) == N_KILLS:
            write(path, "new")  # what was left is no harm
            assert read(path) == "new"
        shutil.rmtree(path.parent)
    return outcomes


if __name__ == "__main__":
    root = Path(sys.argv[1])
    WHOLE = {}
    for which, result in COMPARISONS.items():
        files = result.write(root / which)
        WHOLE[which] = {file.name: file.read_bytes() for file in files}
    log = {name: kill_at_random(root / name, *job) for name, job in JOBS.items()}
    sys.stdout.write(json.dumps(log))

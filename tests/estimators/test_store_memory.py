"""Memory that fits and transforms need does not grow with the number of samples.

Each figure is the peak of a process of its own, as the kernel counts it.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the kernel's figures are Linux's"
)

# A store whose frames are made as they are written; about 12 kB a frame.
HEADER = """
import json, sys, resource
import numpy as np, torch
from sklearn_deepsig import *
from sklearn_deepsig.trajectory import GraphTrajectory, chain_edges
from sklearn_deepsig.trajectory._store_pieces import Piece, Recording
from sklearn_deepsig.trajectory._store_writing import write_store
torch.set_num_threads(1)
out, n_trajectories = sys.argv[1], int(sys.argv[2])

def simulate(seed):
    rng = np.random.default_rng(seed)
    for start in range(0, 1000, 100):
        xyz = rng.standard_normal((100, 1000, 3), dtype=np.float32)
        yield Piece(GraphTrajectory(xyz, chain_edges(1000)), np.arange(100.0) + start)

def make(folder, count):
    from pathlib import Path
    write_store(Path(folder), [
        Recording(str(i), str(i), lambda i=i: simulate(i)) for i in range(count)
    ], labels=[i % 2 for i in range(count)])
    return TrajectoryStore(folder)

def memory():
    lines = open("/proc/self/status").read().splitlines()
    pairs = dict(line.split(":") for line in lines)
    return int(pairs["VmHWM"].split()[0]) / 1024

store = make(out, n_trajectories)
X, y, _ = make_windows(store, store.y, length=50)
"""

WORK = {
    "classifier": """
DeepSignatureClassifier(n_clusters=(4,), hidden_dim=4, n_segments=2,
    lstm_hidden_dim=4, mlp_hidden_dim=4, max_epochs=1, batch_size=4, random_state=0,
    verbose=False).fit(X, y)
""",
    "pipeline": """
X = TrajectorySelector(superpose=True).fit_transform(X)
SummaryStatisticsTransformer().fit(X).transform(X)
HeadClassifier(n_clusters=(4,), max_epochs=1, random_state=0).fit(X, y).predict(X)
""",
    "log-signatures": """
features = LogSignatureTransformer(1, n_segments=2, batch_size=8).fit(X).transform(X)
assert features.shape == (len(X), 6000)
""",
}
FOOTER = """
print(json.dumps({"peak": memory(), "stored": store.nbytes / 2**20, "n": len(X)}))
"""


def measure(work, folder, n_trajectories):
    result = subprocess.run(
        [sys.executable, "-c", HEADER + work + FOOTER, folder, str(n_trajectories)],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(result.stdout)


@pytest.mark.parametrize("name", WORK)
def test_peak_memory_grows_by_the_output_alone(tmp_path, name):
    small = measure(WORK[name], tmp_path / "small", 2)
    large = measure(WORK[name], tmp_path / "large", 18)
    stored = large["stored"] - small["stored"]
    assert stored > 180  # MiB, that in-memory samples would need
    output = 0.0
    if name == "log-signatures":
        output = (large["n"] - small["n"]) * 6000 * 4 / 2**20
    assert large["peak"] - small["peak"] < output + 20


def test_log_signatures_of_arrays_need_their_output_and_a_batch(tmp_path):
    """Samples in memory: what transform adds does not grow with their number."""
    work = """
rng = np.random.default_rng(0)
X = [rng.standard_normal((50, 60), dtype=np.float32) for _ in range(n_trajectories)]
transformer = LogSignatureTransformer(2, batch_size=16).fit(X)
transformer.transform(X[:16])
before = memory()
features = transformer.transform(X)
added, output = memory() - before, features.nbytes / 2**20
print(json.dumps({"added": added, "output": output}))
"""
    header = HEADER.partition("store = make")[0]
    for count in (500, 8000):
        result = subprocess.run(
            [sys.executable, "-c", header + work, tmp_path, str(count)],
            capture_output=True,
            text=True,
            check=True,
        )
        found = json.loads(result.stdout)
        assert found["added"] < found["output"] + 10, found
    assert found["output"] > 50

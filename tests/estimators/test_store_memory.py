"""Memory that fits and transforms need does not grow with the number of samples.

The peaks are those that the kernel counts, in a process of its own, whose count is set
back before each call.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(),
    reason="the kernel's figures are Linux's",
)

HEADER = """
import json, sys
from pathlib import Path
import numpy as np, torch
from sklearn_deepsig import *
from sklearn_deepsig.trajectory import GraphTrajectory, chain_edges
from sklearn_deepsig.trajectory._store_pieces import Piece, Recording
from sklearn_deepsig.trajectory._store_writing import write_store
torch.set_num_threads(1)

def memory(name="VmHWM"):
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(dict(line.split(":") for line in lines)[name].split()[0]) / 1024

def peak(function, *args):
    # MiB that a call needs at most, beyond what there was before it
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    function(*args)
    return memory() - before
"""

ON_A_STORE = """
N_NODES, N_FRAMES, N_TRAJECTORIES = 1000, 1000, 18  # 12 MB each

def simulate(seed):
    rng = np.random.default_rng(seed)
    for start in range(0, N_FRAMES, 100):
        xyz = rng.standard_normal((100, N_NODES, 3), dtype=np.float32)
        yield Piece(GraphTrajectory(xyz, chain_edges(N_NODES)), np.arange(100.0))

write_store(
    Path(sys.argv[1]),
    [Recording(str(i), str(i), lambda i=i: simulate(i)) for i in range(N_TRAJECTORIES)],
    labels=[i % 2 for i in range(N_TRAJECTORIES)],
)
store = TrajectoryStore(sys.argv[1])
X, y, _ = make_windows(store, store.y, length=50)
small = dict(n_clusters=(4,), hidden_dim=2, mlp_hidden_dim=4, max_epochs=1,
             batch_size=4, verbose=False)

def classify(X, y):
    DeepSignatureClassifier(n_segments=2, lstm_hidden_dim=4, **small).fit(X, y)

def classify_superposed(X, y):
    HeadClassifier(**small).fit(TrajectorySelector(superpose=True).fit_transform(X), y)

def summarise(X, y):
    SummaryStatisticsTransformer().fit(X).transform(X)

def log_signatures(X, y):
    LogSignatureTransformer(1, n_segments=2, batch_size=8).fit(X).transform(X)

found = {"stored": store.nbytes / 2**20}
for work in (classify, classify_superposed, summarise, log_signatures):
    few = peak(work, X[:40], y[:40])
    found[work.__name__] = [few, peak(work, X, y)]
print(json.dumps(found))
"""

IN_MEMORY = """
rng = np.random.default_rng(0)
X = [rng.standard_normal((50, 60), dtype=np.float32) for _ in range(8000)]
transformer = LogSignatureTransformer(2, batch_size=16).fit(X)
found = []
for count in (500, 8000):
    output = transformer.transform(X[:count]).nbytes / 2**20
    found.append([peak(transformer.transform, X[:count]), output])
print(json.dumps(found))
"""


def run(code, *args):
    result = subprocess.run(
        [sys.executable, "-c", HEADER + code, *args],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(result.stdout)


def test_fits_and_transforms_on_a_store_need_memory_for_a_batch(tmp_path):
    found = run(ON_A_STORE, tmp_path / "store")
    assert found.pop("stored") > 200  # MiB
    output = found.pop("log_signatures")  # 360 samples of 6000 numbers, 8 MiB
    assert output[1] - output[0] < 15
    assert len(found) == 3
    for name, (few, many) in found.items():
        assert many - few < 10, (name, few, many)


def test_log_signatures_of_arrays_need_their_output_and_a_batch():
    few, many = run(IN_MEMORY)
    assert many[1] > 50
    for peak, output in (few, many):
        assert peak < output + 10

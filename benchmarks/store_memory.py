"""Train on a store larger than memory, and say what memory it took.

``python -m benchmarks.store_memory --gigabytes 1 10 --limit 2 --write`` writes
``benchmarks/STORE.md``. The store is made of simulated chains of beads, two halves of
which swing in phase or against each other: chunk by chunk, so that making it needs no
memory either. It is deleted afterwards.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from sklearn_deepsig import DeepSignatureClassifier, TrajectoryStore, make_windows
from sklearn_deepsig.trajectory import GraphTrajectory, chain_edges
from sklearn_deepsig.trajectory._store_pieces import Piece, Recording
from sklearn_deepsig.trajectory._store_writing import write_store

N_BEADS = 300
N_FRAMES = 28_000  # about 100 MB a trajectory
FRAMES_PER_WINDOW = 100
FRAMES_PER_CHUNK = 1000


def simulate(seed: int, label: int) -> Iterator[Piece]:
    """Simulate a chain whose halves swing in phase (0) or against each other (1)."""
    rng = np.random.default_rng(seed)
    beads = np.cumsum(rng.normal(scale=0.22, size=(N_BEADS, 3)), axis=0)
    swing = np.where(np.arange(N_BEADS) < N_BEADS // 2, 1.0, 1.0 - 2.0 * label)
    mode = swing[:, None] * rng.normal(size=3)
    edges = chain_edges(N_BEADS)
    for start in range(0, N_FRAMES, FRAMES_PER_CHUNK):
        frames = np.arange(start, min(start + FRAMES_PER_CHUNK, N_FRAMES))
        phase = np.sin(2 * np.pi * frames / FRAMES_PER_WINDOW)
        positions = rng.standard_normal((len(frames), N_BEADS, 3), dtype=np.float32)
        positions *= np.float32(0.02)
        positions += (beads + 0.2 * phase[:, None, None] * mode).astype(np.float32)
        yield Piece(GraphTrajectory(positions, edges, time_step=10.0), 10.0 * frames)


def make_store(folder: Path, n_bytes: float) -> TrajectoryStore:
    """Write a store of about so many bytes, of at least four trajectories."""
    count = max(4, round(n_bytes / (12 * N_BEADS * N_FRAMES)))
    labels = [index % 2 for index in range(count)]
    recordings = [
        Recording(
            f"chain {seed}",
            f"chain {seed}",
            lambda seed=seed, label=label: simulate(seed, label),
        )
        for seed, label in enumerate(labels)
    ]
    write_store(folder, recordings, labels=labels, groups=range(count))
    return TrajectoryStore(folder)


def status() -> dict[str, float]:
    """Read what the kernel says of this process, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    wanted = ("VmPeak", "VmHWM", "VmRSS", "RssAnon", "RssFile")
    pairs = (line.split(":") for line in lines)
    return {k: int(v.split()[0]) / 1024 for k, v in pairs if k in wanted}


class Watch(threading.Thread):
    """Keeps the largest of what the kernel says, every 20 ms."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = status()
        self._ended = threading.Event()

    def run(self) -> None:
        """Look until told to stop."""
        while not self._ended.wait(0.02):
            for name, value in status().items():
                self.peak[name] = max(self.peak[name], value)

    def stop(self) -> dict[str, float]:
        """Stop, and return the peaks."""
        self._ended.set()
        self.join()
        return {name: max(value, status()[name]) for name, value in self.peak.items()}


def measure(folder: Path, gigabytes: float, limit: float | None) -> dict[str, float]:
    """Make a store, train on it for one epoch, and return what it took."""
    if limit is not None:
        n_bytes = int(limit * 2**30)
        resource.setrlimit(resource.RLIMIT_AS, (n_bytes, n_bytes))
    started = time.perf_counter()
    store = make_store(folder, gigabytes * 1e9)
    made = time.perf_counter()
    n_frames = store[0].n_frames
    X, y, groups = make_windows(store, store.y, length=FRAMES_PER_WINDOW)
    before = status()
    watch = Watch()
    watch.start()
    model = DeepSignatureClassifier(
        n_clusters=(8,),
        hidden_dim=4,
        n_segments=2,
        lstm_hidden_dim=32,
        mlp_hidden_dim=16,
        max_epochs=1,
        random_state=0,
        verbose=False,
    ).fit(X, y, groups=groups)
    fitted = time.perf_counter()
    peak = watch.stop()
    # a store that this process has not checked as yet
    anew = TrajectoryStore(folder)
    windows, _, _ = make_windows(anew, anew.y, length=FRAMES_PER_WINDOW)
    first, again = seconds(lambda: read(windows)), seconds(lambda: read(windows))
    verified = seconds(store.verify)
    return {
        "store_gb": store.nbytes / 1e9,
        "trajectories": len(store),
        "frames": n_frames,
        "windows": len(X),
        "limit_gb": limit or 0.0,
        "make_seconds": made - started,
        "fit_seconds": fitted - made,
        "verify_seconds": verified,
        "first_read_seconds": first,
        "second_read_seconds": again,
        "before_fit_mb": before["VmRSS"],
        "peak_rss_mb": peak["VmHWM"],
        "peak_anonymous_mb": peak["RssAnon"],
        "peak_file_mb": peak["RssFile"],
        "peak_address_space_mb": peak["VmPeak"],
        "training_accuracy": float(model.history_["accuracy"][-1]),
    }


def read(windows: list[GraphTrajectory]) -> None:
    """Look at every number once, as a batch does."""
    for window in windows:
        window.positions.sum()


def seconds(function: Callable[[], object]) -> float:
    """Time one call."""
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


ROWS = {
    "store_gb": "positions in the store, GB",
    "trajectories": "trajectories",
    "windows": f"windows of {FRAMES_PER_WINDOW} frames, {N_BEADS} nodes",
    "make_seconds": "making the store, s",
    "fit_seconds": "one epoch of training, s",
    "first_read_seconds": "reading all windows once, with block checksums, s",
    "second_read_seconds": "and once more, without, s",
    "verify_seconds": "`verify()`, s",
    "training_accuracy": "accuracy in that epoch",
    "limit_gb": "limit on the address space (`RLIMIT_AS`), GiB; 0 for none",
    "before_fit_mb": "resident before the fit (libraries, mostly), MiB",
    "peak_rss_mb": "peak resident memory (`VmHWM`), MiB",
    "peak_anonymous_mb": "of it anonymous (`RssAnon`), MiB",
    "peak_file_mb": "of it files (`RssFile`, of which libraries are a part), MiB",
    "peak_address_space_mb": "peak address space (`VmPeak`), MiB",
}


def number(value: float) -> str:
    """Write four digits, or all of a larger number."""
    return f"{value:,.4g}" if value < 10_000 else f"{value:,.0f}"


def table(results: list[dict[str, float]]) -> str:
    """Lay the results out, one column each."""
    lines = ["| |" + " |" * len(results), "|---|" + "---|" * len(results)]
    for name, what in ROWS.items():
        cells = " | ".join(number(result[name]) for result in results)
        lines.append(f"| {what} | {cells} |")
    return "\n".join(lines)


def measure_apart(options: argparse.Namespace, gigabytes: float) -> dict[str, float]:
    """Measure in a process of its own, so that no peak is that of another size."""
    command = [sys.executable, "-m", "benchmarks.store_memory", "--json"]
    command += ["--gigabytes", str(gigabytes), "--threads", str(options.threads)]
    if options.limit is not None:
        command += ["--limit", str(options.limit)]
    if options.folder is not None:
        command += ["--folder", str(options.folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def page(options: argparse.Namespace, results: list[dict[str, float]]) -> str:
    """Write the page."""
    sizes = " ".join(f"{size:g}" for size in options.gigabytes)
    limit = "" if options.limit is None else f" --limit {options.limit:g}"
    return f"""# Training on stores larger than memory

Written by `python -m benchmarks.store_memory --gigabytes {sizes}{limit} --write`, with
{options.threads} thread(s), torch {torch.__version__}, NumPy {np.__version__}. Each
column is a process of its own, which makes the store, trains a
`DeepSignatureClassifier` on all of it for one epoch, and reads it. Under the limit on
the address space the kernel refuses any memory or mapping beyond it. The files were in
the page cache, which is the system's memory and not the process's.

{table(results)}
"""


def main(arguments: list[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gigabytes", type=float, nargs="+", default=[10.0])
    parser.add_argument("--limit", type=float, help="address space, in GiB")
    parser.add_argument("--folder", type=Path, help="where the store is made")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print numbers only")
    parser.add_argument("--write", action="store_true", help="write STORE.md")
    options = parser.parse_args(arguments)
    if not options.json:
        results = [measure_apart(options, size) for size in options.gigabytes]
        print(table(results))
        if options.write:
            Path(__file__).with_name("STORE.md").write_text(page(options, results))
        return
    torch.set_num_threads(options.threads)
    folder = Path(tempfile.mkdtemp(dir=options.folder))
    try:
        result = measure(folder / "store", options.gigabytes[0], options.limit)
    finally:
        shutil.rmtree(folder)
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()

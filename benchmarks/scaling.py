"""Time searches and features on joblib's backends, and count what they send.

Run as `python -m benchmarks.scaling`. Every worker has one thread. Starting workers is
timed apart, for it is done once.
"""

import argparse
import contextlib
import os
import pickle
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import joblib
import mdtraj
import numpy as np
import torch
from sklearn.model_selection import cross_val_score

from benchmarks.logsignature import describe
from sklearn_deepsig import (
    ContactFeaturizer,
    DeepSignatureClassifier,
    LogSignatureTransformer,
    make_windows,
)
from sklearn_deepsig.trajectory import GraphTrajectory, chain_edges

BACKENDS = [
    ("sequential", 1),
    ("threading", 2),
    ("loky", 1),
    ("loky", 2),
    ("dask", 1),
    ("dask", 2),
]
FULL = {"n_trajectories": 12, "n_frames": 400, "n_nodes": 200, "n_residues": 120}
QUICK = {"n_trajectories": 4, "n_frames": 48, "n_nodes": 12, "n_residues": 8}
N_FOLDS = 4

Job = Callable[[], Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling")
    parser.add_argument("--quick", action="store_true", help="tiny, to try it")
    parser.add_argument("--repeats", type=int, default=3, help="default: 3")
    parser.add_argument(
        "--results",
        type=Path,
        help="Markdown file; default: SCALING.md here, none with --quick",
    )
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        jobs, sizes = make_jobs(Path(folder), **(QUICK if options.quick else FULL))
        seconds, starts = measure(jobs, options.repeats, Path(folder))
    text = "\n".join(
        [
            "# Searches and features on joblib's backends\n",
            "Written by `python -m benchmarks.scaling`.\n",
            setting(options.repeats, load),
            table(jobs, seconds, starts),
            "What travels with a task, as pickle writes it:\n",
            table_of_sizes(sizes),
        ]
    )
    print(text)
    results = options.results
    if results is None and not options.quick:
        results = Path(__file__).with_name("SCALING.md")
    if results is not None:
        results.write_text(text)
    return 0


def make_jobs(
    folder: Path, n_trajectories: int, n_frames: int, n_nodes: int, n_residues: int
) -> tuple[dict[str, Job], dict[str, int]]:
    """Make what is timed, by name, and the bytes of the samples of a task."""
    rng = np.random.default_rng(0)
    shape = (n_trajectories, n_frames, n_nodes, 3)
    positions = rng.normal(size=shape).astype(np.float32).cumsum(axis=1)
    file = folder / "positions.npy"
    np.save(file, positions)
    edges = chain_edges(n_nodes)
    labels = np.arange(n_trajectories) % 2
    X, y, _ = make_windows(
        [GraphTrajectory(path, edges) for path in np.load(file, mmap_mode="r")],
        labels,
        n_windows=4,
    )
    loaded = [GraphTrajectory(np.array(x.positions), x.edge_index) for x in X]
    model = DeepSignatureClassifier(
        (min(50, n_nodes // 2),), max_epochs=4, random_state=0, learning_rate=1e-3
    )
    molecules = [chain_of(rng, n_residues, n_frames) for _ in range(n_trajectories)]
    contacts = ContactFeaturizer("ca").fit(molecules)
    features = LogSignatureTransformer(batch_size=4).fit(X)

    def transform(transformer: Any, samples: Any) -> Job:
        # as many jobs as the backend has workers
        return lambda: transformer.transform(samples)

    jobs = {
        f"{N_FOLDS} folds of DeepSignatureClassifier": lambda: cross_val_score(
            model, X, y, cv=N_FOLDS
        ),
        f"LogSignatureTransformer, {len(X)} windows": transform(features, X),
        f"ContactFeaturizer, {n_trajectories} molecules": transform(
            contacts, molecules
        ),
    }
    sizes = {
        f"{len(X)} windows in memory": len(pickle.dumps(loaded)),
        f"{len(X)} windows of a file": len(pickle.dumps(X)),
        "of these one": len(pickle.dumps(X[0])),
        "one molecule of mdtraj": len(pickle.dumps(molecules[0])),
    }
    return jobs, sizes


def chain_of(rng: np.random.Generator, n_residues: int, n_frames: int) -> Any:
    """Make a molecule of C-alpha atoms alone that walks at random."""
    topology = mdtraj.Topology()
    chain = topology.add_chain()
    for number in range(n_residues):
        residue = topology.add_residue("ALA", chain, resSeq=number)
        topology.add_atom("CA", mdtraj.element.carbon, residue)
    steps = rng.normal(scale=0.1, size=(n_frames, n_residues, 3))
    return mdtraj.Trajectory(steps.cumsum(axis=1), topology)


def measure(
    jobs: dict[str, Job], repeats: int, folder: Path
) -> tuple[dict[tuple[str, str, int], float], dict[tuple[str, int], float]]:
    """Return the median seconds of each job on each backend, and those of its start.

    Repeats go round the backends, so that a slow minute falls on all of them.
    """
    seconds: dict[tuple[str, str, int], list[float]] = {}
    starts: dict[tuple[str, int], list[float]] = {}
    expected: dict[str, Any] = {}
    for _ in range(repeats):
        for backend, n_jobs in BACKENDS:
            started = time.perf_counter()
            with running(backend, n_jobs, folder):
                warm_up(n_jobs)
                starts.setdefault((backend, n_jobs), []).append(
                    time.perf_counter() - started
                )
                for name, job in jobs.items():
                    started = time.perf_counter()
                    found = job()
                    seconds.setdefault((name, backend, n_jobs), []).append(
                        time.perf_counter() - started
                    )
                    if not np.array_equal(expected.setdefault(name, found), found):
                        raise ValueError(f"{name} is another one on {backend}.")
    return (
        {key: statistics.median(values) for key, values in seconds.items()},
        {key: statistics.median(values) for key, values in starts.items()},
    )


@contextlib.contextmanager
def running(backend: str, n_jobs: int, folder: Path) -> Iterator[None]:
    """Start workers, give them joblib's work, and end them."""
    with contextlib.ExitStack() as stack:
        if backend == "dask":
            import dask
            from distributed import Client, LocalCluster

            stack.enter_context(dask.config.set({"temporary-directory": str(folder)}))
            cluster = LocalCluster(
                n_workers=n_jobs,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address=":0",
                silence_logs="ERROR",
            )
            stack.enter_context(cluster)
            stack.enter_context(Client(cluster))
        if backend == "loky":
            from joblib.externals.loky import get_reusable_executor

            stack.callback(lambda: get_reusable_executor().shutdown(wait=True))
        inner = {"inner_max_num_threads": 1} if backend == "loky" else {}
        with joblib.parallel_config(backend, n_jobs=n_jobs, **inner):
            yield


def warm_up(n_jobs: int) -> None:
    """Let every worker import what fits and features need."""
    X = np.random.default_rng(0).normal(size=(8, 9, 4, 3))
    model = DeepSignatureClassifier((2,), max_epochs=1, random_state=0)
    cross_val_score(model, X, np.arange(8) % 2, cv=2, n_jobs=n_jobs)


def setting(repeats: int, load: float) -> str:
    """Say what was measured, on what."""
    return (
        f"{describe(torch.device('cpu'), 1)} {os.cpu_count()} cores, on which other "
        f"work was done at the same time: load average {load:.1f} at the beginning. "
        f"One thread a worker. Seconds, medians of {repeats}; in brackets how many "
        "times faster than sequentially. The results are the same to the bit.\n"
    )


def table(
    jobs: dict[str, Job],
    seconds: dict[tuple[str, str, int], float],
    starts: dict[tuple[str, int], float],
) -> str:
    """Write the seconds as a Markdown table."""
    lines = ["| backend | workers | start | " + " | ".join(jobs) + " |"]
    lines.append("| --- " * (3 + len(jobs)) + "|")
    for backend, n_jobs in BACKENDS:
        start = "-" if backend == "sequential" else f"{starts[backend, n_jobs]:.1f}"
        cells = [backend, str(n_jobs), start]
        for name in jobs:
            own = seconds[name, backend, n_jobs]
            faster = seconds[name, "sequential", 1] / own
            cells.append(f"{own:.2f} ({faster:.2f})")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def table_of_sizes(sizes: dict[str, int]) -> str:
    """Write the bytes as a Markdown table."""
    lines = ["| samples | bytes |", "| --- | --- |"]
    lines += [f"| {name} | {n_bytes:,} |" for name, n_bytes in sizes.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())

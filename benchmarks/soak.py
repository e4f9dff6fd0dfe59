"""Fit, transform and predict for long in one process, and in many ways at once.

Run as `python -m benchmarks.soak`. Three tables: what a process holds after many fits,
what threads that predict at once are told, and what numbers depend on.
"""

import argparse
import itertools
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np
import torch

from benchmarks.logsignature import describe
from sklearn_deepsig import (
    DeepSignatureClassifier,
    LogSignatureTransformer,
    SpectralCoarsener,
)

MOST_MB_A_FIT = 0.1
N_THREADS = 8
# How far predictions may be apart.
TOLERANCES = {"float32": 1e-5, "float64": 1e-10}
SETTINGS = {"hidden_dim": 8, "max_epochs": 2, "batch_size": 8, "random_state": 0}


class Held(NamedTuple):
    """What a process holds after a round."""

    megabytes: float
    """Resident memory, in MB of 10⁶ bytes."""
    files: int
    """Open files."""
    threads: int
    """Threads."""
    processes: int
    """Child processes."""


def held() -> Held:
    """Look at this process by the files of Linux."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    tasks = list(Path("/proc/self/task").iterdir())
    children: list[list[str]] = []
    for task in tasks:
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            children.append((task / "children").read_text().split())
    return Held(
        pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
        len(os.listdir("/proc/self/fd")),
        len(tasks),
        sum(map(len, children)),
    )


def make_samples(n_samples: int = 24) -> tuple[list[np.ndarray], np.ndarray]:
    """Make random walks of a few lengths, and labels."""
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(20 + 5 * (i % 3), 30, 3)) for i in range(n_samples)]
    return [x.cumsum(axis=0) for x in X], np.arange(n_samples) % 2


def soak(n_rounds: int, folder: Path) -> Iterator[Held]:
    """Fit, transform and predict again and again; yield what is held after each.

    Parameters
    ----------
    n_rounds : int
        How often; one round fits a classifier, with checkpoints, and a coarsener.
    folder : Path
        For checkpoints.

    Yields
    ------
    Held
        After each round.
    """
    X, y = make_samples()
    features = LogSignatureTransformer(n_segments=2, batch_size=4, n_jobs=2)
    for number in range(n_rounds):
        model = DeepSignatureClassifier(
            (10, 5),
            checkpoint_dir=str(folder / str(number)),
            early_stopping=True,
            **{**SETTINGS, "random_state": number},
        ).fit(X, y)
        model.predict(X)
        model.transform(X)
        paths = SpectralCoarsener((6,), **SETTINGS).fit_transform(X)
        features.fit_transform(paths)
        yield held()


def leaks(rounds: Sequence[Held]) -> tuple[float, int]:
    """Compare what is held after many rounds with what was after the first quarter.

    Returns
    -------
    rise : float
        Of the resident memory, in MB a round: a line by least squares.
    leaked : int
        Open files, threads and processes beyond the most of the first quarter, where
        what ends a moment later is at its least among the last rounds.
    """
    n_warm = len(rounds) // 4
    values = [row.megabytes for row in rounds[n_warm:]]
    rise = float(np.polyfit(np.arange(len(values)), values, 1)[0])
    most = np.max([row[1:] for row in rounds[:n_warm]], axis=0)
    last = np.min([row[1:] for row in rounds[-n_warm:]], axis=0)
    return rise, int(np.maximum(last - most, 0).sum())


def predict_in_threads(n_threads: int = N_THREADS, n_rounds: int = 5) -> int:
    """Predict by one estimator in several threads at once.

    Returns
    -------
    int
        How many predictions were another than that of one thread alone.
    """
    X, y = make_samples()
    model = DeepSignatureClassifier((10, 5), **SETTINGS).fit(X, y)
    expected = model.predict_proba(X), model.transform(X)
    barrier = threading.Barrier(n_threads)
    found: list[bool] = []

    def predict() -> None:
        barrier.wait()
        for _ in range(n_rounds):
            pair = model.predict_proba(X), model.transform(X)
            found.extend(map(np.array_equal, pair, expected))

    threads = [threading.Thread(target=predict) for _ in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    missing = 2 * n_rounds * n_threads - len(found)  # of threads that raised
    return found.count(False) + missing


def fit_and_predict(
    precision: str, threads: int, batch_size: int, train: list[int], test: list[int]
) -> np.ndarray:
    """Fit on some samples, and predict others in batches of another size."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        X, y = make_samples()
        model = DeepSignatureClassifier((10, 5), precision=precision, **SETTINGS)
        model.fit([X[i] for i in train], y[train])
        model.set_params(batch_size=batch_size)
        probabilities: np.ndarray = model.predict_proba([X[i] for i in test])
    finally:
        torch.set_num_threads(before)
    return probabilities


def determinism(
    threads: Sequence[int] = (1, 2),
    n_jobs: Sequence[int] = (1, 2),
    batch_sizes: Sequence[int] = (8, 1, 5, 100),
) -> Iterator[tuple[str, int, int, int, float]]:
    """Cross-validate on two folds in every way; compare with the first.

    Yields
    ------
    tuple
        Precision, threads, jobs, batch size, and the largest difference of a
        probability from that of the first numbers of each.
    """
    halves = [list(range(12)), list(range(12, 24))]
    splits = [tuple(halves), tuple(halves[::-1])]
    for precision in TOLERANCES:
        expected: Any = None
        for way in itertools.product(threads, n_jobs, batch_sizes):
            n_threads, jobs, batch_size = way
            parts = joblib.Parallel(n_jobs=jobs)(
                joblib.delayed(fit_and_predict)(
                    precision, n_threads, batch_size, train, test
                )
                for train, test in splits
            )
            found = np.concatenate(parts)
            expected = found if expected is None else expected
            yield precision, *way, float(np.abs(found - expected).max())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all from the command line; 1 where something is beyond what is promised."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("--fits", type=int, default=200, help="default: 200")
    parser.add_argument("--results", type=Path, help="Markdown file for the tables")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        rounds = list(soak(options.fits, Path(folder)))
    rise, leaked = leaks(rounds)
    others = predict_in_threads()
    matrix = list(determinism())
    text = "\n".join(
        [
            "# Many fits in one process\n",
            "Written by `python -m benchmarks.soak`.\n",
            f"{describe(torch.device('cpu'), torch.get_num_threads())}\n",
            table_of_rounds(rounds),
            f"After the first quarter memory rises by {1000 * rise:.1f} kB a round, "
            f"of {1000 * MOST_MB_A_FIT:.0f} that are allowed; {leaked} files, threads "
            "and processes are more than in it. A round fits a classifier, with "
            "checkpoints, and a coarsener, and computes log-signatures in two "
            "threads.\n",
            f"{N_THREADS} threads predicted at once by one classifier: {others} of "
            "their results differ from those of one thread.\n",
            table_of_ways(matrix),
        ]
    )
    print(text)
    if options.results is not None:
        options.results.write_text(text)
    same = all(row[-1] <= TOLERANCES[row[0]] for row in matrix)
    flat = rise <= MOST_MB_A_FIT and leaked == 0
    return 0 if same and flat and not others else 1


def table_of_rounds(rounds: list[Held]) -> str:
    """Write what was held after some of the rounds as a Markdown table."""
    lines = ["| round | MB | files | threads | processes |", "| --- " * 5 + "|"]
    shown = sorted({0, *range(len(rounds) // 8, len(rounds), max(1, len(rounds) // 8))})
    for number in sorted({*shown, len(rounds) - 1}):
        row = rounds[number]
        lines.append(f"| {number + 1} | {row.megabytes:.1f} | " + " | ".join(
            map(str, row[1:])
        ) + " |")  # fmt: skip
    return "\n".join(lines) + "\n"


def table_of_ways(matrix: list[tuple[str, int, int, int, float]]) -> str:
    """Write the largest differences as a Markdown table."""
    lines = [
        "| precision | threads | jobs | batch | largest difference | promised |",
        "| --- " * 6 + "|",
    ]
    for precision, *way, difference in matrix:
        cells = [precision, *way, f"{difference:.1e}", f"{TOLERANCES[precision]:.0e}"]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())

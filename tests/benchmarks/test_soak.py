"""Many fits hold no more than a few, and numbers depend on nothing else."""

import sys

import numpy as np
import pytest

from benchmarks import soak as benchmark
from benchmarks.soak import Held

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="what is held is read from /proc"
)


@pytest.mark.slow
def test_many_fits_hold_no_more_than_a_few(tmp_path):
    rounds = list(benchmark.soak(40, tmp_path))
    rise, leaked = benchmark.leaks(rounds)
    assert rise < benchmark.MOST_MB_A_FIT
    assert leaked == 0


def test_leaks_are_seen():
    rounds = [Held(500 + 0.2 * i, 6, 1 + i % 3, 0) for i in range(40)]
    rise, leaked = benchmark.leaks(rounds)
    assert (round(rise, 6), leaked) == (0.2, 0)
    rounds = [Held(500, 6 + i // 8, 1, i // 20) for i in range(40)]
    assert benchmark.leaks(rounds) == (pytest.approx(0), 2 + 1)


def test_what_is_held_is_seen(tmp_path):
    before = benchmark.held()
    ballast = np.ones(50_000_000, np.uint8)
    with open(tmp_path / "file", "w"):
        after = benchmark.held()
    assert 45 < after.megabytes - before.megabytes < 60
    assert after.files == before.files + 1
    assert ballast.all()


def test_threads_that_predict_at_once_are_told_the_same():
    assert benchmark.predict_in_threads() == 0


@pytest.mark.slow
def test_threads_and_batches_change_no_prediction():
    # tests/test_parallel.py is about jobs
    for *way, difference in benchmark.determinism(n_jobs=(1,), batch_sizes=(8, 5)):
        assert difference <= benchmark.TOLERANCES[way[0]], way


def test_run_writes_the_tables(tmp_path, monkeypatch, capsys):
    rows = [("float32", 1, 1, 8, 0.0), ("float64", 2, 1, 8, 1e-12)]
    monkeypatch.setattr(benchmark, "determinism", lambda: iter(rows))
    results = tmp_path / "SOAK.md"
    benchmark.main(["--fits", "8", "--results", str(results)])
    text = results.read_text()
    assert text in capsys.readouterr().out
    assert "| float64 | 2 | 1 | 8 | 1.0e-12 | 1e-10 |" in text
    assert "0 of their results differ" in text
    # and says where something is beyond what is promised
    rows.append(("float64", 2, 2, 8, 1e-9))
    assert benchmark.main(["--fits", "8"]) == 1

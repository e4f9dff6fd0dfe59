import json
import time

import pytest
import torch

from benchmarks import logsignature as benchmark
from benchmarks import peers, report
from benchmarks.timing import interleaved_medians

FIELDS = {
    "backend",
    "batch",
    "frames",
    "channels",
    "depth",
    "threads",
    "forward_s",
    "forward_backward_s",
    "forward_again_s",
    "forward_backward_again_s",
    "peak_bytes",
    "floor_s",
}


@pytest.fixture
def one_thread():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
def test_quick_run_writes_records_and_tables(tmp_path, monkeypatch, capsys):
    # compiles for seconds
    monkeypatch.delitem(peers.PEERS, "signax")
    target, results = tmp_path / "records.json", tmp_path / "RESULTS.md"
    options = ["--quick", "--json", str(target), "--results", str(results)]
    assert benchmark.main(options) == 0
    records = json.loads(target.read_text())
    assert all(set(record) == FIELDS for record in records)
    own = [report.task_of(r) for r in records if r["backend"] == "ours"]
    assert own == benchmark.QUICK_TASKS
    assert all(record["forward_s"] > 0 for record in records)
    assert results.read_text() in capsys.readouterr().out
    assert "(2, 6, 5), 2" in results.read_text()


def test_ratio_is_the_best_peers_time_over_ours():
    task = {"batch": 1, "frames": 2, "channels": 3, "depth": 4}
    times = {"ours": (2.0, 4.0), "a": (6.0, 9.0), "b": (5.0, 10.0)}
    records = [
        {**task, "backend": name, "forward_s": f, "forward_backward_s": b}
        for name, (f, b) in times.items()
    ]
    assert report.ratios(records) == {(1, 2, 3, 4): (2.5, 2.25)}
    again = [
        {**task, "backend": name, "forward_again_s": f, "forward_backward_again_s": b}
        for name, (f, b) in times.items()
    ]
    assert report.ratios(again, "again_s") == {(1, 2, 3, 4): (2.5, 2.25)}


@pytest.mark.usefixtures("one_thread")
def test_only_measures_the_tasks_asked_for(monkeypatch, capsys):
    monkeypatch.setattr(peers, "PEERS", {})
    measured = []

    def measure(task, device, budget):  # noqa: ARG001
        measured.append(task)
        return [], []

    monkeypatch.setattr(benchmark, "measure", measure)
    assert benchmark.main(["--only", "2x4x3x2", "1x5x2x3"]) == 0
    assert measured == [(2, 4, 3, 2), (1, 5, 2, 3)]
    with pytest.raises(SystemExit):
        benchmark.main(["--only", "2x4x3"])
    assert "'2x4x3' is not batch x frames" in capsys.readouterr().err


def test_a_turn_times_a_first_call_and_one_that_follows_it(monkeypatch):
    # the clock of a busy machine tells of other work as well
    moments = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: moments[-1])

    def slow_at_first():
        warms_up = len(moments) < 3
        seconds = 0.001 if warms_up else 0.02 if len(moments) % 2 else 0.005
        moments.append(moments[-1] + seconds)

    (times,) = interleaved_medians(
        {"a": slow_at_first}, 0.0095, torch.device("cpu")
    ).values()
    assert times == pytest.approx((0.02, 0.005))
    assert (
        len(moments) == 1 + 2 + 2 * 10
    )  # turns: the budget by what the last warm-up took


def test_disagreement_is_an_error(rng):
    path = torch.tensor(rng.normal(size=(2, 5, 3)), dtype=torch.float32)
    weights = torch.ones(2, 6)
    right = peers.ours(path, 2, weights)
    benchmark.check_agreement("ours", right, path, 2, weights)
    wrong = right._replace(forward=lambda: 1.01 * right.forward())
    with pytest.raises(ValueError, match="log-signature of wrong is off"):
        benchmark.check_agreement("wrong", wrong, path, 2, weights)


def test_missing_library_is_noted(monkeypatch):
    def absent(path, depth, weights):  # noqa: ARG001
        raise ImportError

    monkeypatch.setattr(peers, "PEERS", {"absent": absent})
    records, notes = benchmark.measure((2, 4, 3, 2), torch.device("cpu"), budget=0.0)
    assert [record["backend"] for record in records] == ["ours"]
    assert notes == ["absent was skipped: not installed."]

"""The benchmark of training on stores, in small."""

import json

import numpy as np
import pytest
import torch

from benchmarks import store_memory

pytestmark = pytest.mark.skipif(
    not store_memory.Path("/proc/self/status").exists(), reason="only Linux counts so"
)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(store_memory, "N_BEADS", 20)
    monkeypatch.setattr(store_memory, "N_FRAMES", 400)
    monkeypatch.setattr(store_memory, "FRAMES_PER_CHUNK", 150)


def test_halves_swing_together_or_against_each_other():
    for label, sign in ((0, 1), (1, -1)):
        pieces = list(store_memory.simulate(3, label))
        assert [piece.frames.n_frames for piece in pieces] == [150, 150, 100]
        xyz = np.concatenate([piece.frames.positions for piece in pieces])
        first = xyz[:, :10].mean(axis=1)[:, 0]
        second = xyz[:, 10:].mean(axis=1)[:, 0]
        assert sign * np.corrcoef(first, second)[0, 1] > 0.9


def test_a_row_for_each_figure_and_nothing_left_behind(tmp_path, capsys):
    given = ["--gigabytes", "0.00077", "--folder", str(tmp_path), "--json"]
    store_memory.main([*given, "--threads", str(torch.get_num_threads())])
    result = json.loads(capsys.readouterr().out)
    assert result["trajectories"] == 8
    assert result["store_gb"] == pytest.approx(8 * 400 * 20 * 12 / 1e9)
    assert result["windows"] == 32
    assert result["peak_rss_mb"] >= result["peak_anonymous_mb"] > 50
    assert set(store_memory.ROWS) < set(result)
    assert not list(tmp_path.iterdir())
    lines = store_memory.table([result, result]).splitlines()
    assert len(lines) == 2 + len(store_memory.ROWS)
    assert "| trajectories | 8 | 8 |" in lines

import pytest
import torch

from benchmarks import peers, precision
from sklearn_deepsig.functional import logsignature


def test_quick_run_writes_a_table(tmp_path, monkeypatch, capsys):
    # compiles for seconds
    monkeypatch.delitem(peers.PEERS, "signax")
    results = tmp_path / "PRECISION.md"
    assert precision.main(["--quick", "--results", str(results)]) == 0
    text = results.read_text()
    assert text in capsys.readouterr().out
    assert "| (20, 3), 2 | " in text
    assert "| (20, 2), 4 | " in text


def test_the_worst_level_counts(rng):
    path = torch.tensor(rng.normal(size=(4, 9, 3)), dtype=torch.float32)
    exact = logsignature(path.double(), 3)
    wrong = exact.clone()
    wrong[:, 3:6] += 0.1 * exact[:, 3:6].abs().max()
    assert precision.largest_error(exact, path, 3, "words") < 1e-12
    assert precision.largest_error(wrong, path, 3, "words") == pytest.approx(0.1)

import json
import sys

import numpy as np
import pytest
import torch

from benchmarks import training as benchmark
from benchmarks import training_report as report
from benchmarks import training_step
from sklearn_deepsig.trajectory import contact_edges

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="peaks are read from /proc"
)

FIELDS = {
    *("who", "nodes", "frames", "batch", "threads"),
    *("step_s", "peak_bytes", "flops", "gflops", "floor_s"),
}


def test_quick_run_writes_records_tables_and_the_picture(tmp_path, capsys):
    target, results = tmp_path / "records.json", tmp_path / "TRAINING.md"
    options = ["--quick", "--repeats", "1", "--json", str(target)]
    assert benchmark.main([*options, "--results", str(results)]) == 0
    records = json.loads(target.read_text())
    assert all(set(record) == FIELDS for record in records)
    assert [report.row_of(r) for r in records] == benchmark.QUICK_ROWS
    assert all(r["step_s"] > 0 and r["peak_bytes"] > 0 for r in records)
    assert results.read_text() in capsys.readouterr().out
    assert (tmp_path / "training_memory.png").stat().st_size > 0


def test_failure_of_a_row_is_noted(tmp_path, capsys):
    options = ["--quick", "--authors", str(tmp_path), "--only", "30x12x2"]
    assert benchmark.main([*options, "--repeats", "1"]) == 1
    printed = capsys.readouterr().out
    assert "- authors failed at (30, 12, 2): ModuleNotFoundError" in printed


def test_ratios_and_slopes():
    task = {"frames": 100, "batch": 16, "flops": 1e9, "gflops": 1.0, "floor_s": 0.5}
    measured = [("ours", 282, 1.0, 1e9), ("ours", 1128, 4.0, 2e9)]
    measured.append(("authors", 282, 6.0, 4e9))
    records = [
        {"who": who, "nodes": nodes, "step_s": step, "peak_bytes": peak, **task}
        for who, nodes, step, peak in measured
    ]
    assert "6.0 x faster, 0.25 of the memory" in report.table(records)
    assert "| 282 to 1128 | 1.00 | 0.50 |" in report.slopes(records, "ours", "nodes")
    assert report.table(records).splitlines()[2].split(" | ")[8] == "2.0"


def test_slopes_over_the_constant():
    records = [
        {
            **{"who": "ours", "nodes": nodes, "frames": 100, "batch": 16},
            **{"step_s": 3.0 + 0.01 * nodes, "peak_bytes": 1e9},
        }
        for nodes in (100, 400, 1600)
    ]
    text = report.slopes(records, "ours", "nodes")
    assert "| 100 to 400 | 0.40 | 0.00 | 1.00 |" in text
    assert "| all, fitted | 0.56 | 0.00 | 1.00 |" in text
    assert "Time is 3.00 s + 10.00 ms x nodes" in text
    assert "deviates by more than 0%" in text
    records[1]["step_s"] *= 1.5
    assert "deviates by more than 0%" not in report.slopes(records, "ours", "nodes")


def test_sparse_products_are_counted_by_their_entries():
    right = torch.ones(5, 3)
    assert training_step.product_flops(torch.ones(4, 5), right) == 2 * 4 * 5 * 3
    assert training_step.product_flops(torch.eye(5).to_sparse(), right) == 2 * 5 * 3


def test_chains_have_few_contacts_at_any_size():
    for nodes in (300, 3000):
        (sample,) = training_step.make_chains(nodes, 4, 1)
        assert sample.positions.shape == (4, nodes, 3)
        assert np.array_equal(sample.edge_index, contact_edges(sample.positions[0]))
        assert 6 < sample.edge_index.shape[1] / nodes < 14

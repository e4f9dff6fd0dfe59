"""The benchmark of joblib's backends, in small."""

import pytest

from benchmarks import scaling as benchmark


@pytest.mark.slow
def test_quick_run_writes_the_tables(tmp_path, monkeypatch, capsys):
    backends = [("sequential", 1), ("threading", 2), ("loky", 2)]
    monkeypatch.setattr(benchmark, "BACKENDS", backends)
    results = tmp_path / "SCALING.md"
    options = ["--quick", "--repeats", "1", "--results", str(results)]
    assert benchmark.main(options) == 0
    text = results.read_text()
    assert text in capsys.readouterr().out
    lines = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")]
    rows = {tuple(cells[:2]): cells for cells in lines if len(cells) == 6}
    for backend, n_jobs in backends:
        cells = rows[f"| {backend}", str(n_jobs)]
        assert all(float(cell.split()[0]) >= 0 for cell in cells[3:])
    assert "(1.00)" in rows["| sequential", "1"][3]


def test_windows_of_a_file_are_small(tmp_path):
    _, sizes = benchmark.make_jobs(tmp_path, 4, 400, 50, 5)
    in_memory, of_file, one, _ = sizes.values()
    assert in_memory > 4 * 400 * 50 * 3 * 4
    assert of_file < 10_000
    assert one < 2_000 + 16 * 50 * 2  # with its graph


def test_results_that_differ_are_no_result(tmp_path, monkeypatch):
    monkeypatch.setattr(benchmark, "BACKENDS", [("sequential", 1), ("threading", 2)])
    monkeypatch.setattr(benchmark, "warm_up", lambda _: None)
    answers = iter([1, 2])
    with pytest.raises(ValueError, match="job is another one on threading"):
        benchmark.measure({"job": lambda: next(answers)}, 1, tmp_path)

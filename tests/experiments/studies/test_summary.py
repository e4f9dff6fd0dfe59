"""Rows, verdicts, files: what is said of records that are written by hand."""

import csv
import json

import numpy as np
import pytest

from sklearn_deepsig.exceptions import MissingDependencyError
from sklearn_deepsig.experiments.studies import (
    STUDIES,
    Record,
    read_records,
    run_study,
    summarise,
)
from sklearn_deepsig.experiments.studies.tables import (
    to_markdown,
    write_picture,
    write_tables,
)
from sklearn_deepsig.experiments.studies.verdicts import verdicts

GENES = STUDIES["genes"]
FIELDS = {
    "recipe", "method", "accuracy", "balanced_accuracy", "recall", "std", "runs",
    "seconds", "trajectory_accuracy", "plain_wins", "key", "fits", "ours_ahead",
}  # fmt: skip


def record(method, run, accuracy, by_group=None, **changes):
    values = {
        "study": "genes", "task": "A", "method": method, "run": run, "settings": {},
        "accuracy": accuracy, "balanced_accuracy": accuracy, "recall": accuracy,
        "validation_accuracy": 0.5, "training_accuracy": 1.0,
        "by_group": by_group or {"90": accuracy, "91": accuracy}, "n_train": 4,
        "n_validation": 2, "n_test": 2, "seconds": 2.0 + run, "cpu_seconds": 1.0,
        "environment": {"cpu": "an abacus", "threads": 1},
    }  # fmt: skip
    return Record(**(values | changes))


def rows_of(*records):
    return summarise(GENES, GENES.full, records)


def test_a_row_is_the_mean_and_the_spread_of_the_runs():
    by_group = {"90": 1.0, "91": 0.5, "92": 0.2}
    (row,) = rows_of(record("ours", 0, 0.9, by_group), record("ours", 1, 0.7, by_group))
    assert FIELDS <= row.keys()
    assert row["recipe"] == "A"
    assert row["accuracy"] == pytest.approx(0.8)
    assert row["std"] == pytest.approx(0.1)
    assert row["runs"] == 2
    assert row["seconds"] == pytest.approx(2.5)
    # one right, one undecided, one wrong
    assert row["trajectory_accuracy"] == pytest.approx(0.5)
    expected = np.std([1.0, 0.5, 0.2], ddof=1) / np.sqrt(3)
    assert row["standard_error"] == pytest.approx(expected)


def on_ten(right):
    """Accuracies within ten trajectories, of which so many are right."""
    return {str(90 + i): float(i < right) for i in range(10)}


@pytest.mark.parametrize(
    ("ours", "plain", "wins", "said"),
    [
        (
            2,
            9,
            True,
            "**A plain method wins**: 11 statistics + logistic regression (90",
        ),
        (
            8,
            9,
            False,
            "(paper's settings) (100.0 %), 11 statistics + logistic regressi",
        ),
        (9, 2, False, "Behind: 11 statistics + logistic regression (20.0 %)"),
    ],
)
def test_the_table_says_whether_a_plain_method_wins(ours, plain, wins, said):
    rows = rows_of(
        record("ours", 0, ours / 10, on_ten(ours)),
        # what is chosen in advance is compared, not the best of our settings
        record("paper", 0, 1.0, on_ten(10)),
        record("statistics", 0, plain / 10, on_ten(plain)),
    )
    assert [row["key"] for row in rows if row["plain_wins"]] == ["statistics"] * wins
    (sentence,) = verdicts(GENES, rows)
    assert sentence.startswith(f"A: Deep Signature (our best) ({10 * ours:.1f} %).")
    assert said in sentence
    assert said in to_markdown(GENES, rows)


def test_what_knows_the_answer_wins_nothing():
    study = STUDIES["ablation"]
    rows = summarise(
        study,
        study.full,
        [
            record(method, 0, right / 10, on_ten(right), task="all trajectories")
            for method, right in (("ours", 2), ("groups", 10), ("eigen", 3))
        ],
    )
    assert not any(row["plain_wins"] for row in rows)
    sentence, _ = verdicts(study, rows)
    assert "true communities" not in sentence
    assert "clusters of eigenvectors" in sentence


def test_nothing_is_compared_without_our_setting_or_with_one_trajectory():
    assert verdicts(GENES, rows_of(record("head", 0, 0.5))) == []
    one = {"90": 0.5}
    rows = rows_of(record("ours", 0, 0.5, one), record("head", 0, 0.5, one))
    assert verdicts(GENES, rows) == []
    assert rows[0]["standard_error"] is None


def test_a_single_run_has_no_spread():
    (row,) = rows_of(record("ours", 0, 0.9))
    assert row["std"] is row["recall_std"] is None
    cells = to_markdown(GENES, [row]).splitlines()[2].split(" | ")
    assert cells[1] == "90.00"
    assert not any("±" in cell for cell in cells)


def test_what_only_some_rows_have_is_a_column():
    rows = rows_of(
        record("ours", 0, 0.9, extra={"pair precision": 0.75}), record("head", 0, 0.5)
    )
    table = to_markdown(GENES, rows)
    assert "pair precision" in table.splitlines()[0]
    assert "| 0.75 |" in table


def test_what_only_some_runs_have_is_averaged_over_these():
    extras = [{}, {"peak GB": 1.0}, {"peak GB": 2.0}]
    (row,) = rows_of(
        *(record("ours", run, 0.9, extra=extra) for run, extra in enumerate(extras))
    )
    assert row["peak GB"] == pytest.approx(1.5)
    assert row["peak GB_std"] == pytest.approx(0.5)
    assert "| 1.50 ± 0.50 |" in to_markdown(GENES, [row])


def test_the_files_hold_the_same_rows(tmp_path):
    rows = rows_of(record("ours", 0, 0.9), record("statistics", 0, 0.8))
    write_tables(GENES, rows, {"quick": True}, "a line\n", tmp_path)
    assert (tmp_path / "genes-fits.jsonl").read_text() == "a line\n"
    assert json.loads((tmp_path / "genes.json").read_text()) == rows
    with (tmp_path / "genes.csv").open(newline="") as file:
        read = list(csv.DictReader(file))
    assert [row["method"] for row in read] == [row["method"] for row in rows]
    assert [float(row["accuracy"]) for row in read] == [0.9, 0.8]
    assert "| 90.00 |" in (tmp_path / "genes.md").read_text()


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_has_a_picture_and_a_table(name, tmp_path):
    study = STUDIES[name]
    records = [
        record("ours", run, 0.9, study=name, task=task.name)
        for task in study.full.tasks
        for run in range(2)
    ]
    rows = summarise(study, study.full, records)
    assert len(rows) == len(study.full.tasks)
    assert write_picture(study, rows, tmp_path).stat().st_size > 1000
    names = [task.name for task in study.full.tasks]
    table = to_markdown(study, rows)
    assert len(names) == 1 or all(name in table for name in names)


def test_the_numbers_survive_a_missing_matplotlib(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise MissingDependencyError("no matplotlib")

    monkeypatch.setattr("sklearn_deepsig.plots._display.import_optional", fail)
    assert write_picture(GENES, rows_of(record("ours", 0, 1.0)), tmp_path) is None


def test_rows_are_in_the_order_of_the_settings(genes, tmp_path):
    run_study(genes, genes.full, tmp_path, methods=["majority", "statistics"])
    rows = summarise(genes, genes.full, read_records(tmp_path, "genes"))
    assert [(row["recipe"], row["method"][:2]) for row in rows] == [
        ("A", "11"), ("A", "ma"), ("B", "11"), ("B", "ma"),
    ]  # fmt: skip


def test_what_nobody_is_ahead_of_has_no_table():
    study = STUDIES["scaling"]

    def table_of(*methods):
        records = [
            record(method, 0, 0.9, study="scaling", task="1 s") for method in methods
        ]
        return to_markdown(study, summarise(study, study.full, records))

    assert "| ours ahead % |" not in table_of("majority", "statistics")
    assert "| ours ahead % |" in table_of("ours", "statistics")


def test_what_rounds_to_zero_has_no_sign():
    (row,) = rows_of(record("majority", 0, 0.5))
    assert "-0.00" not in to_markdown(GENES, [{**row, "accuracy": -1e-9}])

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
from sklearn_deepsig.experiments.studies.summary import verdicts
from sklearn_deepsig.experiments.studies.tables import (
    to_markdown,
    write_picture,
    write_tables,
)

GENES = STUDIES["genes"]
FIELDS = {
    "recipe", "method", "accuracy", "balanced_accuracy", "recall", "std", "runs",
    "seconds", "trajectory_accuracy", "plain_wins",
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
    assert row["trajectory_se"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("ours", "plain", "wins", "said"),
    [
        (0.9, 0.95, True, "**a plain method wins**: 11 statistics"),
        (0.9, 0.9, False, "does as well as Deep Signature"),
        (0.9, 0.5, False, "the best plain method is 11 statistics"),
    ],
)
def test_the_table_says_whether_a_plain_method_wins(ours, plain, wins, said):
    rows = rows_of(
        record("ours", 0, ours),
        record("paper", 0, 0.6),
        record("statistics", 0, plain),
        record("majority", 0, 0.5),
    )
    assert {row["plain_wins"] for row in rows} == {wins}
    (sentence,) = verdicts(GENES, rows)
    assert said in sentence
    assert said in to_markdown(GENES, rows)


def test_what_only_some_rows_have_is_a_column():
    rows = rows_of(
        record("ours", 0, 0.9, extra={"pair precision": 0.75}), record("head", 0, 0.5)
    )
    table = to_markdown(GENES, rows)
    assert "pair precision" in table.splitlines()[0]
    assert "| 0.75 |" in table


def test_the_files_hold_the_same_rows(tmp_path):
    rows = rows_of(record("ours", 0, 0.9), record("statistics", 0, 0.8))
    write_tables(GENES, rows, {"quick": True}, tmp_path)
    assert json.loads((tmp_path / "genes.json").read_text()) == rows
    with (tmp_path / "genes.csv").open(newline="") as file:
        read = list(csv.DictReader(file))
    assert [row["method"] for row in read] == [row["method"] for row in rows]
    assert [float(row["accuracy"]) for row in read] == [0.9, 0.8]
    assert "| 90.00 ± 0.00 |" in (tmp_path / "genes.md").read_text()


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

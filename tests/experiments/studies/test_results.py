"""What the results in the documentation must show, whoever measures them again."""

import json
from pathlib import Path

import pytest

RESULTS = Path(__file__).parents[3] / "docs" / "experiments"


def rows(name):
    return json.loads((RESULTS / f"{name}.json").read_text())


def row(name, key, **where):
    (found,) = (
        row
        for row in rows(name)
        if row["key"] == key and all(row[k] == v for k, v in where.items())
    )
    return found


@pytest.mark.parametrize("recipe", ["A", "B", "S"])
def test_the_genes_are_told_apart_in_a_minute(recipe):
    ours = row("genes", "ours", recipe=recipe)
    assert ours["runs"] >= 5
    assert ours["accuracy"] >= 0.995
    assert ours["recall"] >= 0.99
    assert ours["seconds"] < 60


def test_longer_and_larger_genes_are_told_apart():
    ours = [row for row in rows("scaling") if row["key"] == "ours"]
    assert len(ours) == 11
    assert min(row["accuracy"] for row in ours) >= 0.995


def test_a_current_is_seen_where_statistics_see_nothing():
    """At some noise at which the statistic that knows the groups has 95 %."""
    seen = [
        row["task"]
        for row in rows("irreversible")
        if row["key"] == "reference" and row["accuracy"] >= 0.95
    ]
    shown = []
    for task in seen:
        of = {
            key: row("irreversible", key, task=task)
            for key in ("ours", "head", "tail", "head-tail", "statistics")
        }
        ours = of.pop("ours")
        assert all(other["accuracy"] < 0.6 for other in of.values())
        if ours["accuracy"] >= 0.9 and ours["pair precision"] >= 0.9:
            shown.append(task)
    # not only where there is hardly any noise
    assert "noise 4" in shown


def test_nothing_that_moves_tells_the_control_apart():
    for own in rows("control"):
        if own["key"] == "leak":
            assert own["accuracy"] == 1
        else:
            assert own["balanced_accuracy"] <= 0.2 + 2 * own["standard_error"]


@pytest.mark.parametrize(
    "name",
    [
        "genes", "scaling", "irreversible", "ablation", "learning-curve", "peptides",
        "ablation-peptides", "receptors", "control", "chignolin",
    ],
)  # fmt: skip
def test_every_row_has_what_it_is_compared_by(name):
    for own in rows(name):
        for field in ("accuracy", "balanced_accuracy", "recall", "trajectory_accuracy"):
            assert 0 <= own[field] <= 1
        assert own["runs"] >= 1
        assert own["seconds"] >= 0
        assert (own["std"] is None) == (own["runs"] == 1)

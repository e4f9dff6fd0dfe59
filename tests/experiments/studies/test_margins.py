"""How far methods are apart, what guessing gives, and folds that make a run."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from sklearn_deepsig.experiments.studies import STUDIES, summarise
from sklearn_deepsig.experiments.studies.chosen import ChosenClassifier
from sklearn_deepsig.experiments.studies.margins import margin, mean_and_error
from sklearn_deepsig.experiments.studies.summary import by_run
from sklearn_deepsig.experiments.studies.tables import to_markdown
from sklearn_deepsig.experiments.studies.verdicts import against_chance, verdicts
from tests.experiments.studies.test_summary import record

PEPTIDES = STUDIES["peptides"]


def test_a_mean_is_over_what_is_held_out_together():
    mean, error = mean_and_error([{"a/1": 1.0, "a/2": 0.5, "b/1": 0.5, "c/1": 0.25}])
    assert mean == pytest.approx(0.5)
    assert error == pytest.approx(np.std([0.75, 0.5, 0.25], ddof=1) / np.sqrt(3))
    assert np.isnan(mean_and_error([{"a/1": 1.0, "a/2": 0.5}])).all()
    assert np.isnan(mean_and_error([])).all()


def test_an_error_is_over_the_runs_too():
    runs = [{"a": 1.0, "b": 0.5}, {"a": 0.5, "b": 0.0}, {"a": 0.75, "b": 1.0}]
    mean, error = mean_and_error(runs)
    of_units = np.std([0.75, 0.5], ddof=1) / np.sqrt(2)
    of_runs = np.std([0.75, 0.25, 0.875], ddof=1) / np.sqrt(3)
    assert mean == pytest.approx(0.625)
    assert error == pytest.approx(np.sqrt(of_units**2 + of_runs**2))


def test_a_margin_is_paired_over_units_and_runs():
    ours = {0: {"a/1": 1.0, "a/2": 0.5, "b/1": 0.75, "c/1": 0.25}, 2: {"a/1": 1.0}}
    other = {0: {"a/1": 0.5, "a/2": 0.5, "b/1": 0.25, "c/1": 0.5}, 1: {"a/1": 0.0}}
    difference, error = margin(ours, other)
    units = [0.25, 0.5, -0.25]
    assert difference == pytest.approx(np.mean(units))
    assert error == pytest.approx(np.std(units, ddof=1) / np.sqrt(3))
    assert np.isnan(margin({0: {"a": 1.0, "b": 1.0}}, {1: {"a": 0.0, "b": 1.0}})).all()


def peptide(method, fit, accuracy, by_group, **changes):
    return record(
        method, fit, accuracy, by_group, study="peptides", task="unseen mutants",
        **changes,
    )  # fmt: skip


@pytest.fixture
def rows():
    """Two runs of two folds, each of which tests on two mutants."""
    settings = replace(PEPTIDES.full, n_folds=2)
    folds = [{"a/1": 1.0, "b/1": 0.5}, {"c/1": 1.0, "d/1": 0.0}] * 2
    better = [{"a/1": 1.0, "b/1": 1.0}, {"c/1": 1.0, "d/1": 1.0}] * 2
    accuracies = [0.75, 0.5, 0.25, 0.5]
    records = [
        peptide("ours", i, accuracies[i], folds[i], seconds=2.0, validation_accuracy=v)
        for i, v in enumerate([None, None, 0.5, 0.7])
    ]
    records += [peptide("dihedral", i, 1.0, better[i]) for i in range(4)]
    return summarise(PEPTIDES, settings, records)


def test_folds_are_averaged_to_runs(rows):
    ours = rows[0]
    assert ours["runs"] == 2
    assert ours["accuracy"] == pytest.approx(0.5)
    assert ours["std"] == pytest.approx(0.125)
    assert ours["trajectories"] == 4
    # two right, one undecided, one wrong
    assert ours["trajectory_accuracy"] == pytest.approx(0.625)
    assert ours["seconds"] == 4.0


def test_our_lead_is_a_column_of_all_others(rows):
    ours, dihedral = rows
    assert ours["ours_ahead"] is None
    assert dihedral["ours_ahead"] == pytest.approx(-0.375)
    differences = [0, -0.5, 0, -1]
    expected = np.std(differences, ddof=1) / np.sqrt(4)
    assert dihedral["ours_ahead_se"] == pytest.approx(expected)
    # 0.375 is less than two standard errors of 0.24
    assert not dihedral["plain_wins"]
    sentence, _ = verdicts(PEPTIDES, rows)
    assert "Not told apart from it: dihedral + PCA + SVM (100.0 %)" in sentence
    assert "| -37.50 ± 23.94 |" in to_markdown(PEPTIDES, rows)


def test_methods_are_told_with_what_they_are_compared_by():
    """Each other by the accuracy, whose error is known; guessing by the score."""
    records = [
        peptide("ours", 0, 0.5, {"a/1": 0.5, "b/1": 0.5}, balanced_accuracy=0.9),
        peptide("majority", 0, 0.8, {"a/1": 1.0, "b/1": 0.6}, balanced_accuracy=0.4),
    ]
    rows = summarise(PEPTIDES, PEPTIDES.full, records)
    compared, guessed = verdicts(PEPTIDES, rows)
    assert "(our best) (50.0 %)" in compared
    assert "majority class (80.0 %)" in compared
    assert "(our best) (90.0 %)" in guessed
    assert "majority class (40.0 %)" in guessed


def test_a_run_that_is_not_finished_is_marked():
    records = [
        peptide("ours", i, 0.5, {"a/1": 0.5}) for i in range(PEPTIDES.full.n_folds + 2)
    ]
    (row,) = summarise(PEPTIDES, PEPTIDES.full, records)
    assert (row["runs"], row["fits"]) == (2, 8)
    assert "| 2 (8 of 12 fits) |" in to_markdown(PEPTIDES, [row])


def test_the_folds_of_a_run_are_put_together():
    fits = [
        peptide("ours", 0, 0.5, {"a": 0.5}), peptide("ours", 1, 0.5, {"b": 1.0}),
        peptide("ours", 2, 0.5, {"a": 1.0}),
    ]  # fmt: skip
    assert by_run(fits, 2) == {0: {"a": 0.5, "b": 1.0}, 1: {"a": 1.0}}


@pytest.mark.parametrize("plain", [0.2, 0.9])
def test_along_an_axis_only_what_is_ahead_is_said(plain):
    study = STUDIES["irreversible"]
    rows = []
    for task in ("noise 1", "noise 2"):
        score = plain if task == "noise 2" else 0.2
        right = [{str(i): x for i in range(9)} for x in (0.5, score)]
        records = [
            record(method, 0, own["0"], own, task=task)
            for method, own in zip(("ours", "statistics"), right, strict=True)
        ]
        rows += summarise(study, study.full, records)
    said = verdicts(study, rows)
    if plain == 0.2:
        assert len(said) == 1
        assert said[0].startswith("Nowhere is a method ahead")
    else:
        first, last = said
        assert first.startswith("noise 2: **A plain method wins**: 11 statistics")
        assert last.startswith("Elsewhere is no method ahead")
    # the area of the true groups is in the table, and compared with nobody
    for task in ("noise 1", "noise 2"):
        records = [
            record(method, 0, score, {str(i): score for i in range(9)}, task=task)
            for method, score in (("ours", 0.5), ("reference", 1.0))
        ]
        rows += [summarise(study, study.full, records)[0]]
    assert len(verdicts(study, rows)) == len(said)
    known = "that does not know the form of the answer ahead"
    assert known in verdicts(study, rows)[-1]
    table = to_markdown(study, rows)
    assert "| ours ahead % | noise 1 | noise 2 |" in table
    assert "| recall | noise 1 | noise 2 |" in table
    assert "| s a run (CPU s) | noise 1 | noise 2 |" in table
    assert "by trajectory % | noise 1" in table  # another number than the accuracy
    assert "balanced accuracy %" not in table


def test_what_is_better_than_guessing_is_said():
    control = STUDIES["control"]
    rows = [
        {"method": method, "balanced_accuracy": score, "standard_error": 0.05}
        for method, score in (("A", 0.29), ("B", 0.31), ("C", 0.05))
    ]
    said = against_chance(control, rows)
    assert said == (
        "Guessing gives 20.0 % of balanced accuracy; within two standard errors of it: "
        "A (29.0 %); **better**: B (31.0 %); worse: C (5.0 %)."
    )


def test_the_best_of_validation_is_chosen_and_no_other_sample_is_seen():
    candidates = [
        DummyClassifier(strategy="constant", constant=label) for label in "ab"
    ]
    X, y = [[0], [1], [2]], np.array(["a", "b", "b"])
    chosen = ChosenClassifier(candidates, [[3], [4]], np.array(["b", "b"])).fit(X, y)
    assert chosen.chosen_ == [1]
    assert chosen.predict([[9]]).tolist() == ["b"]
    # of equals, and without validation, the first
    assert ChosenClassifier(candidates, [[3], [4]], y[:2]).fit(X, y).chosen_ == [0]
    assert ChosenClassifier(candidates, [], y[:0]).fit(X, y).chosen_ == [0]


def test_candidates_that_validate_equally_well_are_averaged():
    shares = [[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.0, 1.0]]
    X, y = [[0], [1]], np.array(["a", "b"])

    class Saying(DummyClassifier):
        def __init__(self, place=0):
            super().__init__()
            self.place = place

        def predict_proba(self, X):
            return np.tile(shares[self.place], (len(X), 1))

        def predict(self, X):
            return np.full(len(X), "ab"[np.argmax(shares[self.place])])

    def fitted(*places, y_validation=y[:0]):
        candidates = [Saying(place) for place in places]
        X_validation = [[3]] * len(y_validation)
        return ChosenClassifier(
            candidates, X_validation, y_validation, average=True
        ).fit(X, y)

    # without validation all are equal: the mean of "b" is 0.45, then 0.53
    assert fitted(0, 1).chosen_ == [0, 1]
    assert fitted(0, 1).predict([[9]] * 2).tolist() == ["a", "a"]
    assert fitted(0, 1, 2).predict([[9]]).tolist() == ["b"]
    # "a" is wrong in the validation, and its certainty does not count
    chosen = fitted(0, 1, 2, y_validation=np.array(["b"]))
    assert chosen.chosen_ == [1, 2]
    assert chosen.predict([[9]]).tolist() == ["b"]
    # which is what the table of the peptides tells of every fit
    look_into = PEPTIDES.look_into
    assert look_into(chosen, None, None) == {
        "took candidate 1 of 3": 0,
        "took candidate 2 of 3": 0.5,
        "took candidate 3 of 3": 0.5,
    }
    assert look_into(Saying(), None, None) is None


def test_no_digit_of_a_comparison_depends_on_the_order_of_a_set():
    """Python hashes strings anew in each process, and so orders sets of them."""
    code = (
        "from sklearn_deepsig.experiments.studies.margins import margin\n"
        "ours = {0: {str(i): (-10.0) ** i for i in range(30)}}\n"
        "print(margin(ours, {0: dict.fromkeys(ours[0], 0.0)}))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in range(2)
    }
    assert len(said) == 1

"""The comparison: whole groups out, right scores, files that can be read again."""

import csv
import json

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.metrics import balanced_accuracy_score, recall_score

from sklearn_deepsig.exceptions import InvalidInputError, StoreFileError
from sklearn_deepsig.experiments import compare_methods

FITS = []


class Remembering(ClassifierMixin, BaseEstimator):
    """Says of a sample what its number says, and remembers what it was fitted on."""

    def __init__(self, wrong_from=100, random_state=None):
        self.wrong_from = wrong_from
        self.random_state = random_state

    def fit(self, X, y):
        FITS.append((self.random_state, sorted(X)))
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        truth = np.array([LABELS[i] for i in X])
        other = np.where(truth == "a", "b", "a")
        return np.where(np.array(X) >= self.wrong_from, other, truth)


GROUPS = np.repeat(np.arange(6), 4)
LABELS = np.repeat(list("ababab"), 4)
X = list(range(24))


def compare(methods, **options):
    FITS.clear()
    return compare_methods(methods, X, LABELS, GROUPS, **options)


def test_whole_groups_are_held_out_and_every_repeat_has_its_seed():
    result = compare({"m": Remembering()}, n_repeats=2, random_state=5)
    assert result.settings["n_splits"] == 3  # the groups of the rarer class
    assert [seed for seed, _ in FITS] == [5, 5, 5, 6, 6, 6]
    for fold, (_, train) in zip(result.folds, FITS, strict=True):
        held_out = {int(group) for group in fold.held_out.split(";")}
        assert held_out.isdisjoint(GROUPS[train])
        assert held_out | set(GROUPS[train]) == set(range(6))


def test_fits_that_are_kept_are_not_repeated():
    kept = {}
    methods = {"m": Remembering(wrong_from=14)}
    once = compare(methods, n_repeats=2, kept=kept)
    assert list(kept) == [("m", seed, fold, 3) for seed in (0, 1) for fold in range(3)]
    for key in [("m", 1, 0, 3), ("m", 1, 2, 3)]:
        del kept[key]
    again = compare(methods, n_repeats=2, kept=kept)
    assert [seed for seed, _ in FITS] == [1, 1]
    seconds = {"seconds": 0.0}
    assert [f._replace(**seconds) for f in again.folds] == [
        f._replace(**seconds) for f in once.folds
    ]
    assert compare(methods, n_repeats=2, kept=kept) == again  # with the times of before
    assert not FITS
    compare(methods, n_repeats=3, n_splits=2, kept=kept)  # other folds are other fits
    assert len(FITS) == 6


def test_scores_equal_those_of_scikit_learn():
    model = Remembering(wrong_from=14)
    result = compare({"m": model}, n_repeats=1)
    model.fit(X, LABELS)
    for fold in result.folds:
        test = [i for i in X if str(GROUPS[i]) in fold.held_out.split(";")]
        truth, predicted = LABELS[test], model.predict(test)
        assert fold.accuracy == pytest.approx((truth == predicted).mean())
        assert fold.balanced_accuracy == pytest.approx(
            balanced_accuracy_score(truth, predicted)
        )
        assert fold.recall == pytest.approx(
            recall_score(truth, predicted, pos_label="b")
        )
    (row,) = result.rows
    accuracies = [fold.accuracy for fold in result.folds]
    assert row.accuracy == pytest.approx(np.mean(accuracies))
    assert row.accuracy_std == pytest.approx(np.std(accuracies))
    # groups 0 to 2 are right, 3 is a tie, 4 and 5 are wrong
    assert row.group_accuracy == pytest.approx(3.5 / 6)
    assert row.group_accuracy_se == pytest.approx(np.sqrt(0.55 * 0.45 / 10))


class Unable(Remembering):
    """Cannot read these samples, and says so in the second fold."""

    def predict(self, X):
        if len(FITS) > 1:
            raise InvalidInputError("no molecules here")
        return super().predict(X)


def test_a_method_that_cannot_be_used_does_not_take_the_others_with_it():
    result = compare({"u": Unable(), "m": Remembering()}, n_repeats=2)
    assert [row.method for row in result.rows] == ["m"]
    assert {fold.method for fold in result.folds} == {"m"}
    assert result.left_out == {"u": "no molecules here"}


def test_all_of_a_few_groups_right_is_not_certainty():
    row = compare({"m": Remembering()}).rows[0]
    assert row.group_accuracy == 1.0
    assert row.group_accuracy_se > 0.1


def test_the_majority_class_is_at_chance():
    row = compare({"m": DummyClassifier(strategy="most_frequent")}).rows[0]
    assert row.balanced_accuracy == pytest.approx(0.5)


def test_positive_class_can_be_chosen():
    result = compare({"m": Remembering()}, positive="a", n_repeats=1)
    assert result.settings["positive"] == "a"
    with pytest.raises(InvalidInputError, match="positive='c' is no class"):
        compare({"m": Remembering()}, positive="c")


def test_of_three_classes_recall_is_that_of_the_named_one_or_the_mean():
    three = np.where(np.isin(GROUPS, [1, 4]), "c", LABELS)
    majority = {"m": DummyClassifier(strategy="constant", constant="c")}

    def recall(**options):
        result = compare_methods(
            majority, X, three, GROUPS, n_splits=2, n_repeats=1, **options
        )
        return result.settings["positive"], result.rows[0].recall

    assert recall() == ("mean over classes", pytest.approx(1 / 3))
    assert recall(positive="c") == ("c", 1.0)
    assert recall(positive="a") == ("a", 0.0)


def test_files_hold_the_rows_again(tmp_path):
    result = compare({"m": Remembering(), "n": Remembering(3)}, n_repeats=1)
    for path in result.write(tmp_path / "new" / "folder"):
        assert path.exists()
    folder = tmp_path / "new" / "folder"
    rows = json.loads((folder / "comparison.json").read_text())
    assert [row["method"] for row in rows] == ["m", "n"]
    assert rows[0]["accuracy"] == result.rows[0].accuracy
    with (folder / "comparison.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert float(table[1]["recall"]) == result.rows[1].recall
    with (folder / "folds.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 6
    assert json.loads((folder / "settings.json").read_text())["seeds"] == [0]
    lines = result.to_text().splitlines()
    assert len({len(line) for line in lines}) == 1
    assert "100.0 ±  0.0" in lines[2]


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        (np.repeat("a", 24), {}, "All labels are"),
        (
            np.repeat(list("aaaaab"), 4),
            {},
            "Class 'b' has too few trajectories, .* ones: 1",
        ),
        (LABELS, {"n_splits": 4}, "for 4 folds that hold"),
        (LABELS, {"n_splits": 1}, "at least 2 are needed"),
    ],
)
def test_impossible_splits_are_refused_with_numbers(labels, options, message):
    FITS.clear()
    with pytest.raises(InvalidInputError, match=message):
        compare_methods({"m": Remembering()}, X, labels, GROUPS, **options)
    assert not FITS


class Damaged(DummyClassifier):
    """A method that finds its data damaged."""

    def fit(self, X, y):  # noqa: ARG002 - as scikit-learn's
        raise StoreFileError("000002.positions has another checksum")


def test_damaged_data_ends_the_comparison():
    y = np.array([0, 1] * 4)
    methods = {"it": Damaged(), "majority class": DummyClassifier()}
    with pytest.raises(StoreFileError, match="another checksum"):
        compare_methods(methods, np.zeros((8, 2)), y, np.arange(8), n_repeats=1)

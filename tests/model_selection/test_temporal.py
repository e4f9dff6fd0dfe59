import pickle

import numpy as np
import pytest
import sklearn
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from torch_geometric.data import Data

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.model_selection import TemporalGroupKFold, make_windows
from sklearn_deepsig.trajectory import GraphTrajectory
from tests.helpers.molecules import make_peptide


@st.composite
def settings(draw):
    """Parameters, and trajectories of different lengths whose windows interleave."""
    n_groups = draw(st.integers(1, 5))
    n_splits = draw(st.integers(2, 5))
    least = n_groups * n_splits
    counts = draw(st.lists(st.integers(least, 3 * least), min_size=1, max_size=4))
    names = draw(st.permutations(["b", "a", "d", "c"]))
    groups = np.repeat(names[: len(counts)], counts)
    if draw(st.booleans()):
        groups = np.random.default_rng(draw(st.integers(0, 99))).permutation(groups)
    return n_groups, n_splits, groups


def folds_by_counting(n_windows, n_groups, n_splits):
    """Deal windows out one by one: the first n % k parts take one window more."""

    def deal(n, k):
        return [n // k + (part < n % k) for part in range(k)]

    folds = []
    for group_size in deal(n_windows, n_groups):
        for fold, size in enumerate(deal(group_size, n_splits)):
            folds += [fold] * size
    return folds


@given(
    settings(),
    st.integers(0, 60),
    st.integers(1, 6),
    st.one_of(st.none(), st.integers(1, 9)),
    st.booleans(),
)
def test_equals_brute_force(case, gap, length, stride, ragged):
    """Windows and gap as sets of frames, which must not meet."""
    n_groups, n_splits, groups = case
    lengths = length + np.arange(len(groups)) % 3 * ragged
    X = [np.zeros((n, 2)) for n in lengths]
    expected = []
    for fold in range(n_splits):
        train, test = [], []
        for name in set(groups):
            places = [i for i, group in enumerate(groups) if group == name]
            held = folds_by_counting(len(places), n_groups, n_splits)
            start, frames = 0, []
            for place in places:
                frames.append(set(range(start, start + lengths[place])))
                start += stride or lengths[place]
            forbidden = set()
            for i, place in enumerate(places):
                if held[i] == fold:
                    test.append(place)
                    low, high = min(frames[i]), max(frames[i])
                    forbidden |= set(range(low - gap, high + gap + 1))
            train += [
                place
                for i, place in enumerate(places)
                if held[i] != fold and not frames[i] & forbidden
            ]
        expected.append((sorted(train), sorted(test)))
    cv = TemporalGroupKFold(n_groups, n_splits, gap, stride)
    if all(train for train, _ in expected):
        found = [
            (train.tolist(), test.tolist()) for train, test in cv.split(X, None, groups)
        ]
        assert found == expected
    else:
        with pytest.raises(InvalidInputError, match=f"gap={gap} leaves none"):
            next(cv.split(X, groups=groups))


@pytest.mark.parametrize("kind", ["array", "molecule", "graph", "data", "object"])
def test_frames_are_counted_in_every_kind_of_window(kind):
    """Four frames from window to window, of six: neighbours share two of them."""
    make = {
        "array": lambda: np.zeros((42, 3, 3)),
        "molecule": lambda: make_peptide(n_frames=42),
        "graph": lambda: GraphTrajectory(np.zeros((42, 3, 3)), [[0], [1]]),
        "data": lambda: Data(pos=torch.zeros(3, 42, 3), edge_index=torch.ones(2, 0)),
        "object": lambda: np.zeros((42, 3, 3)),
    }[kind]
    X, _, groups = make_windows([make(), make()], [0, 1], length=6, stride=4)
    if kind == "object":
        objects = np.empty(len(X), dtype=object)
        objects[:] = X
        X = objects
    cv = TemporalGroupKFold(n_groups=1, n_splits=2, stride=4)
    in_training = np.zeros((2, len(X)), dtype=int)
    for row, (train, test) in zip(in_training, cv.split(X, None, groups), strict=True):
        row[train], row[test] = 1, 2
    # Ten windows a trajectory, five of them held out, and one left out.
    assert in_training.tolist() == [
        2 * [2, 2, 2, 2, 2, 0, 1, 1, 1, 1],
        2 * [1, 1, 1, 1, 0, 2, 2, 2, 2, 2],
    ]


def test_a_table_does_not_say_how_long_a_window_is():
    X, groups = np.zeros((20, 4)), np.zeros(20)
    with pytest.raises(InvalidInputError, match=r"table of shape \(20, 4\).*cv=list"):
        next(TemporalGroupKFold(1, 2, gap=1).split(X, groups=groups))
    assert len(list(TemporalGroupKFold(1, 2).split(X, groups=groups))) == 2


@given(settings())
def test_every_window_is_validated_exactly_once(case):
    n_groups, n_splits, groups = case
    cv = TemporalGroupKFold(n_groups, n_splits)
    counts = np.zeros(len(groups), dtype=int)
    for train, test in cv.split(groups, groups=groups):
        counts[test] += 1
        # Without a gap nothing is left out.
        assert sorted([*train, *test]) == list(range(len(groups)))
        # Both sides see every trajectory.
        assert set(groups[train]) == set(groups[test]) == set(groups)
    assert (counts == 1).all()
    assert cv.get_n_splits() == n_splits


def test_the_setting_of_the_paper():
    """2,500 frames in 25 windows: fold k has the k-th of every five windows."""
    _, _, groups = make_windows(np.zeros((3, 2500, 1)), [0, 1, 0], n_windows=25)
    for fold, (train, test) in enumerate(
        TemporalGroupKFold().split(groups, groups=groups)
    ):
        assert test.tolist() == list(range(fold, 75, 5))
        assert len(train) == 60


def test_score_and_grid_search_route_the_groups(rng):
    X = rng.normal(size=(40, 3))
    y = np.tile([0, 1], 20)
    groups = np.repeat(np.arange(4), 10)
    cv = TemporalGroupKFold(n_groups=2, n_splits=5)
    scores = cross_val_score(DummyClassifier(), X, y, groups=groups, cv=cv)
    assert scores.shape == (5,)
    assert len(cross_val_predict(DummyClassifier(), X, y, groups=groups, cv=cv)) == 40
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=cv)
    search.fit(X, y, groups=groups)
    assert search.n_splits_ == 5
    with sklearn.config_context(enable_metadata_routing=True):
        scores = cross_val_score(
            DummyClassifier(), X, y, params={"groups": groups}, cv=cv
        )
        assert scores.shape == (5,)


def test_ragged_lists_are_split():
    class Length(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.classes_ = np.unique(y)
            self.length_ = np.mean([len(x) for x in X])
            return self

        def predict(self, X):
            return self.classes_[[int(len(x) > self.length_) for x in X]]

    X, y, groups = make_windows(
        [np.zeros((40, 2)), np.zeros((80, 3))], ["short", "tall"], n_windows=8
    )
    cv = TemporalGroupKFold(n_groups=2, n_splits=4)
    assert cross_val_score(Length(), X, y, groups=groups, cv=cv).tolist() == [1] * 4


def test_repr_and_pickle():
    cv = TemporalGroupKFold(n_groups=3, gap=1)
    assert repr(cv) == "TemporalGroupKFold(gap=1, n_groups=3, n_splits=5, stride=None)"
    X, groups = np.zeros((15, 4, 2)), np.zeros(15)
    folds = list(cv.split(X, groups=groups))
    again = list(pickle.loads(pickle.dumps(cv)).split(X, groups=groups))
    np.testing.assert_equal(again, folds)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_groups": 0}, "n_groups=0 must be an integer of at least 1"),
        ({"n_splits": 1}, "n_splits=1 must be an integer of at least 2"),
        ({"stride": 0}, "stride=0 must be an integer of at least 1"),
        ({"gap": -1}, "gap=-1 must be an integer of at least 0"),
        ({"n_groups": 2.0}, r"n_groups=2\.0 must"),
        ({}, r"trajectory b has 12 windows, fewer than .* 5 \* 5 = 25"),
        ({"n_groups": 6, "n_splits": 2, "gap": 3}, "gap=3 leaves none of the 42"),
        ({"n_groups": 1, "n_splits": 2, "stride": 1, "gap": 50}, "leaves none"),
    ],
)
def test_impossible_settings_are_refused_with_numbers(parameters, message):
    groups = np.repeat(["a", "b"], [30, 12])
    X = np.zeros((42, 1, 1))
    with pytest.raises(InvalidInputError, match=message):
        next(TemporalGroupKFold(**parameters).split(X, groups=groups))


def test_groups_are_needed_and_fit():
    with pytest.raises(InvalidInputError, match="make_windows"):
        next(TemporalGroupKFold().split(np.zeros(30)))
    with pytest.raises(InvalidInputError, match=r"shape \(29,\) for 30 windows"):
        next(TemporalGroupKFold().split(np.zeros(30), groups=np.zeros(29)))

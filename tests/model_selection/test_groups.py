"""Folds of whole groups hold every class on both sides."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_deepsig.model_selection import hold_out_groups, split_by_group


@given(
    st.lists(st.integers(2, 6), min_size=2, max_size=4),
    st.integers(0, 1000),
    st.data(),
)
@settings(max_examples=80, deadline=None)
def test_every_fold_has_every_class_and_no_group_twice(groups_a_class, seed, data):
    of_group = np.repeat(np.arange(len(groups_a_class)), groups_a_class)
    sizes = data.draw(
        st.lists(st.integers(1, 7), min_size=len(of_group), max_size=len(of_group))
    )
    groups = np.repeat(np.arange(len(of_group)), sizes)
    y = of_group[groups]
    n_splits = data.draw(st.integers(2, min(groups_a_class)))
    folds = split_by_group(y, groups, n_splits, random_state=seed)
    assert len(folds) == n_splits
    for train, test in folds:
        assert set(groups[train]).isdisjoint(groups[test])
        assert set(y[train]) == set(y[test]) == set(of_group)
    np.testing.assert_array_equal(
        np.sort(np.concatenate([test for _, test in folds])), np.arange(len(y))
    )


def test_groups_of_mixed_class_stay_whole():
    groups = np.repeat(np.arange(6), 4)
    y = np.tile([0, 1], 12)
    for train, test in split_by_group(y, groups, 3, random_state=0):
        assert set(groups[train]).isdisjoint(groups[test])


def test_seed_decides():
    y, groups = np.repeat([0, 1] * 10, 2), np.repeat(np.arange(20), 2)

    def held_out(seed):
        return [tuple(t) for _, t in split_by_group(y, groups, 5, random_state=seed)]

    assert held_out(0) == held_out(0) != held_out(1)


def test_too_few_groups_is_an_error():
    with pytest.raises(ValueError, match="fewer groups than n_splits=3"):
        split_by_group([0, 0, 1, 1], [0, 1, 2, 3], 3, random_state=0)


@pytest.mark.parametrize(("fraction", "expected"), [(0.01, 1), (0.3, 3), (0.99, 9)])
def test_held_out_groups_are_whole_and_as_many_as_asked_for(fraction, expected):
    groups = np.repeat(np.arange(20), 3)
    y = groups % 2
    train, held_out = hold_out_groups(y, groups, fraction, random_state=1)
    assert set(groups[train]).isdisjoint(groups[held_out])
    assert sorted([*train, *held_out]) == list(range(60))
    for label in (0, 1):
        assert len(np.unique(groups[held_out][y[held_out] == label])) == expected


def test_a_class_of_one_group_cannot_be_held_out():
    with pytest.raises(ValueError, match="class b has a single group"):
        hold_out_groups(list("aab"), [0, 1, 2], 0.5, random_state=0)

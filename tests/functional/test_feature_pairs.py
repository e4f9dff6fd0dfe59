"""Shares of features in pairs of points, against the names of the features."""

import re
from itertools import combinations

import numpy as np
import pytest

from sklearn_deepsig.functional.feature_pairs import feature_pairs
from sklearn_deepsig.functional.path_features import PathFeatures

POINTS = ("p0", "p1", "p2")


def shares_by_names(name):
    """Read a feature's letters off its name; brackets hold the letters of its word."""
    letters = sorted(set(re.findall(r"(?:lead|lag)\(\S+?\)|p\d\.[xy]|time", name)))
    letters = [letter for letter in letters if "time" not in letter]
    points = [int(re.search(r"p(\d)", letter)[1]) for letter in letters]
    own, pairs = np.zeros(3), np.zeros((3, 3))
    if len(points) == 1:
        own[points[0]] = 1
    couples = list(combinations(points, 2))
    for couple in couples:
        pairs[min(couple), max(couple)] += 1 / len(couples)
    return own, pairs


@pytest.mark.parametrize(
    "augmentation",
    [None, "time", "basepoint", "lead_lag", ("time", "lead_lag"), ("lead_lag", "time")],
)
@pytest.mark.parametrize(
    ("depth", "basis"), [(1, "words"), (2, "words"), (3, "lyndon"), (3, "expanded")]
)
def test_words_belong_to_the_pairs_of_their_letters(depth, basis, augmentation):
    features = PathFeatures(depth, basis, augmentation)
    names = features.names([f"{point}.{dim}" for point in POINTS for dim in "xy"])
    own, pairs = feature_pairs(features, 6, 2)
    expected = [shares_by_names(name) for name in names]
    np.testing.assert_allclose(own.toarray(), [one[0] for one in expected])
    found = pairs.toarray().reshape(len(names), 3, 3)
    np.testing.assert_allclose(found, [one[1] for one in expected])
    total = own.sum(axis=1) + pairs.sum(axis=1)
    is_time = ["p" not in name.replace("lead", "").replace("lag", "") for name in names]
    np.testing.assert_allclose(total, 1.0 - np.array(is_time))


def test_a_word_of_three_letters_belongs_to_three_pairs():
    own, pairs = feature_pairs(PathFeatures(3), 3)
    names = PathFeatures(3).names(["a", "b", "c"])
    found = dict(zip(names, pairs.toarray().reshape(-1, 3, 3), strict=True))
    third = np.array([[0, 1, 1], [0, 0, 1], [0, 0, 0]]) / 3
    np.testing.assert_allclose(found["[a, b, c]"], third)
    assert found["[a, a, b]"][0, 1] == 1
    assert own.toarray()[names.index("b")].tolist() == [0, 1, 0]


@pytest.mark.parametrize("invariance", ["rotation", ("dot",), ("trace", "twist")])
def test_invariants_belong_to_the_points_in_their_names(invariance):
    features = PathFeatures(invariance=invariance)
    channels = [f"{point}.{dim}" for point in POINTS for dim in "xyz"]
    own, pairs = feature_pairs(features, 9, 3)
    assert own.nnz == 0
    for name, row in zip(features.names(channels), pairs.toarray(), strict=True):
        first, second = map(int, re.findall(r"p(\d)", name))
        expected = np.zeros((3, 3))
        expected[first, second] = 1
        np.testing.assert_array_equal(row.reshape(3, 3), expected)

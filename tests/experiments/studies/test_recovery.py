"""The planted pairs: found where the areas say so, at chance where they do not."""

import numpy as np
import pytest

from sklearn_deepsig import DeepSignatureClassifier, HeadClassifier
from sklearn_deepsig.datasets import make_irreversible_dynamics
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.experiments.studies.recovery import (
    planted_pairs,
    precision_of_pairs,
    recover,
    score_pairs,
)
from sklearn_deepsig.experiments.studies.settings import Problem, Split
from sklearn_deepsig.inspection import attribute

GROUPS = np.array([0, 0, 1, 1, 2, 2])
SMALL = {
    "n_clusters": (4,), "hidden_dim": 8, "n_segments": 1, "max_epochs": 2,
    "random_state": 0, "verbose": False,
}  # fmt: skip


def test_planted_pairs_join_the_first_two_groups():
    planted = planted_pairs(GROUPS)
    assert planted.sum() == 8
    assert planted[0, 2]
    assert planted[3, 1]
    assert not planted[0, 1]
    assert not planted[0, 4]


def test_precision_counts_the_best_pairs():
    planted = planted_pairs(GROUPS)
    assert precision_of_pairs(planted.astype(float), planted) == 1
    assert precision_of_pairs(-planted.astype(float), planted) == 0
    scores = np.zeros((6, 6))
    for rank, (i, j) in enumerate([(0, 2), (4, 5), (1, 3), (0, 1)]):
        scores[i, j] = scores[j, i] = 10 - rank
    assert precision_of_pairs(scores, planted) == 0.5


@pytest.fixture(scope="module")
def problem():
    X, y, groups = make_irreversible_dynamics(
        60, n_groups=3, group_size=3, n_frames=150, noise=0.3, random_state=0
    )
    known = np.arange(60)
    split = Split(known[:40], known[40:50], known[50:])
    return Problem(X, y, known, [split], "forward", groups)


def test_scores_give_each_cluster_pair_to_its_nodes(problem):
    """Pair by pair and coordinate by coordinate, from the names of the features."""
    model = DeepSignatureClassifier(**SMALL).fit(problem.X[:10], problem.y[:10])
    X = problem.X[:4]
    found = score_pairs(model, X)
    told = attribute(model, X)
    assignments = np.concatenate(
        model._apply(X, lambda module, batch: module.coarsening(batch).assignment)
    ).mean(axis=0)
    of_clusters = np.zeros((4, 4))
    for name, value in zip(told.names, told.contributions.mean(0).sum(0), strict=True):
        if not name.startswith("["):
            continue
        i, j = (int(part.split(".")[0][1:]) for part in name[1:-1].split(", "))
        of_clusters[min(i, j), max(i, j)] += value
    expected = np.zeros((9, 9))
    for i, j in zip(*np.triu_indices(4), strict=True):
        both = np.outer(assignments[:, i], assignments[:, j])
        size = abs(of_clusters[i, j])
        expected += size * (both + both.T) / 2
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


def test_a_model_that_learned_finds_the_pairs(problem):
    split = problem.splits[0]
    model = DeepSignatureClassifier(
        **{**SMALL, "max_epochs": 25}, batch_norm=True, learning_rate=5e-3,
        learning_rate_schedule="one_cycle",
    )  # fmt: skip
    model.fit([problem.X[i] for i in split.train], problem.y[split.train])
    assert model.score([problem.X[i] for i in split.test], problem.y[split.test]) > 0.8
    # nine of 36 pairs are planted
    assert recover(model, problem, split)["pair precision"] > 0.7


def test_a_model_without_such_features_says_nothing(problem):
    X, y = problem.X[:6], problem.y[:6]
    split = problem.splits[0]
    assert recover(HeadClassifier((4,), max_epochs=1), problem, split) is None
    for changes in ({"augmentation": "time"}, {"rotation_invariant": True}):
        model = DeepSignatureClassifier(**SMALL, **changes).fit(X, y)
        with pytest.raises(InvalidInputError, match="Pairs are scored for depth=2"):
            score_pairs(model, X)
        assert recover(model, problem, split) is None

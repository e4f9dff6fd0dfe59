"""The planted pairs: found where the areas say so, at chance where they do not."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline

from sklearn_deepsig import (
    DeepSignatureClassifier,
    FixedCoarsener,
    HeadClassifier,
    LogSignatureTransformer,
    SummaryStatisticsTransformer,
)
from sklearn_deepsig.datasets import make_irreversible_dynamics
from sklearn_deepsig.experiments.studies.recovery import planted_pairs, recover
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


@pytest.fixture(scope="module")
def problem():
    X, y, groups = make_irreversible_dynamics(
        60, n_groups=4, group_size=4, n_frames=150, noise=0.3, random_state=0
    )
    known = np.arange(60)
    split = Split(known[:40], known[40:50], known[50:])
    return Problem(X, y, known, [split], "forward", groups)


def test_of_as_many_pairs_as_are_planted_the_best_are_counted(problem):
    """By a matrix of all pairs, from areas of the groups that each model is given."""
    for mapping in ([*range(16)], [0] * 4 + [1] * 4 + [2] * 8, [0, 1] * 8):
        model = make_pipeline(
            FixedCoarsener(mapping), LogSignatureTransformer(), RidgeClassifier()
        ).fit(problem.X[:40], problem.y[:40])
        found = attribute(
            model, problem.X[40:50], problem.y[40:50], shares="assignment"
        )
        whole, places = found.node_pairs.matrix(), np.triu_indices(16, 1)
        best = np.argsort(-whole[places], kind="stable")[:16]
        expected = planted_pairs(problem.node_groups)[places][best].mean()
        precision = recover(model, problem, problem.splits[0])["pair precision"]
        assert precision == expected


def test_a_model_that_learned_finds_the_pairs(problem):
    split = problem.splits[0]
    model = DeepSignatureClassifier(
        **{**SMALL, "max_epochs": 25}, batch_norm=True, learning_rate=5e-3,
        learning_rate_schedule="one_cycle",
    )  # fmt: skip
    model.fit([problem.X[i] for i in split.train], problem.y[split.train])
    assert model.score([problem.X[i] for i in split.test], problem.y[split.test]) > 0.8
    # 16 of 120 pairs are planted
    assert recover(model, problem, split)["pair precision"] > 0.7


def test_a_model_that_cannot_be_explained_says_nothing(problem):
    X, y = problem.X[:6], problem.y[:6]
    split = problem.splits[0]
    assert recover(HeadClassifier((4,), max_epochs=1), problem, split) is None
    model = make_pipeline(SummaryStatisticsTransformer(), RidgeClassifier())
    assert recover(model.fit(X, y), problem, split) is None
    model = DeepSignatureClassifier(**SMALL).fit(X, y)
    assert recover(model, replace(problem, node_groups=None), split) is None
    # no areas, so no pair to rank
    flat = DeepSignatureClassifier(**{**SMALL, "depth": 1}).fit(X, y)
    assert recover(flat, problem, split) is None
    for changes in ({"augmentation": "time"}, {"rotation_invariant": True}):
        model = DeepSignatureClassifier(**SMALL, **changes).fit(X, y)
        assert 0 <= recover(model, problem, split)["pair precision"] <= 1

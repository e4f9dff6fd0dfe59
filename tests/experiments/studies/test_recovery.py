"""The planted pairs: found where the areas say so, at chance where they do not."""

import numpy as np
import pytest
import torch

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
from sklearn_deepsig.training import collate

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
        60, n_groups=4, group_size=4, n_frames=150, noise=0.3, random_state=0
    )
    known = np.arange(60)
    split = Split(known[:40], known[40:50], known[50:])
    return Problem(X, y, known, [split], "forward", groups)


def test_scores_give_each_cluster_pair_to_its_nodes(problem):
    """Pair by pair and coordinate by coordinate, slopes by finite differences."""
    model = DeepSignatureClassifier(**SMALL, precision="float64")
    model.fit(problem.X[:10], problem.y[:10])
    X, module, step = problem.X[:4], model.module_, 1e-6
    batch = collate(X, device=torch.device("cpu"), dtype=torch.float64)
    with torch.no_grad():
        coarse = module.coarsening(batch)
        segments = module.logsignature(coarse.relative_path.flatten(2), batch.n_frames)

        def margins(values):
            logits = module.head(module.sequence(module.batch_norm(values)))
            return abs(logits[:, 1] - logits[:, 0]) / 2

        of_clusters = np.zeros((4, 4))
        names = module.logsignature.features.names(
            [f"c{i}.{d}" for i in range(4) for d in "xyz"]
        )
        for place, name in enumerate(names):
            if not name.startswith("["):
                continue
            ends = []
            for sign in (1, -1):
                moved = segments.clone()
                moved[..., place] += sign * step
                ends.append(margins(moved))
            slope = (ends[0] - ends[1]) / (2 * step)
            value = float((slope[:, None] * segments[..., place]).mean(0).sum())
            i, j = (int(part.split(".")[0][1:]) for part in name[1:-1].split(", "))
            of_clusters[i, j] += value
    assignments = coarse.assignment.mean(0).numpy()
    expected = np.zeros((len(problem.node_groups),) * 2)
    for i in range(4):
        for j in range(4):
            both = np.outer(assignments[:, i], assignments[:, j])
            expected += of_clusters[i, j] * (both + both.T) / 2
    np.testing.assert_allclose(
        score_pairs(model, X), expected, atol=1e-5 * np.abs(expected).max()
    )


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


def test_a_model_without_such_features_says_nothing(problem):
    X, y = problem.X[:6], problem.y[:6]
    split = problem.splits[0]
    assert recover(HeadClassifier((4,), max_epochs=1), problem, split) is None
    for changes in ({"augmentation": "time"}, {"rotation_invariant": True}):
        model = DeepSignatureClassifier(**SMALL, **changes).fit(X, y)
        with pytest.raises(InvalidInputError, match="Pairs are scored for depth=2"):
            score_pairs(model, X)
        assert recover(model, problem, split) is None

"""SpectralCoarsener: shapes, what it minimises, its place in a Pipeline."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_deepsig.estimators import LogSignatureTransformer, SpectralCoarsener
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory import GraphTrajectory
from tests.helpers.graphs import random_sample

SMALL = {"n_clusters": (5, 3), "hidden_dim": 6, "max_epochs": 3, "random_state": 0}


@pytest.fixture
def ragged(rng):
    shapes = [(12, 7), (9, 7), (12, 10), (15, 6)]
    return [random_sample(rng, *shape, dtype=np.float32) for shape in shapes]


def test_ragged_samples_give_lists_of_their_own_size(ragged):
    coarsener = SpectralCoarsener(**SMALL).fit(ragged)
    for paths, rows, hard, sample in zip(
        coarsener.transform(ragged),
        coarsener.assign(ragged),
        coarsener.predict(ragged),
        ragged,
        strict=True,
    ):
        assert paths.shape == (sample.n_frames, 9)
        assert rows.shape == (sample.n_nodes, 3)
        np.testing.assert_allclose(rows.sum(1), 1.0, rtol=1e-5)
        np.testing.assert_array_equal(hard, rows.argmax(1))


def test_equal_samples_give_arrays(rng):
    X = rng.normal(size=(5, 8, 6, 3))
    coarsener = SpectralCoarsener(**SMALL).fit(X)
    assert coarsener.transform(X).shape == (5, 8, 9)
    assert coarsener.assign(X).shape == (5, 6, 3)
    assert coarsener.predict(X).shape == (5, 6)


def test_two_separate_communities_are_found(rng):
    """The cut is known: two cliques that no edge joins, moving apart."""
    clique = np.stack(np.triu_indices(6, 1))
    edges = np.concatenate([clique, clique + 6], axis=1)
    samples = []
    for _ in range(8):
        positions = 0.1 * rng.normal(size=(10, 12, 3))
        positions[:, :6, 0] += 1.0
        positions[:, 6:, 0] -= 1.0
        samples.append(GraphTrajectory(positions, edges))
    coarsener = SpectralCoarsener(
        n_clusters=2, max_epochs=150, learning_rate=0.02, random_state=0
    ).fit(samples)
    labels = coarsener.predict(samples)
    assert (labels[:, :6] == labels[:, [0]]).all()
    assert (labels[:, 6:] == 1 - labels[:, [0]]).all()
    # -1 for the cut and 0 for the orthogonality are the best there is
    assert coarsener.history_["cut"][-1] < -0.9


def test_both_losses_fall(ragged):
    coarsener = SpectralCoarsener(
        **SMALL | {"max_epochs": 60, "learning_rate": 0.01}, loss_weights=(1.0, 1.0)
    ).fit(ragged)
    for name in ("loss", "cut", "consistency"):
        assert coarsener.history_[name][-1] < coarsener.history_[name][0]


def test_same_seed_same_result(ragged):
    first = SpectralCoarsener(**SMALL).fit(ragged)
    second = clone(first).fit(ragged)
    for a, b in zip(first.transform(ragged), second.transform(ragged), strict=True):
        np.testing.assert_array_equal(a, b)


def test_depth_of_coarsening_is_searched_in_a_pipeline(rng):
    X = rng.normal(size=(8, 12, 9, 3)).cumsum(axis=1)
    pipeline = make_pipeline(
        SpectralCoarsener(**SMALL),
        LogSignatureTransformer(depth=2, n_segments=2),
        StandardScaler(),
        LogisticRegression(max_iter=1000),
    )
    grid = {"spectralcoarsener__n_clusters": [(3,), (5, 3), (6, 4, 2)]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(X, [0, 1] * 4)
    assert len(search.cv_results_["params"]) == 3
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    pipeline.set_output(transform="pandas")


def test_early_stopping_with_groups(ragged):
    coarsener = SpectralCoarsener(**SMALL, early_stopping=True)
    coarsener.fit(ragged * 2, groups=np.arange(8) % 4)
    assert "validation_loss" in coarsener.history_


def test_too_small_a_sample_is_named(ragged):
    with pytest.raises(InvalidInputError, match="sample 3 has 6 nodes, fewer than the"):
        SpectralCoarsener(**SMALL | {"n_clusters": (7, 3)}).fit(ragged)
    coarsener = SpectralCoarsener(**SMALL).fit(ragged)
    small = GraphTrajectory(np.zeros((3, 4, 3)), [[0], [1]], source="small.xtc")
    with pytest.raises(InvalidInputError, match=r"sample 0 \(small.xtc\) has 4 nodes"):
        coarsener.transform([small])

"""The matrix of pairs that is never made, against the one that is."""

import tracemalloc

import numpy as np
import pytest
from scipy.sparse import csr_array

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.inspection import PairScores
from sklearn_deepsig.inspection._pair_scores import mean_scores


def make(rng, n_nodes=30, n_clusters=5, sparse=False):
    """Scores with a cluster of no node, and the whole matrix by its definition."""
    memberships = rng.uniform(size=(n_nodes, n_clusters)) ** 4
    memberships[:, 1] = 0
    pairs = rng.normal(size=(n_clusters, n_clusters))
    pairs, own = pairs + pairs.T, rng.normal(size=n_clusters)
    whole = np.zeros((n_nodes, n_nodes))
    for i in range(n_clusters):
        for j in range(n_clusters):
            if i != 1 and j != 1:
                left, right = memberships[:, i], memberships[:, j]
                share = np.outer(left / left.sum(), right / right.sum())
                whole += pairs[i, j] * share
        if i != 1:
            whole += np.diag(own[i] * memberships[:, i] / memberships[:, i].sum())
    given = csr_array(memberships) if sparse else memberships
    return PairScores(given, csr_array(pairs), own), whole


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("block_size", [1, 100, 1 << 22])
def test_everything_is_read_off_the_matrix(rng, monkeypatch, sparse, block_size):
    monkeypatch.setattr(
        "sklearn_deepsig.inspection._pair_scores._BLOCK_SIZE", block_size
    )
    scores, whole = make(rng, sparse=sparse)
    np.testing.assert_allclose(scores.matrix(), whole)
    np.testing.assert_allclose(scores.node_scores, whole.sum(axis=1))
    np.testing.assert_allclose(scores.total_magnitude, np.abs(whole).sum())
    first, second = np.triu_indices(30, 1)
    values = whole[first, second] + whole[second, first]
    np.testing.assert_allclose(scores.of_pairs(first, second), values)
    for by, keys in (("score", values), ("magnitude", np.abs(values))):
        best = scores.best_pairs(7, by)
        order = np.argsort(-keys)[:7]
        np.testing.assert_array_equal(best.first, first[order])
        np.testing.assert_array_equal(best.second, second[order])
        np.testing.assert_allclose(best.score, values[order])
    assert len(scores.best_pairs(1000).score) == 30 * 29 // 2


def test_what_clusters_with_nodes_contribute_is_all_given_to_nodes(rng):
    scores, whole = make(rng)
    used = np.array([0, 2, 3, 4])
    total = scores.pairs.toarray()[np.ix_(used, used)].sum() + scores.own[used].sum()
    np.testing.assert_allclose(whole.sum(), total)
    np.testing.assert_allclose(scores.node_scores.sum(), total)


def test_merging_keeps_the_sums(rng):
    scores, whole = make(rng)
    labels = rng.integers(4, size=30)
    adding = np.eye(4)[labels].T
    merged = scores.merged(labels, 4)
    np.testing.assert_allclose(merged.matrix(), adding @ whole @ adding.T, atol=1e-12)


def test_a_mean_of_models_is_the_mean_of_their_matrices(rng):
    made = [make(rng, n_clusters=size) for size in (4, 6, 5)]
    found = mean_scores([scores for scores, _ in made], [1, 2, 3])
    expected = sum(f * whole for f, (_, whole) in zip((1, 2, 3), made, strict=True)) / 6
    np.testing.assert_allclose(found.matrix(), expected)


def test_equal_pairs_come_in_the_order_of_their_numbers():
    """Atoms of the same clusters have the same score."""
    memberships = np.repeat(np.eye(2), 3, axis=0)
    scores = PairScores(memberships, csr_array([[0, 1.0], [1.0, 0]]), np.zeros(2))
    best = scores.best_pairs(4)
    assert best.first.tolist() == [0, 0, 0, 1]
    assert best.second.tolist() == [3, 4, 5, 3]
    np.testing.assert_allclose(best.score, 2 / 9)


def test_pairs_of_thousands_of_atoms_need_no_matrix_of_pairs(rng):
    scores, _ = make(rng, n_nodes=4, n_clusters=20)
    n_nodes = 5000
    memberships = rng.uniform(size=(n_nodes, 20)) ** 9
    scores = PairScores(memberships, scores.pairs, scores.own)
    tracemalloc.start()
    best = scores.best_pairs(10)
    assert scores.total_magnitude > 0
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 0.4 * 8 * n_nodes**2
    # the best by its upper bound: no pair of other nodes is looked at here
    shares = memberships / memberships.sum(axis=0)
    row = 2 * (shares[best.first[0]] @ scores.pairs) @ shares.T
    assert best.score[0] == pytest.approx(np.delete(row, best.first[0]).max())


@pytest.mark.parametrize(
    ("n", "by", "message"),
    [(0, "score", "n=0 must be at least 1"), (3, "size", "by='size' is unknown")],
)
def test_orders_that_there_are_not(rng, n, by, message):
    with pytest.raises(InvalidInputError, match=message):
        make(rng)[0].best_pairs(n, by)


def test_weights_themselves_as_shares(rng):
    scores, _ = make(rng)
    weighted = PairScores(scores.memberships, scores.pairs, scores.own, False)
    Q, C = scores.memberships, scores.pairs.toarray()
    whole = Q @ C @ Q.T + np.diag(Q @ scores.own)
    np.testing.assert_allclose(weighted.matrix(), whole)
    np.testing.assert_allclose(weighted.node_scores, whole.sum(axis=1))
    labels = rng.integers(4, size=30)
    adding = np.eye(4)[labels].T
    merged = weighted.merged(labels, 4)
    np.testing.assert_allclose(merged.matrix(), adding @ whole @ adding.T, atol=1e-12)
    found = mean_scores([scores, weighted]).matrix()
    np.testing.assert_allclose(found, (scores.matrix() + whole) / 2)

"""Samples whose graph is hardly one, through fit and predict."""

import numpy as np
import pytest

from sklearn_deepsig import DeepSignatureClassifier, SpectralCoarsener
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory import GraphTrajectory

SMALL = {
    "n_clusters": (4, 2),
    "hidden_dim": 5,
    "max_epochs": 3,
    "random_state": 0,
}
WHOLE = SMALL | {"n_segments": 2, "lstm_hidden_dim": 12, "mlp_hidden_dim": 8}
EDGES = {
    "none": np.zeros((2, 0), dtype=int),
    "two parts": np.array([[0, 1, 3, 4], [1, 2, 4, 5]]),
    "a lone node": np.array([[0, 1, 2, 3], [1, 2, 3, 4]]),
}


def walks(rng, n_nodes, edges):
    return [
        GraphTrajectory(rng.normal(size=(12, n, 3)).cumsum(0), edges, source=f"{i}.xtc")
        for i, n in enumerate(n_nodes)
    ]


@pytest.mark.parametrize("rotation_invariant", [False, True])
@pytest.mark.parametrize("edges", list(EDGES))
def test_graphs_in_pieces_are_learned_from(rng, edges, rotation_invariant):
    X = walks(rng, [6] * 8, EDGES[edges])
    settings = WHOLE | {"rotation_invariant": rotation_invariant}
    model = DeepSignatureClassifier(**settings).fit(X, [0, 1] * 4)
    assert all(np.isfinite(column).all() for column in model.history_.values())
    assert np.isfinite(model.predict_proba(X)).all()


@pytest.mark.parametrize("rotation_invariant", [False, True])
def test_one_node_is_in_all_clusters_in_some_shares(rng, rotation_invariant):
    X = walks(rng, [1] * 8, EDGES["none"])
    settings = WHOLE | {"rotation_invariant": rotation_invariant}
    model = DeepSignatureClassifier(**settings).fit(X, [0, 1] * 4)
    assert all(np.isfinite(column).all() for column in model.history_.values())
    assert np.isfinite(model.predict_proba(X)).all()


@pytest.mark.parametrize("make", [DeepSignatureClassifier, SpectralCoarsener])
def test_fewer_nodes_than_clusters_are_refused_with_the_remedy(rng, make, monkeypatch):
    monkeypatch.setattr(make, "_train", lambda *_, **__: pytest.fail("trained"))
    X = walks(rng, [6, 6, 3, 6], EDGES["none"])
    settings = WHOLE if make is DeepSignatureClassifier else SMALL
    with pytest.raises(InvalidInputError) as caught:
        make(**settings).fit(X, [0, 1, 0, 1])
    message = str(caught.value)
    for part in ("sample 2", "2.xtc", "3 nodes", "4 clusters", "n_clusters", "more"):
        assert part in message


def test_nor_are_they_accepted_after_fit(rng):
    X = walks(rng, [6] * 4, EDGES["none"])
    model = SpectralCoarsener(**SMALL).fit(X)
    with pytest.raises(
        InvalidInputError, match=r"sample 1 .*3 nodes, fewer than the 4"
    ):
        model.transform([X[0], walks(rng, [3], EDGES["none"])[0]])

"""Estimators with skip_connection=True, which see nodes beside their neighbourhood."""

import itertools

import numpy as np
import pytest

from sklearn_deepsig import (
    DeepSignatureClassifier,
    DeepSignatureRegressor,
    SpectralCoarsener,
)
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.persistence import load, save
from sklearn_deepsig.trajectory import GraphTrajectory
from tests.helpers.graphs import permute_nodes, random_sample

SMALL = {
    "n_clusters": (4, 2), "hidden_dim": 5, "max_epochs": 3, "learning_rate": 0.01,
    "random_state": 0, "skip_connection": True, "precision": "float64",
}  # fmt: skip
WHOLE = SMALL | {"n_segments": 2, "lstm_hidden_dim": 12, "mlp_hidden_dim": 8}


@pytest.mark.parametrize("skip_connection", [False, True])
def test_nodes_of_a_complete_graph_are_told_apart_by_it_alone(rng, skip_connection):
    """All have the same neighbourhood, themselves included."""
    edges = np.array(list(itertools.combinations(range(6), 2))).T
    X = [GraphTrajectory(rng.normal(size=(8, 6, 3)), edges) for _ in range(4)]
    model = SpectralCoarsener(**SMALL | {"skip_connection": skip_connection}).fit(X)
    for assignment in model.assign(X):
        spread = np.ptp(assignment, axis=0).max()
        assert spread > 1e-2 if skip_connection else spread < 1e-9


def test_order_of_the_nodes_does_not_matter(rng):
    X = [random_sample(rng, 9, n_nodes) for n_nodes in (6, 8, 7, 9)]
    model = DeepSignatureClassifier(**WHOLE).fit(X, [0, 1, 0, 1])
    shuffled = [permute_nodes(x, rng.permutation(x.n_nodes)) for x in X]
    np.testing.assert_allclose(
        model.predict_proba(shuffled), model.predict_proba(X), rtol=1e-10
    )


@pytest.mark.parametrize("make", [DeepSignatureClassifier, DeepSignatureRegressor])
def test_it_is_kept_in_files_and_in_the_coarsener(rng, make, tmp_path):
    X = [random_sample(rng, 9, 7) for _ in range(4)]
    model = make(**WHOLE).fit(X, [0, 1, 0, 1])
    expected = model.coarsener_.assign(X)
    save(model, tmp_path / "model")
    again = load(tmp_path / "model")
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert again.coarsener_.skip_connection is True
    np.testing.assert_array_equal(again.coarsener_.assign(X), expected)


def test_a_network_without_it_is_not_gone_on_with(rng):
    X = [random_sample(rng, 9, 7) for _ in range(4)]
    model = SpectralCoarsener(**SMALL, warm_start=True).fit(X)
    with pytest.raises(InvalidInputError, match="skip_connection=False, but"):
        model.set_params(skip_connection=False).fit(X)

"""The coarse graining that a classifier or a regressor has learned: `coarsener_`."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from sklearn_deepsig import (
    DeepSignatureClassifier,
    DeepSignatureRegressor,
    LogSignatureTransformer,
)
from sklearn_deepsig.exceptions import InvalidInputError
from tests.helpers.graphs import random_sample
from tests.helpers.writers import WRITERS, assert_same_bits, outputs

SMALL = {
    "n_clusters": (4, 3),
    "hidden_dim": 4,
    "n_segments": 2,
    "lstm_hidden_dim": 4,
    "mlp_hidden_dim": 4,
    "max_epochs": 3,
    "random_state": 0,
}


@pytest.fixture
def walks(rng):
    return [random_sample(rng, 6 + i, 5 + i) for i in range(4)]


@pytest.fixture(params=[DeepSignatureClassifier, DeepSignatureRegressor])
def network(request, walks):
    model = request.param(**SMALL, precision="float64", rotation_invariant=True)
    return model.fit(walks, [0, 1, 0, 1])


def test_a_network_tells_its_clusters(network, walks):
    coarsener = network.coarsener_
    # what the network itself computes
    (coarse,) = network._apply(walks, lambda net, batch: net.coarsening(batch))
    for i, (rows, path) in enumerate(
        zip(coarsener.assign(walks), coarsener.transform(walks), strict=True)
    ):
        expected = coarse.assignment[i, : walks[i].n_nodes].numpy()
        np.testing.assert_allclose(rows, expected, atol=1e-12)
        expected = coarse.path[i, : len(path)].flatten(1).numpy()
        np.testing.assert_allclose(path, expected, atol=1e-9)
    assert [labels.shape for labels in coarsener.predict(walks)] == [
        (5,),
        (6,),
        (7,),
        (8,),
    ]
    assert coarsener.n_clusters_ == (4, 3)
    pipeline = make_pipeline(coarsener, LogSignatureTransformer()).fit(walks)
    assert pipeline.get_feature_names_out()[0] == "seg0:cluster0.x"


@pytest.mark.parametrize("write", WRITERS, ids=lambda f: f.__name__)
def test_it_is_a_coarsener_like_any_other(network, walks, tmp_path, write):
    coarsener = network.coarsener_
    expected = outputs(coarsener, walks)
    assert_same_bits(outputs(write(coarsener, tmp_path), walks), expected)
    assert_same_bits(outputs(write(network, tmp_path).coarsener_, walks), expected)
    fresh = clone(coarsener).fit(walks)
    assert fresh.loss_weights == (1.0, 0.01)
    learned = coarsener.assign(walks)[0]
    assert not np.allclose(fresh.assign(walks)[0], learned, atol=1e-6)


def test_it_needs_samples_to_lay_paths_on(network, walks):
    coarsener = network.coarsener_
    paths = coarsener.transform(walks)
    with pytest.raises(InvalidInputError, match="give inverse_transform the samples"):
        coarsener.inverse_transform(paths)
    shapes = [
        positions.shape for positions in coarsener.inverse_transform(paths, walks)
    ]
    assert shapes == [sample.positions.shape for sample in walks]


def test_it_learns_by_itself(network, walks):
    predicted = network.predict(walks)
    coarsener = network.coarsener_
    expected = coarsener.assign(walks)
    coarsener.partial_fit(walks)
    assert coarsener.n_iter_ == network.n_iter_ + 1
    assert not np.allclose(coarsener.assign(walks)[0], expected[0], atol=1e-6)
    np.testing.assert_array_equal(network.predict(walks), predicted)
    assert_same_bits(network.coarsener_.assign(walks), expected)


def test_parameters_that_were_changed_since_do_not_count(network, walks):
    expected = network.coarsener_.assign(walks)
    network.set_params(n_clusters=5, hidden_dim=7, rotation_invariant=False)
    assert_same_bits(network.coarsener_.assign(walks), expected)


def test_an_unfitted_network_has_no_coarsener():
    model = DeepSignatureClassifier()
    assert not hasattr(model, "coarsener_")
    with pytest.raises(NotFittedError):
        _ = model.coarsener_

"""Samples of another size than those of fit: who gives all atoms for some is told."""

import warnings

import pytest

from sklearn_deepsig.datasets import load_peptide_mutants
from sklearn_deepsig.estimators import (
    DeepSignatureClassifier,
    DeepSignatureRegressor,
    GraphLSTMClassifier,
    HeadClassifier,
    SpectralCoarsener,
    TrajectorySelector,
)
from sklearn_deepsig.exceptions import ImplausibleTrajectoryWarning
from sklearn_deepsig.inspection import attribute
from sklearn_deepsig.persistence import load, save

SMALL = {"n_clusters": (3,), "hidden_dim": 4, "max_epochs": 1, "random_state": 0}
NETWORKS = [
    DeepSignatureClassifier,
    DeepSignatureRegressor,
    GraphLSTMClassifier,
    HeadClassifier,
    SpectralCoarsener,
]


@pytest.fixture
def of_size(rng):
    return lambda *counts: [rng.normal(size=(9, n, 3)) for n in counts]


def told(function, *arguments):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        function(*arguments)
    assert {w.category for w in caught} <= {ImplausibleTrajectoryWarning}
    return [str(w.message) for w in caught]


@pytest.mark.parametrize("network", NETWORKS)
def test_samples_of_another_size_are_told_of(network, of_size):
    model = network(**SMALL).fit(of_size(10, 11, 10, 12), [0, 1, 0, 1])
    assert model.n_nodes_range_ == (10, 12)
    for counts in [(5, 24), (11,), (10, 12)]:
        assert not told(model.transform, of_size(*counts))
    for counts, index, found in [((11, 25, 30), 1, 25), ((4, 11), 0, 4)]:
        (message,) = told(model.transform, of_size(*counts))
        assert f"sample {index} has {found} nodes, but" in message
        assert "samples of fit have 10 to 12" in message
        assert network.__name__ in message


def test_predictions_and_explanations_tell(of_size):
    X = of_size(10, 10, 10, 10)
    model = DeepSignatureClassifier(**SMALL).fit(X, [0, 1, 0, 1])
    larger = of_size(21, 21)
    for function in (
        model.predict,
        model.predict_proba,
        model.decision_function,
        lambda samples: model.score(samples, [0, 1]),
        lambda samples: attribute(model, samples),
    ):
        assert not told(function, X[:2])
        (message,) = told(function, larger)
        assert "samples of fit have 10:" in message


def test_further_samples_widen_what_is_known_and_fit_begins_anew(of_size):
    model = DeepSignatureClassifier(**SMALL).fit(of_size(10, 12), [0, 1])
    model.partial_fit(of_size(30, 11), [0, 1])
    assert model.n_nodes_range_ == (10, 30)
    with pytest.raises(ValueError, match="y"):
        model.partial_fit(of_size(90, 11), [0, 7])  # of which it learns nothing
    assert model.n_nodes_range_ == (10, 30)
    model.set_params(warm_start=True).fit(of_size(5, 11), [0, 1])
    assert model.n_nodes_range_ == (5, 30)
    model.set_params(warm_start=False).fit(of_size(20, 20), [0, 1])
    assert model.n_nodes_range_ == (20, 20)


def test_a_saved_model_knows_its_sizes(of_size, tmp_path):
    model = DeepSignatureClassifier(**SMALL).fit(of_size(10, 12), [0, 1])
    save(model, tmp_path / "model")
    read = load(tmp_path / "model")
    assert read.n_nodes_range_ == (10, 12)
    assert told(read.predict, of_size(40)) == told(model.predict, of_size(40))
    # as models are that were saved by earlier versions
    del read.n_nodes_range_
    assert not told(read.predict, of_size(40))
    assert read.partial_fit(of_size(40, 41), [0, 1]).n_nodes_range_ == (40, 41)


def test_the_alpha_carbons_of_a_molecule_are_not_all_its_atoms():
    X = load_peptide_mutants(stride=20).X[:4]
    alphas = TrajectorySelector().fit_transform(X)
    model = DeepSignatureClassifier(**SMALL).fit(alphas, [0, 1, 0, 1])
    assert not told(model.predict, alphas)
    (message,) = told(model.predict, X)
    assert "TrajectorySelector" in message

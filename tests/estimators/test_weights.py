"""Weights of samples and classes, and smoothed labels."""

import numpy as np
import pytest

from sklearn_deepsig import (
    DeepSignatureClassifier,
    DeepSignatureRegressor,
    SpectralCoarsener,
)

SMALL = {
    "n_clusters": (2,),
    "hidden_dim": 4,
    "n_segments": 2,
    "lstm_hidden_dim": 8,
    "mlp_hidden_dim": 8,
    "dropout": 0.0,
    "max_epochs": 5,
    "batch_size": 100,
    "precision": "float64",
    "random_state": 0,
}
COARSENING = ("n_clusters", "hidden_dim", "max_epochs", "batch_size", "random_state")
# No one term can be lost in the sum of equation 12.
EACH_TERM = [(0.1, 1.0, 1.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)]


@pytest.fixture
def X(rng):
    return rng.normal(size=(12, 10, 4, 3)).cumsum(axis=1)


@pytest.mark.parametrize("loss_weights", EACH_TERM)
@pytest.mark.parametrize("rotation_invariant", [False, True])
@pytest.mark.parametrize(
    ("make", "y"),
    [
        (DeepSignatureClassifier, np.arange(12) % 3),
        (DeepSignatureRegressor, np.linspace(-3, 5, 12)),
    ],
)
def test_a_whole_weight_is_a_repeated_sample(
    X, rng, make, y, rotation_invariant, loss_weights
):
    settings = SMALL | {
        "rotation_invariant": rotation_invariant,
        "loss_weights": loss_weights,
    }
    weight = rng.integers(0, 4, 12)
    weight[:3] = 1
    weighted = make(**settings).fit(X, y, sample_weight=weight)
    repeated = make(**settings).fit(X.repeat(weight, 0), y.repeat(weight))
    np.testing.assert_allclose(weighted.transform(X), repeated.transform(X), atol=1e-8)
    for term in ("loss", "cut", "consistency"):
        np.testing.assert_allclose(weighted.history_[term], repeated.history_[term])


@pytest.mark.parametrize("loss_weights", [(0.1, 1.0), (1.0, 0.0), (0.0, 1.0)])
def test_a_whole_weight_is_a_repeated_sample_to_the_coarsener(X, rng, loss_weights):
    settings = {name: SMALL[name] for name in COARSENING} | {"precision": "float64"}
    weight = rng.integers(0, 4, 12)
    weight[:3] = 1
    weighted, repeated, none = (
        SpectralCoarsener(**settings, loss_weights=loss_weights) for _ in range(3)
    )
    weighted.fit(X, sample_weight=weight)
    repeated.fit(X.repeat(weight, 0))
    np.testing.assert_allclose(weighted.assign(X), repeated.assign(X), atol=1e-8)
    for term in ("loss", "cut", "consistency"):
        np.testing.assert_allclose(weighted.history_[term], repeated.history_[term])
    assert np.abs(none.fit(X).assign(X) - weighted.assign(X)).max() > 1e-6
    parts = SpectralCoarsener(**settings, loss_weights=loss_weights)
    for _ in range(settings["max_epochs"]):
        parts.partial_fit(X, sample_weight=weight)
    np.testing.assert_array_equal(parts.assign(X), weighted.assign(X))
    with pytest.raises(ValueError, match=r"sample_weight\[2\] is -1"):
        parts.fit(X, sample_weight=[1, 1, -1, *[1] * 9])


def test_early_stopping_of_the_coarsener_keeps_groups_beside_weights(X):
    settings = {name: SMALL[name] for name in COARSENING} | {"precision": "float64"}
    weight, groups = np.ones(12), np.repeat(np.arange(4), 3)
    weight[:3] = 0.0  # a whole group is left out
    model = SpectralCoarsener(**settings, early_stopping=True)
    model.fit(X, groups=groups, sample_weight=weight)
    left = SpectralCoarsener(**settings, early_stopping=True)
    left.fit(X[3:], groups=groups[3:])
    assert model.history_["validation_loss"] == left.history_["validation_loss"]


def test_only_ratios_of_weights_count(X):
    y, weight = np.arange(12) % 2, np.linspace(0.5, 2.0, 12)
    first, second, none = (
        DeepSignatureClassifier(**SMALL).fit(X, y, sample_weight=given).predict_proba(X)
        for given in (weight, 7.0 * weight, None)
    )
    np.testing.assert_allclose(first, second, rtol=1e-9)
    assert np.abs(first - none).max() > 1e-6


def test_class_weights_multiply_sample_weights(X):
    y = np.arange(12) % 2
    weight = np.linspace(0.5, 2.0, 12)
    both = DeepSignatureClassifier(**SMALL, class_weight={0: 3.0, 1: 0.5})
    by_hand = DeepSignatureClassifier(**SMALL)
    np.testing.assert_allclose(
        both.fit(X, y, sample_weight=weight).predict_proba(X),
        by_hand.fit(
            X, y, sample_weight=weight * np.where(y == 0, 3.0, 0.5)
        ).predict_proba(X),
        rtol=1e-9,
    )


def test_label_smoothing_makes_predictions_less_sure(X):
    y = np.arange(12) % 2
    settings = SMALL | {"max_epochs": 80, "learning_rate": 0.01}
    sure, smooth = (
        DeepSignatureClassifier(**settings, label_smoothing=share)
        .fit(X, y)
        .predict_proba(X)
        .max(axis=1)
        for share in (0.0, 0.3)
    )
    assert sure.mean() > 0.95
    # the best there is, where a label counts 1 - 0.3 / 2
    assert abs(smooth.mean() - 0.85) < 0.05


def test_early_stopping_weights_the_held_out_samples(X):
    y, weight = np.arange(12) % 2, np.linspace(0.0, 2.0, 12)
    model = DeepSignatureClassifier(**SMALL, early_stopping=True)
    model.fit(X, y, sample_weight=weight)
    assert len(model.history_["validation_classification"]) == 5

"""Two known groups of nodes drive each other: are they what is found?"""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_deepsig import (
    DeepSignatureClassifier,
    EigenCoarsener,
    LogSignatureTransformer,
)
from sklearn_deepsig.datasets import make_irreversible_dynamics
from sklearn_deepsig.inspection import attribute

NODES = 16  # in 4 groups: 16 of 120 pairs are planted, so that guessing gives 0.13
SMALL = {"n_groups": 4, "group_size": 4, "n_frames": 100, "noise": 0.5}


def fit_and_hold_out(model, seed, n_train=80, n_held_out=20, **settings):
    """Fit to simulated samples; return the model, others, and the groups of nodes."""
    n_samples = n_train + n_held_out
    X, y, groups = make_irreversible_dynamics(
        n_samples, **{**SMALL, **settings}, random_state=seed
    )
    return model.fit(X[:n_train], y[:n_train]), X[n_train:], y[n_train:], groups


def precision_at_10(model, X, y, groups, **options):
    """Explain the true classes, and count planted pairs among the first."""
    table = attribute(model, X, y, **options).critical_interactions(10)
    ends = np.sort(groups[table[["node_1", "node_2"]].to_numpy()], axis=1)
    return (ends == [0, 1]).all(axis=1).mean()


def network(seed, **options):
    return DeepSignatureClassifier(
        **{"n_clusters": (6,), "hidden_dim": 10, "max_epochs": 10, **options},
        cluster_init="k-means++", n_segments=1, lstm_hidden_dim=32,
        mlp_hidden_dim=16, batch_norm=True, learning_rate=5e-3,
        learning_rate_schedule="one_cycle", random_state=seed, verbose=False,
    )  # fmt: skip


def linear(*coarseners):
    return make_pipeline(
        *coarseners, LogSignatureTransformer(), StandardScaler(),
        LogisticRegression(C=0.01),
    )  # fmt: skip


@pytest.fixture(scope="module")
def networks():
    return [fit_and_hold_out(network(seed), seed) for seed in range(5)]


@pytest.mark.parametrize("method", ["gradient_input", "integrated_gradients"])
def test_the_classifier_finds_the_groups(networks, method):
    options = {"method": method, "n_steps": 32}
    found = [precision_at_10(*one, **options) for one in networks]
    assert np.mean(found) >= 0.8, found


@pytest.mark.parametrize("coarsener", ["eigenvectors", "none"])
def test_a_linear_model_finds_the_groups(coarsener):
    found = []
    for seed in range(5):
        steps = [EigenCoarsener(6, random_state=0)] if coarsener != "none" else []
        found.append(precision_at_10(*fit_and_hold_out(linear(*steps), seed)))
    assert np.mean(found) >= 0.8, found


def test_without_a_current_nothing_is_found():
    """The classes are the same: what is found is what guessing finds, or a bit more."""
    fitted = [fit_and_hold_out(linear(), seed, frequency=0.0) for seed in range(6)]
    found = [precision_at_10(*one) for one in fitted]
    assert np.mean(found) < 0.35, found


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["network", "linear"])
def test_the_groups_are_found_in_the_noise_of_the_experiment(kind):
    """48 nodes, of which 64 of 1,128 pairs are planted, and four times the noise."""
    settings = {"n_groups": 6, "group_size": 8, "n_frames": 200, "noise": 2.0}
    found = []
    for seed in range(3):
        model = network(seed, n_clusters=(8,), hidden_dim=20, max_epochs=20)
        if kind == "linear":
            model = linear(EigenCoarsener(8, random_state=0))
        fitted = fit_and_hold_out(model, seed, 200, 50, **settings)
        found.append(precision_at_10(*fitted))
    assert np.mean(found) >= 0.8, found

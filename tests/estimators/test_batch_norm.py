"""Baselines that standardise what they average over clusters."""

import numpy as np
import pytest
import torch

from sklearn_deepsig import (
    GraphLSTMClassifier,
    GraphTransformerClassifier,
    HeadClassifier,
    HeadTailClassifier,
    TailClassifier,
)

SMALL = {
    "n_clusters": (4,),
    "hidden_dim": 4,
    "mlp_hidden_dim": 8,
    "center": False,
    "random_state": 0,
}
BASELINES = (
    GraphLSTMClassifier,
    GraphTransformerClassifier,
    HeadClassifier,
    HeadTailClassifier,
    TailClassifier,
)


def drifts(rng, n_samples):
    """Nodes near 5 that rise or fall by 0.02: samples that are much alike."""
    labels = np.arange(n_samples) % 2
    start = 5 + rng.uniform(-0.5, 0.5, size=(n_samples, 1, 8, 1))
    drift = np.linspace(0, 0.02, 10)[:, None, None]
    return start + (2 * labels - 1)[:, None, None, None] * drift, labels


def test_graph_lstm_learns_in_few_epochs_what_it_does_not_learn_without(rng):
    # One fit's score is an accident of its first weights, and in single precision of
    # the processor too.
    settings = SMALL | {"hidden_dim": 16, "mlp_hidden_dim": 32, "precision": "float64"}
    scores = {False: [], True: []}
    for seed in range(4):
        X, y = drifts(rng, 60)
        for batch_norm, of_all_fits in scores.items():
            model = GraphLSTMClassifier(
                **settings | {"random_state": seed},
                max_epochs=15,
                learning_rate=5e-3,
                batch_norm=batch_norm,
            )
            of_all_fits.append(model.fit(X[:40], y[:40]).score(X[40:], y[40:]))
    assert max(scores[False]) < 0.7
    assert np.mean(scores[True]) > 0.9


@pytest.mark.parametrize("kind", BASELINES)
def test_features_are_standardised_over_all_training_samples(rng, kind):
    X, y = drifts(rng, 24)
    # in one batch, since the averages of prediction are those over batches
    settings = SMALL | {"max_epochs": 3, "batch_size": 24, "precision": "float64"}
    model = kind(**settings, batch_norm=True).fit(X, y)
    norm, averages = model.module_.norm, []
    hook = norm.register_forward_hook(lambda *given: averages.append(given[1][0]))
    features = model.transform(X)
    hook.remove()
    averages = torch.cat(averages).numpy()
    weight, bias = norm.weight.detach().numpy(), norm.bias.detach().numpy()
    variance = averages.var(axis=0, ddof=1) + norm.eps
    expected = weight * (averages - averages.mean(axis=0)) / np.sqrt(variance) + bias
    np.testing.assert_allclose(features, expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("kind", BASELINES)
def test_a_batch_of_one_sample_can_be_learned_from(rng, kind):
    X, y = drifts(rng, 5)
    model = kind(**SMALL, max_epochs=2, batch_size=2, batch_norm=True).fit(X, y)
    assert np.isfinite(model.predict_proba(X)).all()

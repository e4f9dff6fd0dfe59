"""Training that switches off all hidden units is told of."""

import numpy as np
import pytest
import torch

from sklearn_deepsig import (
    DeepSignatureClassifier,
    DeepSignatureRegressor,
    GraphLSTMClassifier,
    GraphTransformerClassifier,
    HeadClassifier,
    HeadTailClassifier,
    TailClassifier,
)
from sklearn_deepsig.exceptions import UninformativeFeaturesWarning

SMALL = {
    "n_clusters": (4,),
    "hidden_dim": 4,
    "mlp_hidden_dim": 8,
    "max_epochs": 60,
    "batch_size": 8,
    "random_state": 0,
}
CLASSIFIERS = (
    DeepSignatureClassifier,
    GraphLSTMClassifier,
    GraphTransformerClassifier,
    HeadClassifier,
    HeadTailClassifier,
    TailClassifier,
)


@pytest.fixture
def noise(rng):
    """Samples that are much alike, and labels that are drawn by lot."""
    X = 1 + 0.05 * rng.normal(size=(40, 10, 8, 3))
    return X, rng.permutation([0, 1] * 20)


def hidden_units(model, X):
    """What leaves the hidden layer, told by a hook of torch."""
    seen = []
    hook = model.module_.head.layers[1].register_forward_hook(
        lambda *given: seen.append(given[-1].detach())
    )
    model.transform(X)
    hook.remove()
    return torch.cat(seen)


def fitted_with_units_off(kind, X, y):
    """A model whose hidden units are off for all samples, not yet trained further."""
    model = kind(**SMALL | {"max_epochs": 1}, learning_rate=0.01)
    model.fit(X, y).set_params(max_epochs=SMALL["max_epochs"], warm_start=True)
    with torch.no_grad():
        model.module_.head.layers[0].bias.fill_(-9.0)
    return model


@pytest.mark.parametrize("kind", [*CLASSIFIERS, DeepSignatureRegressor])
def test_a_fit_with_all_units_off_is_told_of(noise, kind):
    X, y = noise
    model = fitted_with_units_off(kind, X, y)
    with pytest.warns(UninformativeFeaturesWarning, match=r"learning_rate=0\.01"):
        model.fit(X, y)
    assert not hidden_units(model, X).any()
    assert np.ptp(model.predict(X)) == 0


def test_a_fit_of_few_steps_is_not_told_of(noise):
    X, y = noise
    model = fitted_with_units_off(HeadClassifier, X, y).set_params(max_epochs=20)
    model.fit(X, y)  # 100 steps; a warning would be an error here
    assert not hidden_units(model, X).any()


def test_early_stopping_keeps_weights_of_which_the_last_steps_say_nothing(noise):
    X, y = noise
    model = fitted_with_units_off(HeadClassifier, X, y)
    model.set_params(early_stopping=True, patience=60)
    assert model.fit(X, y).n_iter_ == 60  # a warning would be an error here


def test_large_steps_switch_all_units_off(noise):
    X, y = noise
    model = GraphLSTMClassifier(**SMALL, learning_rate=0.1)
    with pytest.warns(UninformativeFeaturesWarning, match="predicts the same"):
        model.fit(X, y)
    assert np.ptp(model.predict_proba(X)[:, 0]) == 0


def test_a_fit_that_makes_no_error_any_more_is_not_told_of(rng):
    X = rng.normal(size=(16, 10, 8, 3)).cumsum(axis=1)
    X[8:] *= 0.01
    y = np.repeat([0, 1], 8)
    model = DeepSignatureClassifier(**SMALL, batch_norm=True, learning_rate=0.01)
    model.set_params(max_epochs=400).fit(X, y)
    assert model.history_["classification"][-1] < 1e-3
    assert model.score(X, y) == 1

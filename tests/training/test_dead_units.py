"""Training that switches off all hidden units, and the activation that prevents it."""

import numpy as np
import pytest
import torch
from scipy.special import softmax

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
from sklearn_deepsig.nn import MLPHead

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


@pytest.mark.parametrize(("activation", "goes_through"), [("elu", 1), ("relu", 0)])
def test_a_gradient_goes_through_elu_where_rectifiers_are_off(activation, goes_through):
    head = MLPHead(5, 8, 2, activation=activation)
    torch.nn.init.constant_(head.layers[0].bias, -9.0)
    head(torch.rand(20, 5)).square().sum().backward()
    assert head.layers[0].weight.grad.bool().float().mean() == goes_through


def test_a_fit_of_few_steps_is_not_told_of(noise):
    X, y = noise
    model = fitted_with_units_off(HeadClassifier, X, y).set_params(max_epochs=20)
    model.fit(X, y)  # 100 steps; a warning would be an error here
    assert not hidden_units(model, X).any()


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


@pytest.mark.parametrize("activation", ["elu", "relu"])
@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_the_classifier_is_the_one_that_is_asked_for(noise, kind, activation):
    X, y = noise
    model = kind(**SMALL | {"max_epochs": 2}, mlp_activation=activation).fit(X, y)
    weights = {
        name: weight.double().numpy()
        for name, weight in model.module_.head.state_dict().items()
    }
    inputs = model.transform(X) @ weights["layers.0.weight"].T
    inputs = inputs + weights["layers.0.bias"]
    assert (inputs < 0).any()
    below = np.expm1(inputs) if activation == "elu" else 0
    hidden = np.where(inputs < 0, below, inputs)
    logits = hidden @ weights["layers.3.weight"].T + weights["layers.3.bias"]
    np.testing.assert_allclose(
        model.predict_proba(X), softmax(logits, axis=1), rtol=0, atol=1e-6
    )


@pytest.mark.parametrize("kind", [DeepSignatureClassifier, HeadClassifier])
def test_an_activation_that_is_unknown_is_refused(noise, kind):
    with pytest.raises(ValueError, match="mlp_activation"):
        kind(**SMALL, mlp_activation="tanh").fit(*noise)

"""DeepSignatureRegressor: what it learns, promises and refuses."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_predict

from sklearn_deepsig import DeepSignatureRegressor
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory import GraphTrajectory
from tests.helpers.graphs import random_edges

SMALL = {
    "n_clusters": (3,),
    "hidden_dim": 5,
    "n_segments": 2,
    "lstm_hidden_dim": 12,
    "mlp_hidden_dim": 8,
    "max_epochs": 3,
    "random_state": 0,
}


def circling(rng, n_samples):
    """Samples of different size whose nodes circle; the target is the speed."""
    speeds = rng.uniform(-1.0, 1.0, n_samples)
    samples = []
    for speed in speeds:
        n_frames, n_nodes = 20, rng.integers(6, 10)
        angle = speed * 0.3 * np.arange(n_frames)[:, None]
        angle = angle + rng.uniform(0, 0.3, size=n_nodes)
        circle = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=-1)
        samples.append(GraphTrajectory(circle, random_edges(rng, n_nodes)))
    return samples, speeds


@pytest.mark.parametrize("loss", ["squared_error", "huber"])
def test_learns_the_speed_in_any_unit(rng, loss):
    X, speeds = circling(rng, 40)
    X_test, speeds_test = circling(rng, 30)
    model = DeepSignatureRegressor(
        **SMALL | {"max_epochs": 60, "learning_rate": 5e-3}, loss=loss
    )
    model.fit(X, 1e4 + 1e6 * speeds)
    assert model.score(X_test, 1e4 + 1e6 * speeds_test) > 0.8
    assert model.history_["r2"][-1] > 0.8


def test_huber_heeds_single_wild_targets_less(rng):
    X, speeds = circling(rng, 40)
    wild = speeds.copy()
    wild[:3] += [40.0, -55.0, 60.0]
    settings = SMALL | {"max_epochs": 60, "learning_rate": 5e-3, "dropout": 0.0}
    errors = {
        loss: np.abs(
            DeepSignatureRegressor(**settings, loss=loss).fit(X, wild).predict(X)[3:]
            - speeds[3:]
        ).mean()
        for loss in ("squared_error", "huber")
    }
    assert errors["huber"] < errors["squared_error"]


def test_several_outputs_in_several_units(rng):
    X, speeds = circling(rng, 40)
    y = np.stack([speeds, 1e5 * speeds**2, np.full(40, 7.0)], axis=1)
    model = DeepSignatureRegressor(
        **SMALL | {"max_epochs": 80, "learning_rate": 5e-3, "dropout": 0.0}
    ).fit(X, y)
    found = model.predict(X)
    assert found.shape == (40, 3)
    assert model.n_outputs_ == 3
    residual = ((found - y) ** 2).sum(0)[:2] / ((y - y.mean(0)) ** 2).sum(0)[:2]
    assert (residual < 0.3).all()
    np.testing.assert_allclose(found[:, 2], 7.0, atol=0.5)


def test_the_shape_of_y_is_that_of_predictions(rng):
    X, speeds = circling(rng, 8)
    flat = DeepSignatureRegressor(**SMALL).fit(X, speeds).predict(X)
    column = DeepSignatureRegressor(**SMALL).fit(X, speeds[:, None]).predict(X)
    assert flat.shape == (8,)
    assert column.shape == (8, 1)
    np.testing.assert_array_equal(flat, column[:, 0])


def test_history_pickling_transform_and_cross_validation(rng):
    X, speeds = circling(rng, 12)
    model = DeepSignatureRegressor(**SMALL, early_stopping=True, patience=3)
    model.fit(X, speeds)
    assert {"regression", "r2", "validation_r2", "learning_rate"} <= set(model.history_)
    assert model.transform(X).shape == (12, 12)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert cross_val_predict(clone(model), X, speeds, cv=2).shape == (12,)


def test_a_single_group_that_cannot_be_held_out_is_named(rng):
    X, speeds = circling(rng, 4)
    model = DeepSignatureRegressor(**SMALL, early_stopping=True)
    with pytest.raises(InvalidInputError, match=r"4 samples in 1 groups.*more groups"):
        model.fit(X, speeds, groups=["a"] * 4)
    unhashable = np.fromiter(([0] for _ in X), object)
    with pytest.raises(InvalidInputError, match="4 samples in 1 groups"):
        model.fit(X, speeds, groups=unhashable)
    with pytest.raises(InvalidInputError, match=r"of 1 samples \(.*Give more samples"):
        model.fit(X[:1], speeds[:1])


def test_r2_of_the_history_is_that_of_the_last_weights(rng):
    """With a rate of almost zero the weights stay, so both must agree."""
    X, speeds = circling(rng, 12)
    model = DeepSignatureRegressor(
        **SMALL | {"learning_rate": 1e-12, "dropout": 0.0, "weight_decay": 0.0}
    ).fit(X, speeds)
    assert model.history_["r2"][-1] == pytest.approx(model.score(X, speeds), abs=1e-4)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda _: None, "requires y to be passed"),
        (lambda y: y[:-1], "8 samples, but y has 7 targets"),
        (lambda y: np.where(y == y[2], np.nan, y), "Input y contains NaN"),
    ],
)
def test_bad_targets_are_refused(rng, spoil, message):
    X, speeds = circling(rng, 8)
    with pytest.raises(ValueError, match=message):
        DeepSignatureRegressor(**SMALL).fit(X, spoil(speeds))


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.zeros(8), "zero for every sample"),
        (np.arange(8.0) - 2, r"sample_weight\[0\] is -2.0"),
        (np.ones(7), "sample_weight has 7 entries"),
        (np.ones((8, 2)), "must be 1D"),
        (0.0, "zero for every sample"),
        (-1, r"sample_weight\[0\] is -1"),
    ],
)
def test_bad_weights_are_refused(rng, weight, message):
    X, speeds = circling(rng, 8)
    with pytest.raises(InvalidInputError, match=message):
        DeepSignatureRegressor(**SMALL).fit(X, speeds, sample_weight=weight)


def test_bfloat16_learns_as_well(rng):
    X, speeds = circling(rng, 40)
    settings = SMALL | {"max_epochs": 60, "learning_rate": 5e-3}
    model = DeepSignatureRegressor(**settings, precision="bfloat16").fit(X, speeds)
    exact = DeepSignatureRegressor(**settings).fit(X, speeds)
    assert model.score(X, speeds) > 0.8
    assert not np.array_equal(model.predict(X), exact.predict(X))

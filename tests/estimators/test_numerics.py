"""Trajectories that are hard to compute with: what docs/reliability.md says of them."""

import numpy as np
import pytest

from sklearn_deepsig import (
    DeepSignatureClassifier,
    EigenCoarsener,
    LogSignatureTransformer,
    SpectralCoarsener,
    SummaryStatisticsTransformer,
    TemporalGroupKFold,
    TrajectorySelector,
    make_windows,
)
from sklearn_deepsig.exceptions import InvalidInputError

SMALL = {"n_clusters": 2, "hidden_dim": 4, "max_epochs": 2, "random_state": 0}
NETWORK = {**SMALL, "n_segments": 2, "lstm_hidden_dim": 4, "mlp_hidden_dim": 4}
Y = np.array([0, 1] * 4)
# nm; what float32 can tell apart there is 1 pm
FAR = 1e4


@pytest.fixture
def X(rng):
    return rng.normal(scale=0.1, size=(8, 10, 5, 3)).cumsum(axis=1)


def say(model, X):
    return model.fit(X, Y).predict_proba(X)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-6), ("float32", 1e-2)])
def test_far_from_the_origin(X, dtype, tolerance):
    far = (X + FAR).astype(dtype)
    for model in (SpectralCoarsener(**SMALL), EigenCoarsener(2)):
        near = model.fit(X).assign(X)
        np.testing.assert_allclose(model.fit(far).assign(far), near, atol=tolerance)
    model = DeepSignatureClassifier(**NETWORK)
    np.testing.assert_allclose(say(model, far), say(model, X), atol=tolerance)
    transformer = LogSignatureTransformer()
    near = transformer.fit_transform(X)
    np.testing.assert_allclose(
        transformer.fit_transform(far), near, atol=tolerance * np.abs(near).max()
    )


def test_superposition_far_from_the_origin(X):
    selector = TrajectorySelector(superpose=True)
    near = selector.fit_transform(X)
    for one, other in zip(selector.fit_transform(X + FAR), near, strict=True):
        np.testing.assert_allclose(one.positions, other.positions, atol=1e-6)


def test_atoms_that_stand_still(X):
    """They add nothing: their log-signature is zero, and no loss becomes NaN."""
    X[:, :, 0] = X[:, :1, 0]
    assert np.isfinite(say(DeepSignatureClassifier(**NETWORK), X)).all()
    transformer = LogSignatureTransformer(1).fit(X)
    assert not transformer.transform(X)[:, :3].any()
    X[:] = X[:, :1]
    assert not LogSignatureTransformer().fit_transform(X).any()
    assert np.isfinite(say(DeepSignatureClassifier(**NETWORK), X)).all()
    assert np.isfinite(SummaryStatisticsTransformer().fit_transform(X)).all()


def test_atoms_that_coincide(X):
    X[:] = X[:, :, :1]
    for graph in ("chain", "contacts", "knn"):
        model = DeepSignatureClassifier(**NETWORK, graph=graph)
        assert np.isfinite(say(model, X)).all()
    superposed = TrajectorySelector(superpose=True).fit_transform(X)
    assert all(np.isfinite(sample.positions).all() for sample in superposed)


def test_frames_that_are_there_twice(X):
    """A path that pauses has the same log-signature."""
    twice = X.repeat(2, axis=1)
    for depth in (1, 2, 3):
        transformer = LogSignatureTransformer(depth)
        expected = transformer.fit_transform(X)
        atol = 1e-12 * np.abs(expected).max()
        np.testing.assert_allclose(
            transformer.fit_transform(twice), expected, atol=atol, rtol=1e-9
        )
    assert np.isfinite(say(DeepSignatureClassifier(**NETWORK), twice)).all()


def test_a_class_with_one_trajectory(X):
    """It can be learned, and not be held out: that is refused with a remedy."""
    lone = np.array([0] * 7 + [1])
    model = DeepSignatureClassifier(**NETWORK).fit(X, lone)
    assert model.classes_.tolist() == [0, 1]
    stopping = DeepSignatureClassifier(**NETWORK, early_stopping=True)
    with pytest.raises(InvalidInputError, match="early_stopping cannot hold out"):
        stopping.fit(X, lone)
    windows, y, groups = make_windows(list(X), lone, n_windows=3)
    stopping.set_params(n_segments=1)  # windows of three frames have areas, too
    with pytest.raises(InvalidInputError, match="class 1 has a single group"):
        stopping.fit(windows, y, groups=groups)
    named = np.array(["wild type", "mutant"])[y]  # in another order than 0 and 1
    with pytest.raises(InvalidInputError, match="class mutant has a single group"):
        stopping.fit(windows, named, groups=groups)
    # its windows can be split in time
    splits = list(TemporalGroupKFold(1, 3).split(windows, y, groups))
    assert all(1 in y[train] and 1 in y[test] for train, test in splits)


@pytest.mark.parametrize("value", [2e18, -1e30, 1e308])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.longdouble])
def test_huge_coordinates(X, value, dtype):
    with np.errstate(over="ignore"):
        X = X.astype(dtype)
        X[3, 7, 2, 1] = value
    message = r"sample 3: the coordinate in frame 7, node 2, is .*(scale them down|NaN)"
    for model in (SpectralCoarsener(**SMALL), LogSignatureTransformer()):
        with pytest.raises(InvalidInputError, match=message):
            model.fit(list(X))
        with pytest.raises(InvalidInputError, match=message):
            model.fit(X)


def test_tiny_coordinates(X):
    assert np.isfinite(say(DeepSignatureClassifier(**NETWORK), X * 1e-300)).all()
    assert np.isfinite(LogSignatureTransformer().fit_transform(X * 1e-300)).all()

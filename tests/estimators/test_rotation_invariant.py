"""Estimators with rotation_invariant=True: predictions, learning, refusals."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from sklearn.pipeline import make_pipeline

from sklearn_deepsig import (
    DeepSignatureClassifier,
    DeepSignatureRegressor,
    LogSignatureTransformer,
    SpectralCoarsener,
    TrajectorySelector,
    load_trajectory,
)
from sklearn_deepsig.estimators import _deep_signature
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory import GraphTrajectory
from tests.helpers.graphs import random_edges

SMALL = {
    "n_clusters": (4, 2),
    "hidden_dim": 5,
    "max_epochs": 4,
    "learning_rate": 0.01,
    "random_state": 0,
    "rotation_invariant": True,
}
WHOLE = SMALL | {"n_segments": 2, "lstm_hidden_dim": 12, "mlp_hidden_dim": 8}
RELATIVE = {"float32": 1e-5, "float64": 1e-10}


def rotate(samples, seed, shift=3.0):
    """Each sample as a whole by a rotation of its own, and moved."""
    moved = []
    for index, sample in enumerate(samples):
        rotation = Rotation.random(random_state=1000 * seed + index)
        flat = rotation.apply(sample.positions.reshape(-1, 3)) + shift
        moved.append(sample.with_positions(flat.reshape(sample.positions.shape)))
    return moved


def walks(rng, n_samples=10):
    samples = []
    for _ in range(n_samples):
        shape = (rng.integers(12, 18), rng.integers(6, 9), 3)
        positions = rng.normal(size=(1, *shape[1:])) + 0.1 * rng.normal(
            size=shape
        ).cumsum(axis=0)
        samples.append(GraphTrajectory(positions, random_edges(rng, shape[1])))
    return samples


@pytest.mark.parametrize("skip_connection", [False, True])
@pytest.mark.parametrize("precision", list(RELATIVE))
@pytest.mark.parametrize("make", [DeepSignatureClassifier, DeepSignatureRegressor])
def test_predictions_of_turned_and_moved_samples_are_the_same(
    rng, make, precision, skip_connection
):
    X, y = walks(rng), np.arange(10) % 2
    given = {"precision": precision, "skip_connection": skip_connection}
    model = make(**WHOLE, **given).fit(X, y)
    is_classifier = make is DeepSignatureClassifier
    predict = model.decision_function if is_classifier else model.predict
    expected, features = predict(X), model.transform(X)
    for seed in range(3):
        moved = rotate(X, seed)
        scale = np.abs(expected).max()
        assert np.abs(predict(moved) - expected).max() <= RELATIVE[precision] * scale
        assert np.abs(model.transform(moved) - features).max() <= (
            RELATIVE[precision] * np.abs(features).max()
        )


def test_real_receptors_in_single_precision(shared_data):
    """Positions of nm, motions of less, hundreds of atoms: digits are lost easily."""
    folder = shared_data / "mor_apo_bu72"
    files = [
        (folder / f"{name}_{k}.xtc", folder / f"{name}_receptor_top.pdb")
        for name in ("apo", "bu72")
        for k in (1, 2)
    ]
    X = TrajectorySelector().fit_transform([load_trajectory(*pair) for pair in files])
    model = DeepSignatureClassifier(
        (40, 20), rotation_invariant=True, max_epochs=10, random_state=0
    ).fit(X, [0, 0, 1, 1])
    expected = model.decision_function(X)
    moved = rotate([s.with_positions(s.positions.astype(np.float64)) for s in X], 0)
    moved = [s.with_positions(s.positions.astype(np.float32)) for s in moved]
    worst = np.abs(model.decision_function(moved) - expected).max()
    assert worst <= RELATIVE["float32"] * np.abs(expected).max()


def test_positions_stored_in_single_precision_are_rounded_before(rng):
    """As mdtraj stores them: then float64 in the network is not enough for 1e-10."""
    X, y = walks(rng), np.arange(10) % 2
    model = DeepSignatureClassifier(**WHOLE, precision="float64").fit(X, y)
    expected = model.decision_function(X)
    stored = [s.with_positions(s.positions.astype(np.float32)) for s in rotate(X, 0)]
    change = np.abs(model.decision_function(stored) - expected).max()
    change /= np.abs(expected).max()
    assert 10 * RELATIVE["float64"] < change <= RELATIVE["float32"]


def test_fits_to_turned_samples_are_the_same(rng):
    """The losses, too, do not depend on the orientation."""
    X, y = walks(rng), np.arange(10) % 2
    first, second = (
        DeepSignatureClassifier(**WHOLE, precision="float64").fit(samples, y)
        for samples in (X, rotate(X, 7))
    )
    np.testing.assert_allclose(second.predict_proba(X), first.predict_proba(X), 1e-8)
    for term in ("cut", "consistency", "classification"):
        np.testing.assert_allclose(second.history_[term], first.history_[term], 1e-8)


def test_learns_what_is_a_property_of_the_motion_in_any_orientation(rng):
    """Nodes that go round or to and fro; each sample lies in another plane."""

    def make(n_samples):
        X, y = [], np.arange(n_samples) % 2
        for label in y:
            angle = 0.4 * np.arange(24)[:, None] + rng.uniform(0, 0.3, size=6)
            path = np.stack([np.cos(angle), label * np.sin(angle), 0 * angle], -1)
            path = path + 0.02 * rng.normal(size=path.shape) + rng.normal(size=(6, 3))
            X.append(GraphTrajectory(path, random_edges(rng, 6)))
        return rotate(X, int(rng.integers(100))), y

    model = DeepSignatureClassifier(
        **WHOLE | {"n_clusters": (3,), "max_epochs": 60, "learning_rate": 5e-3}
    )
    X_test, y_test = make(30)
    assert model.fit(*make(36)).score(X_test, y_test) >= 0.9


def test_the_coarsener_gives_paths_that_turn_and_clusters_that_stay(rng):
    X = walks(rng, 6)
    moved = rotate(X, 1)
    model = SpectralCoarsener(**SMALL, precision="float64").fit(X)
    pairs = zip(model.assign(moved), model.assign(X), strict=True)
    for found, expected in pairs:
        np.testing.assert_allclose(found, expected, atol=1e-10)
    for sample, q, path in zip(X, model.assign(X), model.transform(X), strict=True):
        centred = sample.positions - sample.positions.mean((0, 1))
        pooled = np.einsum("nm,tnd->tmd", q, centred).reshape(path.shape)
        np.testing.assert_allclose(path, pooled, atol=1e-10)
    features = LogSignatureTransformer(invariance="rotation")
    expected, found = (
        features.fit_transform([p.reshape(len(p), 2, 3) for p in model.transform(x)])
        for x in (X, moved)
    )
    np.testing.assert_allclose(found, expected, atol=1e-8 * np.abs(expected).max())


def test_with_superposition_on_the_first_frame_tumbling_does_not_count(rng):
    X, y = walks(rng), np.arange(10) % 2
    tumbling = []
    for index, sample in enumerate(X):
        turns = Rotation.random(sample.n_frames, random_state=index).as_matrix()
        tumbling.append(sample.with_positions(sample.positions @ turns))
    model = DeepSignatureClassifier(**WHOLE, precision="float64")
    both = make_pipeline(TrajectorySelector(superpose="first_frame"), model).fit(X, y)
    expected = both.predict_proba(X)
    np.testing.assert_allclose(both.predict_proba(tumbling), expected, atol=1e-9)
    alone = model.fit(X, y)
    assert np.abs(alone.predict_proba(tumbling) - alone.predict_proba(X)).max() > 1e-3


@pytest.mark.parametrize(
    ("change", "n_dims", "message"),
    [
        ({"depth": 3}, 3, "needs depth=2, not 3"),
        ({}, 2, "3 dimensions, but X has 2 a node"),
        ({"center": False}, 3, "^rotation_invariant=True .*needs center=True"),
        (
            {"augmentation": "time"},
            3,
            "^rotation_invariant=True .*needs augmentation=None, not 'time'",
        ),
        ({"lstm_hidden_dim": 100}, 3, "rotation invariants of 2 clusters have width 8"),
    ],
)
def test_what_cannot_be_invariant_is_refused_before_training(
    rng, monkeypatch, change, n_dims, message
):
    monkeypatch.setattr(
        DeepSignatureClassifier, "_train", lambda *_, **__: pytest.fail("trained")
    )
    monkeypatch.setattr(_deep_signature, "_MOST_WEIGHTS", 7 * 400)
    X = rng.normal(size=(6, 10, 5, n_dims))
    with pytest.raises(InvalidInputError, match=message):
        DeepSignatureClassifier(**WHOLE | change).fit(X, [0, 1] * 3)


def test_univariate_series_are_refused(rng):
    with pytest.raises(InvalidInputError, match="3 dimensions, but X has 1 a node"):
        SpectralCoarsener(**SMALL | {"n_clusters": (1,)}).fit(rng.normal(size=(5, 9)))


def test_a_network_of_the_other_kind_is_not_gone_on_with(rng):
    X, y = walks(rng), np.arange(10) % 2
    model = DeepSignatureClassifier(**WHOLE, warm_start=True).fit(X, y)
    with pytest.raises(InvalidInputError, match="rotation_invariant=False, but"):
        model.set_params(rotation_invariant=False).fit(X, y)

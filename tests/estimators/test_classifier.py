"""DeepSignatureClassifier: what it learns, promises and refuses."""

import pickle
import shutil

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_deepsig.estimators import DeepSignatureClassifier
from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.trajectory import GraphTrajectory
from tests.helpers.graphs import random_edges

SMALL = {
    "n_clusters": (4, 2),
    "hidden_dim": 5,
    "n_segments": 2,
    "lstm_hidden_dim": 12,
    "mlp_hidden_dim": 8,
    "max_epochs": 3,
    "random_state": 0,
}


def circling(rng, n_samples, n_classes=2):
    """Samples of different size; the class is the speed at which nodes circle."""
    labels = np.arange(n_samples) % n_classes
    speeds = np.linspace(-1.0, 1.0, n_classes)
    samples = []
    for label in labels:
        n_frames, n_nodes = rng.integers(18, 26), rng.integers(6, 10)
        angle = speeds[label] * 0.5 * np.arange(n_frames)[:, None]
        angle = angle + rng.uniform(0, 0.3, size=n_nodes)
        circle = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=-1)
        noise = 0.05 * rng.normal(size=circle.shape)
        samples.append(GraphTrajectory(circle + noise, random_edges(rng, n_nodes)))
    return samples, labels


@pytest.mark.parametrize("n_classes", [2, 3])
def test_learns_the_direction_of_motion_on_ragged_samples(rng, n_classes):
    X, y = circling(rng, 36, n_classes)
    X_test, y_test = circling(rng, 30, n_classes)
    names = np.array(["left", "none", "right"])[y]
    model = DeepSignatureClassifier(
        **SMALL | {"max_epochs": 60, "learning_rate": 5e-3, "n_clusters": (3,)}
    )
    model.fit(X, names)
    assert model.score(X_test, np.array(["left", "none", "right"])[y_test]) >= 0.9
    assert model.classes_.tolist() == sorted(set(names))


def test_outputs_agree_with_each_other(rng):
    X, y = circling(rng, 12)
    model = DeepSignatureClassifier(**SMALL).fit(X, y)
    probabilities, scores = model.predict_proba(X), model.decision_function(X)
    np.testing.assert_allclose(probabilities.sum(1), 1.0)
    np.testing.assert_allclose(1 / (1 + np.exp(-scores)), probabilities[:, 1])
    np.testing.assert_array_equal(model.predict(X), (scores > 0).astype(int))
    assert model.transform(X).shape == (12, 12)
    assert model.get_feature_names_out()[0] == "deepsignatureclassifier0"
    assert model.n_iter_ == len(model.history_["loss"]) == 3
    assert {"cut", "consistency", "classification"} <= set(model.history_)


def test_two_fits_with_one_seed_are_equal(rng):
    X, y = circling(rng, 12)
    first = DeepSignatureClassifier(**SMALL).fit(X, y)
    second = clone(first).fit(X, y)
    other = clone(first).set_params(random_state=1).fit(X, y)
    expected = first.predict_proba(X)
    np.testing.assert_array_equal(second.predict_proba(X), expected)
    assert np.abs(other.predict_proba(X) - expected).max() > 1e-6


def test_pickled_model_predicts_the_same(rng):
    X, y = circling(rng, 8)
    model = DeepSignatureClassifier(**SMALL).fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_predictions_do_not_depend_on_place_shift_or_order_of_atoms(rng):
    X, y = circling(rng, 10)
    model = DeepSignatureClassifier(**SMALL | {"precision": "float64"}).fit(X, y)
    expected = model.decision_function(X)
    moved = [s.with_positions(s.positions + [7.0, -4.0, 2.0]) for s in X]
    orders = [rng.permutation(s.n_nodes) for s in X]
    shuffled = [
        GraphTrajectory(s.positions[:, order], np.argsort(order)[s.edge_index])
        for s, order in zip(X, orders, strict=True)
    ]
    np.testing.assert_allclose(model.decision_function(moved), expected, atol=1e-9)
    np.testing.assert_allclose(model.decision_function(shuffled), expected, atol=1e-9)
    np.testing.assert_allclose(
        model.decision_function(X[::-1])[::-1], expected, atol=1e-12
    )


def test_class_weight_moves_the_decision(rng):
    X, y = circling(rng, 20)
    settings = SMALL | {"max_epochs": 30, "learning_rate": 5e-3}
    shares = [
        DeepSignatureClassifier(**settings, class_weight={0: 1.0, 1: weight})
        .fit(X, y)
        .predict_proba(X)[:, 1]
        .mean()
        for weight in (0.05, 20.0)
    ]
    assert shares[0] + 0.2 < shares[1]


def test_early_stopping_holds_out_whole_groups(rng, monkeypatch):
    X, y = circling(rng, 24)
    groups = np.repeat(np.arange(12), 2)
    y = np.repeat(y[:12], 2)
    seen = {}
    from sklearn_deepsig.estimators import _torch

    original = _torch.fit_module

    def spy(module, data, compute_loss, settings, *, validation, watch):
        seen.update(train=data.samples, held_out=validation.samples)
        return original(
            module, data, compute_loss, settings, validation=validation, watch=watch
        )

    monkeypatch.setattr(_torch, "fit_module", spy)
    model = DeepSignatureClassifier(**SMALL, early_stopping=True, patience=2)
    model.set_params(max_epochs=40).fit(X, y, groups=groups)
    group_of = {id(s.positions): g for s, g in zip(X, groups, strict=True)}
    train = {group_of[id(s.positions)] for s in seen["train"]}
    held_out = {group_of[id(s.positions)] for s in seen["held_out"]}
    assert train.isdisjoint(held_out)
    assert train | held_out == set(range(12))
    assert "validation_loss" in model.history_


def test_a_killed_fit_goes_on_and_another_fit_is_refused(rng, tmp_path):
    X, y = circling(rng, 8)
    whole = DeepSignatureClassifier(**SMALL | {"max_epochs": 6}).fit(X, y)
    folder = str(tmp_path)
    part = DeepSignatureClassifier(**SMALL, checkpoint_dir=folder)
    part.set_params(max_epochs=2).fit(X, y)
    resumed = clone(part).set_params(max_epochs=6).fit(X, y)
    np.testing.assert_array_equal(resumed.predict_proba(X), whole.predict_proba(X))
    # Other parameters or data are other fits, as the folds of a search are.
    for other, labels in ((clone(part).set_params(hidden_dim=6), y), (part, y[::-1])):
        assert clone(other).fit(X, labels).n_iter_ == other.max_epochs
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_fits_with_fewer_epochs_are_their_own_in_a_search(rng, tmp_path, n_jobs):
    X, y = circling(rng, 12)
    settings = SMALL | {"learning_rate": 0.02}
    search = GridSearchCV(
        DeepSignatureClassifier(**settings),
        {"max_epochs": [5, 1, 3]},  # the first is longer than those after it
        scoring="neg_log_loss",
        cv=2,
        n_jobs=n_jobs,
        error_score="raise",
    )
    expected = search.fit(X, y).cv_results_["mean_test_score"]
    assert len(set(expected)) == 3
    search.set_params(estimator__checkpoint_dir=str(tmp_path))
    for _ in ("begun", "complete already"):
        found = search.fit(X, y).cv_results_["mean_test_score"]
        np.testing.assert_array_equal(found, expected)


def test_a_fit_goes_on_from_the_longest_that_is_not_too_long(rng, tmp_path):
    X, y = circling(rng, 8)
    model = DeepSignatureClassifier(**SMALL, checkpoint_dir=str(tmp_path))
    begun = []
    for max_epochs in (2, 5, 3, 4, 9):
        model.set_params(max_epochs=max_epochs).fit(X, y)
        begun.append(model.resumed_from_epoch_)
    assert begun == [0, 2, 2, 3, 5]
    # what it went on with is its own from then on; damage of another fit is no harm
    for file in tmp_path.glob("*-[59]/*.safetensors"):
        file.write_bytes(b"damage")
    model.set_params(max_epochs=10).fit(X, y)
    assert model.resumed_from_epoch_ == 4
    for folder in tmp_path.glob("*-[!1]"):
        shutil.rmtree(folder)
    model.fit(X, y)
    assert model.resumed_from_epoch_ == 10


def test_parameters_changed_after_fit_do_not_change_predictions(rng):
    X, y = circling(rng, 8)
    model = DeepSignatureClassifier(**SMALL).fit(X, y)
    expected = model.predict_proba(X)
    model.set_params(precision="float64", lstm_hidden_dim=9, n_clusters=(50,))
    np.testing.assert_array_equal(model.predict_proba(X), expected)
    assert len(model.get_feature_names_out()) == model.transform(X).shape[1] == 12


@pytest.mark.gpu
def test_a_gpu_gives_what_the_cpu_gives(rng):
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    X, y = circling(rng, 12)
    on_cpu, on_gpu = (
        DeepSignatureClassifier(**SMALL | {"dropout": 0.0}, device=device).fit(X, y)
        for device in ("cpu", "cuda")
    )
    expected = on_cpu.predict_proba(X)
    np.testing.assert_allclose(on_gpu.predict_proba(X), expected, atol=1e-4)
    carried = pickle.loads(pickle.dumps(on_gpu)).set_params(device="cpu")
    np.testing.assert_allclose(carried.predict_proba(X), expected, atol=1e-4)


def test_grid_search_and_stacking_on_ragged_lists(rng):
    X, y = circling(rng, 12)
    search = GridSearchCV(
        DeepSignatureClassifier(**SMALL), {"n_clusters": [(4,), (4, 2)]}, cv=2
    )
    search.fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_estimator_.n_clusters_ == search.best_params_["n_clusters"]
    pipeline = make_pipeline(DeepSignatureClassifier(**SMALL), StandardScaler(), SVC())
    assert cross_val_predict(pipeline, X, y, cv=2).shape == (12,)


def nan_sample(X):
    positions = X[2].positions.copy()
    positions[4, 3, 1] = np.nan
    return [*X[:2], X[2].with_positions(positions), *X[3:]]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (nan_sample, "sample 2.*frame 4, node 3"),
        (lambda X: [*X[:3], X[3][:1], *X[4:]], "sample 3.*n_frames=1"),
        (lambda _: [], "X is empty"),
        (lambda X: ["walker.xtc"] * len(X), "sample 0.*file"),
        (lambda X: X[:-1], "11 samples, but y has 12 labels"),
        (lambda X: X[0], "one bare GraphTrajectory"),
    ],
)
def test_bad_samples_are_refused_before_training(rng, spoil, message, monkeypatch):
    X, y = circling(rng, 12)
    monkeypatch.setattr(
        DeepSignatureClassifier, "_train", lambda *_, **__: pytest.fail("trained")
    )
    with pytest.raises((InvalidInputError, InvalidInputTypeError), match=message):
        DeepSignatureClassifier(**SMALL).fit(spoil(X), y)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_clusters": (50,)}, "sample 0 has . nodes, fewer than the 50 clusters"),
        ({"n_clusters": (2, 4)}, "none greater than the one before"),
        ({"n_clusters": ()}, "one positive number a pooling layer"),
        ({"n_clusters": [[3, 2]]}, "one positive number a pooling layer"),
        ({"n_clusters": (3.7, 2)}, "one positive number a pooling layer"),
        ({"loss_weights": (0, 0, 0)}, "not all zero"),
        ({"class_weight": {0: -1.0, 1: 1.0}}, "zero or positive"),
        ({"checkpoint_dir": "/proc/nowhere"}, "cannot be written to"),
        ({"device": "meta"}, "device='meta' cannot be used"),
        ({"loss_weights": (1.0, 2.0)}, "give 3 weights"),
        ({"loss_weights": (1.0, -2.0, 1.0)}, "zero or positive"),
        ({"depth": 12}, "too wide for an LSTM.*largest that fits: 10"),
        ({"device": "abacus"}, "device='abacus' cannot be used"),
        ({"device": "gpu"}, r"device='gpu' cannot be used \(torch knows no such"),
        ({"early_stopping": True, "validation_fraction": 0.01}, "another"),
    ],
)
def test_bad_parameters_are_refused(rng, change, message):
    X, y = circling(rng, 6)
    with pytest.raises(InvalidInputError, match=message):
        DeepSignatureClassifier(**SMALL | change).fit(X, y)


def test_one_class_and_missing_labels_are_refused(rng):
    X, y = circling(rng, 6)
    with pytest.raises(InvalidInputError, match="at least two classes"):
        DeepSignatureClassifier(**SMALL).fit(X, np.zeros(6))
    with pytest.raises(InvalidInputError, match="y\\[1\\] is nan"):
        DeepSignatureClassifier(**SMALL).fit(X, [0, np.nan, 1, 0, 1, 0])
    with pytest.raises(InvalidInputError, match="y\\[2\\] is None"):
        DeepSignatureClassifier(**SMALL).fit(X, ["a", "b", None, "a", "b", "a"])
    with pytest.raises(InvalidInputError, match="groups has 5 entries"):
        DeepSignatureClassifier(**SMALL).fit(X, y, groups=np.zeros(5))
    with pytest.raises(NotFittedError):
        DeepSignatureClassifier(**SMALL).predict(X)


def test_coordinates_out_of_all_range_give_no_silent_answer(rng):
    X = rng.normal(size=(6, 10, 5, 3))
    model = DeepSignatureClassifier(**SMALL).fit(X, [0, 1] * 3)
    wild = clone(model).set_params(learning_rate=1e30, weight_decay=0.0, max_epochs=1)
    with pytest.raises(InvalidInputError, match="sample 0 gives logits that are not"):
        wild.fit(X, [0, 1] * 3).predict(X)
    X[4] *= 1e17
    assert np.isfinite(model.predict_proba(X)).all()
    X[4] *= 1e17
    with pytest.raises(InvalidInputError, match="sample 4: the coordinate in frame"):
        model.predict(X)


def test_other_dimensions_or_channels_than_in_fit_are_refused(rng):
    X = rng.normal(size=(6, 10, 5, 3))
    y = [0, 1] * 3
    model = DeepSignatureClassifier(**SMALL).fit(X, y)
    assert model.n_features_in_ == 5
    with pytest.raises(InvalidInputError, match="4 channels or nodes"):
        model.predict(X[:, :, :4])
    with pytest.raises(InvalidInputError, match="2 dimensions a node"):
        model.predict(X[..., :2])
    assert model.predict(X[:, :8]).shape == (6,)  # other frame counts are fine

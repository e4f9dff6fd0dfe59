"""Warm starts, partial fits and callbacks."""

# ruff: noqa: ARG002 - hooks of a callback take what scikit-learn gives them

import importlib.util
import pickle
import sys

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.fixes import parse_version

import sklearn_deepsig._compat as compat
from sklearn_deepsig import (
    DeepSignatureClassifier,
    DeepSignatureRegressor,
    SpectralCoarsener,
)
from sklearn_deepsig.exceptions import (
    InvalidInputError,
    UnseededCheckpointWarning,
)

SMALL = {
    "n_clusters": (2,),
    "hidden_dim": 4,
    "n_segments": 2,
    "lstm_hidden_dim": 8,
    "mlp_hidden_dim": 8,
    "max_epochs": 4,
    "random_state": 0,
}
COARSE = {"n_clusters": (2,), "hidden_dim": 4, "max_epochs": 4, "random_state": 0}

has_callbacks = pytest.mark.skipif(
    parse_version(sklearn.__version__) < parse_version("1.9"),
    reason="callbacks came with scikit-learn 1.9",
)


@pytest.fixture
def X(rng):
    return rng.normal(size=(12, 10, 4, 3)).cumsum(axis=1)


y = np.arange(12) % 2


def weights(model):
    return {k: v.numpy().copy() for k, v in model.module_.state_dict().items()}


def equal(first, second):
    return all(np.array_equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize(
    "model",
    [
        DeepSignatureClassifier(**SMALL, warm_start=True),
        DeepSignatureRegressor(**SMALL, warm_start=True),
        SpectralCoarsener(**COARSE, warm_start=True),
    ],
    ids=lambda model: type(model).__name__,
)
def test_a_warm_start_goes_on_from_the_last_weights(X, model):
    model = clone(model).fit(X, y)
    before = weights(model)
    # at a rate of nearly nothing the weights stay where they were
    model.set_params(learning_rate=1e-12, weight_decay=0.0).fit(X, y)
    after = weights(model)
    assert all(np.allclose(after[k], before[k], atol=1e-9) for k in before)
    model.set_params(warm_start=False).fit(X, y)
    cold = weights(model)
    assert not all(np.allclose(cold[k], before[k], atol=1e-4) for k in before)
    assert model.n_iter_ == 4


def test_a_warm_start_refuses_another_network_and_other_classes(X):
    model = DeepSignatureClassifier(**SMALL, warm_start=True).fit(X, y)
    for change in ({"n_segments": 3}, {"n_clusters": (3,)}, {"depth": 3}):
        other = pickle.loads(pickle.dumps(model)).set_params(**change)
        with pytest.raises(InvalidInputError, match="the network to go on with was"):
            other.fit(X, y)
    with pytest.raises(InvalidInputError, match="the label '2'"):
        model.fit(X, y + 1)
    with pytest.raises(InvalidInputError, match="dimensions a node"):
        model.fit(X[..., :2], y)
    regressor = DeepSignatureRegressor(**SMALL, warm_start=True).fit(X, y)
    with pytest.raises(InvalidInputError, match="y has 2 numbers a sample"):
        regressor.fit(X, np.stack([y, y], axis=1))


def test_a_warm_start_from_other_weights_is_another_fit_to_a_checkpoint(X, tmp_path):
    settings = SMALL | {"warm_start": True, "checkpoint_dir": str(tmp_path)}
    model = DeepSignatureClassifier(**settings).fit(X, y)
    before = weights(model)
    model.fit(X, y)  # must train, and not find that this was done already
    assert not equal(weights(model), before)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (DeepSignatureClassifier(**SMALL), {"classes": [0, 1]}),
        (DeepSignatureRegressor(**SMALL), {}),
        (SpectralCoarsener(**COARSE), {}),
    ],
    ids=lambda x: type(x).__name__,
)
def test_partial_fits_on_all_samples_are_a_fit(X, model, names):
    whole, parts = clone(model).fit(X, y), clone(model)
    for call in range(4):
        parts.partial_fit(X, y, **names)
        if call == 1:  # as a model that is kept for later goes on
            parts = pickle.loads(pickle.dumps(parts))
    assert equal(weights(whole), weights(parts))
    assert parts.n_iter_ == 4
    assert parts.history_["loss"] == whole.history_["loss"]


def test_partial_fit_learns_from_samples_that_come_one_class_at_a_time(X):
    X = X * np.where(y == 0, 1.0, 0.05)[:, None, None, None]
    model = DeepSignatureClassifier(**SMALL | {"learning_rate": 0.01})
    for _ in range(40):
        for label in (0, 1):
            model.partial_fit(X[y == label], y[y == label], classes=[0, 1])
    assert model.score(X, y) > 0.9


def test_partial_fit_after_fit_goes_on_with_its_columns(X):
    model = DeepSignatureClassifier(**SMALL, early_stopping=True).fit(X, y)
    model.set_params(early_stopping=False).partial_fit(X, y)
    assert model.n_iter_ == 5
    assert {len(column) for column in model.history_.values()} == {5}
    assert np.isnan(model.history_["validation_loss"][-1])


def test_partial_fit_refuses_what_it_cannot_heed(X):
    model = DeepSignatureClassifier(**SMALL)
    with pytest.raises(InvalidInputError, match="classes must be passed on the first"):
        model.partial_fit(X, y)
    model.partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(InvalidInputError, match="not the same as on the last call"):
        model.partial_fit(X, y, classes=[0, 1])
    with pytest.raises(InvalidInputError, match="the label '3'"):
        model.partial_fit(X, np.full(12, 3))
    for change in (
        {"early_stopping": True},
        {"learning_rate_schedule": "cosine"},
        {"checkpoint_dir": "folder"},
    ):
        other = clone(model).set_params(**change)
        with pytest.raises(InvalidInputError, match="partial_fit cannot heed"):
            other.partial_fit(X, y, classes=[0, 1])


class Recorder:
    """A callback that notes the epochs, scores the model, and stops."""

    def __init__(self, stop_after=None):
        self.stop_after = stop_after
        self.scores, self.events = [], []

    def setup(self, estimator, context):
        self.events.append("setup")

    def on_fit_task_begin(self, estimator, context):
        self.events.append(f"begin {context.task_name}")

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, fitted_estimator=None
    ):
        self.events.append(f"end {context.task_name}")
        if context.task_name == "epoch":
            self.scores.append(fitted_estimator.score(X, y))
            return len(self.scores) == self.stop_after
        return False

    def teardown(self, estimator, context):
        self.events.append("teardown")


@has_callbacks
def test_callbacks_see_every_epoch_and_may_stop(X):
    expected = DeepSignatureClassifier(**SMALL).fit(X, y)
    watching, stopping = Recorder(), Recorder(stop_after=2)
    model = DeepSignatureClassifier(**SMALL).set_callbacks(watching)
    model.fit(X, y)
    epochs = ["begin epoch", "end epoch"] * 4
    assert watching.events == ["setup", "begin fit", *epochs, "end fit", "teardown"]
    assert watching.scores[-1] == model.score(X, y)
    # to be watched changes nothing
    assert equal(weights(model), weights(expected))
    model = DeepSignatureClassifier(**SMALL).set_callbacks(stopping).fit(X, y)
    assert model.n_iter_ == 2


@has_callbacks
def test_a_scoring_monitor_scores_every_epoch(X):
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring="neg_log_loss")
    model = DeepSignatureClassifier(**SMALL).set_callbacks(monitor).fit(X, y)
    rows = [r for r in monitor.get_logs().data if r["task_name"] == "epoch"]
    scores = [row["neg_log_loss"] for row in rows]
    assert len(scores) == len(set(scores)) == 4
    assert scores[-1] == pytest.approx(-log_loss(y, model.predict_proba(X)))


@has_callbacks
@pytest.mark.parametrize(
    "model",
    [
        DeepSignatureClassifier(**SMALL),
        DeepSignatureRegressor(**SMALL),
        SpectralCoarsener(**COARSE),
    ],
    ids=lambda model: type(model).__name__,
)
def test_progress_bars_reach_into_pipelines_and_searches(X, model, capsys, monkeypatch):
    from sklearn.callback import ProgressBar

    monkeypatch.setenv("COLUMNS", "200")
    name = type(model).__name__
    clone(model).set_callbacks(ProgressBar()).fit(X, y)
    assert f"{name} - fit" in capsys.readouterr().out
    pipeline = make_pipeline(model, "passthrough")
    search = GridSearchCV(
        pipeline, {f"{name.lower()}__max_epochs": [1]}, cv=2, scoring=lambda *_: 0.0
    )
    search.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(X, y)
    # two folds and the fit on all samples
    assert capsys.readouterr().out.count(f"| {name} - fit") == 3


def test_without_callbacks_in_scikit_learn_fits_are_the_same(X, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.callback", None)
    spec = importlib.util.spec_from_file_location("old_compat", compat.__file__)
    old = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(old)
    assert old.CallbackSupportMixin is not compat.CallbackSupportMixin

    class Old(DeepSignatureClassifier):
        _init_callback_context = old.CallbackSupportMixin._init_callback_context

    expected = DeepSignatureClassifier(**SMALL).fit(X, y)
    assert equal(weights(Old(**SMALL).fit(X, y)), weights(expected))


@pytest.mark.parametrize("random_state", [None, np.random.RandomState(0)])
@pytest.mark.parametrize("kind", [DeepSignatureClassifier, SpectralCoarsener])
def test_checkpoints_without_a_seed_are_warned_of(X, kind, random_state, tmp_path):
    settings = SMALL if kind is DeepSignatureClassifier else COARSE
    model = kind(**{**settings, "checkpoint_dir": str(tmp_path), "max_epochs": 1})
    model.set_params(random_state=random_state)
    for n_folders in (1, 2):  # the second fit does not find the first
        with pytest.warns(UnseededCheckpointWarning, match="such as random_state=0"):
            model.fit(X, y)
        assert len(list(tmp_path.iterdir())) == n_folders
    # what draws no seed of its own, and what keeps nothing: warnings are errors here
    model.set_params(random_state=np.int64(0)).fit(X, y)
    model.set_params(random_state=random_state, checkpoint_dir=None).fit(X, y)

"""What is stored comes back: by pickle, joblib, skops and `save`, to the bit."""

import copy
import inspect
import pickle

import joblib
import numpy as np
import pytest
import skops.io
import torch
from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils.validation import check_is_fitted

import sklearn_deepsig
from sklearn_deepsig import (
    DeepSignatureClassifier,
    DeepSignatureRegressor,
    EigenCoarsener,
    LogSignatureTransformer,
    SpectralCoarsener,
    TrajectorySelector,
    make_dihedral_svm,
)
from tests.helpers.molecules import make_peptide
from tests.helpers.writers import WRITERS, assert_same_bits, by_save, outputs

SMALL = {
    "n_clusters": (3, 2),
    "hidden_dim": 4,
    "n_segments": 2,
    "lstm_hidden_dim": 8,
    "mlp_hidden_dim": 8,
    "max_epochs": 2,
    "random_state": 0,
}
PUBLIC = [
    name
    for name in sklearn_deepsig.__all__
    if inspect.isclass(value := getattr(sklearn_deepsig, name))
    and issubclass(value, BaseEstimator)
]
NETWORKS = ["DeepSignatureClassifier", "DeepSignatureRegressor", "SpectralCoarsener"]

every_writer = pytest.mark.parametrize("write", WRITERS, ids=lambda f: f.__name__)


def small(name, **changes):
    """Make an estimator small enough for a test."""
    kind = getattr(sklearn_deepsig, name)
    known = kind().get_params()
    if kind is EigenCoarsener:
        changes["n_clusters"] = 3  # it clusters once
    return kind(**{k: v for k, v in (SMALL | changes).items() if k in known})


@pytest.fixture(scope="module")
def peptides():
    return [make_peptide(seed=seed, n_frames=6 + seed % 2) for seed in range(6)]


@pytest.fixture
def X(rng):
    return rng.normal(size=(8, 10, 4, 3)).cumsum(axis=1)


y = np.arange(8) % 2


def targets(model, n_samples):
    labels = np.array(["active", "not"] * n_samples)[:n_samples]
    if is_classifier(model):
        return labels
    return np.linspace(0, 1, n_samples) if is_regressor(model) else None


def weights(model):
    return [value.numpy() for value in model.module_.state_dict().values()]


@pytest.fixture(scope="module", params=PUBLIC)
def fitted(request, peptides):
    model = small(request.param)
    return model.fit(peptides, targets(model, len(peptides)))


@every_writer
def test_every_public_estimator_comes_back(fitted, peptides, tmp_path, write):
    expected = outputs(fitted, peptides)
    again = write(fitted, tmp_path)
    assert type(again) is type(fitted)
    assert_same_bits(outputs(again, peptides), expected)
    assert again.get_params() == fitted.get_params()
    assert vars(again).keys() == vars(fitted).keys()
    assert all(isinstance(vars(again)[k], type(v)) for k, v in vars(fitted).items())
    # once more, now of what was read
    assert_same_bits(outputs(write(again, tmp_path), peptides), expected)
    fresh = clone(again)
    with pytest.raises(NotFittedError):
        check_is_fitted(fresh)
    assert vars(write(fresh, tmp_path)) == vars(fresh)
    assert_same_bits(outputs(fitted, peptides), expected)


@every_writer
def test_what_a_network_learned_goes_on(X, tmp_path, write):
    for name, names in zip(NETWORKS, ({"classes": [0, 1]}, {}, {}), strict=True):
        whole = small(name)
        for _ in range(3):
            whole.partial_fit(X, y, **names)
        parts = small(name).partial_fit(X, y, **names)
        parts = write(parts, tmp_path).partial_fit(X, y)
        parts = write(parts, tmp_path).partial_fit(X, y)
        assert_same_bits(weights(parts), weights(whole))
        assert parts.history_["loss"] == whole.history_["loss"]
        assert parts.n_iter_ == parts.history_.n_epochs == 3


@every_writer
def test_a_warm_start_goes_on(X, tmp_path, write):
    for name in NETWORKS:
        first = small(name, warm_start=True, early_stopping=True).fit(X, y)
        again = write(first, tmp_path)
        assert_same_bits(weights(again.fit(X, y)), weights(first.fit(X, y)))
        with pytest.raises(ValueError, match="network to go on with was built with"):
            again.set_params(hidden_dim=5).fit(X, y)


@every_writer
def test_parameters_changed_after_fit_change_no_network(X, tmp_path, write):
    model = small("DeepSignatureClassifier", rotation_invariant=True).fit(X, y)
    expected = model.predict_proba(X)
    model.set_params(n_clusters=7, lstm_hidden_dim=9, depth=3, dropout=0.5)
    again = write(model, tmp_path)
    np.testing.assert_array_equal(again.predict_proba(X), expected)
    assert again.lstm_hidden_dim == 9


@pytest.mark.parametrize("precision", ["float64", "bfloat16"])
@every_writer
def test_every_precision(X, tmp_path, write, precision):
    model = small("SpectralCoarsener", precision=precision).fit(X)
    assert_same_bits(outputs(write(model, tmp_path), X), outputs(model, X))


@pytest.mark.parametrize(
    "labels",
    [
        ["a", "ß", "a longer one", "a"] * 2,
        np.array(["a", "bb"] * 4, dtype="<U9"),
        np.array(["a", "bb"] * 4, dtype=object),
        np.array([1, "b"] * 4, dtype="<U9"),
        np.array([True, False] * 4),
        np.array([-1.0, 2.0] * 4, dtype=np.float32),
        np.array([0, 255] * 4, dtype=np.uint8),
        np.array([-5, 2**62] * 4),
        np.array([3, 4] * 4, dtype=">i4"),
    ],
    ids=lambda labels: str(np.asarray(labels).dtype),
)
@every_writer
def test_labels_of_every_type(X, tmp_path, write, labels):
    model = small("DeepSignatureClassifier").fit(X, labels)
    again = write(model, tmp_path)
    np.testing.assert_array_equal(again.classes_, model.classes_)
    # the byte order of a machine is no property of labels
    expected = model.classes_.dtype.newbyteorder("=")
    assert again.classes_.dtype.newbyteorder("=") == expected
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


@every_writer
def test_targets_of_every_shape(X, rng, tmp_path, write):
    for shape in ((8,), (8, 1), (8, 2)):
        model = small("DeepSignatureRegressor").fit(X, rng.normal(size=shape))
        again = write(model, tmp_path)
        assert again.predict(X).shape == shape
        assert_same_bits(outputs(again, X), outputs(model, X))


@every_writer
def test_parameters_of_every_kind(X, tmp_path, write):
    edges = np.array([[0, 1, 2], [1, 2, 3]])
    model = DeepSignatureClassifier(
        **SMALL | {"n_clusters": [3, 2], "hidden_dim": np.int64(4)},
        loss_weights=np.array([1.0, 0.5, 2.0]),
        graph=edges,
        class_weight={np.int64(0): 1, 1: np.float32(0.5)},
        dropout=np.float64(0.1),
        max_grad_norm=1e300,
    ).fit(X, y)
    again = write(model, tmp_path)
    expected = model.get_params()
    for name, value in again.get_params().items():
        assert isinstance(value, type(expected[name])), name
        np.testing.assert_array_equal(value, expected[name])
    assert_same_bits(outputs(again, X), outputs(model, X))
    again.partial_fit(X, y)


@every_writer
def test_a_random_state_goes_on_where_it_was(X, tmp_path, write):
    state = np.random.RandomState(3)
    state.normal(size=5)  # keeps one number for later
    model = SpectralCoarsener((2,), max_epochs=1, random_state=state).fit(X)
    again = write(model, tmp_path)
    assert again.random_state.normal() == state.normal()
    assert_same_bits(weights(again.fit(X)), weights(model.fit(X)))


@every_writer
@pytest.mark.parametrize("dtype", [np.float32, np.float64, "float32", None])
def test_a_transformer_keeps_its_type_and_names(rng, tmp_path, write, dtype):
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame(rng.normal(size=(5, 8)), columns=[f"hour {i}" for i in range(8)])
    model = LogSignatureTransformer(
        3, dtype=dtype, augmentation=("time", "lead_lag"), n_jobs=2
    ).fit(X)
    model.set_output(transform="pandas")
    again = write(model, tmp_path)
    assert again.dtype == dtype
    assert again.augmentation == ("time", "lead_lag")
    pd.testing.assert_frame_equal(again.transform(X), model.transform(X))
    with pytest.raises(ValueError, match="feature names should match"):
        again.transform(X.rename(columns={"hour 0": "hour"}))


def test_a_state_holds_no_tensor_and_reading_it_draws_no_number(X):
    model = small("DeepSignatureClassifier").partial_fit(X, y, classes=[0, 1])

    def kinds(value):
        if isinstance(value, dict):
            return {type(value)}.union(*map(kinds, value), *map(kinds, value.values()))
        if isinstance(value, list | tuple):
            return {type(value)}.union(*map(kinds, value))
        return {type(value)}

    # no tensor is on no device: what a GPU learned is read where there is none
    plain = {dict, list, tuple, str, int, float, bool, type(None)}
    assert kinds(model.__getstate__()) <= plain | {np.ndarray, np.float64}
    torch.manual_seed(0)
    expected = torch.get_rng_state()
    again = pickle.loads(pickle.dumps(model))
    assert torch.equal(torch.get_rng_state(), expected)
    assert not again.module_.training
    assert all(parameter.requires_grad for parameter in again.module_.parameters())


def test_copies_share_no_memory(X):
    model = small("SpectralCoarsener").partial_fit(X)
    for duplicate in (copy.copy(model), copy.deepcopy(model)):
        expected = outputs(model, X)
        duplicate.partial_fit(X)
        assert_same_bits(outputs(model, X), expected)


@pytest.mark.gpu
@every_writer
def test_what_a_gpu_learned_is_read_where_there_is_none(
    X, tmp_path, write, monkeypatch
):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    model = small("DeepSignatureClassifier", device="cuda")
    model.partial_fit(X, y, classes=[0, 1])
    again = write(model, tmp_path)
    states = [*again.module_.state_dict().values()]
    states += again._optimizer_state["state"][0].values()
    assert {value.device.type for value in states} == {"cpu"}
    on_gpu = [value.cpu().numpy() for value in model.module_.state_dict().values()]
    assert_same_bits(weights(again), on_gpu)
    expected = model.predict_proba(X)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    again.set_params(device="auto")
    np.testing.assert_allclose(again.predict_proba(X), expected, atol=1e-4)
    again.partial_fit(X, y)


@pytest.mark.parametrize("last", [LogisticRegression(), SVC()])
def test_a_pipeline_is_stored_by_skops(X, tmp_path, last):
    labels = np.array(["a", "b"], dtype=object)[y]
    pipeline = make_pipeline(
        TrajectorySelector(superpose=True),
        SpectralCoarsener((3, 2), max_epochs=2, random_state=0),
        LogSignatureTransformer(n_segments=2),
        StandardScaler(),
        last,
    ).fit(X, labels)
    skops.io.dump(pipeline, tmp_path / "pipeline.skops")
    trusted = [
        "sklearn_deepsig.estimators._coarsener.SpectralCoarsener",
        "sklearn_deepsig.estimators._logsignature.LogSignatureTransformer",
        "sklearn_deepsig.estimators._selector.TrajectorySelector",
    ]
    assert skops.io.get_untrusted_types(file=tmp_path / "pipeline.skops") == trusted
    again = skops.io.load(tmp_path / "pipeline.skops", trusted=trusted)
    np.testing.assert_array_equal(
        again.decision_function(X), pipeline.decision_function(X)
    )
    np.testing.assert_array_equal(again.predict(X), pipeline.predict(X))
    with pytest.raises(Exception, match="Untrusted"):
        skops.io.load(tmp_path / "pipeline.skops")


def test_a_baseline_is_stored_by_skops(peptides, tmp_path):
    model = make_dihedral_svm(n_components=2).fit(peptides, [0, 1] * 3)
    skops.io.dump(model, tmp_path / "model.skops")
    trusted = skops.io.get_untrusted_types(file=tmp_path / "model.skops")
    assert all(name.startswith("sklearn_deepsig.baselines.") for name in trusted)
    again = skops.io.load(tmp_path / "model.skops", trusted=trusted)
    np.testing.assert_array_equal(again.predict(peptides), model.predict(peptides))


def test_joblib_stores_a_whole_pipeline(X, tmp_path):
    pipeline = make_pipeline(small("DeepSignatureClassifier")).fit(X, y)
    joblib.dump(pipeline, tmp_path / "model.joblib")
    again = joblib.load(tmp_path / "model.joblib")
    np.testing.assert_array_equal(again.predict_proba(X), pipeline.predict_proba(X))


def test_metadata_that_is_asked_for_comes_back(X, tmp_path):
    from sklearn import config_context

    with config_context(enable_metadata_routing=True):
        model = small("DeepSignatureRegressor").set_fit_request(
            sample_weight="size", groups=True
        )
        again = by_save(model.fit(X, y), tmp_path)
        assert repr(again.get_metadata_routing()) == repr(model.get_metadata_routing())
        assert repr(model.get_metadata_routing()) != repr(
            small("DeepSignatureRegressor").get_metadata_routing()
        )


def test_a_model_is_saved_while_its_fit_is_watched(X, tmp_path):
    pytest.importorskip("sklearn.callback")

    class Keep:
        """A callback that saves each epoch."""

        def setup(self, estimator, context):
            pass

        def on_fit_task_begin(self, estimator, context):
            pass

        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):  # noqa: ARG002
            if context.task_name == "epoch":
                n_iter = fitted_estimator.n_iter_
                sklearn_deepsig.save(fitted_estimator, tmp_path / str(n_iter))
            return False

        def teardown(self, estimator, context):
            pass

    model = small("DeepSignatureClassifier", max_epochs=3, warm_start=True)
    for attempt in ("cold", "warm"):  # which goes on, and counts anew
        model.set_callbacks(Keep()).fit(X, y)
        saved = [sklearn_deepsig.load(tmp_path / str(n)) for n in (1, 2, 3)]
        assert [one.history_["loss"] for one in saved] == [
            model.history_["loss"][:n] for n in (1, 2, 3)
        ]
        assert_same_bits(outputs(saved[-1], X), outputs(model, X))
        assert not hasattr(saved[-1], "_skl_callbacks")
        for n in (1, 2, 3):
            (tmp_path / str(n)).rename(tmp_path / f"{attempt} {n}")


def test_estimators_of_one_sample_kind_keep_refusing_others(X, tmp_path):
    again = by_save(DeepSignatureRegressor(**SMALL).fit(X, y), tmp_path)
    with pytest.raises(ValueError, match="dimensions a node"):
        again.predict(X[..., :2])

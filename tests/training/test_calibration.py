"""Batch normalisation predicts by averages over the training samples, by hand."""

import numpy as np
import pytest
import torch

from sklearn_deepsig import DeepSignatureClassifier, load, save
from sklearn_deepsig.nn import DeepSignatureNetwork
from sklearn_deepsig.nn.sequence import SegmentNorm
from sklearn_deepsig.training import collate
from sklearn_deepsig.trajectory import as_trajectories

SETTINGS = {
    "n_clusters": (3,), "hidden_dim": 4, "n_segments": 2, "lstm_hidden_dim": 6,
    "mlp_hidden_dim": 5, "max_epochs": 3, "precision": "float64", "random_state": 0,
    "batch_norm": True, "batch_size": 32, "verbose": False,
}  # fmt: skip
Y = np.arange(12) % 2


@pytest.fixture
def X(rng):
    return rng.normal(size=(12, 10, 5, 3)).cumsum(axis=1)


def log_signatures(module, X):
    batch = collate(as_trajectories(X), device=torch.device("cpu"), dtype=torch.float64)
    with torch.no_grad():
        path = module.coarsening(batch).relative_path.flatten(2)
        return module.logsignature(path, batch.n_frames).flatten(0, 1)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_averages_are_those_of_the_training_samples(X, early_stopping):
    model = DeepSignatureClassifier(
        **SETTINGS, early_stopping=early_stopping, validation_fraction=0.5
    )
    model.fit(X, Y)
    norm = model.module_.batch_norm
    rows = log_signatures(model.module_, X)
    if early_stopping:  # which samples were held out is drawn: not those of all
        assert not torch.allclose(norm.running_mean, rows.mean(0))
        return
    # all samples were one batch
    torch.testing.assert_close(norm.running_mean, rows.mean(0))
    torch.testing.assert_close(norm.running_var, rows.var(0))
    assert norm.momentum == 0.1


def test_averages_of_several_batches_are_averaged(X):
    model = DeepSignatureClassifier(**{**SETTINGS, "batch_size": 6}).fit(X, Y)
    rows = log_signatures(model.module_, X)
    # two batches of equally many rows
    torch.testing.assert_close(model.module_.batch_norm.running_mean, rows.mean(0))


def test_partial_fit_calibrates_too(X):
    model = DeepSignatureClassifier(**SETTINGS).partial_fit(X, Y, classes=[0, 1])
    rows = log_signatures(model.module_, X)
    torch.testing.assert_close(model.module_.batch_norm.running_mean, rows.mean(0))


def test_small_areas_are_brought_to_variance_one_as_well(rng):
    """Of 1e-4 nm², where PyTorch's own epsilon would leave three hundredths."""
    norm = SegmentNorm(3).double()
    areas = 1e-4 * torch.from_numpy(rng.normal(size=(200, 2, 3)))
    found = norm(areas).flatten(0, 1).std(0)
    torch.testing.assert_close(found, torch.ones(3).double(), atol=0.01, rtol=0)


@pytest.mark.parametrize("n_segments", [1, 3])
def test_without_an_lstm_the_features_are_the_log_signatures(X, n_segments):
    model = DeepSignatureClassifier(
        **{**SETTINGS, "lstm_hidden_dim": None, "n_segments": n_segments}
    ).fit(X, Y)
    features = model.transform(X)
    assert features.shape == (12, n_segments * (9 + 36))
    assert len(model.get_feature_names_out()) == features.shape[1]
    rows = log_signatures(model.module_, X)
    normalised = model.module_.batch_norm(rows[:, None])[:, 0].detach().numpy()
    np.testing.assert_allclose(features, normalised.reshape(12, -1), atol=1e-10)


def test_a_network_without_an_lstm_is_saved_and_read(X, tmp_path):
    model = DeepSignatureClassifier(**{**SETTINGS, "lstm_hidden_dim": None}).fit(X, Y)
    save(model, tmp_path / "model")
    np.testing.assert_array_equal(
        load(tmp_path / "model").predict_proba(X), model.predict_proba(X)
    )
    assert isinstance(model.module_, DeepSignatureNetwork)

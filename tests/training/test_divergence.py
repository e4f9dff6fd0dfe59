"""Training that meets NaN stops, says where, and keeps the last good checkpoint."""

import numpy as np
import pytest
import torch

from sklearn_deepsig import DeepSignatureClassifier, SpectralCoarsener
from sklearn_deepsig.estimators import _supervised
from sklearn_deepsig.exceptions import TrainingDivergedError
from sklearn_deepsig.training import load_checkpoint
from tests.helpers.outcomes import try_call

SMALL = {
    "n_clusters": 2,
    "hidden_dim": 4,
    "n_segments": 1,
    "lstm_hidden_dim": 4,
    "batch_size": 2,
    "random_state": 0,
}
Y = [0, 1] * 3


@pytest.fixture
def X(rng):
    return rng.normal(size=(6, 5, 4, 3)).cumsum(axis=1)


@pytest.fixture
def spoil(monkeypatch):
    """Make the loss NaN at one call of it."""

    def spoil(call):
        calls = iter(range(1, 10_000))
        good = _supervised.deep_signature_loss

        def loss(*arguments, **options):
            terms = good(*arguments, **options)
            if next(calls) == call:
                terms["loss"] = terms["loss"] * torch.nan
            return terms

        monkeypatch.setattr(_supervised, "deep_signature_loss", loss)

    return spoil


def files_of(folder):
    return {file: file.read_bytes() for file in folder.rglob("*.safetensors")}


def test_the_message_names_epoch_and_batch(X, spoil):
    spoil(3 * 3 + 2)  # three batches an epoch
    with pytest.raises(TrainingDivergedError) as caught:
        DeepSignatureClassifier(**SMALL, max_epochs=9).fit(X, Y)
    assert "nan in batch 2 of 3 of epoch 4" in str(caught.value)
    assert "lower learning_rate" in str(caught.value)
    assert "checkpoint" not in str(caught.value)


def test_the_last_good_checkpoint_is_kept(X, spoil, tmp_path):
    settings = {**SMALL, "checkpoint_dir": str(tmp_path / "it")}
    spoil(3 * 2 + 1)
    with pytest.raises(
        TrainingDivergedError, match="after epoch 2 is kept in"
    ) as caught:
        DeepSignatureClassifier(**settings, max_epochs=9).fit(X, Y)
    ((file, kept),) = files_of(tmp_path / "it").items()
    assert str(file.parent) in str(caught.value)
    spoil(10_000)
    settings["checkpoint_dir"] = str(tmp_path / "other")
    DeepSignatureClassifier(**settings, max_epochs=2).fit(X, Y)
    ((_, good),) = files_of(tmp_path / "other").items()
    assert len(kept) == len(good)
    fingerprint, _, _ = file.parent.name.partition("-")
    state = load_checkpoint(file.parent, expected_fingerprint=fingerprint)
    assert len(state["history"]["loss"]) == 2
    assert all(bool(torch.isfinite(x).all()) for x in state["module"].values())


def test_a_fit_that_failed_goes_on_from_there(X, spoil, tmp_path):
    settings = {**SMALL, "checkpoint_dir": str(tmp_path), "max_epochs": 4}
    spoil(3 * 2 + 3)
    model = DeepSignatureClassifier(**settings)
    with pytest.raises(TrainingDivergedError):
        model.fit(X, Y)
    assert not hasattr(model, "module_")
    spoil(10_000)
    again = model.fit(X, Y).predict_proba(X)
    whole = DeepSignatureClassifier(**SMALL, max_epochs=4).fit(X, Y)
    np.testing.assert_array_equal(again, whole.predict_proba(X))


def test_weights_that_overflow_in_the_last_step_are_not_saved(X, monkeypatch, tmp_path):
    settings = {**SMALL, "checkpoint_dir": str(tmp_path), "max_epochs": 5}
    steps = iter(range(1, 100))
    step = torch.optim.AdamW.step

    def spoil(self, *arguments, **options):
        step(self, *arguments, **options)
        if next(steps) == 3 * 2:
            with torch.no_grad():
                self.param_groups[0]["params"][0].flatten()[0] = torch.inf

    monkeypatch.setattr(torch.optim.AdamW, "step", spoil)
    message = "last batch of epoch 2 made weights .* after epoch 1 is kept"
    with pytest.raises(TrainingDivergedError, match=message):
        DeepSignatureClassifier(**settings).fit(X, Y)
    (file,) = files_of(tmp_path)
    fingerprint, _, _ = file.parent.name.partition("-")
    state = load_checkpoint(file.parent, expected_fingerprint=fingerprint)
    assert len(state["history"]["loss"]) == 1
    assert all(bool(torch.isfinite(x).all()) for x in state["module"].values())


def test_what_is_held_out_is_named(X, spoil):
    # four samples in two batches, then what is held out
    spoil(3)
    settings = {**SMALL, "early_stopping": True, "validation_fraction": 0.34}
    with pytest.raises(TrainingDivergedError, match="held out, after epoch 1"):
        DeepSignatureClassifier(**settings).fit(X, Y)


@pytest.mark.parametrize("rate", [1e3, 1e20, 1e38])
def test_absurd_learning_rates(X, rate):
    settings = {k: v for k, v in SMALL.items() if "lstm" not in k and "seg" not in k}
    model = SpectralCoarsener(**settings, learning_rate=rate)
    result, error = try_call(model.fit_transform, X, names=["learning_rate"])
    assert error is not None or np.isfinite(result).all()

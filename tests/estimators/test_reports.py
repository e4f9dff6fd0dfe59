"""What a fit tells of where it began, where it stopped, and which weights it kept."""

import os
import pickle
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

import sklearn_deepsig
from sklearn_deepsig import DeepSignatureClassifier, SpectralCoarsener
from tests.helpers.fuzz_cases import PUBLIC, small

KINDS = [kind for kind in PUBLIC.values() if "checkpoint_dir" in kind().get_params()]
# learns so fast that the held-out loss rises at once
HASTY = {"early_stopping": True, "patience": 2, "learning_rate": 0.3, "max_epochs": 50}


@pytest.fixture
def X(rng):
    return rng.normal(size=(12, 10, 4, 3)).cumsum(axis=1)


y = np.arange(12) % 2


@pytest.mark.parametrize("kind", KINDS)
def test_going_on_from_a_checkpoint_is_told(X, kind, tmp_path, capsys):
    def fit(max_epochs):
        model = small(kind, checkpoint_dir=str(tmp_path), verbose=True)
        model.set_params(max_epochs=max_epochs).fit(X, y)
        (folder,) = tmp_path.glob(f"*-{max_epochs}")
        return model, folder, capsys.readouterr().err.splitlines()

    model, folder, printed = fit(2)
    assert (model.resumed_from_epoch_, model.n_iter_, model.best_epoch_) == (0, 2, 2)
    assert not any(str(folder) in line for line in printed)
    for said in (
        "fit: going on after epoch 2 of checkpoint",
        "fit: complete already, after epoch 3 of checkpoint",
    ):
        before = model.n_iter_
        model, folder, printed = fit(3)
        told = [line for line in printed if str(tmp_path) in line]
        assert told == [f"{said} {folder}"]
        assert (model.resumed_from_epoch_, model.n_iter_) == (before, 3)
    # a further epoch is none that goes on from the checkpoint
    model.set_params(checkpoint_dir=None)
    if kind is SpectralCoarsener:
        model.partial_fit(X)
    else:
        model.partial_fit(X, y)
    assert str(folder) not in capsys.readouterr().err
    assert (model.resumed_from_epoch_, model.best_epoch_) == (3, 4)


def test_a_fit_says_nothing_of_its_checkpoint_unless_asked(X, tmp_path, capsys):
    for verbose in ("auto", False):
        for _ in range(2):
            model = small(DeepSignatureClassifier, checkpoint_dir=str(tmp_path))
            model.set_params(verbose=verbose).fit(X, y)
    assert model.resumed_from_epoch_ == model.n_iter_
    assert capsys.readouterr().err == ""


def test_early_stopping_is_told(X, tmp_path, capsys):
    model = small(
        DeepSignatureClassifier, **HASTY, verbose=True, checkpoint_dir=str(tmp_path)
    )
    model.fit(X, y)
    losses = model.history_["validation_loss"]
    assert model.n_iter_ == len(losses) < 50
    assert model.best_epoch_ == int(np.argmin(losses)) + 1 == model.n_iter_ - 2
    best = model.best_epoch_
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"fit: stopped after epoch {model.n_iter_}; the best was epoch {best}, "
        f"validation loss {losses[best - 1]:.4g}"
    )
    # found again: that it is complete is said, and nothing more
    model.fit(X, y)
    assert re.fullmatch(
        r"fit: complete already, after epoch \d+ of .*\n", capsys.readouterr().err
    )
    assert model.best_epoch_ == best
    # an epoch more, of which nothing is held out, is the one that is kept
    model.set_params(early_stopping=False, checkpoint_dir=None).partial_fit(X, y)
    assert model.best_epoch_ == model.n_iter_ == len(losses) + 1


def test_the_weights_are_those_of_the_best_epoch(X):
    model = small(DeepSignatureClassifier, **HASTY).fit(X, y)
    assert model.best_epoch_ < model.n_iter_
    short = small(
        DeepSignatureClassifier, **{**HASTY, "max_epochs": model.best_epoch_}
    ).fit(X, y)
    assert short.best_epoch_ == short.n_iter_ == model.best_epoch_
    np.testing.assert_array_equal(short.predict_proba(X), model.predict_proba(X))


def test_at_a_terminal_it_is_told_as_well(X, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    model = small(DeepSignatureClassifier, **HASTY, checkpoint_dir=str(tmp_path))
    for _ in range(2):
        model.set_params(verbose=True).fit(X, y)
    printed = capsys.readouterr().err
    assert printed.count("fit: stopped after epoch") == 1
    assert printed.count("fit: complete already") == 1
    model.set_params(verbose="auto").fit(X, y)  # quick: no bar, and no line
    assert "fit: " not in capsys.readouterr().err


def test_what_is_told_is_saved_and_known_of_older_models(X, tmp_path):
    settings = {"checkpoint_dir": str(tmp_path / "kept")}
    small(DeepSignatureClassifier, **settings, max_epochs=1).fit(X, y)
    model = small(DeepSignatureClassifier, **settings, max_epochs=2).fit(X, y)
    sklearn_deepsig.save(model, tmp_path / "model")
    for same in (sklearn_deepsig.load(tmp_path / "model"), model.coarsener_):
        assert (same.resumed_from_epoch_, same.best_epoch_) == (1, 2)
    state = model.__getstate__()
    del state["resumed_from_epoch_"]
    older = DeepSignatureClassifier()
    older.__setstate__(state)
    assert (older.resumed_from_epoch_, older.best_epoch_) == (0, 2)
    assert not hasattr(DeepSignatureClassifier(), "best_epoch_")


class Folder:
    """A path that is none of `pathlib`."""

    def __init__(self, folder):
        self.folder = folder

    def __fspath__(self):
        return str(self.folder)


@pytest.mark.parametrize("kind", [Path, Folder])
def test_a_folder_may_be_any_path(X, kind, tmp_path):
    given = kind(tmp_path / "kept")
    model = small(DeepSignatureClassifier, checkpoint_dir=given).fit(X, y)
    assert model.get_params()["checkpoint_dir"] is given
    if kind is Path:
        assert clone(model).checkpoint_dir == given
    # the same fits as those of text
    text = small(DeepSignatureClassifier, checkpoint_dir=str(tmp_path / "kept"))
    assert text.fit(X, y).resumed_from_epoch_ == 1
    search = GridSearchCV(model, {"hidden_dim": [3]}, cv=2).fit(X, y)
    assert len(list((tmp_path / "kept").iterdir())) == 4
    model = search.best_estimator_
    sklearn_deepsig.save(model, tmp_path / "model")
    for same in (
        sklearn_deepsig.load(tmp_path / "model"),
        pickle.loads(pickle.dumps(model)),
        small(SpectralCoarsener, checkpoint_dir=given).fit(X),
        model.coarsener_,
    ):
        assert os.fspath(same.checkpoint_dir) == str(tmp_path / "kept")
    same = sklearn_deepsig.load(tmp_path / "model")
    assert isinstance(same.checkpoint_dir, str)
    np.testing.assert_array_equal(same.predict(X), model.predict(X))


def test_a_path_is_nothing_that_skops_must_trust(tmp_path):
    skops_io = pytest.importorskip("skops.io")
    data = skops_io.dumps(small(DeepSignatureClassifier, checkpoint_dir=tmp_path))
    (name,) = skops_io.get_untrusted_types(data=data)
    assert name.startswith("sklearn_deepsig.")

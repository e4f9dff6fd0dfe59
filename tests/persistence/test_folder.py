"""The folder of a saved model: what is in it, and what replaces it."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import sklearn_deepsig
from sklearn_deepsig import (
    DeepSignatureClassifier,
    LogSignatureTransformer,
    SpectralCoarsener,
    TrajectorySelector,
    load,
    save,
)
from sklearn_deepsig.exceptions import (
    InvalidInputError,
    InvalidInputTypeError,
)
from sklearn_deepsig.persistence import FORMAT_VERSION, _folder
from tests.helpers.programs import run
from tests.helpers.saved_models import MANIFEST, X, arrays_file
from tests.helpers.writers import assert_same_bits, outputs


def test_the_manifest_says_what_was_saved(folder):
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [MANIFEST, arrays_file(folder).name]
    )
    document = json.loads((folder / MANIFEST).read_text())
    assert document["format_version"] == FORMAT_VERSION
    assert document["class"] == "DeepSignatureClassifier"
    assert document["versions"]["sklearn_deepsig"] == sklearn_deepsig.__version__
    assert {"numpy", "torch", "scikit-learn"} <= document["versions"].keys()
    assert document["input"] == {
        "n_features_in_": 4,
        "n_dims_in_": 3,
        "classes_": ["a", "b"],
    }
    assert document["parameters"]["hidden_dim"] == 3
    text = (folder / MANIFEST).read_text()
    assert "NaN" not in text
    assert max(map(len, text.splitlines())) < 2500


def test_channels_and_nodes_are_described(tmp_path):
    save(LogSignatureTransformer().fit(X), tmp_path / "paths")
    save(TrajectorySelector(superpose=True).fit(X), tmp_path / "atoms")
    described = [
        json.loads((tmp_path / name / MANIFEST).read_text())["input"]
        for name in ("paths", "atoms")
    ]
    assert described == [
        {"n_features_in_": 12, "n_dims_in_": 3, "n_channels_": 12},
        {"n_features_in_": 4, "n_dims_in_": 3, "n_nodes": 4},
    ]


def test_a_path_may_be_a_string_and_its_parents_are_made(model, tmp_path):
    path = str(tmp_path / "new" / "folder" / "model")
    save(model, path)
    assert_same_bits(outputs(load(path), X), outputs(model, X))


def test_others_may_read_what_one_writes(folder):
    before = os.umask(0)
    os.umask(before)
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o777 == 0o666 & ~before
    assert folder.stat().st_mode & 0o777 == 0o777 & ~before


def test_what_exists_is_kept_unless_it_is_a_model_to_overwrite(model, folder, tmp_path):
    with pytest.raises(InvalidInputError, match="overwrite=True to replace"):
        save(model, folder)
    before = arrays_file(folder).name
    other = SpectralCoarsener((2,), max_epochs=1, random_state=0).fit(X)
    save(other, folder, overwrite=True)
    assert isinstance(load(folder), SpectralCoarsener)
    assert arrays_file(folder).name != before
    for make in (lambda path: path.mkdir(), lambda path: path.write_text("mine")):
        path = tmp_path / "other"
        make(path)
        for overwrite in (False, True):
            with pytest.raises(InvalidInputError, match="Give another path"):
                save(model, path, overwrite=overwrite)
        assert not path.is_dir() or not any(path.iterdir())
        path.rmdir() if path.is_dir() else path.unlink()
    link = tmp_path / "link"
    link.symlink_to(folder)
    save(model, link, overwrite=True)
    assert link.is_symlink()
    assert isinstance(load(folder), DeepSignatureClassifier)


def test_files_of_others_in_the_folder_are_kept(model, folder):
    (folder / "README.md").write_text("trained on Monday")
    save(model, folder, overwrite=True)
    assert (folder / "README.md").read_text() == "trained on Monday"
    load(folder)


@pytest.mark.parametrize(
    "value",
    [
        lambda x: x,
        np.random.default_rng(0),
        np.ma.masked_array([[0, 1], [1, 2]]),
        [np.datetime64("2025-01-01")],
        np.array(["2025-01-01"], dtype="datetime64[D]"),
        [1 + 2j],
        {1, 2},
        [[np.longdouble(1)]],
        np.random.RandomState(np.random.PCG64(0)),
        Path("somewhere"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_stored_is_named(tmp_path, value):
    model = TrajectorySelector(graph=[value])
    with pytest.raises(InvalidInputTypeError, match=r"graph\[0\].* is a.*cannot hold"):
        save(model, tmp_path / "model")
    assert not any(tmp_path.iterdir())


def test_other_estimators_are_pointed_to_skops(tmp_path):
    class Mine(LogSignatureTransformer):
        pass

    for other in (
        make_pipeline(LogSignatureTransformer()),
        LogisticRegression(),
        Mine(),
        LogSignatureTransformer,
        None,
    ):
        with pytest.raises(InvalidInputTypeError, match=r"use skops\.io\.dump"):
            save(other, tmp_path / "model")


def test_a_manifest_that_could_not_be_read_again_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(_folder, "MOST_BYTES", 10_000)
    model = TrajectorySelector(graph=[[12345] * 1000] * 2)
    with pytest.raises(InvalidInputError, match="graph=, as arrays"):
        save(model, tmp_path / "model")
    assert not any(tmp_path.iterdir())
    save(model.set_params(graph=np.array(model.graph)), tmp_path / "model")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_a_save_killed_at_any_step_leaves_the_old_model_or_the_new_one(tmp_path):
    log = run("kill_while_saving", tmp_path)
    assert log["new"][0] == "nothing"
    assert log["new"][-1] == "second"
    assert set(log["new"]) == {"nothing", "second"}
    assert log["overwrite"][0] == "first"
    assert log["overwrite"][-1] == "second"
    assert set(log["overwrite"]) == {"first", "second"}
    assert len(log["new"]) > 5
    assert len(log["overwrite"]) > 5


def test_a_failed_save_leaves_nothing(folder, monkeypatch):
    expected = outputs(load(folder), X)

    def fail(_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", fail)
    other = SpectralCoarsener((2,), max_epochs=1).fit(X)
    with pytest.raises(OSError, match="no space"):
        save(other, folder, overwrite=True)
    with pytest.raises(OSError, match="no space"):
        save(other, folder.parent / "other")
    monkeypatch.undo()
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
    assert_same_bits(outputs(load(folder), X), expected)


def test_what_a_killed_save_had_begun_is_removed_later(model, tmp_path):
    begun = tmp_path / f"model.{'0' * 16}.partial"
    of_another = tmp_path / f"other.{'0' * 16}.partial"
    for path in (begun, of_another):
        path.mkdir()
        (path / MANIFEST).touch()
        os.utime(path, (0, 0))
    save(model, tmp_path / "model")
    assert {path.name for path in tmp_path.iterdir()} == {"model", of_another.name}


def test_a_reader_finds_the_model_that_has_just_taken_the_place(
    folder, tmp_path, monkeypatch
):
    save(SpectralCoarsener((2,), max_epochs=1).fit(X), tmp_path / "new")
    read = _folder._read_manifest
    calls = []

    def replaced_meanwhile(file):
        document = read(file)
        if not calls:
            shutil.rmtree(folder)
            shutil.copytree(tmp_path / "new", folder)
        calls.append(file)
        return document

    monkeypatch.setattr(_folder, "_read_manifest", replaced_meanwhile)
    assert isinstance(load(folder), SpectralCoarsener)
    assert len(calls) == 3

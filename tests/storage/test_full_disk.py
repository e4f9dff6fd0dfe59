"""A full disk: an error that says so, what was there before, and nothing by half."""

import errno
import re

import numpy as np
import pytest
from sklearn.base import clone

from sklearn_deepsig import DeepSignatureClassifier, TrajectorySelector, load, save
from sklearn_deepsig.exceptions import StorageError
from sklearn_deepsig.experiments.files import write_picture
from sklearn_deepsig.experiments.studies.records import read_record, write_record
from sklearn_deepsig.plots import ComparisonDisplay
from sklearn_deepsig.training import resuming, save_checkpoint
from tests.helpers import kill_at_random
from tests.helpers.full_disk import WAYS, contents, limited_disk


@pytest.fixture(params=WAYS)
def disk(request, tmp_path):
    """A folder, and a context in which its disk is full."""
    with limited_disk(tmp_path, request.param) as found:
        yield found


def refused(path):
    """An error that names the file and says what to do."""
    return pytest.raises(
        StorageError,
        match=f"{re.escape(str(path))}.* could not be written .*Free some space",
    )


def model(n_nodes):
    return TrajectorySelector(superpose=True).fit(np.ones((1, 2, n_nodes, 3)))


def test_a_save(disk):
    folder, full = disk
    save(model(4), folder / "model")
    before = contents(folder)
    for path, overwrite in ((folder / "model", True), (folder / "new", False)):
        with full(), refused(path) as caught:
            save(model(5), path, overwrite=overwrite)
        assert caught.value.errno in (errno.ENOSPC, errno.EFBIG)
        assert contents(folder) == before
        assert not (folder / "new").exists()
    assert len(load(folder / "model").reference_) == 4
    save(model(5), folder / "model", overwrite=True)
    assert len(load(folder / "model").reference_) == 5


def test_a_checkpoint(disk, monkeypatch):
    folder, full = disk
    X = np.random.default_rng(0).normal(size=(6, 8, 4, 3)).cumsum(axis=1)
    y = np.arange(6) % 2
    classifier = DeepSignatureClassifier(
        (2,), hidden_dim=3, lstm_hidden_dim=4, mlp_hidden_dim=3, max_epochs=5,
        random_state=0,
    )  # fmt: skip
    expected = clone(classifier).fit(X, y).predict_proba(X)
    classifier.set_params(checkpoint_dir=str(folder))
    after = []

    def full_at_the_third(place, state):
        if len(after) < 2:
            save_checkpoint(place, state)
            after.append(contents(folder))
        else:
            with full():
                save_checkpoint(place, state)

    monkeypatch.setattr(resuming, "save_checkpoint", full_at_the_third)
    with refused(folder):
        classifier.fit(X, y)
    assert contents(folder) == after[1]
    assert sum(path.name == "checkpoint.safetensors" for path in after[1]) == 1
    monkeypatch.undo()
    classifier.fit(X, y)  # goes on from there
    np.testing.assert_array_equal(classifier.predict_proba(X), expected)


def test_the_files_of_a_comparison(disk):
    folder, full = disk
    old, new = kill_at_random.comparison("old"), kill_at_random.comparison("new")
    old.write(folder)
    before = contents(folder)
    with full(), refused(folder):
        new.write(folder)
    assert contents(folder) == before
    written = {path.name: path.read_bytes() for path in new.write(folder)}
    assert {str(name): data for name, data in contents(folder).items()} == written


def test_the_record_of_an_experiment(disk):
    folder, full = disk
    write_record(folder, kill_at_random.record("old", 0))
    before = contents(folder)
    (path,) = before
    for run in (0, 1):
        with full(), refused(folder):
            write_record(folder, kill_at_random.record("new", run))
        assert contents(folder) == before
    assert read_record(folder / path).settings == {"which": "old"}


def test_a_picture(disk):
    pytest.importorskip("matplotlib")
    folder, full = disk
    display = ComparisonDisplay(["m"], {"accuracy": ([0.5], [0.1])}).plot()
    write_picture(display, folder / "picture.png")
    before = contents(folder)
    assert before
    with full(), refused(folder / "picture.png"):
        write_picture(display, folder / "picture.png")
    assert contents(folder) == before

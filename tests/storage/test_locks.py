"""Folders that one process at a time may write to."""

import os
import re
import signal

import numpy as np
import pytest

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.storage import lock_folder, locks
from tests.helpers.programs import start
from tests.helpers.slow_fit import X, classifier, y

pytestmark = pytest.mark.skipif(locks.fcntl is None, reason="there are no such locks")


HOLD = """
import sys, time
from pathlib import Path
from sklearn_deepsig.storage import lock_folder
with lock_folder(Path(sys.argv[1]), "checkpoint_dir"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_folder_that_another_process_holds_is_refused_until_it_is_killed(tmp_path):
    with start("-c", HOLD, tmp_path) as other:
        assert other.stdout.readline() == "held\n"
        message = f"{re.escape(str(tmp_path))} is in use by process {other.pid} on .*"
        with (
            pytest.raises(InvalidInputError, match=message + "give another checkpoint"),
            lock_folder(tmp_path, "checkpoint_dir"),
        ):
            pass
        other.send_signal(signal.SIGKILL)
        other.wait()
        assert len(list(tmp_path.iterdir())) == 1  # what it left blocks nobody
    with lock_folder(tmp_path, "checkpoint_dir"):
        assert str(os.getpid()) in next(tmp_path.iterdir()).read_text()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_held_within_a_process_too(tmp_path):
    with (
        lock_folder(tmp_path, "out"),
        pytest.raises(InvalidInputError, match=f"process {os.getpid()} on"),
        lock_folder(tmp_path, "out"),
    ):
        pass
    with lock_folder(tmp_path, "out"):
        pass


def test_a_lock_that_is_removed_in_between_is_taken_anew(tmp_path, monkeypatch):
    """The process before ends after this one has opened the file."""
    flock, calls = locks.fcntl.flock, []

    def removed(handle, how):
        if not calls:
            next(tmp_path.iterdir()).unlink()
        calls.append(how)
        flock(handle, how)

    monkeypatch.setattr(locks.fcntl, "flock", removed)
    with lock_folder(tmp_path, "out"):
        monkeypatch.undo()
        with pytest.raises(InvalidInputError), lock_folder(tmp_path, "out"):
            pass
    assert len(calls) == 2


def test_without_such_locks_nothing_is_refused(tmp_path, monkeypatch):
    def none_here(*_):
        raise OSError("no locks available")

    monkeypatch.setattr(locks.fcntl, "flock", none_here)
    with lock_folder(tmp_path, "out"), lock_folder(tmp_path, "out"):
        pass
    monkeypatch.setattr(locks, "fcntl", None)
    with lock_folder(tmp_path, "out"), lock_folder(tmp_path, "out"):
        pass


def test_of_two_fits_with_one_checkpoint_the_second_is_refused(tmp_path):
    """The first one is killed; the second then goes on where it was."""
    model = classifier(checkpoint_dir=str(tmp_path))
    with start("-m", "tests.helpers.slow_fit", tmp_path) as other:
        assert other.stdout.readline() == "epoch 1\n"
        with pytest.raises(
            InvalidInputError, match=f"^checkpoint_dir: .*in use by process {other.pid}"
        ):
            model.fit(X, y)
        # a fit of other data has a folder of its own
        model.fit(X[:-1], y[:-1])
        other.send_signal(signal.SIGKILL)
    model.fit(X, y)
    expected = classifier().fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(model.predict_proba(X), expected)
    assert not list(tmp_path.rglob("*.lock"))

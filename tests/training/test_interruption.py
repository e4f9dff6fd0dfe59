"""Ctrl-C: what was learned is kept to the last whole epoch, or nothing has changed."""

import json
import os
import signal
import threading
from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklearn_deepsig import SpectralCoarsener
from sklearn_deepsig.__main__ import main
from sklearn_deepsig.exceptions import FitInterruptedWarning
from sklearn_deepsig.experiments import compare_methods, molecules
from sklearn_deepsig.experiments.studies import STUDIES, read_records, run_study
from sklearn_deepsig.training import loop
from tests.experiments.studies.conftest import miniature
from tests.helpers.programs import start
from tests.helpers.slow_fit import MAX_EPOCHS, X, classifier, y

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals")


@pytest.fixture(autouse=True)
def heeded():
    """Heed the signal also where the shell has told its jobs to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def interrupt(monkeypatch):
    """Interrupt at a step of a fit, counted over its epochs, two steps an epoch."""

    def at(step):
        done = []
        take_step = loop.run_epoch

        def counted(module, data, compute_loss, settings, **options):
            before_step = options.get("before_step")
            if before_step is None:  # not of training
                return take_step(module, data, compute_loss, settings, **options)

            def instead(part):
                done.append(part)
                if len(done) == step:
                    press_ctrl_c()
                before_step(part)

            options["before_step"] = instead
            return take_step(module, data, compute_loss, settings, **options)

        monkeypatch.setattr(loop, "run_epoch", counted)

    return at


def weights(model):
    return {k: v.numpy().copy() for k, v in model.module_.state_dict().items()}


def assert_same(first, second):
    assert first.keys() == second.keys()
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name])


interrupted = pytest.warns(FitInterruptedWarning, match=r"by the user after 2 of 6")


@pytest.mark.parametrize("step", [5, 6])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_fit_is_kept_to_its_last_whole_epoch(interrupt, step, early_stopping):
    model = classifier(early_stopping=early_stopping, patience=6, batch_size=4)
    expected = clone(model).set_params(max_epochs=2).fit(X, y)
    interrupt(step)
    with interrupted:
        model.fit(X, y)
    assert model.n_iter_ == 2
    assert model.history_.n_epochs == 2
    assert_same(weights(model), weights(expected))
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))
    np.testing.assert_array_equal(
        model.coarsener_.predict(X)[0], expected.coarsener_.predict(X)[0]
    )


def test_the_coarsener_too(interrupt):
    interrupt(5)
    model = SpectralCoarsener((2,), max_epochs=6, batch_size=4, random_state=0)
    with interrupted:
        paths = model.fit_transform(X)
    assert np.shape(paths) == (8, 8, 6)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_in_the_first_epoch_there_is_nothing_to_keep(interrupt, method):
    interrupt(2)
    model = classifier(batch_size=4)
    options = {"classes": [0, 1]} if method == "partial_fit" else {}
    with pytest.raises(KeyboardInterrupt):
        getattr(model, method)(X, y, **options)
    with pytest.raises(NotFittedError):
        model.predict(X)


def test_a_warm_start_that_is_interrupted_at_once_changes_nothing(interrupt):
    model = classifier(batch_size=4, warm_start=True).fit(X, y)
    before, history = weights(model), dict(model.history_)
    interrupt(2)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert_same(weights(model), before)
    assert dict(model.history_) == history


def test_a_partial_fit_that_is_interrupted_changes_nothing(interrupt):
    model = classifier(batch_size=4)
    other = clone(model)
    for each in (model, other):
        each.partial_fit(X, y, classes=[0, 1]).partial_fit(X, y)
    interrupt(2)
    with pytest.raises(KeyboardInterrupt):
        model.partial_fit(X, y)
    for each in (model, other):
        each.partial_fit(X, y)
    assert_same(weights(model), weights(other))
    assert model.n_iter_ == other.n_iter_ == 3


def test_a_fit_with_checkpoints_goes_on(interrupt, monkeypatch, tmp_path):
    expected = classifier(batch_size=4).fit(X, y)
    model = classifier(batch_size=4, checkpoint_dir=str(tmp_path))
    interrupt(5)
    with pytest.warns(FitInterruptedWarning, match="goes on from its checkpoint"):
        model.fit(X, y)
    monkeypatch.undo()
    model.fit(X, y)
    assert model.n_iter_ == 6
    assert_same(weights(model), weights(expected))


def test_a_signal_may_come_at_any_moment():
    model = classifier(max_epochs=10**6)
    timer = threading.Timer(1.5, press_ctrl_c)
    timer.start()
    with pytest.warns(FitInterruptedWarning):
        model.fit(X, y)
    timer.join()
    expected = classifier(max_epochs=model.n_iter_).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))


def test_a_process_that_gets_a_signal_goes_on_with_the_model(tmp_path):
    with start("-m", "tests.helpers.slow_fit", tmp_path) as process:
        assert process.stdout.readline() == "epoch 1\n"
        process.send_signal(signal.SIGINT)
        *_, last = process.stdout.read().splitlines()
    assert process.returncode == 0
    found = json.loads(last)
    assert found["warning"] == "FitInterruptedWarning"
    assert 1 <= found["n_iter"] < MAX_EPOCHS
    expected = classifier(max_epochs=found["n_iter"]).fit(X, y)
    np.testing.assert_array_equal(found["predicted"], expected.predict(X))


def interrupt_after_an_epoch(monkeypatch):
    keep = loop.keep
    monkeypatch.setattr(loop, "keep", lambda *state: (keep(*state), press_ctrl_c()))


def test_no_experiment_records_a_fit_that_was_interrupted(monkeypatch, tmp_path):
    study = miniature(STUDIES["genes"])
    methods = [
        replace(method, settings={**method.settings, "max_epochs": 3})
        for method in study.full.methods
        if method.name == "head"
    ]
    settings = replace(study.full, methods=methods)
    with monkeypatch.context() as patch:
        interrupt_after_an_epoch(patch)
        with pytest.raises(KeyboardInterrupt):
            run_study(study, settings, tmp_path)
    assert read_records(tmp_path, "genes") == []
    assert run_study(study, settings, tmp_path) == 2


def test_no_comparison_counts_a_fit_that_was_interrupted(monkeypatch):
    interrupt_after_an_epoch(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        compare_methods({"m": classifier()}, X, y, np.arange(8))


def test_the_command_line_ends_as_others_do(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(molecules, "compare_methods", lambda *_, **__: press_ctrl_c())
    assert main(["demo", "--out", str(tmp_path)]) == 130
    said = "The same command goes on where it was.\ninterrupted\n"
    assert capsys.readouterr().err == said
    assert list(tmp_path.iterdir()) == []

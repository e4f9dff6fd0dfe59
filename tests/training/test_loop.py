"""The training loop: learning, stopping, resuming, failing loudly."""

import re
import sys

import numpy as np
import pytest
import torch
from torch import nn

from sklearn_deepsig.exceptions import InvalidInputError, TrainingDivergedError
from sklearn_deepsig.storage import make_writable_folder
from sklearn_deepsig.training import (
    EarlyStopping,
    History,
    TrainingData,
    TrainingSettings,
    batching,
    fit_module,
    mixed_precision,
    resolve_device,
    run_epoch,
    seeded,
    split_large,
    train_step,
)
from tests.helpers.denormals import halve_the_smallest
from tests.helpers.graphs import random_sample


class Linear(nn.Module):
    """Scores a sample by its first node's first and last frame, with dropout."""

    def __init__(self):
        super().__init__()
        self.map = nn.Linear(6, 1)
        self.dropout = nn.Dropout(0.3)

    def forward(self, batch):
        ends = batch.positions[:, 0][:, [0, -1]].flatten(1)
        return self.map(self.dropout(ends)).squeeze(1)


def squared_error(module, batch, target, sample_weight):
    error = (module(batch) - target).square() * sample_weight
    return {"loss": error.mean()}


@pytest.fixture
def data(rng):
    samples = [random_sample(rng, 5, 3) for _ in range(12)]
    ends = np.stack([s.positions[-1, 0] - s.positions[0, 0] for s in samples])
    target = ends @ [1.0, -0.5, 0.2]
    return TrainingData(samples, target, np.ones(12))


def make_settings(**changes):
    default = {
        "max_epochs": 6,
        "batch_size": 5,
        "learning_rate": 0.05,
        "weight_decay": 0.0,
        "device": torch.device("cpu"),
        "dtype": torch.float64,
        "seed": 3,
        "verbose": False,
    }
    return TrainingSettings(**(default | changes))


def build():
    with seeded(0, torch.device("cpu")):
        return Linear().double()


def weights(module):
    return torch.cat([p.detach().flatten() for p in module.parameters()])


def test_the_loss_falls(data):
    history = fit_module(build(), data, squared_error, make_settings(max_epochs=60))
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert history.n_epochs == 60


def test_same_seed_same_weights_and_the_callers_random_state_is_kept(data):
    torch.manual_seed(11)
    expected = torch.rand(1)
    torch.manual_seed(11)
    first, second, other = build(), build(), build()
    fit_module(first, data, squared_error, make_settings())
    assert torch.equal(torch.rand(1), expected)
    fit_module(second, data, squared_error, make_settings())
    fit_module(other, data, squared_error, make_settings(seed=4))
    assert torch.equal(weights(first), weights(second))
    assert not torch.equal(weights(first), weights(other))


def test_denormals_are_flushed_while_it_trains_and_not_after(data):
    if not torch.set_flush_denormal(False):
        pytest.skip("the processor has no such mode")
    halves = []

    def look(module, batch, target, sample_weight):
        halves.append(halve_the_smallest())
        return squared_error(module, batch, target, sample_weight)

    fit_module(build(), data, look, make_settings(max_epochs=1))
    assert halves == [0.0] * 3
    assert halve_the_smallest() > 0


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
def test_a_fit_with_all_options_resumes_to_equal_weights(data, tmp_path, schedule):
    """A schedule needs the epochs to come, so the fit is stopped from outside."""
    train, held_out = data.take(range(8)), data.take(range(8, 12))
    options = {
        "learning_rate_schedule": schedule,
        "max_grad_norm": 0.5,
        "patience": 6,
        "dtype": torch.float32,
        "mixed_precision": True,
    }

    def fit(**more):
        module = build().float()
        settings = make_settings(**options, **more)
        fit_module(module, train, squared_error, settings, validation=held_out)
        return weights(module)

    whole = fit()
    folder = str(tmp_path)

    class Killed(Exception):
        pass

    def kill(history):
        if history.n_epochs == 3:
            raise Killed
        return lambda: False

    with pytest.raises(Killed):
        fit_module(
            build().float(),
            train,
            squared_error,
            make_settings(**options, checkpoint_dir=folder),
            validation=held_out,
            watch=kill,
        )
    assert torch.equal(fit(checkpoint_dir=folder), whole)


@pytest.mark.parametrize("interrupted_after", [1, 3, 5])
def test_resumed_fit_equals_an_uninterrupted_one(data, tmp_path, interrupted_after):
    whole = build()
    whole_history = fit_module(whole, data, squared_error, make_settings())
    folder = str(tmp_path / "fit")
    make_writable_folder(folder, "checkpoint_dir")
    part = make_settings(max_epochs=interrupted_after, checkpoint_dir=folder)
    fit_module(build(), data, squared_error, part)
    resumed = build()
    history = fit_module(
        resumed, data, squared_error, make_settings(checkpoint_dir=folder)
    )
    assert torch.equal(weights(whole), weights(resumed))
    assert history["loss"] == whole_history["loss"]


def test_early_stopping_keeps_the_best_weights(data):
    train, held_out = data.take(range(8)), data.take(range(8, 12))
    settings = make_settings(max_epochs=200, patience=5, learning_rate=0.3)
    module = build()
    history = fit_module(module, train, squared_error, settings, validation=held_out)
    losses = history["validation_loss"]
    best = int(np.argmin(losses))
    assert history.n_epochs == best + 1 + 5 < 200
    with torch.no_grad():
        module.eval()
        again = run_epoch(module, held_out, squared_error, settings)["loss"]
    assert again == pytest.approx(losses[best])


def test_restoring_without_a_best_leaves_the_weights():
    module = build()
    before = weights(module)
    EarlyStopping(3).restore(module)
    assert torch.equal(weights(module), before)


def test_divergence_is_an_error_with_a_remedy(data):
    bad = TrainingData(data.samples, data.target * float("inf"), data.sample_weight)
    with pytest.raises(TrainingDivergedError, match="lower learning_rate"):
        fit_module(build(), bad, squared_error, make_settings())


def test_weight_decay_of_more_than_a_weight_is_refused(data):
    settings = make_settings(weight_decay=21.0)
    with pytest.raises(InvalidInputError, match=r"weight_decay=21 times .* is 1\.05"):
        fit_module(build(), data, squared_error, settings)


def test_processes_that_find_different_checkpoints_are_told(
    data, tmp_path, monkeypatch
):
    settings = make_settings(checkpoint_dir=str(tmp_path))
    fit_module(build(), data, squared_error, settings)
    # this process finds six epochs, and the other one none
    monkeypatch.setattr(
        "sklearn_deepsig.training.resuming.rank_and_size", lambda: (0, 2)
    )
    with pytest.raises(InvalidInputError, match="that all of them share"):
        fit_module(build(), data, squared_error, settings)


def test_unknown_device_is_refused():
    with pytest.raises(InvalidInputError, match="device='cpuu'"):
        resolve_device("cpuu")


@pytest.mark.parametrize("most_points", [1, 30])
def test_a_batch_in_parts_gives_the_same_weights(data, monkeypatch, most_points):
    class WithoutDropout(Linear):
        def __init__(self):
            super().__init__()
            self.dropout = nn.Identity()

    def fit():
        with seeded(0, torch.device("cpu")):
            module = WithoutDropout().double()
        history = fit_module(module, data, squared_error, make_settings())
        return weights(module), history["loss"]

    whole, losses = fit()
    monkeypatch.setitem(batching._MOST_POINTS, "cpu", most_points)
    parts, losses_of_parts = fit()
    torch.testing.assert_close(parts, whole, rtol=1e-12, atol=1e-12)
    assert losses_of_parts == pytest.approx(losses)


def test_parts_cover_a_batch_in_order_and_keep_to_the_bound(rng, monkeypatch):
    monkeypatch.setitem(batching._MOST_POINTS, "cpu", 100)
    sizes = [(5, 4), (5, 4), (10, 4), (30, 9), (2, 3), (2, 3)]
    parts = list(
        split_large([random_sample(rng, *size) for size in sizes], torch.device("cpu"))
    )
    assert [part.tolist() for part in parts] == [[0, 1], [2], [3], [4, 5]]


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_the_rate_follows_its_schedule(data, schedule):
    rates = fit_module(
        build(), data, squared_error, make_settings(learning_rate_schedule=schedule)
    )["learning_rate"]
    turns = np.arange(6) / 6 if schedule == "cosine" else np.zeros(6)
    np.testing.assert_allclose(rates, 0.05 * np.cos(np.pi * turns / 2) ** 2)


def test_a_step_of_plain_descent_is_no_longer_than_the_norm_allows(data):
    for longest in (None, 1e-3):
        module = build()
        before = weights(module)
        settings = make_settings(max_grad_norm=longest, batch_size=12)
        descent = torch.optim.SGD(module.parameters(), lr=1.0)
        train_step(module, data, squared_error, settings, descent)
        length = float((weights(module) - before).norm())
        if longest is None:
            assert length > 0.01
        else:
            assert length == pytest.approx(longest, rel=1e-3)


def test_bfloat16_is_for_linear_maps_alone():
    seen = []

    class Maps(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 2)

        def forward(self, x):
            seen.append((x @ x.mT).dtype)
            return self.second(self.first(x))

    module, x, cpu = Maps(), torch.randn(5, 3), torch.device("cpu")
    exact = module(x)
    with mixed_precision(module, cpu):
        rough = module(x)
        rough.square().sum().backward()
    assert seen == [torch.float32] * 2
    assert rough.dtype == torch.float32
    torch.testing.assert_close(rough, exact, rtol=0.05, atol=0.02)
    assert not torch.equal(rough, exact)
    assert all(p.grad.dtype == torch.float32 for p in module.parameters())
    assert torch.equal(module(x), exact)


def test_an_epoch_without_a_number_has_nan():
    history = History()
    history.append({"loss": 1.0})
    history.append({"loss": 2.0, "validation_loss": 3.0})
    history.append({"loss": 4.0})
    np.testing.assert_array_equal(history["validation_loss"], [np.nan, 3.0, np.nan])


def test_who_watches_may_stop_and_sees_the_history(data):
    seen = []

    def watch(history):
        seen.append(history.n_epochs)
        return lambda: history.n_epochs == 3

    history = fit_module(build(), data, squared_error, make_settings(), watch=watch)
    assert history.n_epochs == 3
    assert seen == [0, 1, 2]


@pytest.mark.parametrize("verbose", [True, False, "auto"])
def test_without_a_terminal_lines_tell_progress_if_asked(data, capsys, verbose):
    fit_module(build(), data, squared_error, make_settings(verbose=verbose))
    lines = capsys.readouterr().err.splitlines()
    if verbose is True:
        assert len(lines) == 2  # the first epoch and the last, within ten seconds
        assert re.fullmatch(r"fit: epoch 1/6, loss=\S+, \S+ left", lines[0])
        assert re.fullmatch(r"fit: epoch 6/6, loss=\S+, 00:00 left", lines[1])
    else:
        assert lines == []


def test_lines_come_now_and_then(data, capsys, monkeypatch):
    monkeypatch.setattr("sklearn_deepsig.training.progress._SECONDS_BETWEEN_LINES", 0.0)
    fit_module(build(), data, squared_error, make_settings(verbose=True))
    assert len(capsys.readouterr().err.splitlines()) == 6


def test_at_a_terminal_a_bar_counts_epochs_and_shows_the_loss(
    data, capsys, monkeypatch
):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    fit_module(build(), data, squared_error, make_settings(verbose=True))
    printed = capsys.readouterr().err
    assert "6/6" in printed
    assert "loss=" in printed


@pytest.mark.parametrize("verbose", ["auto", True, False])
def test_without_a_terminal_no_lock_is_shared_with_forked_processes(
    data, monkeypatch, verbose
):
    def tqdm(**_):
        raise AssertionError("a bar takes the lock")

    tqdm.format_interval = str
    monkeypatch.setattr("sklearn_deepsig.training.progress.tqdm", tqdm)
    fit_module(build(), data, squared_error, make_settings(verbose=verbose))

"""Learning rates: those of PyTorch's schedulers, step by step."""

import numpy as np
import pytest
import torch
from torch.optim.lr_scheduler import OneCycleLR

from sklearn_deepsig.training import (
    TrainingData,
    TrainingSettings,
    learning_rate,
    run_epoch,
)
from tests.helpers.graphs import random_sample


def make_settings(**changes):
    default = {
        "max_epochs": 10,
        "batch_size": 5,
        "learning_rate": 0.05,
        "weight_decay": 0.0,
        "device": torch.device("cpu"),
        "dtype": torch.float64,
        "seed": 3,
        "learning_rate_schedule": "one_cycle",
    }
    return TrainingSettings(**(default | changes))


def test_one_cycle_is_that_of_pytorch():
    settings = make_settings()
    steps_an_epoch = 500
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    n_steps = settings.max_epochs * steps_an_epoch
    scheduler = OneCycleLR(
        optimizer, max_lr=0.05, total_steps=n_steps, cycle_momentum=False
    )
    ours, theirs = [], []
    for step in range(n_steps - 1):
        epoch, part = divmod(step, steps_an_epoch)
        ours.append(learning_rate(settings, epoch, part / steps_an_epoch))
        theirs.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    # PyTorch's rises end a step earlier, and its rate never gets quite to zero
    np.testing.assert_allclose(ours, theirs, atol=0.05 * 1e-3)
    assert max(ours) == pytest.approx(0.05)
    assert ours[0] == pytest.approx(0.05 / 25)


def test_one_cycle_begins_low_and_ends_at_zero_in_one_epoch_too():
    settings = make_settings(max_epochs=1)
    assert learning_rate(settings, 0, 0.0) == pytest.approx(0.002)
    assert learning_rate(settings, 0, 0.3) == pytest.approx(0.05)
    assert learning_rate(settings, 0, 1.0) == pytest.approx(0.0, abs=1e-12)


def test_every_step_is_told_how_much_of_the_epoch_is_over(rng):
    data = TrainingData(
        [random_sample(rng, 5, 3) for _ in range(12)], np.zeros(12), np.ones(12)
    )

    def loss(module, batch, *_):
        return {"loss": module(batch.positions[:, 0, 0]).square().mean()}

    parts = []
    module = torch.nn.Linear(3, 1).double()
    run_epoch(module, data, loss, make_settings(), before_step=parts.append)
    assert parts == [0, 5 / 12, 10 / 12]

"""Where memory runs out, smaller parts give the same; or an error says what to do."""

import sys

import numpy as np
import pytest
import torch
from torch import nn

from sklearn_deepsig.exceptions import OutOfMemoryError
from sklearn_deepsig.training import (
    TrainingData,
    TrainingSettings,
    apply_batches,
    fit_module,
    make_optimizer,
    train_step,
)
from tests.helpers.graphs import random_sample
from tests.helpers.programs import run

ERRORS = [
    MemoryError("Unable to allocate 3.00 GiB for an array"),
    torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: "
        "can't allocate memory: you tried to allocate 8000 bytes. Error code 12"
    ),
    RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8 GB"),
    RuntimeError("CUDNN_STATUS_ALLOC_FAILED"),
]
CPU = torch.device("cpu")


class Ends(nn.Module):
    """Scores a sample by where its first node begins and ends."""

    def __init__(self):
        super().__init__()
        self.map = nn.Linear(6, 4, dtype=torch.float64)
        self.out = nn.Linear(4, 1, dtype=torch.float64)

    def forward(self, batch):
        ends = batch.positions[:, 0][:, [0, -1]].flatten(1)
        return self.out(self.map(ends).tanh()).squeeze(1)


class Memory:
    """Has room for some samples at once."""

    def __init__(self, room, error):
        self.room, self.error, self.tried = room, error, []

    def take(self, batch):
        self.tried.append(len(batch.n_frames))
        if len(batch.n_frames) > self.room:
            raise self.error

    def loss(self, module, batch, target, weight):
        self.take(batch)
        return {"loss": ((module(batch) - target).square() * weight).mean()}


@pytest.fixture
def data(rng):
    samples = [random_sample(rng, 5 + i % 3, 4) for i in range(16)]
    return TrainingData(samples, rng.normal(size=16), np.ones(16))


def settings(**changes):
    default = {
        "max_epochs": 3, "batch_size": 8, "learning_rate": 0.01, "weight_decay": 0.0,
        "device": CPU, "dtype": torch.float64, "seed": 3, "verbose": False,
    }  # fmt: skip
    return TrainingSettings(**(default | changes))


def build():
    torch.manual_seed(0)
    return Ends()


def weights(module):
    return torch.cat([p.detach().flatten() for p in module.parameters()])


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_a_fit_takes_the_same_steps_in_halves_and_warns_once(data, error):
    expected, module = build(), build()
    whole = fit_module(expected, data, Memory(8, error).loss, settings())
    memory = Memory(4, error)
    with pytest.warns(UserWarning, match=r"ran out with 8 samples at once, of up to 4 "
                      r"nodes and 7 frames \(") as caught:  # fmt: skip
        halves = fit_module(module, data, memory.loss, settings())
    assert len(caught) == 1
    # tried once, and not again in later steps
    assert memory.tried == [8] + [4] * 12
    torch.testing.assert_close(weights(module), weights(expected), rtol=1e-12, atol=0)
    np.testing.assert_allclose(halves["loss"], whole["loss"], rtol=1e-12)


def test_halves_are_halved_down_to_single_samples(data):
    expected, module = build(), build()
    fit_module(expected, data, Memory(8, ERRORS[0]).loss, settings())
    memory = Memory(1, ERRORS[0])
    with pytest.warns(UserWarning, match="Parts of at most half") as caught:
        fit_module(module, data, memory.loss, settings())
    assert len(caught) == 3
    torch.testing.assert_close(weights(module), weights(expected), rtol=1e-12, atol=0)


def test_gradients_that_a_failed_part_had_added_do_not_count(data):
    """Memory runs out in the middle of the second backward pass."""
    expected, module = build(), build()
    train_step(expected, data, Memory(16, None).loss, settings(), make_optimizer(
        expected, settings()))  # fmt: skip
    calls = []

    def run_out(gradient):
        calls.append(gradient)
        if len(calls) == 1:
            raise ERRORS[2]

    # of the layer next to the input, whose gradient comes last
    handle = module.map.weight.register_hook(run_out)
    with pytest.warns(UserWarning, match="ran out with 16 samples"):
        train_step(module, data, Memory(16, None).loss, settings(), make_optimizer(
            module, settings()))  # fmt: skip
    handle.remove()
    assert len(calls) == 3
    torch.testing.assert_close(
        module.out.weight.grad, expected.out.weight.grad, rtol=1e-12, atol=0
    )
    torch.testing.assert_close(weights(module), weights(expected), rtol=1e-9, atol=0)


@pytest.mark.filterwarnings("ignore:Memory ran out")
def test_a_single_sample_that_does_not_fit_is_an_error_that_says_what_to_do(data):
    module = build()
    before = weights(module).clone()
    with pytest.raises(
        OutOfMemoryError,
        match=r"one sample at a time, of up to 4 nodes and 7 frames .*make_windows",
    ) as caught:
        fit_module(module, data, Memory(0, ERRORS[1]).loss, settings())
    assert isinstance(caught.value, MemoryError)
    assert isinstance(caught.value.__cause__, torch.cuda.OutOfMemoryError)
    assert torch.equal(weights(module), before)


def test_other_errors_are_left_as_they_are(data):
    error = RuntimeError("mat1 and mat2 shapes cannot be multiplied")
    with pytest.raises(RuntimeError, match="mat1 and mat2") as caught:
        fit_module(build(), data, Memory(0, error).loss, settings())
    assert caught.value is error


def test_predictions_are_the_same_in_halves(data):
    module, memory = build(), Memory(4, ERRORS[2])
    expected = apply_batches(module, data.samples, lambda m, b: m(b), settings())

    def predict(module, batch):
        memory.take(batch)
        return module(batch)

    with pytest.warns(UserWarning, match="ran out with 8 samples"):
        found = apply_batches(module, data.samples, predict, settings())
    torch.testing.assert_close(torch.cat(found), torch.cat(expected))


@pytest.mark.skipif(sys.platform != "linux", reason="limits the memory of a process")
def test_a_process_with_little_memory_goes_on():
    found = run("little_memory", "130")
    assert found["enough"]["warnings"] == []
    first, *_ = found["little"]["warnings"]
    assert "7 samples at once, of up to 100 nodes and 1600 frames" in first
    assert "DefaultCPUAllocator" in first
    np.testing.assert_allclose(
        found["little"]["losses"], found["enough"]["losses"], rtol=1e-5
    )

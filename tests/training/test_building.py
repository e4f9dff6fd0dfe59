"""Networks before their first epoch."""

from functools import partial

import pytest
import torch

from sklearn_deepsig.nn import SpectralCoarsening
from sklearn_deepsig.training import TrainingSettings, build_module
from tests.helpers.graphs import random_sample


def make_settings(seed=0, dtype=torch.float32):
    return TrainingSettings(
        max_epochs=1,
        batch_size=2,
        learning_rate=1e-3,
        weight_decay=0.0,
        device=torch.device("cpu"),
        dtype=dtype,
        seed=seed,
    )


def state(samples, cluster_init, **settings):
    module = build_module(
        partial(SpectralCoarsening, 3, (6, 3), 4),
        samples,
        make_settings(**settings),
        cluster_init=cluster_init,
    )
    return module.state_dict()


@pytest.mark.parametrize("cluster_init", ["k-means++", "random"])
def test_the_seed_alone_makes_the_weights(rng, cluster_init):
    samples = [random_sample(rng, 4, 9), random_sample(rng, 4, 20)]
    first, again = (state(samples, cluster_init) for _ in range(2))
    torch.testing.assert_close(first, again, rtol=0, atol=0)
    other = state(samples, cluster_init, seed=1)
    name = "pools.0.assign.weight"
    assert not torch.equal(first[name], other[name])
    # the sample with the most nodes alone counts
    reduced = state(samples[1:], cluster_init)
    torch.testing.assert_close(first, reduced, rtol=0, atol=0)


def test_random_weights_do_not_look_at_the_samples(rng):
    one, other = (
        state([random_sample(rng, 4, 9)], "random", dtype=torch.float64)
        for _ in range(2)
    )
    torch.testing.assert_close(one, other, rtol=0, atol=0)
    assert one["readout.weight"].dtype == torch.float64
    placed = state([random_sample(rng, 4, 9)], "k-means++", dtype=torch.float64)
    changed = {name for name in one if not torch.equal(one[name], placed[name])}
    assert changed == {
        f"pools.{layer}.assign.{what}"
        for layer in (0, 1)
        for what in ("weight", "bias")
    }

"""Networks as arrays and numbers: what is rebuilt, and what is refused."""

from functools import partial

import numpy as np
import pytest
import torch

from sklearn_deepsig.estimators._network_state import (
    describe_network,
    network_state,
    rebuild_network,
)
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.nn import SegmentLSTM, SpectralCoarsening

BUILD = partial(SpectralCoarsening, 3, (4, 2), hidden_dim=5, rotation_invariant=True)


def test_a_network_is_described_by_its_arguments_and_rebuilt():
    description = describe_network(BUILD)
    assert description == {
        "network": "SpectralCoarsening",
        "arguments": {
            "n_dims": 3,
            "n_clusters": (4, 2),
            "hidden_dim": 5,
            "rotation_invariant": True,
        },
    }
    module = BUILD()
    state = network_state(module, description)
    again = rebuild_network(state)
    for name, value in module.state_dict().items():
        assert torch.equal(again.state_dict()[name], value)
        assert again.state_dict()[name].data_ptr() != value.data_ptr()
    assert not any(p.is_meta for p in again.parameters())


@pytest.mark.parametrize(
    "build",
    [
        lambda: SegmentLSTM(3, 4),
        SegmentLSTM,
        partial(torch.nn.Linear, 3, 4),
        partial(print, "SegmentLSTM"),
    ],
    ids=["lambda", "class", "another library", "another function"],
)
def test_what_could_not_be_built_from_a_file_is_refused(build):
    with pytest.raises(TypeError, match=r"no functools\.partial of a network"):
        describe_network(build)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"network": "Linear"}, "no network is called 'Linear'"),
        ({"network": "coarsening_loss"}, "no network is called"),
        ({"arguments": {"width": 10**13, "hidden_dim": 2}}, "do not fit"),
        ({"arguments": {"width": 3, "hidden_dim": 3}}, "size mismatch"),
        ({"arguments": {"width": 3}}, "missing 1 required"),
        ({"arguments": {"width": "a", "hidden_dim": 2}}, "do not fit the SegmentLSTM"),
        ({"arguments": {"depth": 10**9}}, "no log-signature has depth"),
        ({"arguments": {"n_clusters": [2] * 65}}, "has 65 entries"),
        ({"weights": {}}, "Missing key"),
    ],
)
def test_states_that_do_not_fit_are_refused(change, message):
    build = partial(SegmentLSTM, 3, 2)
    state = network_state(build(), describe_network(build))
    with pytest.raises(InvalidInputError, match=message):
        rebuild_network(state | change)


def test_weights_of_mixed_or_half_precision_are_refused():
    build = partial(SegmentLSTM, 3, 2)
    for names in (["input.bias"], ["input.bias", "norm.bias"], None):
        state = network_state(build(), describe_network(build))
        for name in names or state["weights"]:
            state["weights"][name] = state["weights"][name].astype(np.float16)
        with pytest.raises(InvalidInputError, match="give float32 or float64"):
            rebuild_network(state)

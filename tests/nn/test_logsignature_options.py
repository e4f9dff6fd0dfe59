"""LogSignature with augmentation and invariance."""

import pytest
import torch
from torch.autograd import gradcheck

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional.path_features import PathFeatures
from sklearn_deepsig.nn import LogSignature

OPTIONS = [
    {"augmentation": "time"},
    {"augmentation": ["basepoint", "lead_lag"]},
    {"invariance": "rotation"},
    {"invariance": ["norm", "dot"]},
]


def random_walks(rng, *shape):
    return torch.tensor(rng.normal(size=shape).cumsum(axis=1))


@pytest.mark.parametrize("options", OPTIONS)
def test_ragged_batches(rng, options):
    module = LogSignature(n_segments=3, **options)
    counts = torch.tensor([11, 4, 1, 8])
    path = random_walks(rng, 4, 11, 6)
    padded = path.clone()
    for row, count in zip(padded, counts, strict=True):
        row[count:] = torch.nan
    actual = module(padded, counts)
    assert actual.shape == (4, 3, PathFeatures(**options).width(6))
    for i, count in enumerate(counts):
        torch.testing.assert_close(actual[i], module(path[i : i + 1, :count])[0])


@pytest.mark.parametrize("options", OPTIONS)
def test_derivatives(rng, options):
    module = LogSignature(n_segments=2, **options)
    path = random_walks(rng, 2, 6, 6).requires_grad_()
    assert gradcheck(module, path)


def test_repr_says_the_options():
    assert "augmentation='time'" in repr(LogSignature(augmentation="time"))
    assert "invariance='rotation'" in repr(LogSignature(invariance="rotation"))


@pytest.mark.parametrize(
    "options",
    [
        {"augmentation": "speed"},
        {"invariance": "reflection"},
        {"invariance": "dot"},
        {"invariance": []},
        {"invariance": ("dot", "speed")},
        {"invariance": ("dot",), "depth": 3},
        {"invariance": "rotation", "depth": 3},
        {"invariance": "rotation", "augmentation": "time"},
    ],
)
def test_impossible_options(options):
    with pytest.raises(InvalidInputError):
        LogSignature(**options)

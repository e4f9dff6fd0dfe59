import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional import (
    logsignature,
    logsignature_width,
    sliding,
    sliding_logsignature,
)

BASES = ["words", "lyndon", "expanded"]


def random_walks(rng, *shape):
    return torch.tensor(rng.normal(size=shape).cumsum(axis=-2))


def one_by_one(path, depth, window, step, basis):
    starts = range(0, path.shape[-2] - window + 1, step)
    logs = [
        logsignature(path[..., a : a + window, :], depth, basis=basis) for a in starts
    ]
    return torch.stack(logs, dim=-2)


def join_all(monkeypatch, least):
    monkeypatch.setattr(sliding, "_LEAST_WINDOW", dict.fromkeys([2, 3, 4], least))
    monkeypatch.setattr(sliding, "_LEAST_INTERVALS", 1)


@pytest.fixture(params=["joined", "direct", "as chosen"])
def way(request, monkeypatch):
    """Whether products are taken wherever they can be, nowhere, or where they pay."""
    if request.param != "as chosen":
        join_all(monkeypatch, 1 if request.param == "joined" else 10**9)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    ("window", "step"),
    [(1, 1), (2, 1), (9, 1), (8, 3), (9, 3), (7, 2), (29, 2), (40, 5), (40, 1), (5, 9)],
)
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("basis", BASES)
def test_equals_windows_one_by_one(rng, window, step, depth, basis):
    path = random_walks(rng, 2, 40, 2)
    expected = one_by_one(path, depth, window, step, basis)
    actual = sliding_logsignature(path, depth, window, step, basis=basis)
    assert actual.shape == expected.shape
    scale = float(expected.abs().max())
    torch.testing.assert_close(actual, expected, rtol=1e-9, atol=1e-10 * scale)


def test_long_overlaps_are_joined(rng, monkeypatch):
    read = []

    def counting(frames, depth, **settings):
        read.append(frames.shape[:-1].numel())
        return logsignature(frames, depth, **settings)

    monkeypatch.setattr(sliding, "logsignature", counting)
    path = random_walks(rng, 1000, 3)
    actual = sliding_logsignature(path, 2, 404, 10)
    n_windows = 60
    assert len(actual) == n_windows
    # every interval, the ends, and the corners of each polygon; not 404 a window
    assert sum(read) <= 1100 + n_windows * 4 + n_windows * 42
    monkeypatch.undo()
    expected = one_by_one(path, 2, 404, 10, "words")
    torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-9)


@pytest.mark.parametrize("depth", [2, 3])
def test_float32_rounds_like_single_windows(rng, monkeypatch, depth):
    path = 1000 + 0.01 * random_walks(rng, 2000, 3)
    path = path.float()
    join_all(monkeypatch, 1)
    exact = one_by_one(path.double(), depth, 401, 20, "words")
    width = logsignature_width(3, depth - 1)
    scale = exact[:, width:].abs().max()
    actual = sliding_logsignature(path, depth, 401, 20)
    assert actual.dtype == torch.float32
    assert (actual - exact)[:, width:].abs().max() <= 1e-5 * scale


@pytest.mark.parametrize("depth", [2, 3])
def test_derivatives(rng, monkeypatch, depth):
    join_all(monkeypatch, 1)
    path = random_walks(rng, 7, 2).requires_grad_()

    def function(x):
        return sliding_logsignature(x, depth, 5, 1)

    assert gradcheck(function, path)
    assert gradgradcheck(function, path)


@pytest.mark.parametrize(("window", "step"), [(0, 1), (6, 1), (3, 0)])
def test_impossible_windows(window, step):
    with pytest.raises(InvalidInputError, match="paths of 5 frames"):
        sliding_logsignature(torch.zeros(5, 2), 2, window, step)

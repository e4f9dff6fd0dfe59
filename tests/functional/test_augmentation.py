import pytest
import torch
from torch.autograd import gradcheck

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional import logsignature
from sklearn_deepsig.functional.augmentation import (
    augment,
    augmentation_steps,
    augmented_names,
    augmented_shape,
)

CHOICES = [
    None,
    "time",
    "basepoint",
    "lead_lag",
    ["time", "basepoint"],
    ("basepoint", "time"),
    ["time", "lead_lag"],
    ["lead_lag", "time", "basepoint"],
]


def random_walks(rng, *shape):
    return torch.tensor(rng.normal(size=shape).cumsum(axis=-2))


def test_time_goes_from_zero_to_one():
    path = torch.full((2, 5, 1), 7.0)
    actual = augment(path, "time").path
    assert actual[1].tolist() == [[7, 0], [7, 0.25], [7, 0.5], [7, 0.75], [7, 1]]
    assert augment(path[:, :1], "time").path.tolist() == [[[7, 0]], [[7, 0]]]


def test_basepoint_makes_the_place_count(rng):
    path = random_walks(rng, 6, 3) + 5
    actual = augment(path, "basepoint")
    assert actual.n_frames == 7
    torch.testing.assert_close(logsignature(actual.path, 1), path[-1])


def test_order_counts():
    path = torch.tensor([[5.0], [6.0]])
    first = augment(path, ["time", "basepoint"]).path
    second = augment(path, ["basepoint", "time"]).path
    assert first.tolist() == [[0, 0], [5, 0], [6, 1]]
    assert second.tolist() == [[0, 0], [5, 0.5], [6, 1]]


def test_lead_lag_area_is_the_quadratic_variation(rng):
    """The area of a channel with its own lag is half the sum of its squared steps."""
    path = random_walks(rng, 20, 3)
    log = logsignature(augment(path, "lead_lag").path, 2, basis="expanded")
    areas = log[6:].view(6, 6)[:3, 3:]
    steps = path.diff(dim=0)
    expected = 0.5 * steps.T @ steps
    torch.testing.assert_close(areas.diagonal(), expected.diagonal())
    torch.testing.assert_close((areas + areas.T) / 2, expected)


@pytest.mark.parametrize("augmentation", CHOICES)
def test_shape_and_names(rng, augmentation):
    path = augment(random_walks(rng, 2, 6, 3), augmentation).path
    assert augmented_shape(6, 3, augmentation) == path.shape[1:]
    names = augmented_names(["a", "b", "c"], augmentation)
    assert len(names) == len(set(names)) == path.shape[2]


@pytest.mark.parametrize("augmentation", CHOICES)
def test_padding_is_not_read(rng, augmentation):
    path = random_walks(rng, 2, 2, 7, 3)
    counts = torch.tensor([[7, 3], [1, 5]])
    padded = path.clone()
    for i, j in [(0, 1), (1, 0), (1, 1)]:
        padded[i, j, counts[i, j] :] = torch.nan
    actual = augment(padded, augmentation, counts)
    logs = logsignature(actual.path, 2)
    for i in range(2):
        for j in range(2):
            alone = augment(path[i, j, : counts[i, j]], augmentation)
            assert actual.n_frames[i, j] == alone.n_frames == len(alone.path)
            torch.testing.assert_close(logs[i, j], logsignature(alone.path, 2))


def test_derivatives(rng):
    path = random_walks(rng, 2, 4, 2).requires_grad_()
    counts = torch.tensor([4, 2])
    for n_frames in (None, counts):
        assert gradcheck(
            lambda x, n=n_frames: augment(x, ["time", "basepoint", "lead_lag"], n).path,
            path,
        )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_dtype_is_kept(dtype):
    path = torch.zeros(2, 4, 2, dtype=dtype)
    assert augment(path, ["time", "basepoint", "lead_lag"]).path.dtype == dtype


@pytest.mark.parametrize("wrong", ["speed", ["time", "time"], ["basepoint", "x"], [1]])
def test_unknown_augmentations(wrong):
    with pytest.raises(InvalidInputError, match="cannot be used; choose from"):
        augmentation_steps(wrong)


@pytest.mark.parametrize("counts", [[3], [0, 3], [3, 6]])
def test_impossible_frame_counts(counts):
    with pytest.raises(InvalidInputError, match="n_frames="):
        augment(torch.zeros(2, 5, 3), "time", torch.tensor(counts))

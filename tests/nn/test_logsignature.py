import copy

import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional import logsignature, logsignature_width
from sklearn_deepsig.nn.logsignature import LogSignature


def random_walks(rng, *shape):
    return torch.tensor(rng.normal(size=shape).cumsum(axis=-2))


@pytest.mark.parametrize("basis", ["words", "lyndon", "expanded"])
def test_segments_share_end_points(rng, basis):
    path = random_walks(rng, 3, 13, 2)
    actual = LogSignature(depth=3, n_segments=4, basis=basis)(path)
    assert actual.shape == (3, 4, logsignature_width(2, 3, basis))
    for i in range(4):
        expected = logsignature(path[:, 3 * i : 3 * i + 4], 3, basis=basis)
        torch.testing.assert_close(actual[:, i], expected)


@pytest.mark.parametrize("n_segments", [1, 3, 5])
def test_displacements_of_segments_add_up(rng, n_segments):
    path = random_walks(rng, 3, 12, 4)
    actual = LogSignature(depth=1, n_segments=n_segments)(path)
    torch.testing.assert_close(actual.sum(1), path[:, -1] - path[:, 0])


@pytest.mark.parametrize("fill", ["repeat", "nan"])
def test_padded_samples_are_as_if_alone(rng, fill):
    module = LogSignature(depth=3, n_segments=3)
    counts = [11, 2, 7, 1]
    samples = [random_walks(rng, 1, count, 3) for count in counts]
    batch = torch.full((4, 11, 3), torch.nan, dtype=torch.float64)
    for row, sample in zip(batch, samples, strict=True):
        if fill == "repeat":
            row[:] = sample[0, -1]
        row[: sample.shape[1]] = sample[0]
    actual = module(batch, torch.tensor(counts))
    for row, sample in zip(actual, samples, strict=True):
        torch.testing.assert_close(row, module(sample)[0])


def test_fewer_steps_than_segments_give_zeros_for_empty_ones(rng):
    path = random_walks(rng, 2, 3, 3)
    actual = LogSignature(n_segments=4)(path)
    assert (actual.abs().sum((0, 2)) == 0).tolist() == [True, False, False, True]
    assert not LogSignature(n_segments=2)(path[:, :1]).any()


def test_index_is_kept_for_the_same_frame_count_only(rng):
    module = LogSignature(n_segments=2)
    paths = [random_walks(rng, 2, n_frames, 3) for n_frames in (9, 9, 6)]
    with torch.inference_mode():
        first = module(paths[0])
    kept = module._cached_index
    paths[1].requires_grad_()
    module(paths[1]).sum().backward()
    assert module._cached_index is kept
    torch.testing.assert_close(module(paths[2]), LogSignature(n_segments=2)(paths[2]))
    torch.testing.assert_close(module(paths[0]), first.clone())


@pytest.mark.parametrize("counts", [None, [5, 3]])
def test_derivatives(rng, counts):
    module = LogSignature(depth=3, n_segments=2)
    n_frames = None if counts is None else torch.tensor(counts)
    path = random_walks(rng, 2, 5, 2).requires_grad_()
    assert gradcheck(lambda x: module(x, n_frames), path)
    assert gradgradcheck(lambda x: module(x, n_frames), path)


def test_nothing_to_train_and_nothing_to_save(rng):
    module = LogSignature()
    path = random_walks(rng, 1, 4, 2)
    expected = module(path)
    assert not list(module.parameters())
    assert not module.state_dict()
    assert torch.equal(copy.deepcopy(module)(path), expected)
    assert "depth=2, n_segments=1" in repr(module)


@pytest.mark.parametrize("counts", [[3], [3, 6], [3, 0], [[3, 3]]])
def test_impossible_frame_counts(counts):
    with pytest.raises(InvalidInputError, match="n_frames="):
        LogSignature()(torch.zeros(2, 5, 3), torch.tensor(counts))


@pytest.mark.parametrize(
    "settings", [{"depth": 0}, {"n_segments": 0}, {"basis": "x"}, {"backend": "x"}]
)
def test_impossible_settings(settings):
    with pytest.raises(InvalidInputError):
        LogSignature(**settings)(torch.zeros(2, 5, 3))

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation
from torch.autograd import gradcheck, gradgradcheck

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional import logsignature
from sklearn_deepsig.functional.rotation import (
    rotation_invariants,
    rotation_invariants_names,
    rotation_invariants_width,
)


def moving_points(rng, n_points, *, n_batch=2, n_frames=9, dtype=torch.float64):
    steps = rng.normal(size=(n_batch, n_frames, n_points, 3))
    return torch.tensor(steps.cumsum(axis=1), dtype=dtype)


def of_points(points):
    return rotation_invariants(points.flatten(-2))


@pytest.mark.parametrize("n_points", [1, 2, 5])
def test_values_by_their_definition(rng, n_points):
    points = moving_points(rng, n_points)
    log = logsignature(points.flatten(-2), 2, basis="expanded")[1].numpy()
    n = 3 * n_points
    way = log[:n].reshape(n_points, 3)
    area = log[n:].reshape(n_points, 3, n_points, 3)
    named = {}
    for i in range(n_points):
        for j in range(i, n_points):
            block = area[i, :, j]
            named[f"dot({i}, {j})"] = way[i] @ way[j]
            named[f"norm({i}, {j})"] = np.linalg.norm(block)
            if i < j:
                named[f"trace({i}, {j})"] = np.trace(block)
                named[f"twist({i}, {j})"] = np.linalg.norm((block - block.T) / 2)
    names = rotation_invariants_names([str(i) for i in range(n_points)])
    expected = [named.pop(name) for name in names]
    assert not named
    assert len(names) == rotation_invariants_width(n_points)
    np.testing.assert_allclose(of_points(points)[1], expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("n_points", [1, 4, 30])
def test_rotations_change_nothing(rng, dtype, n_points):
    points = moving_points(rng, n_points, n_frames=50, dtype=dtype)
    expected = of_points(points)
    assert expected.dtype == dtype
    for matrix in Rotation.random(5, rng).as_matrix():
        turned = points @ torch.tensor(matrix, dtype=dtype).T + 10.0
        error = (of_points(turned) - expected).abs().max()
        assert error <= 1e-5 * expected.abs().max()
        # while the log-signature itself does change
        plain = logsignature(points.flatten(-2), 2)
        change = (logsignature(turned.flatten(-2), 2) - plain).abs().max()
        assert change > 0.1 * plain.abs().max()


def test_reflections_change_nothing_and_reversal_the_traces(rng):
    points = moving_points(rng, 4)
    expected = of_points(points)
    torch.testing.assert_close(of_points(points * torch.tensor([1, 1, -1])), expected)
    backwards = of_points(points.flip(1))
    names = rotation_invariants_names(list("abcd"))
    signs = [-1.0 if name.startswith("trace") else 1.0 for name in names]
    torch.testing.assert_close(backwards, torch.tensor(signs) * expected)


def test_none_is_redundant(rng):
    """As functions of the path, all features have independent derivatives."""
    points = moving_points(rng, 3, n_batch=1, n_frames=40)
    jacobian = torch.func.jacrev(of_points)(points)
    rank = torch.linalg.matrix_rank(jacobian.flatten(2)[0])
    assert rank == rotation_invariants_width(3)


def test_all_are_of_degree_two(rng):
    points = moving_points(rng, 3)
    torch.testing.assert_close(of_points(3 * points), 9 * of_points(points))


def test_derivatives(rng):
    path = moving_points(rng, 2).flatten(-2).requires_grad_()
    assert gradcheck(rotation_invariants, path, check_forward_ad=True)
    assert gradgradcheck(rotation_invariants, path)


def test_vmap(rng):
    path = moving_points(rng, 3, n_batch=4).flatten(-2)
    actual = torch.func.vmap(rotation_invariants)(path)
    torch.testing.assert_close(actual, rotation_invariants(path))


@pytest.mark.parametrize("n_frames", [1, 2, 5])
def test_derivative_at_rest_is_zero(n_frames):
    path = torch.ones(2, n_frames, 6, requires_grad=True)
    features = rotation_invariants(path)
    assert not features.any()
    (grad,) = torch.autograd.grad(features.sum(), path, create_graph=True)
    (second,) = torch.autograd.grad(grad.sum(), path, allow_unused=True)
    assert not grad.any()
    assert second is None or not second.any()


def test_gradient_after_inference_mode(rng):
    path = moving_points(rng, 7).flatten(-2)
    with torch.inference_mode():
        rotation_invariants(path)
    path.requires_grad_()
    rotation_invariants(path).sum().backward()
    assert path.grad.isfinite().all()


def test_channels_must_be_points():
    with pytest.raises(InvalidInputError, match="4 channels; rotations need points"):
        rotation_invariants(torch.zeros(5, 4))
    with pytest.raises(InvalidInputError, match="n_points=0"):
        rotation_invariants_width(0)

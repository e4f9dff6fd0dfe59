import importlib
from itertools import combinations

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
from sklearn_deepsig.functional.rotation_kinds import largest_points

FAMILIES = ("dot", "trace", "norm", "twist")
CHOICES = [kinds for n in range(1, 5) for kinds in combinations(FAMILIES, n)]


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


@pytest.mark.parametrize("n_points", [2, 5])
@pytest.mark.parametrize("kinds", CHOICES)
def test_a_choice_is_a_part_of_all(rng, kinds, n_points):
    points = [str(i) for i in range(n_points)]
    path = moving_points(rng, n_points).flatten(-2)
    kept = [name.split("(")[0] in kinds for name in rotation_invariants_names(points)]
    expected = rotation_invariants(path)[:, kept]
    for given in (kinds, list(reversed(kinds))):  # their order says nothing
        actual = rotation_invariants(path, kinds=given)
        torch.testing.assert_close(actual, expected)
        names = rotation_invariants_names(points, kinds=given)
        all_names = rotation_invariants_names(points)
        assert names == [n for n, keep in zip(all_names, kept, strict=True) if keep]
    own = n_points * (n_points + 1) // 2
    width = {"dot": own, "norm": own, "trace": own - n_points, "twist": own - n_points}
    assert actual.shape[-1] == sum(width[kind] for kind in kinds)
    assert actual.shape[-1] == rotation_invariants_width(n_points, kinds=kinds)


@pytest.mark.parametrize("kinds", CHOICES)
def test_rotations_change_no_choice(rng, kinds):
    points = moving_points(rng, 6, n_frames=50, dtype=torch.float32)
    expected = rotation_invariants(points.flatten(-2), kinds=kinds)
    for matrix in Rotation.random(3, rng).as_matrix():
        turned = points @ torch.tensor(matrix, dtype=torch.float32).T
        actual = rotation_invariants(turned.flatten(-2), kinds=kinds)
        assert (actual - expected).abs().max() <= 1e-5 * expected.abs().max()


@pytest.mark.parametrize("kinds", CHOICES)
def test_derivatives_of_a_choice(rng, kinds):
    path = moving_points(rng, 2, n_frames=4).flatten(-2).requires_grad_()
    assert gradcheck(lambda x: rotation_invariants(x, kinds=kinds), path)


@pytest.mark.parametrize(
    ("kinds", "calls"),
    [
        (["dot"], [((2, 3, 9, 4), 1)]),
        (["trace", "dot"], [((2, 3, 9, 4), 2)]),
        (["twist"], [((2, 9, 12), 2)]),
    ],
)
def test_only_what_is_asked_for(rng, monkeypatch, kinds, calls):
    seen = []

    def spy(path, depth, **options):
        seen.append((tuple(path.shape), depth))
        return logsignature(path, depth, **options)

    module = importlib.import_module("sklearn_deepsig.functional.rotation")
    monkeypatch.setattr(module, "logsignature", spy)
    if "norm" not in kinds and "twist" not in kinds:
        monkeypatch.delattr(module, "_norm")
    rotation_invariants(moving_points(rng, 4).flatten(-2), kinds=kinds)
    assert seen == calls


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


@pytest.mark.parametrize("kinds", ["dot", "all", [], ["dot", "dot"], ["area"], [3]])
def test_impossible_choices(kinds):
    choices = r"kinds=.* cannot be used; .*'dot', 'trace', 'norm', 'twist'"
    with pytest.raises(InvalidInputError, match=choices):
        rotation_invariants(torch.zeros(5, 6), kinds=kinds)
    with pytest.raises(InvalidInputError, match=choices):
        rotation_invariants_width(2, kinds=kinds)
    with pytest.raises(InvalidInputError, match=choices):
        rotation_invariants_names(["a", "b"], kinds=kinds)


def test_one_point_has_no_pairs():
    with pytest.raises(InvalidInputError, match="of pairs of points"):
        rotation_invariants(torch.zeros(5, 3), kinds=["trace", "twist"])


@pytest.mark.parametrize("kinds", CHOICES)
@pytest.mark.parametrize("n_points", [2, 3, 50, 1001])
def test_largest_points(kinds, n_points):
    width = rotation_invariants_width(n_points, kinds=kinds)
    assert largest_points(width, kinds) == n_points
    assert largest_points(width - 1, kinds) == n_points - 1

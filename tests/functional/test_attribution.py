"""Gradients as explanations, against what calculus says."""

import math

import pytest
import torch

from sklearn_deepsig.functional.attribution import (
    gradient_times_input,
    integrated_gradients,
)

WEIGHTS = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)


@pytest.fixture
def inputs():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(4, 3, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("explain", [gradient_times_input, integrated_gradients])
def test_of_a_linear_function_each_input_contributes_its_term(inputs, explain):
    found = explain(lambda x: x @ WEIGHTS + 7, inputs)
    torch.testing.assert_close(found, inputs * WEIGHTS)
    baseline = torch.ones_like(inputs)
    found = explain(lambda x: x @ WEIGHTS + 7, inputs, baseline)
    torch.testing.assert_close(found, (inputs - baseline) * WEIGHTS)


def test_of_a_product_each_factor_contributes_half(inputs):
    """The gradient at (x, y) is (y, x): gradient times input counts it twice."""
    product = inputs[:, :1] * inputs[:, 1:2]
    found = gradient_times_input(lambda x: x[:, 0] * x[:, 1], inputs)
    torch.testing.assert_close(found[:, :2], product.expand(4, 2))
    found = integrated_gradients(lambda x: x[:, 0] * x[:, 1], inputs, n_steps=2)
    torch.testing.assert_close(found[:, :2], product.expand(4, 2) / 2)
    torch.testing.assert_close(found[:, 2], torch.zeros(4, dtype=torch.float64))


def test_the_integral_is_that_of_the_gradient_along_the_line(inputs):
    """Of exp(x y) along (a x, a y): x y times the integral of exp(a² x y) a."""
    u, v = inputs[:, 0], inputs[:, 1]
    found = integrated_gradients(lambda x: (x[:, 0] * x[:, 1]).exp(), inputs)
    expected = (torch.exp(u * v) - 1) / 2  # the same for both, by symmetry
    torch.testing.assert_close(found[:, 0], expected)
    torch.testing.assert_close(found[:, 1], expected)


def test_the_error_of_the_sum_falls_with_the_steps(inputs):
    """For a smooth function fast; across kinks, by one over the steps."""

    def smooth(x):
        return torch.tanh(3 * x @ WEIGHTS)

    def kinked(x):
        return torch.relu(3 * x @ WEIGHTS - 0.5)

    for function, bounds in ((smooth, (0.05, 1e-6)), (kinked, (1.0, 0.05))):
        difference = function(inputs) - function(torch.zeros_like(inputs))
        for n_steps, bound in zip((4, 64), bounds, strict=True):
            found = integrated_gradients(function, inputs, n_steps=n_steps).sum(1)
            assert (found - difference).abs().max() < bound


def test_samples_do_not_mix(inputs):
    whole = integrated_gradients(lambda x: x.prod(1), inputs)
    parts = [integrated_gradients(lambda x: x.prod(1), one[None]) for one in inputs]
    torch.testing.assert_close(whole, torch.cat(parts))
    assert math.isfinite(whole.sum())

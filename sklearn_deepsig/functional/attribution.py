"""Which inputs an output rests on."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

__all__ = ["gradient_times_input", "integrated_gradients"]


def gradient_times_input(
    function: Callable[[Tensor], Tensor],
    inputs: Tensor,
    baseline: Tensor | None = None,
) -> Tensor:
    """Multiply each input by the derivative of the output with respect to it.

    Parameters
    ----------
    function : callable
        Maps a batch of inputs to one number a sample, each from its own input.
    inputs : Tensor, shape (batch, ...)
        The inputs.
    baseline : Tensor, shape (batch, ...), optional
        From where inputs are counted; zero by default.

    Returns
    -------
    Tensor, shape (batch, ...)
        The contributions. For a linear function they sum to the output, less that of
        the baseline.

    References
    ----------
    Shrikumar, Greenside and Kundaje, "Learning important features through propagating
    activation differences", ICML 2017.
    """
    difference = inputs.detach() if baseline is None else (inputs - baseline).detach()
    return _gradient(function, inputs) * difference


def integrated_gradients(
    function: Callable[[Tensor], Tensor],
    inputs: Tensor,
    baseline: Tensor | None = None,
    *,
    n_steps: int = 64,
) -> Tensor:
    r"""Integrate gradient times input along the straight line from a baseline.

    With x the input and b the baseline,

    .. math::
        (x_i - b_i) \int_0^1 \partial_i f(b + a (x - b))\, da,

    which sums over i to f(x) - f(b) for any f that is differentiable almost
    everywhere. The integral is a Gauss-Legendre sum, whose error falls with `n_steps`.

    Parameters
    ----------
    function : callable
        Maps a batch of inputs to one number a sample, each from its own input.
    inputs : Tensor, shape (batch, ...)
        The inputs.
    baseline : Tensor, shape (batch, ...), optional
        Where the line begins; zero by default.
    n_steps : int, default=64
        Points of the sum: so many times the work of `gradient_times_input`.

    Returns
    -------
    Tensor, shape (batch, ...)
        The contributions.

    References
    ----------
    Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks", ICML 2017,
    equation 1.
    """
    inputs = inputs.detach()
    start = torch.zeros_like(inputs) if baseline is None else baseline.detach()
    difference = inputs - start
    total = torch.zeros_like(inputs)
    places, weights = np.polynomial.legendre.leggauss(n_steps)
    for place, weight in zip(places.tolist(), weights.tolist(), strict=True):
        # the rule is for the interval from -1 to 1
        point = start + (place + 1) / 2 * difference
        total += weight / 2 * _gradient(function, point)
    return total * difference


def _gradient(function: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
    with torch.enable_grad():
        leaf = inputs.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(function(leaf).sum(), leaf)
    return gradient

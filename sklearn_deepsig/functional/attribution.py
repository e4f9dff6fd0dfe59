"""Which inputs an output rests on."""

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["gradient_times_input"]


def gradient_times_input(
    function: Callable[[Tensor], Tensor], inputs: Tensor
) -> Tensor:
    """Multiply each input by the derivative of the output with respect to it.

    Parameters
    ----------
    function : callable
        Maps a batch of inputs to one number a sample, each from its own input.
    inputs : Tensor, shape (batch, ...)
        The inputs.

    Returns
    -------
    Tensor, shape (batch, ...)
        The contributions. For a linear function they sum to the output.

    References
    ----------
    Shrikumar, Greenside and Kundaje, "Learning important features through propagating
    activation differences", ICML 2017.
    """
    with torch.enable_grad():
        leaf = inputs.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(function(leaf).sum(), leaf)
    return gradient * inputs.detach()

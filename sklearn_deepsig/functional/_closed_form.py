r"""Log-signatures up to depth 3 in closed form, as matrix products over time.

For a piecewise linear path with steps dx_t = x_{t+1} - x_t, whose midpoints are
c_t = (x_t + x_{t+1}) / 2 - (x_0 + x_T) / 2 as seen from the middle of the chord
Δ = x_T - x_0, the levels of the log-signature are

.. math::
    L_1 &= \Delta \\
    L_2 &= \sum_t c_t \otimes dx_t \\
    L_3 &= -\sum_t c_t \otimes dx_t \otimes c_t
           + \tfrac{1}{12} \big(\Delta^{\otimes 3} - \sum_t dx_t^{\otimes 3}\big)

Level 2 is the Lévy area: as the midpoints are seen from the middle of the chord, the
symmetric part of the sum vanishes, and no antisymmetrisation is needed. The path
enters by differences alone, so one far from the origin costs no accuracy.
"""

from collections.abc import Callable
from functools import lru_cache
from inspect import signature
from typing import Any, NamedTuple

import torch
from torch import Tensor

from sklearn_deepsig.functional._checks import is_plain
from sklearn_deepsig.functional._closed_form_kernels import fill_gradient, fill_words
from sklearn_deepsig.functional._words import gather_words
from sklearn_deepsig.functional.lyndon import logsignature_width

__all__ = ["MAX_DEPTH", "logsignature_words"]

MAX_DEPTH = 3

# Counting takes as long as some of the kernels' operations.
_width = lru_cache(maxsize=64)(logsignature_width)


def logsignature_words(path: Tensor, depth: int) -> Tensor:
    """Compute the log-signature in the basis of Lyndon words.

    Parameters
    ----------
    path : Tensor, shape (batch, n_frames, n_channels)
        The paths.
    depth : int
        Number of levels, 1 to 3.

    Returns
    -------
    Tensor, shape (batch, width)
        The coefficients of the Lyndon words.
    """
    if depth == 1:
        return path[:, -1] - path[:, 0]
    if torch.compiler.is_compiling():
        # The compiler fuses and differentiates the formulas by itself.
        return _words(path, depth)
    if is_plain(path):
        return _Words.forward(path, depth)
    result: Tensor = _Words.apply(path, depth)  # type: ignore[no-untyped-call]
    return result


class _Words(torch.autograd.Function):
    """`_words` by kernels that write in place, with its derivative in closed form."""

    @staticmethod
    def forward(path: Tensor, depth: int) -> Tensor:
        out = path.new_empty(len(path), _width(path.shape[2], depth))
        fill_words(path, depth, out)
        return out

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, int], output: Tensor) -> None:  # noqa: ARG004
        path, ctx.depth = inputs
        ctx.save_for_backward(path)
        ctx.save_for_forward(path)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (path,) = ctx.saved_tensors
        if is_plain(path) and is_plain(grad):
            return _WordsGradient.forward(path, grad, ctx.depth), None
        return _WordsGradient.apply(path, grad, ctx.depth), None  # type: ignore[no-untyped-call]

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor, _: None) -> Tensor:
        # The derivative along a tangent is the transpose of the gradient.
        (path,) = ctx.saved_tensors
        n_words = logsignature_width(path.shape[2], ctx.depth)
        return _pull_back(path, path.new_zeros(len(path), n_words), ctx.depth, tangent)[
            1
        ]

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[int | None, None], path: Tensor, depth: int
    ) -> tuple[Tensor, int]:
        return _merge_batches(
            lambda x: _Words.apply(x, depth),  # type: ignore[no-untyped-call]
            info.batch_size,
            (in_dims[0],),
            (path,),
        )


class _WordsGradient(torch.autograd.Function):
    """The first derivative of `_words`, as a function that has derivatives itself."""

    @staticmethod
    def forward(path: Tensor, grad: Tensor, depth: int) -> Tensor:
        out = path.new_empty(path.shape)
        fill_gradient(path, grad, depth, out)
        return out

    @staticmethod
    def setup_context(
        ctx: Any,
        inputs: tuple[Tensor, Tensor, int],
        output: Tensor,  # noqa: ARG004
    ) -> None:
        path, grad, ctx.depth = inputs
        ctx.save_for_backward(path, grad)
        ctx.save_for_forward(path, grad)

    @staticmethod
    def backward(ctx: Any, direction: Tensor) -> tuple[Tensor, Tensor, None]:
        path, grad = ctx.saved_tensors
        return *_pull_back(path, grad, ctx.depth, direction), None

    @staticmethod
    def jvp(
        ctx: Any, path_tangent: Tensor | None, grad_tangent: Tensor | None, _: None
    ) -> Tensor:
        # Linear in `grad`; the second derivative by the path is symmetric.
        path, grad = ctx.saved_tensors
        along = torch.zeros_like(path)
        if grad_tangent is not None:
            along = along + _WordsGradient.apply(path, grad_tangent, ctx.depth)  # type: ignore[no-untyped-call]
        if path_tangent is not None:
            along = along + _pull_back(path, grad, ctx.depth, path_tangent)[0]
        return along

    @staticmethod
    def vmap(
        info: Any,
        in_dims: tuple[int | None, int | None, None],
        path: Tensor,
        grad: Tensor,
        depth: int,
    ) -> tuple[Tensor, int]:
        return _merge_batches(
            lambda x, g: _WordsGradient.apply(x, g, depth),  # type: ignore[no-untyped-call]
            info.batch_size,
            in_dims[:2],
            (path, grad),
        )


def _remember_signature(function: Callable[..., Any]) -> None:
    # PyTorch asks for it on every call, and working it out takes longer than a small
    # log-signature.
    vars(function)["__signature__"] = signature(function)


_remember_signature(_Words.forward)
_remember_signature(_WordsGradient.forward)


def _pull_back(
    path: Tensor, grad: Tensor, depth: int, direction: Tensor
) -> tuple[Tensor, Tensor]:
    """Differentiate <direction, gradient> by the path and by `grad`."""

    def gradient(path: Tensor, grad: Tensor) -> Tensor:
        result: Tensor = torch.func.vjp(lambda x: _words(x, depth), path)[1](grad)[0]
        return result

    by_path, by_grad = torch.func.vjp(gradient, path, grad)[1](direction)
    return by_path, by_grad


def _merge_batches(
    function: Callable[..., Tensor],
    size: int,
    in_dims: tuple[int | None, ...],
    tensors: tuple[Tensor, ...],
) -> tuple[Tensor, int]:
    """Apply a function of batches to tensors that have one batch dimension more."""
    merged = [
        (x.expand(size, *x.shape) if dim is None else x.movedim(dim, 0)).flatten(0, 1)
        for x, dim in zip(tensors, in_dims, strict=True)
    ]
    result = function(*merged)
    return result.view(size, len(result) // size, *result.shape[1:]), 0


class _Steps(NamedTuple):
    """The differences by which a path of shape (batch, n_frames, C) enters."""

    chord: Tensor
    """Δ, shape (batch, 1, C)."""

    steps: Tensor
    """dx, shape (batch, n_frames - 1, C)."""

    midpoints: Tensor
    """c, shape (batch, n_frames - 1, C)."""


def _words(path: Tensor, depth: int) -> Tensor:
    """Compute levels 1 to 2 or 3 by formulas that PyTorch differentiates."""
    split = _split(path)
    area = split.midpoints.mT @ split.steps
    levels = [split.chord.flatten(1), gather_words(area.flatten(1), path.shape[2], 2)]
    if depth == 3:
        levels += _third_level(split)
    return torch.cat(levels, dim=1)


def _split(path: Tensor) -> _Steps:
    from_start = path - path[:, :1]
    chord = from_start[:, -1:]
    steps = path.diff(dim=1)
    return _Steps(chord, steps, from_start[:, :-1] + 0.5 * steps - 0.5 * chord)


def _third_level(split: _Steps) -> list[Tensor]:
    """Compute level 3, one block a first letter.

    The Lyndon words of length 3 that begin with i are i j k with j >= i and k > i: a
    full rectangle, whose coefficients are one matrix product over time.
    """
    chord, steps, midpoints = split
    # The cube of the chord is one more step, with no midpoint and the opposite sign.
    left = torch.cat([steps, chord], dim=1)
    midpoints = torch.cat([midpoints, torch.zeros_like(chord)], dim=1)
    twelfths = torch.cat([steps, -chord], dim=1) / 12
    blocks = []
    for first in range(left.shape[2] - 1):
        middle, last = left[:, :, first:], slice(first + 1, None)
        right = torch.addcmul(
            midpoints[:, :, first : first + 1] * midpoints[:, :, last],
            middle[:, :, :1],
            twelfths[:, :, last],
        )
        blocks.append(-(middle.mT @ right).flatten(1))
    return blocks

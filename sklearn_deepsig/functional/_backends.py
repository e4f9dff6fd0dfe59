"""The table of backends: what computes a log-signature.

A backend is one function from paths of shape (batch, n_frames, n_channels), in float32
or float64, a depth and a basis to log-signatures of shape (batch, width) in this
package's convention (see `sklearn_deepsig.functional.lyndon`). To add one, write the
function and enter it in `BACKENDS`.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from sklearn_deepsig._optional import import_optional
from sklearn_deepsig.exceptions import InvalidInputTypeError
from sklearn_deepsig.functional import _closed_form, _loop_form, _tensor_algebra
from sklearn_deepsig.functional._words import gather_words, words_to_brackets

__all__ = ["BACKENDS"]


def _torch(path: Tensor, depth: int, basis: str) -> Tensor:
    n_channels = path.shape[2]
    if n_channels == 1:
        # One letter has one Lyndon word, itself; all else is exactly zero.
        increment = path[:, -1] - path[:, 0]
        n_zeros = depth - 1 if basis == "expanded" else 0
        return torch.nn.functional.pad(increment, (0, n_zeros))
    if basis == "expanded":
        return _tensor_algebra.logsignature(path, depth, expanded=True)
    if depth <= _closed_form.MAX_DEPTH:
        words = _closed_form.logsignature_words(path, depth)
    elif depth <= _loop_form.MAX_DEPTH:
        words = _loop_form.logsignature_words(path, depth)
    else:
        words = _tensor_algebra.logsignature(path, depth, expanded=False)
    return words_to_brackets(words, n_channels, depth) if basis == "lyndon" else words


def _signatory(path: Tensor, depth: int, basis: str) -> Tensor:
    import_optional("signatory", purpose="backend='signatory'")
    modes = {"words": "words", "lyndon": "brackets", "expanded": "expand"}
    frames = _at_least_two_frames(path)
    result: Tensor = _Signatory.apply(frames, depth, modes[basis])  # type: ignore[no-untyped-call]
    return result


class _Signatory(torch.autograd.Function):
    """signatory with its first derivative, and an error in place of a second one.

    The second derivatives that it gives are wrong.
    """

    @staticmethod
    def forward(ctx: Any, path: Tensor, depth: int, mode: str) -> Tensor:
        signatory = import_optional("signatory", purpose="backend='signatory'")
        with torch.set_grad_enabled(path.requires_grad):
            # The graph that signatory needs for its derivative must not reach beyond
            # this function.
            ctx.path = path.detach().requires_grad_(path.requires_grad)
            ctx.result = signatory.logsignature(ctx.path, depth, mode=mode)
        result: Tensor = ctx.result.detach()
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        (grad_path,) = torch.autograd.grad(
            ctx.result, ctx.path, grad.contiguous(), retain_graph=True
        )
        return grad_path, None, None


def _iisignature(path: Tensor, depth: int, basis: str) -> Tensor:
    if path.requires_grad and torch.is_grad_enabled():
        raise InvalidInputTypeError(
            "backend='iisignature' has no gradient, but the path requires one. Use "
            "backend='torch', or detach the path."
        )
    n_channels = path.shape[2]
    if n_channels == 1:
        # iisignature needs two channels; for one all backends are the increment.
        return _torch(path, depth, basis)
    iisignature = import_optional("iisignature", purpose="backend='iisignature'")
    frames = _at_least_two_frames(path).detach().cpu().numpy()
    method = "S" if basis == "lyndon" else "X"
    prepared = _iisignature_prepare(n_channels, depth)
    result = torch.from_numpy(iisignature.logsig(frames, prepared, method))
    if basis == "words":
        sizes = [n_channels**length for length in range(1, depth + 1)]
        levels = torch.split(result, sizes, dim=1)
        result = torch.cat(
            [gather_words(x, n_channels, n) for n, x in enumerate(levels, start=1)], 1
        )
    return result.to(path)


@lru_cache(maxsize=16)
def _iisignature_prepare(n_channels: int, depth: int) -> Any:
    iisignature = import_optional("iisignature", purpose="backend='iisignature'")
    return iisignature.prepare(n_channels, depth, "S")


def _at_least_two_frames(path: Tensor) -> Tensor:
    """Repeat a single frame, which leaves the log-signature at zero."""
    return path if path.shape[1] > 1 else path.expand(-1, 2, -1)


BACKENDS: dict[str, Callable[[Tensor, int, str], Tensor]] = {
    "torch": _torch,
    "iisignature": _iisignature,
    "signatory": _signatory,
}

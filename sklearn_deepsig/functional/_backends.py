"""The table of backends: what computes a log-signature.

A backend is one function from paths of shape (batch, n_frames, n_channels), in float32
or float64, a depth and a basis to log-signatures of shape (batch, width) in this
package's convention (see `sklearn_deepsig.functional.lyndon`). To add one, write the
function and enter it in `BACKENDS`.
"""

import warnings
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.util import find_spec
from threading import Lock
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from sklearn_deepsig._optional import import_optional
from sklearn_deepsig.exceptions import InvalidInputTypeError
from sklearn_deepsig.functional import _closed_form, _loop_form, _tensor_algebra
from sklearn_deepsig.functional._checks import is_plain
from sklearn_deepsig.functional._words import gather_all_words, words_to_brackets

__all__ = ["BACKENDS", "automatic"]

# Up to as many channels pysiglib was measured faster than the kernels in torch. Its
# rounding errors grow faster with the number of frames, so long paths are left out.
_FEW_CHANNELS = 6
_FEW_FRAMES = 1000

_PYSIGLIB_LOCK = Lock()


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


def automatic(path: Tensor) -> str:
    """Choose the fastest backend for a path.

    On a CPU pysiglib is several times faster for few channels, where there is little
    for matrix products to do. It is chosen only where no derivative is wanted, as its
    second ones are wrong and its first ones slow.

    Parameters
    ----------
    path : Tensor, shape (batch, n_frames, n_channels)
        The paths.

    Returns
    -------
    str
        A key of `BACKENDS`.
    """
    if (
        1 < path.shape[2] <= _FEW_CHANNELS
        and path.shape[1] <= _FEW_FRAMES
        and path.device.type == "cpu"
        and is_plain(path)
        and _is_installed("pysiglib")
    ):
        return "pysiglib"
    return "torch"


@cache
def _is_installed(name: str) -> bool:
    return find_spec(name) is not None


def _pysiglib(path: Tensor, depth: int, basis: str) -> Tensor:
    needs_gradient = path.requires_grad and torch.is_grad_enabled()
    module = "pysiglib.torch_api" if needs_gradient else "pysiglib"
    function = import_optional(module, purpose="backend='pysiglib'").log_sig
    method = {"expanded": 0, "words": 1, "lyndon": 2}[basis]
    n_jobs = torch.get_num_threads()

    def compute(frames: Any) -> Any:
        # What was prepared is shared by all threads, without a lock of its own.
        with _PYSIGLIB_LOCK, warnings.catch_warnings():
            # All backends overflow in silence, as PyTorch does.
            warnings.simplefilter("ignore", RuntimeWarning)
            _prepare_pysiglib(frames.shape[2], depth, method)
            return function(frames, depth, method=method, n_jobs=n_jobs)

    def compute_tensor(frames: Tensor) -> Tensor:
        if frames._base is not None or not frames.is_contiguous():
            frames = frames.clone(memory_format=torch.contiguous_format)
        result: Tensor = compute(frames)
        return result

    if needs_gradient:
        result: Tensor = _OnceDifferentiable.apply(path, compute_tensor)  # type: ignore[no-untyped-call]
        return result
    if path.device.type != "cpu":
        return compute_tensor(path)
    # It looks for overflow, which NumPy does in a fraction of PyTorch's time. A view of
    # a tensor it would copy with a warning.
    return torch.from_numpy(compute(path.detach().numpy().copy()))


@cache
def _prepare_pysiglib(n_channels: int, depth: int, method: int) -> None:
    pysiglib = import_optional("pysiglib", purpose="backend='pysiglib'")
    pysiglib.prepare_log_sig(n_channels, depth, method)


def _signatory(path: Tensor, depth: int, basis: str) -> Tensor:
    signatory = import_optional("signatory", purpose="backend='signatory'")
    mode = {"words": "words", "lyndon": "brackets", "expanded": "expand"}[basis]

    def compute(frames: Tensor) -> Tensor:
        result: Tensor = signatory.logsignature(frames, depth, mode=mode)
        return result

    frames = _at_least_two_frames(path)
    result: Tensor = _OnceDifferentiable.apply(frames, compute)  # type: ignore[no-untyped-call]
    return result


class _OnceDifferentiable(torch.autograd.Function):
    """A peer's function with its first derivative, and an error in place of a second.

    The second derivatives that signatory and pysiglib give are wrong.
    """

    @staticmethod
    def forward(ctx: Any, path: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
        with torch.set_grad_enabled(path.requires_grad):
            # The graph that the peer needs for its derivative must not reach beyond
            # this function.
            ctx.path = path.detach().requires_grad_(path.requires_grad)
            ctx.result = function(ctx.path)
        result: Tensor = ctx.result.detach()
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (grad_path,) = torch.autograd.grad(
            ctx.result,
            ctx.path,
            grad.clone(memory_format=torch.contiguous_format),
            retain_graph=True,
        )
        return grad_path, None


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
        result = gather_all_words(result, n_channels, depth)
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
    "pysiglib": _pysiglib,
    "signatory": _signatory,
}

"""The libraries that the log-signature benchmark compares, one function a library.

Each function makes the library ready for one width and depth, and returns how to run
it; it raises ImportError where the library is absent, and `Unsuitable` where it
cannot do the task. float32 throughout.
"""

import os
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

import torch
from torch import Tensor

from sklearn_deepsig.functional import logsignature, logsignature_width


class Unsuitable(Exception):
    """The library cannot do this task, or not in reasonable time."""


class Runner(NamedTuple):
    """How to run one library on one path."""

    basis: str
    """The basis of `sklearn_deepsig` in which it gives its result."""

    forward: Callable[[], Any]
    """Computes the log-signature."""

    forward_backward: Callable[[], Any]
    """Computes the log-signature and the gradient by the path."""

    to_tensor: Callable[[Any], Tensor]
    """Makes a tensor of either result."""


def _differentiable(
    path: Tensor, weights: Tensor, function: Callable[[Tensor], Tensor]
) -> Runner:
    """Run a function of PyTorch with its own backward pass."""
    leaf = path.clone().requires_grad_()

    def forward_backward() -> Tensor:
        (grad,) = torch.autograd.grad(function(leaf), leaf, weights)
        return grad

    return Runner("words", lambda: function(path), forward_backward, lambda x: x)


def ours(path: Tensor, depth: int, weights: Tensor) -> Runner:
    return _differentiable(path, weights, lambda x: logsignature(x, depth))


def signatory(path: Tensor, depth: int, weights: Tensor) -> Runner:
    import signatory

    return _differentiable(
        path, weights, lambda x: signatory.logsignature(x, depth, mode="words")
    )


def pysiglib(path: Tensor, depth: int, weights: Tensor) -> Runner:
    import pysiglib
    from pysiglib import torch_api

    if path.device.type != "cpu" and not pysiglib.BUILT_WITH_CUDA:
        raise Unsuitable("built without CUDA")
    pysiglib.prepare_log_sig(path.shape[2], depth, 1)
    threads = torch.get_num_threads()
    return _differentiable(
        path, weights, lambda x: torch_api.log_sig(x, depth, method=1, n_jobs=threads)
    )


def iisignature(path: Tensor, depth: int, weights: Tensor) -> Runner:
    import iisignature

    if path.device.type != "cpu":
        raise Unsuitable("CPU only")
    if logsignature_width(path.shape[2], depth) > 10_000:
        raise Unsuitable("a run with it was not over within minutes at this width")
    prepared = iisignature.prepare(path.shape[2], depth, "S")
    frames, by_word = path.numpy(), weights.numpy()

    def forward_backward() -> Any:
        iisignature.logsig(frames, prepared, "S")
        return iisignature.logsigbackprop(by_word, frames, prepared, "S")

    return Runner(
        "lyndon",
        lambda: iisignature.logsig(frames, prepared, "S"),
        forward_backward,
        torch.as_tensor,
    )


def signax(path: Tensor, depth: int, weights: Tensor) -> Runner:
    if path.device.type != "cpu":
        raise Unsuitable("measured on the CPU only")
    if path.shape[2] ** depth > 10_000:
        raise Unsuitable("a run with it was not over within minutes at this width")
    # To be set before JAX starts, and of no effect after.
    if torch.get_num_threads() == 1:
        os.environ.setdefault(
            "XLA_FLAGS",
            "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
        )
    import jax
    import signax

    def function(frames: Any) -> Any:
        return signax.logsignature(frames, depth)

    def weighted(frames: Any, by_word: Any) -> Any:
        return (function(frames) * by_word).sum()

    frames, by_word = jax.numpy.array(path.numpy()), jax.numpy.array(weights.numpy())
    forward, gradient = jax.jit(function), jax.jit(jax.value_and_grad(weighted))
    return Runner(
        "words",
        lambda: forward(frames).block_until_ready(),
        lambda: jax.block_until_ready(gradient(frames, by_word))[1],
        lambda x: torch.tensor(x.tolist()),
    )


PEERS = {
    "signatory": signatory,
    "iisignature": iisignature,
    "pysiglib": pysiglib,
    "signax": signax,
}


def versions() -> dict[str, str]:
    """Tell the version of each library that is installed."""
    found = {}
    for name in ("torch", "numpy", *PEERS):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found

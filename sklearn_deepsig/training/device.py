"""Where and in which precision a network runs, and its random numbers."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor, nn

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.training.distributed import rank_and_size

__all__ = ["mixed_precision", "resolve_device", "resolve_dtype", "seeded"]

_DTYPES = {
    "auto": torch.float32,
    "float32": torch.float32,
    "float64": torch.float64,
    # weights, log-signatures and losses; see `mixed_precision`
    "bfloat16": torch.float32,
}


def resolve_device(device: str) -> torch.device:
    """Turn the parameter ``device`` of an estimator into a device.

    Parameters
    ----------
    device : str
        ``"auto"`` takes a CUDA GPU where there is one, under torchrun the one of this
        process, else the CPU; anything else is what torch calls the device, such as
        ``"cpu"`` or ``"cuda:1"``.

    Returns
    -------
    torch.device
        The device.

    Raises
    ------
    InvalidInputError
        If torch does not know the device or cannot reach it.
    """
    if device == "auto":
        if not torch.cuda.is_available():
            return torch.device("cpu")
        # under torchrun every process has a GPU of its own
        own = int(os.environ.get("LOCAL_RANK", "0")) if rank_and_size()[1] > 1 else None
        return torch.device("cuda" if own is None else f"cuda:{own}")
    try:
        resolved = torch.device(device)
        torch.ones(1, device=resolved).item()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        if "Expected one of" in reason:  # of which torch lists some twenty
            reason = "torch knows no such device; a GPU of NVIDIA is 'cuda'"
        raise InvalidInputError(
            f"device={device!r} cannot be used ({reason}). Use device='auto' or 'cpu'."
        ) from error
    return resolved


def resolve_dtype(precision: str) -> torch.dtype:
    """Turn the parameter ``precision`` of an estimator into a dtype.

    Parameters
    ----------
    precision : {"auto", "float32", "float64", "bfloat16"}
        ``"auto"`` is float32, and so are the weights of ``"bfloat16"``.

    Returns
    -------
    torch.dtype
        The dtype.
    """
    return _DTYPES[precision]


# torch has one random state a process.
_RANDOM_STATE = threading.RLock()


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch for a block and put the caller's random state back after it.

    Threads take turns: a fit draws the same numbers beside others as it does alone.

    Parameters
    ----------
    seed : int
        The seed.
    device : torch.device
        The device whose random state is seeded beside the CPU's.

    Yields
    ------
    None
    """
    devices = [device] if device.type == "cuda" else []
    with _RANDOM_STATE, torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


@contextmanager
def mixed_precision(module: nn.Module, device: torch.device) -> Iterator[None]:
    """Run the linear maps of a network, the LSTM's among them, in bfloat16.

    Weights, gradients, log-signatures and losses keep their type: an area is a
    difference of products, of which eight bits would leave little.

    Parameters
    ----------
    module : torch.nn.Module
        The network.
    device : torch.device
        Where it runs.

    Yields
    ------
    None
    """
    layers = [x for x in module.modules() if isinstance(x, nn.Linear)]
    for layer in layers:
        # setattr, for mypy takes a method for one that cannot be hidden
        setattr(layer, "forward", partial(_in_bfloat16, layer.forward, device.type))  # noqa: B010
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward


def _in_bfloat16(
    forward: Callable[[Tensor], Tensor], device_type: str, features: Tensor
) -> Tensor:
    with torch.autocast(device_type, torch.bfloat16):
        output = forward(features)
    return output.float()

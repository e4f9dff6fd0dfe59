"""Where and in which precision a network runs, and its random numbers."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from sklearn_deepsig.exceptions import InvalidInputError

__all__ = ["resolve_device", "resolve_dtype", "seeded"]

_DTYPES = {
    "auto": torch.float32,
    "float32": torch.float32,
    "float64": torch.float64,
}


def resolve_device(device: str) -> torch.device:
    """Turn the parameter ``device`` of an estimator into a device.

    Parameters
    ----------
    device : str
        ``"auto"`` takes a CUDA GPU where there is one, else the CPU; anything else
        is what torch calls the device, such as ``"cpu"`` or ``"cuda:1"``.

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
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        resolved = torch.device(device)
        torch.ones(1, device=resolved).item()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InvalidInputError(
            f"device={device!r} cannot be used ({str(error).splitlines()[0]}). "
            "Use device='auto' or 'cpu'."
        ) from error
    return resolved


def resolve_dtype(precision: str) -> torch.dtype:
    """Turn the parameter ``precision`` of an estimator into a dtype.

    Parameters
    ----------
    precision : {"auto", "float32", "float64"}
        ``"auto"`` is float32.

    Returns
    -------
    torch.dtype
        The dtype.
    """
    return _DTYPES[precision]


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch for a block and put the caller's random state back after it.

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
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield

"""Checks of what goes into the public functions."""

import os
from numbers import Integral
from typing import TYPE_CHECKING, Any

from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

__all__ = [
    "as_coefficients",
    "as_path",
    "check_fits",
    "check_positive",
    "check_result_fits",
    "is_plain",
    "texts_of",
]

# Bytes that every machine has.
_SMALL = 1 << 20


def as_path(path: "Tensor") -> "Tensor":
    """Check a path and bring half precision to float32.

    Areas are small differences of large numbers, which half precision would lose.

    Parameters
    ----------
    path : Tensor, shape (..., n_frames, n_channels)
        The paths.

    Returns
    -------
    Tensor
        The same, in float32 or float64.

    Raises
    ------
    InvalidInputError
        If there is no frame or no channel.
    InvalidInputTypeError
        If it is no tensor of floating-point numbers.
    """
    path = _as_real(path, "path")
    if path.ndim < 2 or 0 in path.shape[-2:]:
        raise InvalidInputError(
            f"path has shape {tuple(path.shape)}; expected (..., n_frames, "
            "n_channels), with at least one frame and one channel."
        )
    return path


def as_coefficients(tensor: "Tensor", width: int, name: str) -> "Tensor":
    """Check coefficients of known width and bring half precision to float32.

    Parameters
    ----------
    tensor : Tensor, shape (..., width)
        The coefficients.
    width : int
        How many there must be.
    name : str
        What messages call them.

    Returns
    -------
    Tensor
        The same, in float32 or float64.

    Raises
    ------
    InvalidInputError
        If the width is another.
    InvalidInputTypeError
        If it is no tensor of floating-point numbers.
    """
    tensor = _as_real(tensor, name)
    if tensor.ndim < 1 or tensor.shape[-1] != width:
        raise InvalidInputError(
            f"{name} has shape {tuple(tensor.shape)}; expected (..., {width:,}), the "
            "width that belongs to these channels, this depth and this basis."
        )
    return tensor


def check_positive(**numbers: Any) -> None:
    """Raise unless all numbers are whole and at least one.

    Parameters
    ----------
    **numbers : object
        The numbers, by name.

    Raises
    ------
    InvalidInputError
        If one is less than one.
    InvalidInputTypeError
        If one is not an integer.
    """
    for name, number in numbers.items():
        if not isinstance(number, Integral) or isinstance(number, bool):
            raise InvalidInputTypeError(
                f"{name}={number!r} must be an integer, not of type "
                f"{type(number).__name__}."
            )
        if number < 1:
            raise InvalidInputError(f"{name}={number} must be at least 1.")


def check_fits(n_bytes: int, what: str, remedy: str) -> None:
    """Raise if an array is larger than all memory, before any work.

    Parameters
    ----------
    n_bytes : int
        Size of the array.
    what : str
        The array, as the subject of a sentence.
    remedy : str
        What to do, as a sentence.

    Raises
    ------
    InvalidInputError
        If it is.
    """
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not told, as on Windows
        memory = 1 << 40
    if n_bytes > memory:
        raise InvalidInputError(
            f"{what} would take {n_bytes:,} bytes, more than the memory of this "
            f"machine ({memory:,} bytes). {remedy}"
        )


def check_result_fits(
    shape: "torch.Size", dtype: "torch.dtype", n_numbers: int, what: str
) -> None:
    """Raise if what is computed from paths is larger than all memory.

    Parameters
    ----------
    shape : Size
        Shape of the paths, (..., n_frames, n_channels).
    dtype : dtype
        Their type.
    n_numbers : int
        Numbers that each path gives.
    what : str
        The result, as the subject of a sentence.

    Raises
    ------
    InvalidInputError
        If it is.
    """
    import torch

    n_bytes = shape[:-2].numel() * n_numbers * dtype.itemsize
    # The compiler cannot ask the system, nor is there need to, for what is small.
    if n_bytes > _SMALL and not torch.compiler.is_compiling():
        remedy = "Lower the depth, or take fewer channels or paths at once."
        check_fits(n_bytes, what, remedy)


def texts_of(values: Any) -> tuple[str, ...] | None:
    """Return one text or several as a tuple.

    Parameters
    ----------
    values : object
        Anything.

    Returns
    -------
    tuple of str or None
        The texts; None for what is no text, nor a sequence of them.
    """
    if isinstance(values, str):
        return (values,)
    try:
        texts = tuple(values)
    except TypeError:  # no sequence, such as an array without axes
        return None
    return texts if all(isinstance(text, str) for text in texts) else None


def is_plain(tensor: "Tensor") -> bool:
    """Tell whether a result is wanted for its values alone.

    Parameters
    ----------
    tensor : Tensor
        What it will be computed from.

    Returns
    -------
    bool
        False if a derivative, a transform of torch.func or the compiler wants to know
        the way to the result.
    """
    import torch

    return not (
        torch.compiler.is_compiling()
        or (tensor.requires_grad and torch.is_grad_enabled())
        or torch._C._are_functorch_transforms_active()
        # forward derivatives
        or torch.autograd.forward_ad.unpack_dual(tensor).tangent is not None  # type: ignore[no-untyped-call]
    )


def _as_real(tensor: "Tensor", name: str) -> "Tensor":
    # torch takes seconds to import, and so does this module without it
    import torch

    if not isinstance(tensor, torch.Tensor) or not tensor.is_floating_point():
        found = getattr(tensor, "dtype", type(tensor).__name__)
        raise InvalidInputTypeError(
            f"{name} is of type {found}; expected a torch tensor of floating-point "
            "numbers, such as torch.as_tensor(array, dtype=torch.float32)."
        )
    if tensor.dtype in (torch.float32, torch.float64):
        return tensor
    return tensor.float()

"""Checks of the tensors that go into the public functions."""

from typing import TYPE_CHECKING

from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["as_coefficients", "as_path", "is_plain"]


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
    return tensor if tensor.dtype == torch.float64 else tensor.float()

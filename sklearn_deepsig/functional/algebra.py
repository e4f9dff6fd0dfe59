r"""Signatures, exponentials, logarithms and products in the tensor algebra.

A signature and an expanded log-signature are elements of the truncated tensor algebra,
written flat: the levels 1 to depth one after the other, each with the last letter of
its words running fastest. Level 0, which is 1 for a signature and 0 for its logarithm,
is left out. Everything here has first and second derivatives.
"""

import torch
from torch import Tensor

from sklearn_deepsig.functional import _tensor_algebra
from sklearn_deepsig.functional._checks import (
    as_coefficients,
    as_path,
    check_result_fits,
)
from sklearn_deepsig.functional.bases import convert_basis, split_levels
from sklearn_deepsig.functional.lyndon import logsignature_width, lyndon_table

__all__ = [
    "logsignature_combine",
    "logsignature_to_signature",
    "signature",
    "signature_combine",
    "tensor_exp",
    "tensor_log",
]


def signature(path: Tensor, depth: int) -> Tensor:
    """Compute the signature of piecewise linear paths.

    Parameters
    ----------
    path : Tensor, shape (..., n_frames, n_channels)
        The paths, in float32 or float64. Half precision is computed in float32.
    depth : int
        Length of the longest words.

    Returns
    -------
    Tensor, shape (..., n_channels + ... + n_channels ** depth)
        The iterated integrals (paper, equation 7), level by level; zeros for paths of
        one frame.

    Raises
    ------
    InvalidInputError
        If the shape or the depth cannot be used.
    InvalidInputTypeError
        If the path is no tensor of floating-point numbers.

    Examples
    --------
    >>> import torch
    >>> signature(torch.tensor([[0.0, 0], [1, 0], [1, 2]]), depth=2)
    tensor([1.0000, 2.0000, 0.5000, 2.0000, 0.0000, 2.0000])
    """
    path = as_path(path)
    width = logsignature_width(path.shape[-1], depth, "expanded")  # checks the depth
    batch_shape = path.shape[:-2]
    what = f"The signature of {path.shape[-1]} channels at depth={depth}"
    check_result_fits(path.shape, path.dtype, width, what)
    with torch.autocast(path.device.type, enabled=False):
        paths = path.reshape(batch_shape.numel(), *path.shape[-2:])
        levels = _tensor_algebra.signature(paths, depth)
    return torch.cat(levels, dim=1).reshape(*batch_shape, width)


def tensor_log(tensor: Tensor, n_channels: int, depth: int) -> Tensor:
    """Take the logarithm in the truncated tensor algebra.

    Parameters
    ----------
    tensor : Tensor, shape (..., n_channels + ... + n_channels ** depth)
        Levels 1 to depth, flat; level 0 is 1.
    n_channels, depth : int
        Number of letters and of levels.

    Returns
    -------
    Tensor, shape (..., n_channels + ... + n_channels ** depth)
        Levels 1 to depth of the logarithm; level 0 is 0. For a signature this is the
        log-signature in the basis ``"expanded"``.

    Raises
    ------
    InvalidInputError
        If the width does not belong to the channels and the depth.
    InvalidInputTypeError
        If it is no tensor of floating-point numbers.

    Examples
    --------
    >>> import torch
    >>> tensor_log(torch.tensor([1.0, 0.5]), n_channels=1, depth=2)
    tensor([1., 0.])
    """
    levels, batch_shape = split_levels(tensor, n_channels, depth, "tensor")
    with torch.autocast(tensor.device.type, enabled=False):
        return _flat(_tensor_algebra.log(levels), batch_shape)


def tensor_exp(tensor: Tensor, n_channels: int, depth: int) -> Tensor:
    """Take the exponential in the truncated tensor algebra.

    Parameters
    ----------
    tensor : Tensor, shape (..., n_channels + ... + n_channels ** depth)
        Levels 1 to depth, flat; level 0 is 0.
    n_channels, depth : int
        Number of letters and of levels.

    Returns
    -------
    Tensor, shape (..., n_channels + ... + n_channels ** depth)
        Levels 1 to depth of the exponential; level 0 is 1.

    Raises
    ------
    InvalidInputError
        If the width does not belong to the channels and the depth.
    InvalidInputTypeError
        If it is no tensor of floating-point numbers.

    Examples
    --------
    >>> import torch
    >>> tensor_exp(torch.tensor([1.0, 0.0]), n_channels=1, depth=2)
    tensor([1.0000, 0.5000])
    """
    levels, batch_shape = split_levels(tensor, n_channels, depth, "tensor")
    with torch.autocast(tensor.device.type, enabled=False):
        # exp(N) - 1 = N (1 + N/2 (1 + N/3 (...))) by Horner's rule, the inner factors
        # one level less far than the ones outside them
        factor: list[Tensor] = []
        for k in range(depth, 0, -1):
            product = _tensor_algebra._multiply(levels[: depth - k + 1], factor, 1.0)
            factor = [level / k for level in product]
        return _flat(factor, batch_shape)


def signature_combine(
    first: Tensor, second: Tensor, n_channels: int, depth: int
) -> Tensor:
    """Join the signatures of neighbouring intervals (Chen's identity).

    Parameters
    ----------
    first, second : Tensor, shape (..., n_channels + ... + n_channels ** depth)
        The signatures of a path and of the one that begins where it ends; their
        leading shapes broadcast.
    n_channels, depth : int
        Number of channels and of levels.

    Returns
    -------
    Tensor, shape (..., n_channels + ... + n_channels ** depth)
        The signature of both, one after the other.

    Raises
    ------
    InvalidInputError
        If a width does not belong to the channels and the depth.
    InvalidInputTypeError
        If one is no tensor of floating-point numbers.
    """
    width = logsignature_width(n_channels, depth, "expanded")
    first, second = _broadcast(first, second, width)
    left, batch_shape = split_levels(first, n_channels, depth, "first")
    right, _ = split_levels(second, n_channels, depth, "second")
    with torch.autocast(first.device.type, enabled=False):
        # (1 + A) (1 + B) = 1 + B + A (1 + B)
        product = _tensor_algebra._multiply(left, right[:-1], 1.0)
        levels = [a + b for a, b in zip(product, right, strict=True)]
    return _flat(levels, batch_shape)


def logsignature_to_signature(
    logsignature: Tensor, n_channels: int, depth: int, basis: str = "words"
) -> Tensor:
    """Recover the signature from the log-signature.

    Parameters
    ----------
    logsignature : Tensor, shape (..., width)
        The log-signatures.
    n_channels, depth : int
        Their numbers of channels and levels.
    basis : {"words", "lyndon", "expanded"}, default="words"
        Their basis.

    Returns
    -------
    Tensor, shape (..., n_channels + ... + n_channels ** depth)
        What `signature` gives for the same paths.

    Raises
    ------
    InvalidInputError
        If the basis is unknown or the width does not belong to it.
    InvalidInputTypeError
        If it is no tensor of floating-point numbers.

    Examples
    --------
    >>> import torch
    >>> logsignature_to_signature(torch.tensor([1.0, 2.0, 1.0]), 2, 2)
    tensor([1.0000, 2.0000, 0.5000, 2.0000, 0.0000, 2.0000])
    """
    expanded = convert_basis(logsignature, n_channels, depth, basis, "expanded")
    return tensor_exp(expanded, n_channels, depth)


def logsignature_combine(
    first: Tensor, second: Tensor, n_channels: int, depth: int, basis: str = "words"
) -> Tensor:
    """Join the log-signatures of neighbouring intervals.

    Parameters
    ----------
    first, second : Tensor, shape (..., width)
        The log-signatures of a path and of the one that begins where it ends; their
        leading shapes broadcast.
    n_channels, depth : int
        Their numbers of channels and levels.
    basis : {"words", "lyndon", "expanded"}, default="words"
        Their basis, and that of the result.

    Returns
    -------
    Tensor, shape (..., width)
        The log-signature of both, one after the other: the logarithm of the product
        of their exponentials, at depth 2 in closed form by the formula of Baker,
        Campbell and Hausdorff.

    Raises
    ------
    InvalidInputError
        If the basis is unknown or a width does not belong to it.
    InvalidInputTypeError
        If one is no tensor of floating-point numbers.

    Examples
    --------
    One step to the right and one up enclose half a square with their chord.

    >>> import torch
    >>> right, up = torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 1.0, 0.0])
    >>> logsignature_combine(right, up, n_channels=2, depth=2)
    tensor([1.0000, 1.0000, 0.5000])
    """
    width = logsignature_width(n_channels, depth, basis)
    first, second = _broadcast(first, second, width)
    if depth <= 2 and basis != "expanded":
        total = first + second
        if depth == 1:
            return total
        a, b = first[..., :n_channels], second[..., :n_channels]
        i, j = torch.as_tensor(lyndon_table(n_channels, 2).T.copy(), device=a.device)
        area = 0.5 * (a[..., i] * b[..., j] - a[..., j] * b[..., i])
        return total + torch.cat([torch.zeros_like(a), area], dim=-1)
    product = signature_combine(
        logsignature_to_signature(first, n_channels, depth, basis),
        logsignature_to_signature(second, n_channels, depth, basis),
        n_channels,
        depth,
    )
    log = tensor_log(product, n_channels, depth)
    return convert_basis(log, n_channels, depth, "expanded", basis)


def _flat(levels: list[Tensor], batch_shape: torch.Size) -> Tensor:
    flat = torch.cat(levels, dim=1)
    return flat.reshape(*batch_shape, flat.shape[1])


def _broadcast(first: Tensor, second: Tensor, width: int) -> tuple[Tensor, Tensor]:
    first = as_coefficients(first, width, "first")
    second = as_coefficients(second, width, "second")
    shape = torch.broadcast_shapes(first.shape, second.shape)  # type: ignore[no-untyped-call]
    return first.expand(shape), second.expand(shape)

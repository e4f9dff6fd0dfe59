"""The log-signature of paths: one function over all kernels and backends."""

from contextlib import nullcontext
from functools import lru_cache
from typing import TYPE_CHECKING

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional._checks import as_path, check_result_fits
from sklearn_deepsig.functional.lyndon import logsignature_width

if TYPE_CHECKING:
    import torch
    from torch import Tensor

__all__ = ["logsignature"]


def logsignature(
    path: "Tensor", depth: int, *, basis: str = "words", backend: str = "auto"
) -> "Tensor":
    r"""Compute the log-signature of piecewise linear paths.

    The logarithm, in the tensor algebra, of the iterated integrals of a path (paper,
    equations 8 to 10), by coordinates of the free Lie algebra. It does not change
    under translation or when the path is run through at another speed.

    Parameters
    ----------
    path : Tensor, shape (..., n_frames, n_channels)
        The paths, in float32 or float64. Half precision is computed in float32, as
        are float32 paths under autocast.
    depth : int
        Length of the longest words.
    basis : {"words", "lyndon", "expanded"}, default="words"
        ``"words"``: the coefficients of the Lyndon words in the expanded logarithm.
        ``"lyndon"``: the coefficients of the Lyndon brackets, whose sum it is; up to
        depth 2 the same. ``"expanded"``: all coefficients of the expanded logarithm.
    backend : {"auto", "torch", "iisignature", "pysiglib", "signatory"}, default="auto"
        What computes it. Only ``"torch"`` needs no other package and has second
        derivatives; ``"pysiglib"`` and ``"signatory"`` have first ones,
        ``"iisignature"`` none. ``"auto"`` is ``"torch"``, but ``"pysiglib"``, where it
        is installed, for up to 6 channels and 1,000 frames on a CPU without
        derivatives: there it is faster, though in float32 it rounds less well (5e-6
        against 1e-6 at 1,000 frames).

    Returns
    -------
    Tensor, shape (..., width)
        The log-signatures, level by level, each in lexicographic order; zeros for
        paths of one frame. `sklearn_deepsig.functional.logsignature_width` gives the
        width.

    Raises
    ------
    InvalidInputError
        If the shape, the depth, the basis or the backend cannot be used, or the
        result would be larger than all memory.
    InvalidInputTypeError
        If the path is no tensor of floating-point numbers, or needs a gradient that
        the backend does not have; if the depth is no integer.
    MissingDependencyError
        If the backend is not installed.

    Notes
    -----
    Rounding: in float32 the largest error of a level, relative to its largest
    coefficient, was at most 1e-6 with ``backend="torch"`` for up to 10,000 frames far
    from the origin (``python -m benchmarks.precision``). A path that was rounded to
    bfloat16, to 2^-9 of each number, costs that rounding and no more.

    Bases of other libraries: ``"words"`` is signatory's ``mode="words"`` and pysiglib's
    ``method=1``; ``"lyndon"`` is signatory's ``mode="brackets"``, iisignature's default
    and pysiglib's ``method=2``; ``"expanded"`` is signatory's ``mode="expand"``,
    iisignature's ``"X"`` and pysiglib's ``method=0``. `torch.func` and `torch.compile`
    work with ``backend="torch"`` and ``"auto"``.

    References
    ----------
    J. Reizenstein, "Calculation of iterated-integral signatures and log signatures",
    arXiv:1712.02757 (2017).

    Examples
    --------
    Once round the unit square, anticlockwise: back where it began, with area 1.

    >>> import torch
    >>> from sklearn_deepsig.functional import logsignature
    >>> square = torch.tensor([[0.0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
    >>> logsignature(square, depth=2)
    tensor([0., 0., 1.])
    """
    # torch takes seconds to import, and so does this module without it: what needs
    # only the words' names and counts must not wait.
    import torch

    from sklearn_deepsig.functional._backends import BACKENDS, automatic

    if backend not in BACKENDS and backend != "auto":
        raise InvalidInputError(
            f"backend={backend!r} is unknown; choose one of {('auto', *BACKENDS)}."
        )
    path = as_path(path)
    # Small log-signatures take less time than these checks, so they are made once.
    is_known = type(depth) is int and type(basis) is str
    if is_known and not torch.compiler.is_compiling():
        width = _checked_width_once(path.shape, path.dtype, depth, basis)
    else:
        width = _checked_width(path.shape, path.dtype, depth, basis)
    if backend not in ("auto", "torch") and torch._C._are_functorch_transforms_active():
        raise InvalidInputError(
            f"backend={backend!r} does not work under the transforms of torch.func, "
            "such as vmap. Use backend='torch', or 'auto'."
        )
    batch_shape = path.shape[:-2]
    if not path.numel():
        return path.new_empty(*batch_shape, width)
    device = path.device.type
    # Under autocast the matrix products would go to half precision by themselves.
    with (
        torch.autocast(device, enabled=False)
        if torch.is_autocast_enabled(device)
        else _NO_CONTEXT
    ):
        is_batch = path.ndim == 3
        if not is_batch:
            path = path.reshape(batch_shape.numel(), *path.shape[-2:])
        name = automatic(path) if backend == "auto" else backend
        result = BACKENDS[name](path, int(depth), basis)
    return result if is_batch else result.reshape(*batch_shape, width)


_NO_CONTEXT = nullcontext()


def _checked_width(
    shape: "torch.Size", dtype: "torch.dtype", depth: int, basis: str
) -> int:
    """Check that a result can be, and tell its width."""
    n_channels = shape[-1]
    width = logsignature_width(n_channels, depth, basis)  # checks depth and basis
    # From depth 4 on the last level stands as a whole tensor.
    n_numbers = max(width, n_channels ** int(depth)) if depth > 3 else width
    check_result_fits(
        shape,
        dtype,
        n_numbers,
        f"The log-signature of {n_channels} channels at depth={depth}, of width "
        f"{width:,},",
    )
    return width


_checked_width_once = lru_cache(maxsize=256)(_checked_width)

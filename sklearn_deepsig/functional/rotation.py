r"""Features of moving points that no rotation changes.

A path of M points in three dimensions has, at depth 2, the displacements
:math:`D_n \in \mathbb{R}^3` and, for each pair of points, the block
:math:`A^{nm} \in \mathbb{R}^{3 \times 3}` of the Lévy areas between the coordinates of
one and those of the other, :math:`A^{mn} = -(A^{nm})^T`. A rotation R of the whole
system takes them to :math:`R D_n` and :math:`R A^{nm} R^T`. Unchanged are

- ``dot(n, m)``, the product :math:`\langle D_n, D_m \rangle`, for n <= m,
- ``trace(n, m)``, the trace of :math:`A^{nm}`, for n < m,
- ``norm(n, m)``, the Frobenius norm :math:`|A^{nm}|`, for n <= m,
- ``twist(n, m)``, that of the antisymmetric part of :math:`A^{nm}`, for n < m,

2 M^2 numbers in place of 3 M (3 M + 1) / 2. For n = m the block is antisymmetric, so
that its trace is zero and its twist equals its norm: both are left out. No other is a
function of the rest: the squares of norm, twist and trace are linearly independent
combinations of the three parts (isotropic, antisymmetric, symmetric traceless) that a
rotation cannot mix. Norms, not their squares, keep all features of degree 2 in the
path; where a norm is zero its derivative is set to zero.

Reflections change none of them either, so mirror images cannot be told apart. Running
backwards changes the sign of the traces and nothing else.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional._checks import as_path
from sklearn_deepsig.functional.logsignature import logsignature

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "point_names",
    "rotation_invariants",
    "rotation_invariants_names",
    "rotation_invariants_width",
]


def rotation_invariants(path: "Tensor", *, backend: str = "auto") -> "Tensor":
    """Compute what rotations leave of the log-signature of depth 2.

    Parameters
    ----------
    path : Tensor, shape (..., n_frames, 3 * n_points)
        The paths, the three coordinates of each point side by side.
    backend : {"auto", "torch", "iisignature", "pysiglib", "signatory"}, default="auto"
        What computes the log-signature.

    Returns
    -------
    Tensor, shape (..., 2 * n_points ** 2)
        The displacement products, the traces, the norms and the twists (see the
        module), each by pairs of points in lexicographic order.

    Raises
    ------
    InvalidInputError
        If the channels are not points in three dimensions.
    InvalidInputTypeError
        If the path is no tensor of floating-point numbers.
    MissingDependencyError
        If the backend is not installed.

    Examples
    --------
    Once round the unit square in a plane, wherever that plane lies:

    >>> import torch
    >>> square = torch.tensor([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 0]])
    >>> rotation_invariants(square)  # the square of the way, and √2 times the area
    tensor([0.0000, 1.4142])
    >>> rotation_invariants(square.flip(-1))
    tensor([0.0000, 1.4142])
    """
    import torch

    path = as_path(path)
    n_channels = path.shape[-1]
    if n_channels % 3:
        raise InvalidInputError(
            f"path has {n_channels} channels; rotations need points in three "
            "dimensions, whose coordinates are a multiple of 3."
        )
    log = logsignature(path, 2, backend=backend)
    # Only arrays are cached: a tensor made under torch.func would not outlive it.
    index = _indices(n_channels // 3)
    n, m, order, own_areas, block_areas = (
        torch.as_tensor(x, device=log.device) for x in index
    )
    with torch.autocast(log.device.type, enabled=False):
        displacement = log[..., :n_channels].reshape(*log.shape[:-1], -1, 3)
        products = (displacement[..., n, :] * displacement[..., m, :]).sum(-1)
        blocks = log[..., block_areas]
        trace = blocks[..., 0, 0] + blocks[..., 1, 1] + blocks[..., 2, 2]
        norms = torch.cat(
            [_norm(log[..., own_areas], 2.0), _norm(blocks.flatten(-2), 1.0)], dim=-1
        )
        difference = torch.stack(
            [
                blocks[..., 0, 1] - blocks[..., 1, 0],
                blocks[..., 0, 2] - blocks[..., 2, 0],
                blocks[..., 1, 2] - blocks[..., 2, 1],
            ],
            dim=-1,
        )
        twist = _norm(difference, 0.5)
        return torch.cat([products, trace, norms[..., order], twist], dim=-1)


def rotation_invariants_width(n_points: int) -> int:
    """Count the rotation-invariant features.

    Parameters
    ----------
    n_points : int
        Number of points.

    Returns
    -------
    int
        2 * n_points ** 2.

    Raises
    ------
    InvalidInputError
        If there is no point.

    Examples
    --------
    >>> rotation_invariants_width(50)
    5000
    """
    if n_points < 1:
        raise InvalidInputError(f"n_points={n_points} must be at least 1.")
    return 2 * n_points**2


def rotation_invariants_names(points: Sequence[str]) -> list[str]:
    """Name the rotation-invariant features.

    Parameters
    ----------
    points : sequence of str
        Names of the points.

    Returns
    -------
    list of str
        The names, in the order of the features.

    Examples
    --------
    >>> rotation_invariants_names(["a", "b"])[:4]
    ['dot(a, a)', 'dot(a, b)', 'dot(b, b)', 'trace(a, b)']
    """
    n_points = len(points)
    names = []
    for kind, offset in (("dot", 0), ("trace", 1), ("norm", 0), ("twist", 1)):
        names += [
            f"{kind}({points[n]}, {points[m]})"
            for n in range(n_points)
            for m in range(n + offset, n_points)
        ]
    return names


def point_names(channels: Sequence[str]) -> list[str]:
    """Name points by the names of their three coordinates.

    Parameters
    ----------
    channels : sequence of str
        Names of the coordinates, three a point.

    Returns
    -------
    list of str
        What ``.x``, ``.y`` and ``.z`` stand behind, else the three in parentheses.

    Examples
    --------
    >>> point_names(["ALA86.x", "ALA86.y", "ALA86.z", "u", "v", "w"])
    ['ALA86', '(u, v, w)']
    """
    names = []
    for start in range(0, len(channels), 3):
        triple = list(channels[start : start + 3])
        stem = triple[0].removesuffix(".x")
        is_point = triple == [f"{stem}.{dim}" for dim in "xyz"]
        names.append(stem if is_point else f"({', '.join(triple)})")
    return names


class _Indices(NamedTuple):
    """Where the log-signature of depth 2 holds what belongs to pairs of points."""

    n: NDArray[np.int64]
    """The first points of the pairs n <= m in lexicographic order."""

    m: NDArray[np.int64]
    """The second points."""

    order: NDArray[np.int64]
    """Places of these pairs where all with n = m come first, then those with n < m."""

    own: NDArray[np.int64]
    """The areas above the diagonal of A^{nn}, shape (n_points, 3)."""

    blocks: NDArray[np.int64]
    """The areas of A^{nm}, n < m, shape (n_pairs, 3, 3)."""


@lru_cache(maxsize=16)
def _indices(n_points: int) -> _Indices:
    n_channels = 3 * n_points

    def place(row: NDArray[np.int64], column: NDArray[np.int64]) -> NDArray[np.int64]:
        """Find the Lyndon words (row, column), row < column."""
        before = row * (2 * n_channels - row - 1) // 2
        return n_channels + before + column - row - 1

    n, m = np.triu_indices(n_points)
    order = np.where(n == m, n, n_points - 1 + np.cumsum(n < m))
    point, (i, j) = 3 * np.arange(n_points)[:, None], np.triu_indices(3, 1)
    first, second = (3 * x[n < m][:, None, None] for x in (n, m))
    coordinate = np.arange(3)
    return _Indices(
        n,
        m,
        order,
        place(point + i, point + j),
        place(first + coordinate[:, None], second + coordinate),
    )


def _norm(values: "Tensor", factor: float) -> "Tensor":
    """Root of the sum of squares times a factor, with derivative zero at zero."""
    import torch

    square = factor * values.square().sum(-1)
    is_positive = square > 0
    return torch.where(is_positive, torch.where(is_positive, square, 1.0).sqrt(), 0.0)

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

M (M + 1) / 2 numbers each of dot and norm and M (M - 1) / 2 each of trace and twist:
2 M^2 in place of 3 M (3 M + 1) / 2, 9/4 times fewer; one family alone is nine times
smaller. They tell

- dot: how far each point gets, and which points get there side by side or against
  each other: the angles between displacements. Level 1 of the log-signature alone.
- trace: which of two points moves first, when both run along the same directions. The
  only one with a sign of time.
- norm: how large the areas between two points are in all, in whatever planes, and with
  n = m how large a loop a point makes itself.
- twist: how much two points turn about a common axis, when the directions in which they
  run differ.

For n = m the block is antisymmetric, so
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
from sklearn_deepsig.functional.rotation_kinds import (
    INVARIANTS,
    invariance_kinds,
    rotation_invariants_names,
    rotation_invariants_width,
)

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "rotation_invariants",
    "rotation_invariants_names",
    "rotation_invariants_width",
]


def rotation_invariants(
    path: "Tensor", *, kinds: Sequence[str] = INVARIANTS, backend: str = "auto"
) -> "Tensor":
    """Compute what rotations leave of the log-signature of depth 2.

    Parameters
    ----------
    path : Tensor, shape (..., n_frames, 3 * n_points)
        The paths, the three coordinates of each point side by side.
    kinds : sequence of {"dot", "trace", "norm", "twist"}, default=all
        The families, in any order; nothing is computed for the others.
    backend : {"auto", "torch", "iisignature", "pysiglib", "signatory"}, default="auto"
        What computes the log-signature.

    Returns
    -------
    Tensor, shape (..., width)
        Of the displacement products, the traces, the norms and the twists (see the
        module) the chosen ones, always in this order, each by pairs of points in
        lexicographic order. The width is 2 * n_points ** 2 for all.

    Raises
    ------
    InvalidInputError
        If the channels are not points in three dimensions, or a family is unknown or
        given twice, there is none, or there is but one point where all are of two.
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
    n_points = n_channels // 3
    rotation_invariants_width(n_points, kinds=kinds)  # checks the families
    chosen = invariance_kinds(kinds, "kinds")
    if "norm" in chosen or "twist" in chosen:
        log = logsignature(path, 2, backend=backend)
        with torch.autocast(log.device.type, enabled=False):
            return torch.cat(_of_areas(log, n_points, chosen), dim=-1)
    # Dots and traces never mix two dimensions: a third of the channels at a time.
    by_dim = path.reshape(*path.shape[:-1], n_points, 3).movedim(-1, -3)
    log = logsignature(by_dim, 2 if "trace" in chosen else 1, backend=backend)
    parts = []
    with torch.autocast(log.device.type, enabled=False):
        if "dot" in chosen:
            parts.append(_dot(log[..., :n_points].mT, n_points))
        if "trace" in chosen:
            parts.append(log[..., n_points:].sum(-2))
        return torch.cat(parts, dim=-1)


def _of_areas(log: "Tensor", n_points: int, kinds: tuple[str, ...]) -> "list[Tensor]":
    """Compute features from the whole log-signature of depth 2."""
    import torch

    # Only arrays are cached: a tensor made under torch.func would not outlive it.
    _, _, order, own_areas, block_areas = (
        torch.as_tensor(x, device=log.device) for x in _indices(n_points)
    )
    parts = []
    if "dot" in kinds:
        displacement = log[..., : 3 * n_points].reshape(*log.shape[:-1], n_points, 3)
        parts.append(_dot(displacement, n_points))
    blocks = log[..., block_areas]
    if "trace" in kinds:
        parts.append(blocks[..., 0, 0] + blocks[..., 1, 1] + blocks[..., 2, 2])
    if "norm" in kinds:
        own = _norm(log[..., own_areas], 2.0)
        norms = torch.cat([own, _norm(blocks.flatten(-2), 1.0)], dim=-1)
        parts.append(norms[..., order])
    if "twist" in kinds:
        difference = torch.stack(
            [
                blocks[..., 0, 1] - blocks[..., 1, 0],
                blocks[..., 0, 2] - blocks[..., 2, 0],
                blocks[..., 1, 2] - blocks[..., 2, 1],
            ],
            dim=-1,
        )
        parts.append(_norm(difference, 0.5))
    return parts


def _dot(displacement: "Tensor", n_points: int) -> "Tensor":
    """Multiply displacements, shape (..., n_points, 3), by pairs n <= m."""
    import torch

    index = _indices(n_points)
    n, m = (torch.as_tensor(x, device=displacement.device) for x in index[:2])
    return (displacement[..., n, :] * displacement[..., m, :]).sum(-1)


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

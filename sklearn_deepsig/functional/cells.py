"""Cells around points that lie apart, as the softmax of a linear map."""

import torch
from torch import Tensor

__all__ = ["cell_map", "spread_points"]


def spread_points(points: Tensor, n_chosen: int, generator: torch.Generator) -> Tensor:
    """Choose points that lie apart, by the seeding of k-means++.

    Parameters
    ----------
    points : Tensor, shape (n_points, n_features)
        The points.
    n_chosen : int
        How many to choose.
    generator : torch.Generator
        Each point is drawn with a chance in proportion to its squared distance from
        those that were chosen before.

    Returns
    -------
    Tensor, shape (n_chosen, n_features)
        The chosen points; fewer where there are not as many different ones.

    References
    ----------
    Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.

    Examples
    --------
    >>> points = torch.tensor([[0.0], [0.0], [0.0], [5.0]])
    >>> sorted(spread_points(points, 3, torch.Generator()).flatten().tolist())
    [0.0, 5.0]
    """
    chances = torch.ones_like(points[:, 0])
    distances = torch.full_like(chances, torch.inf)
    chosen: list[Tensor] = []
    while len(chosen) < n_chosen and chances.sum() > 0:
        chosen.append(points[torch.multinomial(chances, 1, generator=generator)])
        distances = torch.minimum(distances, (points - chosen[-1]).square().sum(1))
        chances = distances
    return torch.cat(chosen)


def cell_map(
    points: Tensor, n_cells: int, sharpness: float, generator: torch.Generator
) -> tuple[Tensor, Tensor] | None:
    r"""Make the linear map whose softmax assigns points to cells that lie apart.

    With centres :math:`c_k` the logits are :math:`B (c_k \cdot x - |c_k|^2 / 2)`, so
    that, up to what all cells share, each is :math:`-B |x - c_k|^2 / 2`, and the most
    probable cell is that of the nearest centre.

    Parameters
    ----------
    points : Tensor, shape (n_points, n_features)
        What is assigned.
    n_cells : int
        Number of cells.
    sharpness : float
        By how much the best logit exceeds the next, for half of the points. It sets B.
    generator : torch.Generator
        Chooses the centres; see `spread_points`.

    Returns
    -------
    weight : Tensor, shape (n_cells, n_features)
        Weights of the map.
    bias : Tensor, shape (n_cells,)
        Its constant. None in place of both where there are not as many different
        points as cells, or a single cell.
    """
    if n_cells < 2 or n_cells > len(points):
        return None
    centres = spread_points(points, n_cells, generator)
    if len(centres) < n_cells:
        return None
    nearest = torch.cdist(points, centres).square().topk(2, largest=False).values
    gap = (nearest[:, 1] - nearest[:, 0]).median()
    if gap <= torch.finfo(gap.dtype).eps * nearest.max():
        return None
    weight = 2 * sharpness / gap * centres
    return weight, -0.5 * (weight * centres).sum(1)

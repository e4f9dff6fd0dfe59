"""Cells against distances computed by SciPy."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from sklearn_deepsig.functional.cells import cell_map, spread_points


def make_points(n_points=60, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n_points, 3, generator=generator, dtype=torch.float64)


def test_points_are_chosen_once_and_lie_apart():
    points = make_points(400)
    spread, drawn = [], []
    for seed in range(20):
        generator = torch.Generator().manual_seed(seed)
        chosen = spread_points(points, 12, generator)
        assert len(torch.unique(chosen, dim=0)) == 12
        spread.append(cdist(points, chosen).min(axis=1).max())
        drawn.append(cdist(points, points[:12]).min(axis=1).max())
        points = points[torch.randperm(400, generator=generator)]
    # the farthest that a point is from all chosen ones
    assert np.mean(spread) < np.mean(drawn)


@pytest.mark.parametrize("n_cells", [2, 10, 60])
def test_softmax_of_the_map_is_that_of_squared_distances(n_cells):
    points = make_points()
    weight, bias = cell_map(points, n_cells, 3.0, torch.Generator().manual_seed(1))
    logits = (points @ weight.T + bias).numpy()
    # the centres are points themselves, whose own cell is the best
    scale = 2 * (-bias).max() / (weight.square().sum(1)[(-bias).argmax()])
    centres = weight.numpy() * float(scale)
    squares = cdist(points, centres, "sqeuclidean")
    assert (logits.argmax(axis=1) == squares.argmin(axis=1)).all()
    margins = np.sort(logits)[:, -1] - np.sort(logits)[:, -2]
    ordered = np.sort(margins)
    # torch's median is the lower of the two in the middle
    assert ordered[(len(ordered) - 1) // 2] == pytest.approx(3.0)
    assert len(np.unique(logits.argmax(axis=1))) == n_cells


@pytest.mark.parametrize(
    ("points", "n_cells"),
    [
        (make_points(5), 6),  # fewer points than cells
        (make_points(5), 1),
        (torch.zeros(9, 3), 2),  # all the same
        (make_points(2).repeat(4, 1), 3),  # too few different ones
    ],
)
def test_without_enough_different_points_there_is_no_map(points, n_cells):
    assert cell_map(points, n_cells, 3.0, torch.Generator()) is None

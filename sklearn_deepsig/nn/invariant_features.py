r"""What a network reads of each node where no rotation may change the assignment.

With y a position relative to the centre of the sample (its mean over nodes and frames)
and ⟨·⟩ the mean over nodes and frames, two vectors turn with the molecule,

.. math:: v = ⟨|y|^2 y⟩ / ⟨|y|^2⟩, \qquad w = ⟨(y · v) y⟩ / ⟨|y|^2⟩,

and so does their cross product, an axis for each of three directions. Of every node and
frame the network reads five numbers,

- :math:`|y|`, how far out the node lies,
- :math:`y · v / r`, :math:`y · w / r` and :math:`y · (v × w) / r^2`, where it lies
  along the three, r being the radius of gyration :math:`⟨|y|^2⟩^{1/2}`,
- :math:`|y_t - y_0|`, how far it got since the first frame.

All have the unit of the positions and none is changed by a rotation or translation of
the whole sample, nor by the order of the nodes. Distances alone would not do: nodes on
opposite sides of a molecule could not be told apart. The axes are not scaled to unit
length, so that for symmetric molecules, which have no such axes, the three go to zero
instead of jumping: every number is a continuous function of the positions. Frames are
not superposed; the same axes serve all of them. Reflections change the sign of the
fourth number.
"""

import torch
from torch import Tensor

from sklearn_deepsig.nn.batch import GraphBatch

__all__ = ["N_INVARIANT_FEATURES", "invariant_features"]

N_INVARIANT_FEATURES = 5


def invariant_features(batch: GraphBatch) -> Tensor:
    """Compute the numbers of the module for every node and frame.

    Parameters
    ----------
    batch : GraphBatch
        Samples in three dimensions, centred.

    Returns
    -------
    Tensor, shape (batch, n_nodes, n_frames, 5)
        The numbers, in the order of the module and the dtype of the positions; zero
        for padded nodes.
    """
    # In double precision: rounding would differ from one orientation to the next, and
    # standardising over the nodes enlarges it. No gradient has to pass.
    y, n_nodes = batch.positions.double(), batch.node_mask.sum(1)
    weights = (batch.frame_weights.double() / n_nodes[:, None])[:, None]
    squares = y.square().sum(-1)
    mean_square = (weights * squares).sum((1, 2)).view(-1, 1)
    # of a single point at rest all numbers are zero, whatever they are divided by
    mean_square = torch.where(mean_square > 0, mean_square, 1.0)

    def average(values: Tensor) -> Tensor:
        """Average positions times a number a node and frame: shape (batch, 3)."""
        scaled = (weights * values).flatten(1).unsqueeze(1)
        return torch.bmm(scaled, y.flatten(1, 2)).squeeze(1) / mean_square

    def along(axis: Tensor) -> Tensor:
        return torch.matmul(y, axis[:, None, :, None]).squeeze(-1)

    v = average(squares)
    w = average(along(v))
    radius = mean_square.sqrt()
    axes = (v / radius, w / radius, torch.linalg.cross(v, w) / mean_square)
    distance = torch.linalg.vector_norm(y, dim=-1)
    travelled = torch.linalg.vector_norm(y - y[:, :, :1], dim=-1)
    features = torch.stack([distance, *map(along, axes), travelled], dim=-1)
    return features.to(batch.positions.dtype)

"""What a network reads: a batch of graphs of different size, padded."""

from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["GraphBatch"]


class GraphBatch(NamedTuple):
    """Samples of different node and frame counts in one set of tensors.

    Nodes are padded with zeros and have no edges; frames are padded by repeating the
    last frame, which leaves a signature as it is.
    """

    positions: Tensor
    """Coordinates, shape (batch, n_nodes, n_frames, n_dims)."""

    adjacency: Tensor
    """Sparse Ã = A + I, shape (batch * n_nodes, batch * n_nodes), block diagonal."""

    node_mask: Tensor
    """Which nodes are real, bool, shape (batch, n_nodes)."""

    n_frames: Tensor
    """True frame counts, int64, shape (batch,)."""

    @property
    def degree(self) -> Tensor:
        """Row sums of Ã, shape (batch, n_nodes); zero for padding."""
        # Its numbers are ones, so the sums are counts.
        counts = self.adjacency.indices()[0].bincount(minlength=self.node_mask.numel())
        return counts.view(self.node_mask.shape).to(self.positions.dtype)

    @property
    def frame_weights(self) -> Tensor:
        """Weights of a mean over real frames, shape (batch, n_frames_padded)."""
        positions, counts = self.positions, self.n_frames.unsqueeze(1)
        frames = torch.arange(positions.shape[2], device=positions.device)
        return (frames < counts).to(positions.dtype) / counts

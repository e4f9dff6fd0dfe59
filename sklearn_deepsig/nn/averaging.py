"""Networks that average the clusters: what Deep Signature is compared with.

They coarse-grain as Deep Signature does, look at every cluster by itself, and average
over the clusters, so how two of them move together is lost (paper, section 4.1).
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sklearn_deepsig.nn.batch import GraphBatch
from sklearn_deepsig.nn.coarsening import SpectralCoarsening
from sklearn_deepsig.nn.deep_signature import DeepSignatureOutput
from sklearn_deepsig.nn.heads import MLPHead
from sklearn_deepsig.nn.sequence import SegmentNorm

__all__ = ["FrameNetwork", "GraphLSTMNetwork", "GraphTransformerNetwork"]


class FrameNetwork(nn.Module):
    """Coarse-grain a few frames and classify the average cluster.

    A linear layer and a rectifier read the positions of one cluster in all frames, are
    averaged over the clusters, and `MLPHead` classifies.

    Parameters
    ----------
    n_dims : int
        Coordinates a node.
    n_outputs : int
        Number of outputs.
    n_frames : int
        Frames of every sample.
    n_clusters : sequence of int
        Clusters after each pooling layer.
    hidden_dim : int
        Width of the node embeddings.
    mlp_hidden_dim : int
        Width of the two hidden layers: of a cluster, and of the classifier.
    dropout : float
        Dropout in the classifier.
    batch_norm : bool, default=False
        Whether the averaged features are standardised batch by batch.
    """

    def __init__(
        self,
        n_dims: int,
        n_outputs: int,
        *,
        n_frames: int,
        n_clusters: Sequence[int],
        hidden_dim: int,
        mlp_hidden_dim: int,
        dropout: float,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        self.coarsening = SpectralCoarsening(n_dims, n_clusters, hidden_dim)
        self.embed = nn.Linear(n_frames * n_dims, mlp_hidden_dim)
        self.norm = SegmentNorm(mlp_hidden_dim) if batch_norm else nn.Identity()
        self.head = MLPHead(mlp_hidden_dim, mlp_hidden_dim, n_outputs, dropout)

    @property
    def n_features(self) -> int:
        """Length of the feature vector."""
        return self.embed.out_features

    def forward(self, batch: GraphBatch) -> DeepSignatureOutput:
        """Classify a batch.

        Parameters
        ----------
        batch : GraphBatch
            Samples of `n_frames` frames.

        Returns
        -------
        DeepSignatureOutput
            Scores, features and the coarse graining.
        """
        coarse = self.coarsening(batch)
        clusters = coarse.path.transpose(1, 2).flatten(2)
        features = self.norm(torch.relu(self.embed(clusters)).mean(1))
        return DeepSignatureOutput(self.head(features), features, coarse)


class GraphLSTMNetwork(nn.Module):
    """Coarse-grain, follow every cluster by an LSTM, and classify the average.

    Parameters
    ----------
    n_dims : int
        Coordinates a node.
    n_outputs : int
        Number of outputs.
    n_clusters : sequence of int
        Clusters after each pooling layer.
    hidden_dim : int
        Width of the node embeddings.
    lstm_hidden_dim : int
        Width of the LSTM, whose weights all clusters share.
    mlp_hidden_dim : int
        Width of the classifier's hidden layer.
    dropout : float
        Dropout in the classifier.
    batch_norm : bool, default=False
        Whether the averaged features are standardised batch by batch, and not
        each sample by itself.
    """

    def __init__(
        self,
        n_dims: int,
        n_outputs: int,
        *,
        n_clusters: Sequence[int],
        hidden_dim: int,
        lstm_hidden_dim: int,
        mlp_hidden_dim: int,
        dropout: float,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        self.coarsening = SpectralCoarsening(n_dims, n_clusters, hidden_dim)
        self.lstm = nn.LSTM(n_dims, lstm_hidden_dim, batch_first=True)
        norm = SegmentNorm if batch_norm else nn.LayerNorm
        self.norm = norm(lstm_hidden_dim)
        self.head = MLPHead(lstm_hidden_dim, mlp_hidden_dim, n_outputs, dropout)

    @property
    def n_features(self) -> int:
        """Length of the feature vector."""
        return self.lstm.hidden_size

    def forward(self, batch: GraphBatch) -> DeepSignatureOutput:
        """Classify a batch.

        Parameters
        ----------
        batch : GraphBatch
            The samples.

        Returns
        -------
        DeepSignatureOutput
            Scores, features and the coarse graining.
        """
        coarse = self.coarsening(batch)
        clusters = coarse.path.transpose(1, 2)
        states = self._last_states(clusters, batch.n_frames)
        features = self.norm(states.mean(1))
        return DeepSignatureOutput(self.head(features), features, coarse)

    def _last_states(self, clusters: Tensor, n_frames: Tensor) -> Tensor:
        """Return the state at each sample's own last frame; later ones are padding."""
        n_batch, n_clusters = clusters.shape[:2]
        states, _ = self.lstm(clusters.flatten(0, 1))
        last = (n_frames - 1).repeat_interleave(n_clusters)
        rows = torch.arange(len(last), device=last.device)
        chosen: Tensor = states[rows, last]
        return chosen.view(n_batch, n_clusters, -1)


class GraphTransformerNetwork(nn.Module):
    """Coarse-grain, let the frames of every cluster attend to each other, and average.

    Positions of a cluster, mapped to `transformer_dim` features, and sines and cosines
    of the frame's number go through one encoder layer of a transformer; its output is
    averaged over the frames and over the clusters.

    Parameters
    ----------
    n_dims : int
        Coordinates a node.
    n_outputs : int
        Number of outputs.
    n_clusters : sequence of int
        Clusters after each pooling layer.
    hidden_dim : int
        Width of the node embeddings.
    transformer_dim : int
        Width of the encoder, whose weights all clusters share.
    n_heads : int
        Attention heads, of which `transformer_dim` must be a multiple.
    mlp_hidden_dim : int
        Width of the classifier's hidden layer.
    dropout : float
        Dropout in the encoder and the classifier.
    batch_norm : bool, default=False
        Whether the averaged features are standardised batch by batch.
    """

    def __init__(
        self,
        n_dims: int,
        n_outputs: int,
        *,
        n_clusters: Sequence[int],
        hidden_dim: int,
        transformer_dim: int,
        n_heads: int,
        mlp_hidden_dim: int,
        dropout: float,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        self.coarsening = SpectralCoarsening(n_dims, n_clusters, hidden_dim)
        self.embed = nn.Linear(n_dims, transformer_dim)
        self.encoder = nn.TransformerEncoderLayer(
            transformer_dim, n_heads, 2 * transformer_dim, dropout, batch_first=True
        )
        self.norm = SegmentNorm(transformer_dim) if batch_norm else nn.Identity()
        self.head = MLPHead(transformer_dim, mlp_hidden_dim, n_outputs, dropout)

    @property
    def n_features(self) -> int:
        """Length of the feature vector."""
        return self.embed.out_features

    def forward(self, batch: GraphBatch) -> DeepSignatureOutput:
        """Classify a batch.

        Parameters
        ----------
        batch : GraphBatch
            The samples.

        Returns
        -------
        DeepSignatureOutput
            Scores, features and the coarse graining.
        """
        coarse = self.coarsening(batch)
        n_batch, n_frames, n_clusters = coarse.path.shape[:3]
        tokens = self.embed(coarse.path.transpose(1, 2).flatten(0, 1))
        tokens = tokens + _waves(n_frames, tokens)
        weights = batch.frame_weights.repeat_interleave(n_clusters, dim=0)
        # later frames are padding, to which none attends
        encoded = self.encoder(tokens, src_key_padding_mask=weights == 0)
        means = torch.bmm(weights.unsqueeze(1), encoded)
        features = self.norm(means.view(n_batch, n_clusters, -1).mean(1))
        return DeepSignatureOutput(self.head(features), features, coarse)


def _waves(n_frames: int, like: Tensor) -> Tensor:
    """Return sines and cosines of the frames' numbers, shape (n_frames, width)."""
    width = like.shape[-1]
    half = torch.arange((width + 1) // 2, device=like.device, dtype=like.dtype)
    frequencies = torch.exp(-math.log(1e4) * 2 * half / width)
    frames = torch.arange(n_frames, device=like.device, dtype=like.dtype)
    angles = frames[:, None] * frequencies
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :width]

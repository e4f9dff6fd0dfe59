"""The whole network: coarsen, log-signature, LSTM, classifier (paper, figure 1)."""

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn

from sklearn_deepsig.nn.batch import GraphBatch
from sklearn_deepsig.nn.coarsening import CoarseTrajectory, SpectralCoarsening
from sklearn_deepsig.nn.heads import MLPHead
from sklearn_deepsig.nn.logsignature import LogSignature
from sklearn_deepsig.nn.sequence import SegmentLSTM, SegmentNorm

__all__ = ["DeepSignatureNetwork", "DeepSignatureOutput"]


class DeepSignatureOutput(NamedTuple):
    """What the network gives for a batch."""

    logits: Tensor
    """Unnormalised class scores, shape (batch, n_classes)."""

    features: Tensor
    """What the classifier reads, shape (batch, n_features)."""

    coarse: CoarseTrajectory
    """The coarse graining with its two losses."""


class DeepSignatureNetwork(nn.Module):
    """Deep Signature, end to end (paper, equations 1 to 10).

    Parameters
    ----------
    n_dims : int
        Coordinates a node.
    n_classes : int
        Number of classes.
    n_clusters : sequence of int
        Clusters after each pooling layer.
    hidden_dim : int
        Width of the node embeddings.
    depth : int
        Depth of the log-signature.
    n_segments : int
        Number of time segments.
    lstm_hidden_dim : int or None
        Width of the LSTM. With None there is none, as in the paper's appendix B.1: the
        perceptron reads the log-signatures of all segments beside each other.
    mlp_hidden_dim : int
        Width of the classifier's hidden layer.
    dropout : float
        Dropout in the classifier.
    augmentation : str, sequence of str or None, default=None
        What every segment is given first; see `sklearn_deepsig.functional.augment`.
    batch_norm : bool, default=False
        Whether the log-signature's coordinates are standardised batch by batch.
    rotation_invariant : bool, default=False
        Whether no rotation of a sample changes its output: coarse paths that turn with
        the molecule (`SpectralCoarsening`), of which the LSTM reads
        `rotation_invariants` in place of the log-signature. Needs three dimensions and
        depth 2.
    skip_connection : bool, default=False
        Whether nodes are embedded by weights of their own beside those of their
        neighbourhood; see `SpectralCoarsening`.

    Raises
    ------
    InvalidInputError
        If `rotation_invariant` does not go with the dimensions or the depth.
    """

    def __init__(
        self,
        n_dims: int,
        n_classes: int,
        *,
        n_clusters: Sequence[int],
        hidden_dim: int,
        depth: int,
        n_segments: int,
        lstm_hidden_dim: int | None,
        mlp_hidden_dim: int,
        dropout: float,
        augmentation: str | Sequence[str] | None = None,
        batch_norm: bool = False,
        rotation_invariant: bool = False,
        skip_connection: bool = False,
    ) -> None:
        super().__init__()
        self.coarsening = SpectralCoarsening(
            n_dims,
            n_clusters,
            hidden_dim,
            rotation_invariant=rotation_invariant,
            skip_connection=skip_connection,
        )
        self.logsignature = LogSignature(
            depth,
            n_segments,
            augmentation=augmentation,
            invariance="rotation" if rotation_invariant else None,
        )
        width = self.logsignature.features.width(n_clusters[-1] * n_dims)
        self.batch_norm = SegmentNorm(width) if batch_norm else nn.Identity()
        self.sequence: nn.Module
        if lstm_hidden_dim is None:
            self.sequence = nn.Flatten()
            n_features = n_segments * width
        else:
            self.sequence = SegmentLSTM(width, lstm_hidden_dim)
            n_features = lstm_hidden_dim
        self._n_features = n_features
        self.head = MLPHead(n_features, mlp_hidden_dim, n_classes, dropout)

    @property
    def n_features(self) -> int:
        """Length of the feature vector."""
        return self._n_features

    def forward(self, batch: GraphBatch) -> DeepSignatureOutput:
        """Classify a batch of trajectories.

        Parameters
        ----------
        batch : GraphBatch
            The samples.

        Returns
        -------
        DeepSignatureOutput
            Class scores, features and the coarse graining.
        """
        coarse = self.coarsening(batch)
        segments = self.logsignature(coarse.relative_path.flatten(2), batch.n_frames)
        features = self.sequence(self.batch_norm(segments))
        return DeepSignatureOutput(self.head(features), features, coarse)

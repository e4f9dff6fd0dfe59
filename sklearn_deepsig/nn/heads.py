"""Output layers."""

from torch import Tensor, nn

__all__ = ["MLPHead"]


class MLPHead(nn.Module):
    """The two-layer perceptron that classifies (paper, section 3.2).

    Parameters
    ----------
    in_dim : int
        Length of the feature vector.
    hidden_dim : int
        Width of the hidden layer.
    n_outputs : int
        Number of outputs.
    dropout : float, default=0.0
        Fraction of hidden units dropped in training.
    """

    def __init__(
        self, in_dim: int, hidden_dim: int, n_outputs: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(in_dim, hidden_dim),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden_dim, n_outputs),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Map features to outputs.

        Parameters
        ----------
        features : Tensor, shape (batch, in_dim)
            Feature vectors.

        Returns
        -------
        Tensor, shape (batch, n_outputs)
            Unnormalised outputs (logits).
        """
        out: Tensor = self.layers(features)
        return out

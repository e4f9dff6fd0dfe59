"""Output layers."""

from collections.abc import Callable, Mapping

from torch import Tensor, nn

__all__ = ["ACTIVATIONS", "MLPHead"]

ACTIVATIONS: Mapping[str, Callable[[], nn.Module]] = {"elu": nn.ELU, "relu": nn.ReLU}
"""Of hidden layers, by name."""


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
    activation : {"elu", "relu"}, default="relu"
        What hidden units do. A rectifier whose inputs are negative for all samples is
        off for good, since no gradient goes through it. Where the features of all
        samples are much alike, as while a task is not learned yet, large steps switch
        all of them off, and the head says the same of all samples ever after. Through
        an exponential linear unit some gradient goes, unless its input is far below 0.
    """

    def __init__(
        self,
        in_dim: int,
        hidden_dim: int,
        n_outputs: int,
        dropout: float = 0.0,
        activation: str = "relu",
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(in_dim, hidden_dim),
            ACTIVATIONS[activation](),
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

"""Stop when the held-out loss no longer falls, and keep the best weights."""

import copy
from typing import Any

from torch import nn

__all__ = ["EarlyStopping"]


class EarlyStopping:
    """Watch the validation loss.

    Parameters
    ----------
    patience : int
        Epochs without a new best after which training stops.
    """

    def __init__(self, patience: int) -> None:
        self.patience = patience
        self.best_loss = float("inf")
        self.n_bad_epochs = 0
        self.best_weights: dict[str, Any] | None = None

    @property
    def should_stop(self) -> bool:
        """Whether the patience is used up."""
        return self.n_bad_epochs >= self.patience

    def update(self, loss: float, module: nn.Module) -> None:
        """Take note of one epoch.

        Parameters
        ----------
        loss : float
            Validation loss of the epoch.
        module : torch.nn.Module
            The network, whose weights are copied when they are the best so far.
        """
        if loss < self.best_loss:
            self.best_loss, self.n_bad_epochs = loss, 0
            self.best_weights = copy.deepcopy(module.state_dict())
        else:
            self.n_bad_epochs += 1

    def restore(self, module: nn.Module) -> None:
        """Put the best weights back into the network.

        Parameters
        ----------
        module : torch.nn.Module
            The network.
        """
        if self.best_weights is not None:
            module.load_state_dict(self.best_weights)

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint must keep.

        Returns
        -------
        dict
            Numbers and tensors only.
        """
        return {
            "best_loss": self.best_loss,
            "n_bad_epochs": self.n_bad_epochs,
            "best_weights": self.best_weights,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint.

        Parameters
        ----------
        state : dict
            What `state_dict` returned.
        """
        self.best_loss = state["best_loss"]
        self.n_bad_epochs = state["n_bad_epochs"]
        self.best_weights = state["best_weights"]

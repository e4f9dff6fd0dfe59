"""What to train on, and how."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sklearn_deepsig.nn.batch import GraphBatch
from sklearn_deepsig.training.parts import PartSize
from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = ["ComputeLoss", "TrainingData", "TrainingSettings"]

ComputeLoss = Callable[[nn.Module, GraphBatch, Tensor, Tensor], dict[str, Tensor]]
"""(module, batch, target, sample_weight) -> terms, of which ``"loss"`` is minimised."""


class TrainingData(NamedTuple):
    """Samples with what is to be learned from them."""

    samples: Sequence[GraphTrajectory]
    """The trajectories."""

    target: NDArray[Any]
    """One target a sample; ignored by unsupervised losses."""

    sample_weight: NDArray[Any]
    """One weight a sample."""

    def take(self, indices: Sequence[int]) -> "TrainingData":
        """Select samples.

        Parameters
        ----------
        indices : sequence of int
            Which samples.

        Returns
        -------
        TrainingData
            Only those.
        """
        chosen = np.asarray(indices, dtype=np.int64)
        return TrainingData(
            [self.samples[i] for i in indices],
            self.target[chosen],
            self.sample_weight[chosen],
        )

    def weighed(self) -> "TrainingData":
        """Divide the weights by their mean, and leave out samples of weight zero.

        A weight of zero is to be what a sample left out is.

        Returns
        -------
        TrainingData
            The samples that count.
        """
        data = self.take(np.flatnonzero(self.sample_weight).tolist())
        return data._replace(
            sample_weight=data.sample_weight / data.sample_weight.mean()
        )


@dataclass(frozen=True)
class TrainingSettings:
    """How to train.

    Parameters
    ----------
    max_epochs : int
        Passes over the data.
    batch_size : int
        Samples a step.
    learning_rate, weight_decay : float
        Of AdamW.
    device : torch.device
        Where to train.
    dtype : torch.dtype
        In which precision.
    seed : int
        Of the order of samples, the initial weights and dropout.
    patience : int or None, default=None
        Epochs without a better validation loss before stopping; None never stops.
    checkpoint_dir : str or None, default=None
        Where to keep checkpoints.
    fingerprint : str, default=""
        Identity of the fit, which a checkpoint must share.
    verbose : bool or "auto", default="auto"
        Progress: always, never, or on fits that take long at a terminal.
    learning_rate_schedule : {"constant", "cosine", "one_cycle"}, default="constant"
        How the rate changes; see `learning_rate`.
    max_grad_norm : float or None, default=None
        Longest gradient of a step; longer ones are shortened.
    mixed_precision : bool, default=False
        Whether `mixed_precision` is in force while training.
    center : bool, default=True
        Whether the mean position of each sample becomes its origin.
    parts : PartSize
        How much goes through a network at once, which a fit or a prediction learns.
    """

    max_epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    device: torch.device
    dtype: torch.dtype
    seed: int
    patience: int | None = None
    checkpoint_dir: str | None = None
    fingerprint: str = ""
    verbose: bool | str = "auto"
    learning_rate_schedule: str = "constant"
    max_grad_norm: float | None = None
    mixed_precision: bool = False
    center: bool = True
    parts: PartSize = field(default_factory=PartSize, compare=False)

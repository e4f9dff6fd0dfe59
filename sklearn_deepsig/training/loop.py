"""The training loop, in small steps."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer
from tqdm import tqdm

from sklearn_deepsig.exceptions import TrainingDivergedError
from sklearn_deepsig.nn.batch import GraphBatch
from sklearn_deepsig.training.batching import collate, iterate_batches
from sklearn_deepsig.training.checkpoint import load_checkpoint, save_checkpoint
from sklearn_deepsig.training.device import seeded
from sklearn_deepsig.training.early_stopping import EarlyStopping
from sklearn_deepsig.training.history import History
from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = [
    "ComputeLoss",
    "TrainingData",
    "TrainingSettings",
    "apply_batches",
    "fit_module",
    "train_step",
]

ComputeLoss = Callable[[nn.Module, GraphBatch, Tensor, Tensor], dict[str, Tensor]]
"""(module, batch, target, sample_weight) -> terms, of which ``"loss"`` is minimised."""


class TrainingData(NamedTuple):
    """Samples with what is to be learned from them."""

    samples: Sequence[GraphTrajectory]
    """The trajectories."""

    target: Tensor
    """One target a sample; ignored by unsupervised losses."""

    sample_weight: Tensor
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
        chosen = torch.as_tensor(np.asarray(indices, dtype=np.int64))
        return TrainingData(
            [self.samples[i] for i in indices],
            self.target[chosen],
            self.sample_weight[chosen],
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
        Of Adam.
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
        Progress bar: always, never, or on fits that take long at a terminal.
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


def train_step(optimizer: Optimizer, terms: dict[str, Tensor]) -> None:
    """Take one step down the gradient of ``terms["loss"]``.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        What updates the weights.
    terms : dict of str to Tensor
        Loss terms of the batch.

    Raises
    ------
    TrainingDivergedError
        If the loss is not finite; the weights are left as they were.
    """
    loss = terms["loss"]
    if not torch.isfinite(loss):
        raise TrainingDivergedError(
            f"The loss became {loss.item()}; lower learning_rate, or check the scale "
            "of the coordinates (nm are expected)."
        )
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


def run_epoch(
    module: nn.Module,
    data: TrainingData,
    compute_loss: ComputeLoss,
    settings: TrainingSettings,
    *,
    optimizer: Optimizer | None = None,
    order: np.ndarray[Any, np.dtype[np.int64]] | None = None,
) -> dict[str, float]:
    """Go over the data once, training where there is an optimizer.

    Parameters
    ----------
    module : torch.nn.Module
        The network.
    data : TrainingData
        The samples.
    compute_loss : callable
        See `ComputeLoss`.
    settings : TrainingSettings
        Batch size, device and precision.
    optimizer : torch.optim.Optimizer, optional
        What updates the weights; without it the losses are only computed.
    order : ndarray of int, optional
        Order of the samples.

    Returns
    -------
    dict of str to float
        Each loss term, averaged over the samples.
    """
    module.train(optimizer is not None)
    sums: dict[str, float] = {}
    n_samples = len(data.samples)
    with torch.set_grad_enabled(optimizer is not None):
        for indices in iterate_batches(n_samples, settings.batch_size, order):
            part = data.take(indices.tolist())
            batch = collate(part.samples, device=settings.device, dtype=settings.dtype)
            target = part.target.to(settings.device)
            weight = part.sample_weight.to(settings.device, settings.dtype)
            terms = compute_loss(module, batch, target, weight)
            if optimizer is not None:
                train_step(optimizer, terms)
            for name, value in terms.items():
                share = float(value.detach()) * len(indices) / n_samples
                sums[name] = sums.get(name, 0.0) + share
    return sums


def fit_module(
    module: nn.Module,
    data: TrainingData,
    compute_loss: ComputeLoss,
    settings: TrainingSettings,
    *,
    validation: TrainingData | None = None,
) -> History:
    """Train a network in place.

    Every epoch is seeded by its number, so a fit that goes on from a checkpoint gives
    the same weights as one that was never interrupted.

    Parameters
    ----------
    module : torch.nn.Module
        The network, on `settings.device` and in `settings.dtype`.
    data : TrainingData
        What to train on.
    compute_loss : callable
        See `ComputeLoss`.
    settings : TrainingSettings
        How to train.
    validation : TrainingData, optional
        Held-out samples, for early stopping.

    Returns
    -------
    History
        Loss terms and seconds of each epoch, those of the held-out samples with the
        prefix ``"validation_"``.
    """
    optimizer = Adam(
        module.parameters(),
        lr=settings.learning_rate,
        weight_decay=settings.weight_decay,
        # one pass over the weights, which are many: a log-signature is wide
        fused=True,
    )
    stopping = EarlyStopping(settings.patience or settings.max_epochs)
    history = History()
    _resume(module, optimizer, stopping, history, settings)
    progress = tqdm(
        total=settings.max_epochs,
        initial=history.n_epochs,
        desc="fit",
        unit="epoch",
        # None hides the bar where the output is no terminal
        disable=None if settings.verbose == "auto" else not settings.verbose,
        delay=5.0 if settings.verbose == "auto" else 0.0,
    )
    with progress:
        while history.n_epochs < settings.max_epochs and not stopping.should_stop:
            epoch = history.n_epochs
            started = time.perf_counter()
            seed = np.random.SeedSequence([settings.seed, epoch])
            order = np.random.default_rng(seed).permutation(len(data.samples))
            with seeded(int(seed.generate_state(1)[0]), settings.device):
                row = run_epoch(
                    module,
                    data,
                    compute_loss,
                    settings,
                    optimizer=optimizer,
                    order=order,
                )
            if validation is not None:
                held_out = run_epoch(module, validation, compute_loss, settings)
                row |= {f"validation_{name}": x for name, x in held_out.items()}
                stopping.update(held_out["loss"], module)
            history.append({**row, "seconds": time.perf_counter() - started})
            _save(module, optimizer, stopping, history, settings)
            progress.update()
            progress.set_postfix(loss=f"{row['loss']:.4g}")
    stopping.restore(module)
    module.eval()
    return history


def _save(
    module: nn.Module,
    optimizer: Optimizer,
    stopping: EarlyStopping,
    history: History,
    settings: TrainingSettings,
) -> None:
    if settings.checkpoint_dir is None:
        return
    state = {
        "fingerprint": settings.fingerprint,
        "module": module.state_dict(),
        "optimizer": optimizer.state_dict(),
        "stopping": stopping.state_dict(),
        "history": dict(history),
    }
    save_checkpoint(settings.checkpoint_dir, state)


def _resume(
    module: nn.Module,
    optimizer: Optimizer,
    stopping: EarlyStopping,
    history: History,
    settings: TrainingSettings,
) -> None:
    if settings.checkpoint_dir is None:
        return
    state = load_checkpoint(
        settings.checkpoint_dir, expected_fingerprint=settings.fingerprint
    )
    if state is None:
        return
    module.load_state_dict(state["module"])
    optimizer.load_state_dict(state["optimizer"])
    stopping.load_state_dict(state["stopping"])
    history.update(state["history"])


def apply_batches(
    module: nn.Module,
    samples: Sequence[GraphTrajectory],
    function: Callable[[nn.Module, GraphBatch], Any],
    settings: TrainingSettings,
) -> list[Any]:
    """Apply a function to every batch of samples, without gradients.

    Parameters
    ----------
    module : torch.nn.Module
        The trained network.
    samples : sequence of GraphTrajectory
        The samples, in the order of the results.
    function : callable
        (module, batch) -> anything.
    settings : TrainingSettings
        Batch size, device and precision.

    Returns
    -------
    list
        One result a batch.
    """
    module.eval()
    results = []
    with torch.no_grad():
        for indices in iterate_batches(len(samples), settings.batch_size):
            batch = collate(
                [samples[i] for i in indices],
                device=settings.device,
                dtype=settings.dtype,
            )
            results.append(function(module, batch))
    return results

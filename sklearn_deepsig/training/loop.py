"""The training loop: epochs, early stopping, checkpoints, progress."""

import time
from collections.abc import Callable
from contextlib import closing

import numpy as np
import torch
from torch import nn
from torch.optim import AdamW, Optimizer

from sklearn_deepsig.exceptions import InvalidInputError, TrainingDivergedError
from sklearn_deepsig.training.calibration import calibrate
from sklearn_deepsig.training.checkpoint import load_checkpoint, save_checkpoint
from sklearn_deepsig.training.device import seeded
from sklearn_deepsig.training.distributed import add_numbers, rank_and_size
from sklearn_deepsig.training.early_stopping import EarlyStopping
from sklearn_deepsig.training.history import History
from sklearn_deepsig.training.memory import reused_memory
from sklearn_deepsig.training.progress import Progress
from sklearn_deepsig.training.schedules import learning_rate
from sklearn_deepsig.training.settings import (
    ComputeLoss,
    TrainingData,
    TrainingSettings,
)
from sklearn_deepsig.training.steps import HOW_TO_CONVERGE, run_epoch

__all__ = ["WatchEpoch", "fit_module", "make_optimizer"]

WatchEpoch = Callable[[History], Callable[[], bool]]
"""Called with the history before each epoch; gives what is called after it, which
says whether to stop."""


def make_optimizer(module: nn.Module, settings: TrainingSettings) -> Optimizer:
    """Make the optimizer of a fit.

    Parameters
    ----------
    module : torch.nn.Module
        The network, on `settings.device` and in `settings.dtype`.
    settings : TrainingSettings
        Learning rate and weight decay.

    Returns
    -------
    torch.optim.Optimizer
        AdamW, whose weight decay does not go through the gradient.
    """
    return AdamW(
        module.parameters(),
        lr=settings.learning_rate,
        weight_decay=settings.weight_decay,
        # one pass over the weights, which are many: a log-signature is wide
        fused=True,
    )


def fit_module(
    module: nn.Module,
    data: TrainingData,
    compute_loss: ComputeLoss,
    settings: TrainingSettings,
    *,
    validation: TrainingData | None = None,
    optimizer: Optimizer | None = None,
    history: History | None = None,
    watch: WatchEpoch | None = None,
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
    optimizer : torch.optim.Optimizer, optional
        That of earlier epochs, to go on with; by default a new one.
    history : History, optional
        Earlier epochs, which count towards `settings.max_epochs`.
    watch : callable, optional
        See `WatchEpoch`.

    Returns
    -------
    History
        A row an epoch: loss terms, metrics, learning rate at its beginning and seconds;
        those of the held-out samples have the prefix ``"validation_"``.

    Raises
    ------
    TrainingDivergedError
        If a loss or a weight is not finite. The message names the epoch and the batch;
        the checkpoint of the epoch before is kept.
    """
    optimizer = optimizer or make_optimizer(module, settings)
    stopping = EarlyStopping(settings.patience or settings.max_epochs)
    history = History() if history is None else history
    _resume(module, optimizer, stopping, history, settings)
    is_first = rank_and_size()[0] == 0
    verbose = settings.verbose if is_first else False
    progress = Progress(settings.max_epochs, history.n_epochs, verbose)
    stop = stopping.should_stop
    with reused_memory(), closing(progress):
        while history.n_epochs < settings.max_epochs and not stop:
            ended = None if watch is None else watch(history)
            try:
                row = _train_epoch(
                    module,
                    data,
                    compute_loss,
                    settings,
                    optimizer,
                    history.n_epochs,
                    validation=validation,
                )
            except TrainingDivergedError as error:
                kept = _name_checkpoint(history, settings)
                raise TrainingDivergedError(f"{error}{kept}") from error
            if validation is not None:
                stopping.update(row["validation_loss"], module)
            history.append(row)
            if is_first:
                _save(module, optimizer, stopping, history, settings)
            progress.update(history.n_epochs, row["loss"])
            stop = stopping.should_stop
            if ended is not None:
                asked = {"stop": float(ended())}
                stop |= add_numbers(asked, settings.device)["stop"] > 0
    stopping.restore(module)
    if validation is None:  # else it has been done, for the weights that are the best
        calibrate(module, data, settings)
    module.eval()
    return history


def _train_epoch(
    module: nn.Module,
    data: TrainingData,
    compute_loss: ComputeLoss,
    settings: TrainingSettings,
    optimizer: Optimizer,
    epoch: int,
    *,
    validation: TrainingData | None,
) -> dict[str, float]:
    """Run one epoch, and the held-out samples after it; return its row."""
    started = time.perf_counter()

    def set_rate(part: float) -> None:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(settings, epoch, part)

    name = f"epoch {epoch + 1}"
    seed = np.random.SeedSequence([settings.seed, epoch])
    order = np.random.default_rng(seed).permutation(len(data.samples))
    # The order is that of all processes, dropout is each one's own.
    own_seed = int(seed.generate_state(1)[0]) + rank_and_size()[0]
    with seeded(own_seed, settings.device):
        row = run_epoch(
            module,
            data,
            compute_loss,
            settings,
            optimizer=optimizer,
            order=order,
            before_step=set_rate,
            where=name,
        )
    # the loss was finite before the last step; what that made is not saved unseen
    if not all(bool(torch.isfinite(weight).all()) for weight in module.parameters()):
        raise TrainingDivergedError(
            f"The last batch of {name} made weights that are not finite; "
            f"{HOW_TO_CONVERGE}"
        )
    if validation is not None:
        calibrate(module, data, settings)
        held_out = run_epoch(
            module,
            validation,
            compute_loss,
            settings,
            where=f"what is held out, after {name}",
        )
        row |= {f"validation_{name}": x for name, x in held_out.items()}
    return {
        **row,
        "learning_rate": learning_rate(settings, epoch),
        "seconds": time.perf_counter() - started,
    }


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


def _name_checkpoint(history: History, settings: TrainingSettings) -> str:
    """Say where the weights before the epoch that failed are, if anywhere."""
    if settings.checkpoint_dir is None or history.n_epochs == 0:
        return ""
    return (
        f" The checkpoint after epoch {history.n_epochs} is kept in "
        f"{settings.checkpoint_dir}."
    )


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
    n_epochs = 0 if state is None else History(state["history"]).n_epochs
    _, size = rank_and_size()
    total = add_numbers({"n_epochs": float(n_epochs)}, settings.device)["n_epochs"]
    if total != size * n_epochs:
        raise InvalidInputError(
            f"The processes find different checkpoints in {settings.checkpoint_dir}. "
            "Give a checkpoint_dir that all of them share."
        )
    if state is None:
        return
    module.load_state_dict(state["module"])
    optimizer.load_state_dict(state["optimizer"])
    stopping.load_state_dict(state["stopping"])
    history.update(state["history"])

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
from sklearn_deepsig.training.dead_units import warn_of_dead_units
from sklearn_deepsig.training.denormals import flushed_denormals
from sklearn_deepsig.training.device import seeded
from sklearn_deepsig.training.distributed import add_numbers, rank_and_size
from sklearn_deepsig.training.early_stopping import EarlyStopping
from sklearn_deepsig.training.history import History
from sklearn_deepsig.training.interruption import (
    may_be_partial,
    warn_of_interruption,
    whole_or_not,
)
from sklearn_deepsig.training.memory import reused_memory
from sklearn_deepsig.training.progress import Progress
from sklearn_deepsig.training.resuming import (
    FitState,
    keep,
    named_checkpoint,
    own_folder,
    resume,
)
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

    Raises
    ------
    InvalidInputError
        If a step of weight decay would take more than the whole of a weight.
    """
    shrinkage = settings.learning_rate * settings.weight_decay
    if shrinkage > 1:
        raise InvalidInputError(
            f"weight_decay={settings.weight_decay:g} times learning_rate="
            f"{settings.learning_rate:g} is {shrinkage:g}: each step would take more "
            "than the whole of a weight. Lower one of them."
        )
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
    the same weights as one that was never interrupted. Ctrl-C ends the fit after the
    last whole epoch, with a warning, unless there is none.

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
    KeyboardInterrupt
        If Ctrl-C came in the first epoch of this fit, whose weights are then what they
        were, or in one of several processes, or within `whole_fits_only`.
    InvalidInputError
        If the checkpoint belongs to another fit, or another process has its folder.
    StorageError
        If a checkpoint cannot be written. The one before is kept.
    TrainingDivergedError
        If a loss or a weight is not finite. The message names the epoch and the batch;
        the checkpoint of the epoch before is kept.

    Warns
    -----
    FitInterruptedWarning
        If Ctrl-C ended it.
    UninformativeFeaturesWarning
        If, without early stopping, it ends with all hidden units of the layers that
        predict off for all samples.
    """
    optimizer = optimizer or make_optimizer(module, settings)
    stopping = EarlyStopping(settings.patience or settings.max_epochs)
    history = History() if history is None else history
    n_given = history.n_epochs
    state = FitState(module, optimizer, stopping, history)
    with own_folder(settings), reused_memory(), flushed_denormals():
        resume(state, settings)
        try:
            _train(
                state, data, compute_loss, settings, validation=validation, watch=watch
            )
        except KeyboardInterrupt:
            if history.n_epochs == n_given or not may_be_partial():
                raise
            warn_of_interruption(history, settings)
    stopping.restore(module)
    if validation is None:  # else the weights that are the best are of another epoch
        warn_of_dead_units(module, optimizer, settings)
        calibrate(module, data, settings)  # else it has been done, for these weights
    module.eval()
    return history


def _train(
    state: FitState,
    data: TrainingData,
    compute_loss: ComputeLoss,
    settings: TrainingSettings,
    *,
    validation: TrainingData | None,
    watch: WatchEpoch | None,
) -> None:
    """Run the epochs that are left."""
    module, optimizer, stopping, history = state
    is_first = rank_and_size()[0] == 0
    verbose = settings.verbose if is_first else False
    progress = Progress(settings.max_epochs, history.n_epochs, verbose)
    stop = stopping.should_stop
    with closing(progress):
        if settings.checkpoint_dir is not None and history.resumed_from_epoch:
            progress.say(_how_resumed(state, settings))
        while history.n_epochs < settings.max_epochs and not stop:
            with whole_or_not(module, history), named_checkpoint(history, settings):
                ended = None if watch is None else watch(history)
                row = _train_epoch(
                    module,
                    data,
                    compute_loss,
                    settings,
                    optimizer,
                    history.n_epochs,
                    validation=validation,
                )
                history.append(row)
            if validation is not None:
                stopping.update(row["validation_loss"], module)
            if is_first:
                keep(state, settings)
            progress.update(history.n_epochs, row["loss"])
            stop = stopping.should_stop
            if ended is not None:
                asked = {"stop": float(ended())}
                stop |= add_numbers(asked, settings.device)["stop"] > 0
        if stopping.should_stop and history.n_epochs > history.resumed_from_epoch:
            progress.say(
                f"stopped after epoch {history.n_epochs}; the best was epoch "
                f"{history.best_epoch}, validation loss {stopping.best_loss:.4g}"
            )


def _how_resumed(state: FitState, settings: TrainingSettings) -> str:
    """Say what was read from a checkpoint."""
    n_epochs, folder = state.history.resumed_from_epoch, settings.checkpoint_dir
    if n_epochs < settings.max_epochs and not state.stopping.should_stop:
        return f"going on after epoch {n_epochs} of checkpoint {folder}"
    return f"complete already, after epoch {n_epochs} of checkpoint {folder}"


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

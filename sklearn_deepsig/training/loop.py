"""The training loop: epochs, early stopping, checkpoints, progress."""

import time

import numpy as np
from torch import nn
from torch.optim import Adam, Optimizer
from tqdm import tqdm

from sklearn_deepsig.training.checkpoint import load_checkpoint, save_checkpoint
from sklearn_deepsig.training.device import seeded
from sklearn_deepsig.training.early_stopping import EarlyStopping
from sklearn_deepsig.training.history import History
from sklearn_deepsig.training.settings import (
    ComputeLoss,
    TrainingData,
    TrainingSettings,
)
from sklearn_deepsig.training.steps import run_epoch

__all__ = ["fit_module"]


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

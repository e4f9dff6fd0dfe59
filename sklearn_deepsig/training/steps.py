"""One step, one epoch, one pass of prediction."""

import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from numpy.typing import NDArray
from torch import nn
from torch.optim import Optimizer

from sklearn_deepsig.exceptions import TrainingDivergedError
from sklearn_deepsig.nn.batch import GraphBatch
from sklearn_deepsig.training.batching import collate, iterate_batches
from sklearn_deepsig.training.device import mixed_precision
from sklearn_deepsig.training.distributed import (
    add_gradients,
    add_numbers,
    own_share,
)
from sklearn_deepsig.training.settings import (
    ComputeLoss,
    TrainingData,
    TrainingSettings,
)
from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = ["HOW_TO_CONVERGE", "apply_batches", "run_epoch", "train_step"]

HOW_TO_CONVERGE = (
    "lower learning_rate, weight_decay or loss_weights, set max_grad_norm, or check "
    "the scale of the coordinates (nm are expected)."
)


def train_step(
    module: nn.Module,
    data: TrainingData,
    compute_loss: ComputeLoss,
    settings: TrainingSettings,
    optimizer: Optimizer | None,
    *,
    where: str = "this batch",
) -> dict[str, float]:
    """Compute the loss of one batch and, with an optimizer, take one step down it.

    A batch that is large in memory is gone through in parts, whose gradients are
    added up, so ``batch_size`` may be as large as is good for learning; where memory
    runs out, the parts become smaller. Several processes each go through a share of
    the batch. Every loss term is a mean over samples, so the result is the same, up to
    the masks of dropout and to batch normalisation, which is over each part.

    Parameters
    ----------
    module : torch.nn.Module
        The network.
    data : TrainingData
        The samples of the batch.
    compute_loss : callable
        See `ComputeLoss`.
    settings : TrainingSettings
        Device and precision.
    optimizer : torch.optim.Optimizer or None
        What updates the weights; with None the losses are only computed.
    where : str, default="this batch"
        What messages call the batch.

    Returns
    -------
    dict of str to float
        Each loss term, averaged over the samples.

    Raises
    ------
    TrainingDivergedError
        If the loss is not finite; the weights are left as they were.
    OutOfMemoryError
        If memory runs out with single samples; the weights are left as they were.
    """
    n_samples = len(data.samples)
    own = own_share(n_samples)
    if len(own) < n_samples:
        # without a share, one sample that does not count: all must know the terms
        data = data.take(own.tolist() or [0])

    def add_up(parts: Sequence[NDArray[Any]]) -> dict[str, float]:
        means: dict[str, float] = {}
        if optimizer is not None:
            optimizer.zero_grad(set_to_none=True)
        for indices in parts:
            part = data.take(indices.tolist())
            share = len(indices) / n_samples if len(own) else 0.0
            batch = _collate(part.samples, settings)
            target = torch.as_tensor(part.target).to(settings.device)
            weight = torch.as_tensor(part.sample_weight)
            weight = weight.to(settings.device, settings.dtype)
            terms = compute_loss(module, batch, target, weight)
            if optimizer is not None:
                (share * terms["loss"]).backward()  # type: ignore[no-untyped-call]
            for name, value in terms.items():
                means[name] = means.get(name, 0.0) + share * float(value.detach())
        return means

    means = settings.parts.work_through(data.samples, settings.device, add_up)
    means = add_numbers(means, settings.device)
    if not math.isfinite(means["loss"]):
        raise TrainingDivergedError(
            f"The loss became {means['loss']} in {where}; {HOW_TO_CONVERGE}"
        )
    if optimizer is not None:
        add_gradients(module)
        if settings.max_grad_norm is not None:
            nn.utils.clip_grad_norm_(module.parameters(), settings.max_grad_norm)
        optimizer.step()
    return means


def run_epoch(
    module: nn.Module,
    data: TrainingData,
    compute_loss: ComputeLoss,
    settings: TrainingSettings,
    *,
    optimizer: Optimizer | None = None,
    order: NDArray[Any] | None = None,
    before_step: Callable[[float], object] | None = None,
    where: str = "an epoch",
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
    before_step : callable, optional
        Called before each step with the part of the epoch that is over, from 0 to 1.
    where : str, default="an epoch"
        What messages call it.

    Returns
    -------
    dict of str to float
        Each loss term, averaged over the samples.

    Raises
    ------
    TrainingDivergedError
        If a loss is not finite. The message names the batch.
    """
    module.train(optimizer is not None)
    means: dict[str, float] = {}
    n_samples = len(data.samples)
    precision = (
        mixed_precision(module, settings.device)
        if settings.mixed_precision
        else nullcontext()
    )
    with torch.set_grad_enabled(optimizer is not None), precision:
        batches = iterate_batches(n_samples, settings.batch_size, order)
        n_batches = -(-n_samples // settings.batch_size)
        for step, indices in enumerate(batches):
            if before_step is not None:
                before_step(step * settings.batch_size / n_samples)
            part = data.take(indices.tolist())
            terms = train_step(
                module,
                part,
                compute_loss,
                settings,
                optimizer,
                where=f"batch {step + 1} of {n_batches} of {where}",
            )
            for name, value in terms.items():
                means[name] = means.get(name, 0.0) + value * len(indices) / n_samples
    return means


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
    results: list[Any] = []
    with torch.no_grad():
        for indices in iterate_batches(len(samples), settings.batch_size):
            batch = [samples[i] for i in indices]
            results += settings.parts.work_through(
                batch,
                settings.device,
                lambda parts, batch=batch: [  # type: ignore[misc]
                    function(module, _collate([batch[i] for i in part], settings))
                    for part in parts
                ],
            )
    return results


def _collate(
    samples: Sequence[GraphTrajectory], settings: TrainingSettings
) -> GraphBatch:
    return collate(
        samples, device=settings.device, dtype=settings.dtype, center=settings.center
    )

"""Batch normalisation by averages of the trained network, not of those before it."""

import numpy as np
import torch
from torch import nn

from sklearn_deepsig.training.batching import collate, iterate_batches
from sklearn_deepsig.training.settings import TrainingData, TrainingSettings

__all__ = ["calibrate"]


def calibrate(
    module: nn.Module, data: TrainingData, settings: TrainingSettings
) -> None:
    """Compute the averages that batch normalisation predicts with anew.

    While training they are moving averages over the last few batches. Where some
    samples go much farther than others, the variances of batches differ much, and where
    the network still changes, the averages are those of networks before it; both
    can spoil every prediction of a network that has learned well. So all training
    samples are gone through once, by the weights as they are, without dropout.

    Parameters
    ----------
    module : torch.nn.Module
        The network. Without batch normalisation nothing is done.
    data : TrainingData
        What it was trained on.
    settings : TrainingSettings
        Batch size, device and precision; its seed mixes the samples.
    """
    norms = [part for part in module.modules() if isinstance(part, nn.BatchNorm1d)]
    if not norms:
        return
    module.eval()
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain average over all batches
        norm.train()
    order = np.random.default_rng(settings.seed).permutation(len(data.samples))
    with torch.no_grad():
        for indices in iterate_batches(len(order), settings.batch_size, order):
            part = [data.samples[i] for i in indices]
            for chosen in settings.parts.split(part, settings.device):
                module(
                    collate(
                        [part[i] for i in chosen],
                        device=settings.device,
                        dtype=settings.dtype,
                        center=settings.center,
                    )
                )
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    module.eval()

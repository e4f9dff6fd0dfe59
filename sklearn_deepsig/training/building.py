"""A network before its first epoch."""

from collections.abc import Callable, Sequence

import torch
from torch import nn

from sklearn_deepsig.functional._checks import check_fits
from sklearn_deepsig.nn import SpectralCoarsening
from sklearn_deepsig.training.batching import collate
from sklearn_deepsig.training.device import seeded
from sklearn_deepsig.training.settings import TrainingSettings
from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = ["build_module"]

# Weights, their gradients, and the two averages of Adam.
_COPIES = 4


def build_module(
    build: Callable[[], nn.Module],
    samples: Sequence[GraphTrajectory],
    settings: TrainingSettings,
    *,
    cluster_init: str,
) -> nn.Module:
    """Build a network with fresh weights.

    Parameters
    ----------
    build : callable
        Makes the network.
    samples : sequence of GraphTrajectory
        What it will be trained on.
    settings : TrainingSettings
        Seed, device and precision.
    cluster_init : {"k-means++", "random"}
        Whether the clusters of its coarse graining begin around nodes, those of the
        sample with the most, or with random weights.

    Returns
    -------
    torch.nn.Module
        The network, on `settings.device` and in `settings.dtype`.

    Raises
    ------
    InvalidInputError
        If its weights need more memory than there is.
    """
    _check_size(build, settings)
    with seeded(settings.seed, settings.device):
        module = build()
    module = module.to(settings.dtype)
    if cluster_init == "k-means++":
        largest = max(samples, key=lambda sample: sample.n_nodes)
        # On the CPU, so that a seed means the same on every device.
        batch = collate(
            [largest],
            device=torch.device("cpu"),
            dtype=settings.dtype,
            center=settings.center,
        )
        generator = torch.Generator().manual_seed(settings.seed)
        for part in module.modules():
            if isinstance(part, SpectralCoarsening):
                part.place_clusters(batch, generator)
    return module.to(settings.device)


def _check_size(build: Callable[[], nn.Module], settings: TrainingSettings) -> None:
    """Refuse a network that cannot be trained in memory, before it is made."""
    with torch.device("meta"):  # which takes no memory
        n_weights = sum(weight.numel() for weight in build().parameters())
    check_fits(
        _COPIES * n_weights * settings.dtype.itemsize,
        f"Training a network of {n_weights:,} weights",
        "Lower the sizes of its layers: hidden_dim, lstm_hidden_dim, mlp_hidden_dim, "
        "transformer_dim, n_segments, depth or n_clusters.",
    )

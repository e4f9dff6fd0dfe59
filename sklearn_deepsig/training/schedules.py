"""How the learning rate changes in the course of a fit."""

import math

from sklearn_deepsig.training.settings import TrainingSettings

__all__ = ["learning_rate"]

# Of the one-cycle schedule: the part of a fit in which the rate rises, and how many
# times lower than its highest value it begins.
_RISING = 0.3
_BEGINS_LOWER = 25.0


def learning_rate(settings: TrainingSettings, epoch: int, part: float = 0.0) -> float:
    """Return the learning rate at a moment of a fit, which depends on that alone.

    Parameters
    ----------
    settings : TrainingSettings
        The schedule, the rate and the number of epochs.
    epoch : int
        How many epochs are over.
    part : float, default=0.0
        How much of this epoch is over, between 0 and 1.

    Returns
    -------
    float
        The rate. ``"cosine"`` changes it from epoch to epoch: down to zero along a
        cosine. ``"one_cycle"`` changes it from step to step: up from a 25th along a
        cosine in the first 30 % of the fit, then down to zero along another.

    References
    ----------
    Smith and Topin, "Super-convergence: very fast training of neural networks using
    large learning rates", 2018, of which the cycle of the momentum is left out.

    Examples
    --------
    >>> import torch
    >>> from sklearn_deepsig.training import TrainingSettings, learning_rate
    >>> settings = TrainingSettings(
    ...     max_epochs=10, batch_size=16, learning_rate=1.0, weight_decay=0.0,
    ...     device=torch.device("cpu"), dtype=torch.float32, seed=0,
    ...     learning_rate_schedule="one_cycle",
    ... )
    >>> [round(learning_rate(settings, epoch, 0.5), 2) for epoch in range(10)]
    [0.1, 0.52, 0.94, 0.99, 0.89, 0.72, 0.5, 0.28, 0.11, 0.01]
    """
    if settings.learning_rate_schedule == "constant":
        return settings.learning_rate
    if settings.learning_rate_schedule == "cosine":
        return settings.learning_rate * _fall(epoch / settings.max_epochs)
    progress = (epoch + part) / settings.max_epochs
    if progress < _RISING:
        lowest = 1 / _BEGINS_LOWER
        risen = 1 - _fall(progress / _RISING)
        return settings.learning_rate * (lowest + (1 - lowest) * risen)
    return settings.learning_rate * _fall((progress - _RISING) / (1 - _RISING))


def _fall(progress: float) -> float:
    """Go from 1 to 0 along a cosine."""
    return (1 + math.cos(math.pi * progress)) / 2

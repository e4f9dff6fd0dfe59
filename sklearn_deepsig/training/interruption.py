"""Ctrl-C in a fit: what it has learned is kept, to the last whole epoch."""

import copy
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from torch import nn

from sklearn_deepsig.exceptions import FitInterruptedWarning
from sklearn_deepsig.training.distributed import rank_and_size
from sklearn_deepsig.training.history import History
from sklearn_deepsig.training.settings import TrainingSettings

__all__ = ["may_be_partial", "warn_of_interruption", "whole_fits_only", "whole_or_not"]

_WHOLE_FITS_ONLY = ContextVar("whole fits only", default=False)


@contextmanager
def whole_fits_only() -> Iterator[None]:
    """Let Ctrl-C end a series of fits, and not one of them early.

    Yields
    ------
    None
        In the block, no fit that was interrupted is kept.
    """
    token = _WHOLE_FITS_ONLY.set(True)
    try:
        yield
    finally:
        _WHOLE_FITS_ONLY.reset(token)


def may_be_partial() -> bool:
    """Whether a fit that is interrupted may be kept.

    Returns
    -------
    bool
        False within `whole_fits_only`, and where several processes train together:
        they would end with different epochs.
    """
    return not _WHOLE_FITS_ONLY.get() and rank_and_size()[1] == 1


@contextmanager
def whole_or_not(module: nn.Module, history: History) -> Iterator[None]:
    """Undo an epoch that is interrupted.

    Parameters
    ----------
    module : torch.nn.Module
        The network.
    history : History
        What the block appends to once the epoch is over.

    Yields
    ------
    None
        The block runs one epoch.
    """
    n_epochs = history.n_epochs
    weights = copy.deepcopy(module.state_dict())
    try:
        yield
    except KeyboardInterrupt:
        if history.n_epochs == n_epochs:
            module.load_state_dict(weights)
        raise


def warn_of_interruption(history: History, settings: TrainingSettings) -> None:
    """Warn that a fit ends early.

    Parameters
    ----------
    history : History
        Its epochs.
    settings : TrainingSettings
        How many it should have had.

    Warns
    -----
    FitInterruptedWarning
        Always.
    """
    remedy = "warm_start=True goes on from its weights"
    if settings.checkpoint_dir is not None:
        remedy = "the same fit, started again, goes on from its checkpoint"
    warnings.warn(
        f"The fit was interrupted by the user after {history.n_epochs} of "
        f"{settings.max_epochs} epochs. The estimator can be used, as it was then; "
        f"{remedy}.",
        FitInterruptedWarning,
        stacklevel=2,
    )

"""What a fit keeps in its checkpoint folder, and goes on with."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from torch import nn
from torch.optim import Optimizer

from sklearn_deepsig.exceptions import InvalidInputError, TrainingDivergedError
from sklearn_deepsig.storage import lock_folder
from sklearn_deepsig.training.checkpoint import load_checkpoint, save_checkpoint
from sklearn_deepsig.training.distributed import add_numbers, rank_and_size
from sklearn_deepsig.training.early_stopping import EarlyStopping
from sklearn_deepsig.training.history import History
from sklearn_deepsig.training.settings import TrainingSettings

__all__ = [
    "FitState",
    "checkpoint_folder",
    "keep",
    "named_checkpoint",
    "own_folder",
    "resume",
]


class FitState(NamedTuple):
    """All that changes in the course of a fit."""

    module: nn.Module
    """The network."""

    optimizer: Optimizer
    """Its optimizer."""

    stopping: EarlyStopping
    """The best weights so far."""

    history: History
    """The epochs so far."""


def checkpoint_folder(root: str, fingerprint: str, max_epochs: int) -> str:
    """Name the folder of a fit, beside those of fits that are longer or shorter.

    Each number of epochs has one of its own: two of them in one search may run at the
    same time, and the shorter is not to end with the weights of the longer.

    Parameters
    ----------
    root : str
        The ``checkpoint_dir`` of an estimator.
    fingerprint : str
        Identity of the fit.
    max_epochs : int
        Its epochs.

    Returns
    -------
    str
        The folder.
    """
    return str(Path(root) / f"{fingerprint}-{max_epochs}")


@contextmanager
def own_folder(settings: TrainingSettings) -> Iterator[None]:
    """Hold the checkpoint folder of a fit, if it has one, for this fit alone.

    Parameters
    ----------
    settings : TrainingSettings
        With the folder.

    Yields
    ------
    None
        No other fit has the folder.

    Raises
    ------
    InvalidInputError
        If another has, in each of several processes.
    """
    refusal: InvalidInputError | None = None
    with ExitStack() as stack:
        if settings.checkpoint_dir is not None:
            if rank_and_size()[0] == 0:
                try:
                    folder = Path(settings.checkpoint_dir)
                    stack.enter_context(lock_folder(folder, "checkpoint_dir"))
                except InvalidInputError as error:
                    refusal = error
            refused = {"refused": float(refusal is not None)}
            if add_numbers(refused, settings.device)["refused"]:
                raise refusal or InvalidInputError(
                    f"checkpoint_dir: {settings.checkpoint_dir} is in use; the first "
                    "process says by whom."
                )
        yield


def keep(state: FitState, settings: TrainingSettings) -> None:
    """Write a checkpoint.

    Parameters
    ----------
    state : FitState
        The fit.
    settings : TrainingSettings
        With the folder; without one nothing is done.

    Raises
    ------
    StorageError
        If the disk is full, or fails otherwise. The checkpoint before is kept.
    """
    if settings.checkpoint_dir is None:
        return
    kept = {
        "fingerprint": settings.fingerprint,
        "module": state.module.state_dict(),
        "optimizer": state.optimizer.state_dict(),
        "stopping": state.stopping.state_dict(),
        "history": dict(state.history),
    }
    save_checkpoint(settings.checkpoint_dir, kept)


def resume(state: FitState, settings: TrainingSettings) -> None:
    """Go on from a checkpoint, where there is one, by changing what is given.

    A fit that has none goes on from the longest of the same fit with fewer epochs.

    Parameters
    ----------
    state : FitState
        The fit.
    settings : TrainingSettings
        With the folder; without one nothing is done.

    Raises
    ------
    InvalidInputError
        If it is damaged, belongs to another fit, or is not the same in each process.
    """
    if settings.checkpoint_dir is None:
        return
    folder = Path(settings.checkpoint_dir)
    own = load_checkpoint(folder, expected_fingerprint=settings.fingerprint)
    kept = own or _longest_before(folder, settings)
    n_epochs = 0 if kept is None else History(kept["history"]).n_epochs
    rank, size = rank_and_size()
    total = add_numbers({"n_epochs": float(n_epochs)}, settings.device)["n_epochs"]
    if total != size * n_epochs:
        raise InvalidInputError(
            f"The processes find different checkpoints in {settings.checkpoint_dir}. "
            "Give a checkpoint_dir that all of them share."
        )
    if kept is None:
        return
    state.module.load_state_dict(kept["module"])
    state.optimizer.load_state_dict(kept["optimizer"])
    state.stopping.load_state_dict(kept["stopping"])
    state.history.update(kept["history"])
    state.history.resumed_from_epoch = n_epochs
    if rank == 0 and own is None:
        keep(state, settings)  # what messages say of this folder, and it stays


def _longest_before(folder: Path, settings: TrainingSettings) -> dict[str, Any] | None:
    """Read the longest checkpoint of the same fit that has no epoch too many."""
    if not settings.fingerprint:
        return None
    longest, n_longest = None, 0
    for other in sorted(folder.parent.glob(f"{settings.fingerprint}*")):
        kept = None
        with suppress(InvalidInputError):  # of another fit's damage that fit will tell
            kept = load_checkpoint(other, expected_fingerprint=settings.fingerprint)
        n_epochs = 0 if kept is None else History(kept["history"]).n_epochs
        if n_longest < n_epochs <= settings.max_epochs:
            longest, n_longest = kept, n_epochs
    return longest


@contextmanager
def named_checkpoint(history: History, settings: TrainingSettings) -> Iterator[None]:
    """Say, where an epoch diverges, where the weights from before it are.

    Parameters
    ----------
    history : History
        The epochs before.
    settings : TrainingSettings
        With the folder.

    Yields
    ------
    None
        In the block, an epoch is trained.

    Raises
    ------
    TrainingDivergedError
        If one was raised in the block.
    """
    try:
        yield
    except TrainingDivergedError as error:
        if settings.checkpoint_dir is None or history.n_epochs == 0:
            raise
        raise TrainingDivergedError(
            f"{error} The checkpoint after epoch {history.n_epochs} is kept in "
            f"{settings.checkpoint_dir}."
        ) from error

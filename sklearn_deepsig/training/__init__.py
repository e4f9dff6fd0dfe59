"""Training of networks: the only place where NumPy arrays become tensors.

:func:`fit_module` trains: it goes through :func:`run_epoch` and :func:`train_step`, on
batches of :func:`iterate_batches`, keeps a :class:`History` and checkpoints, and gives
the same weights whether it was interrupted or not. :func:`apply_batches` predicts.
"""

from sklearn_deepsig.training.batching import collate, iterate_batches, split_large
from sklearn_deepsig.training.building import build_module
from sklearn_deepsig.training.checkpoint import (
    fingerprint,
    load_checkpoint,
    save_checkpoint,
)
from sklearn_deepsig.training.denormals import flushed_denormals
from sklearn_deepsig.training.device import (
    mixed_precision,
    resolve_device,
    resolve_dtype,
    seeded,
)
from sklearn_deepsig.training.distributed import same_seed
from sklearn_deepsig.training.early_stopping import EarlyStopping
from sklearn_deepsig.training.history import History
from sklearn_deepsig.training.interruption import whole_fits_only
from sklearn_deepsig.training.loop import WatchEpoch, fit_module, make_optimizer
from sklearn_deepsig.training.memory import reused_memory
from sklearn_deepsig.training.parts import PartSize
from sklearn_deepsig.training.resuming import checkpoint_folder
from sklearn_deepsig.training.schedules import learning_rate
from sklearn_deepsig.training.settings import (
    ComputeLoss,
    TrainingData,
    TrainingSettings,
)
from sklearn_deepsig.training.steps import apply_batches, run_epoch, train_step

__all__ = [
    "ComputeLoss",
    "EarlyStopping",
    "History",
    "PartSize",
    "TrainingData",
    "TrainingSettings",
    "WatchEpoch",
    "apply_batches",
    "build_module",
    "checkpoint_folder",
    "collate",
    "fingerprint",
    "fit_module",
    "flushed_denormals",
    "iterate_batches",
    "learning_rate",
    "load_checkpoint",
    "make_optimizer",
    "mixed_precision",
    "resolve_device",
    "resolve_dtype",
    "reused_memory",
    "run_epoch",
    "same_seed",
    "save_checkpoint",
    "seeded",
    "split_large",
    "train_step",
    "whole_fits_only",
]

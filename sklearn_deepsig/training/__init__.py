"""Training of networks: the only place where NumPy arrays become tensors."""

from sklearn_deepsig.training.batching import collate, iterate_batches
from sklearn_deepsig.training.checkpoint import (
    fingerprint,
    load_checkpoint,
    save_checkpoint,
)
from sklearn_deepsig.training.device import resolve_device, resolve_dtype, seeded
from sklearn_deepsig.training.early_stopping import EarlyStopping
from sklearn_deepsig.training.history import History
from sklearn_deepsig.training.loop import (
    ComputeLoss,
    TrainingData,
    TrainingSettings,
    apply_batches,
    fit_module,
    run_epoch,
    train_step,
)

__all__ = [
    "ComputeLoss",
    "EarlyStopping",
    "History",
    "TrainingData",
    "TrainingSettings",
    "apply_batches",
    "collate",
    "fingerprint",
    "fit_module",
    "iterate_batches",
    "load_checkpoint",
    "resolve_device",
    "resolve_dtype",
    "run_epoch",
    "save_checkpoint",
    "seeded",
    "train_step",
]

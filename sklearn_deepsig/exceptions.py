"""Errors of the package, each also a built-in the caller may expect, and warnings.

A message names the sample, the value that was found and what to do about it.
"""

__all__ = [
    "DeepSignatureError",
    "FitInterruptedWarning",
    "ImplausibleTrajectoryWarning",
    "InvalidInputError",
    "InvalidInputTypeError",
    "MissingDependencyError",
    "ModelFileError",
    "OutOfMemoryError",
    "StorageError",
    "StoreFileError",
    "TrainingDivergedError",
    "TrajectoryFileError",
    "TrajectoryFileWarning",
    "UninformativeFeaturesWarning",
    "UnseededCheckpointWarning",
]


class DeepSignatureError(Exception):
    """Base class of every error that the package raises on purpose."""


class InvalidInputError(DeepSignatureError, ValueError):
    """Data or a setting has a value that cannot be used."""


class InvalidInputTypeError(DeepSignatureError, TypeError):
    """Data is of a kind that cannot be used."""


class TrajectoryFileError(InvalidInputError):
    """A trajectory, topology or table file is missing, unreadable or damaged."""


class TrajectoryFileWarning(UserWarning):
    """What was read from a file is hardly what a simulation wrote."""


class ModelFileError(InvalidInputError):
    """A saved model is missing, damaged, or of a kind that cannot be read."""


class StoreFileError(InvalidInputError):
    """A trajectory store is missing, damaged, or of a kind that cannot be read."""


class MissingDependencyError(DeepSignatureError, ImportError):
    """An optional package is needed for this call and is not installed."""


class ImplausibleTrajectoryWarning(UserWarning):
    """Coordinates can be used, and are hardly what they are meant to be."""


class TrainingDivergedError(DeepSignatureError, ArithmeticError):
    """The loss became infinite or not a number."""


class OutOfMemoryError(DeepSignatureError, MemoryError):
    """Not even the smallest part of the work fits into memory."""


class StorageError(DeepSignatureError, OSError):
    """A file could not be written; ``errno`` says why, where the system told."""


class FitInterruptedWarning(UserWarning):
    """A fit was interrupted, and kept what it had learned until then."""


class UninformativeFeaturesWarning(UserWarning):
    """Features or hidden units of a model are zero, whatever the sample."""


class UnseededCheckpointWarning(UserWarning):
    """Checkpoints are kept of a fit that cannot find them again: it has no seed."""

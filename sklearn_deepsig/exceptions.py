"""Errors raised by the package, each also a built-in the caller may expect.

A message names the sample, the value that was found and what to do about it.
"""

__all__ = [
    "DeepSignatureError",
    "InvalidInputError",
    "InvalidInputTypeError",
    "MissingDependencyError",
    "ModelFileError",
    "StoreFileError",
    "TrainingDivergedError",
    "TrajectoryFileError",
]


class DeepSignatureError(Exception):
    """Base class of every error that the package raises on purpose."""


class InvalidInputError(DeepSignatureError, ValueError):
    """Data or a setting has a value that cannot be used."""


class InvalidInputTypeError(DeepSignatureError, TypeError):
    """Data is of a kind that cannot be used."""


class TrajectoryFileError(InvalidInputError):
    """A trajectory, topology or table file is missing, unreadable or damaged."""


class ModelFileError(InvalidInputError):
    """A saved model is missing, damaged, or of a kind that cannot be read."""


class StoreFileError(InvalidInputError):
    """A trajectory store is missing, damaged, or of a kind that cannot be read."""


class MissingDependencyError(DeepSignatureError, ImportError):
    """An optional package is needed for this call and is not installed."""


class TrainingDivergedError(DeepSignatureError, ArithmeticError):
    """The loss became infinite or not a number."""

"""Saved models: a folder of JSON and arrays that runs no code when it is read.

:func:`save` writes a fitted estimator of this package, :func:`load` reads it.
"""

from sklearn_deepsig.persistence._estimators import load, save
from sklearn_deepsig.persistence._folder import FORMAT_VERSION

__all__ = ["FORMAT_VERSION", "load", "save"]

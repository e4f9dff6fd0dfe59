"""What a parameter that is a number may be."""

from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval

__all__ = [
    "DEPTH",
    "LARGEST_DEPTH",
    "LARGEST_SIZE",
    "LAYER_SIZE",
    "POSITIVE_INT",
    "Number",
]

LARGEST_DEPTH = 1000
"""Counting the features of a log-signature takes time that grows like depth cubed."""

LARGEST_SIZE = 2**20
"""Products of several sizes stay below the largest number that torch counts with.
Whether they fit into memory is asked when a network is built."""


class Number(Interval):  # type: ignore[misc]  # scikit-learn has no types
    """An interval of plain numbers.

    Scikit-learn's own takes True for 1, of which torch makes errors of its own, and
    fails on fractions.

    Parameters
    ----------
    type : {Integral, Real}
        Whether numbers are whole.
    left, right : number or None
        The ends; None for no end.
    closed : {"left", "right", "both", "neither"}
        Which ends belong to it.
    """

    def is_satisfied_by(self, val: Any) -> bool:
        """Tell whether a value is allowed.

        Parameters
        ----------
        val : object
            Anything.

        Returns
        -------
        bool
            Whether it is a number within the interval.
        """
        is_number = isinstance(val, int | float | np.integer | np.floating)
        is_plain = is_number and not isinstance(val, bool)
        return is_plain and bool(super().is_satisfied_by(val))


POSITIVE_INT = Number(Integral, 1, None, closed="left")
LAYER_SIZE = Number(Integral, 1, LARGEST_SIZE, closed="both")
"""The size of a layer, or the number of segments."""
DEPTH = Number(Integral, 1, LARGEST_DEPTH, closed="both")
"""The depth of a log-signature."""

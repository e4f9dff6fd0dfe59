"""Checks of the parameters of simulators."""

from numbers import Integral
from typing import Any

from sklearn_deepsig.exceptions import InvalidInputError

__all__ = ["check_integer"]


def check_integer(name: str, value: Any, low: int) -> None:
    """Raise unless a parameter is an integer that is large enough.

    Parameters
    ----------
    name : str
        What messages call it.
    value : object
        The parameter.
    low : int
        The least value.

    Raises
    ------
    InvalidInputError
        If it is not.
    """
    if not isinstance(value, Integral) or value < low:
        raise InvalidInputError(
            f"{name}={value!r} must be an integer of at least {low}."
        )

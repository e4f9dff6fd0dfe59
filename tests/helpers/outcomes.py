"""What may come of a call with bad input: an error of ours, or a correct result."""

import traceback
from pathlib import PurePath

import numpy as np

from sklearn_deepsig.exceptions import DeepSignatureError

# Where scikit-learn looks at what it is given. What it raises there is worded for
# users, and every estimator of its own raises the same.
_VALIDATION = ("sklearn/utils/", "sklearn/base.py")


class BareTracebackError(AssertionError):
    """A call failed in a way that no user can make sense of."""


def try_call(function, *arguments, names=()):
    """Call a function with bad input, and judge how it fails if it does.

    Parameters
    ----------
    function : callable
        What is called.
    *arguments : object
        With what.
    names : iterable of str
        One of them must be in the message of an error; empty where anything goes.

    Returns
    -------
    result : object or None
        What the call gave.
    error : Exception or None
        What it raised, an error of ours or one of scikit-learn's validation.

    Raises
    ------
    BareTracebackError
        If it raised anything else.
    """
    try:
        return function(*arguments), None
    except Exception as error:
        if not _is_of_ours(error) or not str(error).strip():
            raise BareTracebackError(
                f"{type(error).__name__}: {str(error)[:300]}"
            ) from error
        if names and not any(name in str(error) for name in names):
            raise BareTracebackError(
                f"{type(error).__name__} names none of {sorted(names)}: "
                f"{str(error)[:300]}"
            ) from error
        return None, error


def _is_of_ours(error):
    if isinstance(error, DeepSignatureError):
        return True
    if not isinstance(error, ValueError | TypeError):
        return False
    frames = traceback.extract_tb(error.__traceback__)
    places = [PurePath(frame.filename).as_posix() for frame in frames]
    ours = [
        i
        for i, place in enumerate(places)
        if "/sklearn_deepsig/" in place or "/tests/" in place
    ]
    # what our own code lets NumPy raise is no error of ours
    called = places[ours[-1] + 1 :] if ours else places
    return bool(called) and any(part in called[0] for part in _VALIDATION)


def assert_finite(result, n_samples):
    """Check that a result holds one finite entry of real numbers a sample."""
    assert len(result) == n_samples
    for row in result:
        row = getattr(row, "positions", row)
        array = np.asarray(row)
        assert array.dtype.kind in "fiubUSO", array.dtype
        if array.dtype.kind == "f":
            assert np.isfinite(array).all()

"""Where the checkpoints of a fit lie, and whether they can be found again."""

import warnings
from numbers import Integral
from typing import Any

from sklearn_deepsig.exceptions import UnseededCheckpointWarning

__all__ = ["warn_of_unseeded_checkpoint"]


def warn_of_unseeded_checkpoint(checkpoint_dir: Any, random_state: Any) -> None:
    """Warn where a fit that is killed will not find its checkpoint again.

    Parameters
    ----------
    checkpoint_dir : str, path-like or None
        The parameter of an estimator.
    random_state : int, RandomState instance or None
        Another one.

    Warns
    -----
    UnseededCheckpointWarning
        If there are checkpoints, and each fit draws a seed of its own.
    """
    if checkpoint_dir is None or isinstance(random_state, Integral):
        return
    given, outcome = "None", "will"
    if random_state is not None:  # made anew in the same state, it gives the same seed
        given, outcome = "a RandomState instance", "may"
    warnings.warn(
        f"checkpoint_dir={str(checkpoint_dir)!r} is given, but random_state is "
        f"{given}, from which each fit draws another seed: a fit that was killed "
        f"{outcome} not find its checkpoint when it is started again, and begins "
        "anew. Set an int, such as random_state=0.",
        UnseededCheckpointWarning,
        stacklevel=2,
    )

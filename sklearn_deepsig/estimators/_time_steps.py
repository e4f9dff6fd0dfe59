"""Whether the time between frames, and not the motion, can tell classes apart."""

import warnings
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.exceptions import ImplausibleTrajectoryWarning
from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = ["warn_of_time_steps"]


def warn_of_time_steps(
    samples: Sequence[GraphTrajectory], labels: NDArray[np.generic]
) -> None:
    """Warn of two classes whose trajectories were saved at other intervals.

    Parameters
    ----------
    samples : sequence of GraphTrajectory
        The samples; those whose time step is not known are passed over.
    labels : ndarray of shape (n_samples,)
        Their classes.

    Warns
    -----
    ImplausibleTrajectoryWarning
        If no time step, in ps and rounded to two digits, occurs in both of two classes.
    """
    steps: dict[object, set[float]] = {}
    for sample, label in zip(samples, labels.tolist(), strict=True):
        if sample.time_step is not None:
            steps.setdefault(label, set()).add(float(f"{sample.time_step:.1e}"))
    for one, other in combinations(sorted(steps, key=str), 2):
        if steps[one].isdisjoint(steps[other]):
            told = " and ".join(
                f"{', '.join(f'{step:g}' for step in sorted(steps[label]))} ps in "
                f"class {label!r}"
                for label in (one, other)
            )
            warnings.warn(
                f"the time between frames is {told}: a model can tell these classes "
                "apart by that alone, without having seen how they move. Load all "
                "trajectories with the same time between frames (stride=...).",
                ImplausibleTrajectoryWarning,
                stacklevel=2,
            )
            return

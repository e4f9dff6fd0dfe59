"""How far methods are apart, with the standard error over the units."""

from collections.abc import Mapping

import numpy as np

__all__ = ["margin"]


def margin(
    ours: Mapping[str, float], other: Mapping[str, float]
) -> tuple[float, float]:
    """Compare two methods on the same trajectories, unit by unit.

    Parameters
    ----------
    ours, other : mapping of str to float
        For each trajectory the fraction of its windows that were classified correctly.
        What comes before a slash in its name is the unit that is held out whole.

    Returns
    -------
    tuple of float
        The mean over the units of the difference, and its standard error; NaN where
        there are fewer than two units.
    """
    units: dict[str, list[float]] = {}
    for name in ours.keys() & other.keys():
        units.setdefault(name.split("/")[0], []).append(ours[name] - other[name])
    differences = np.array([np.mean(of_one) for of_one in units.values()])
    if len(differences) < 2:
        return float("nan"), float("nan")
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    return float(differences.mean()), float(error)

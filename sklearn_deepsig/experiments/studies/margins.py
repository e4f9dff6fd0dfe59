"""Means with their standard error, and how far methods are apart."""

from collections.abc import Mapping, Sequence

import numpy as np

__all__ = ["margin", "mean_and_error"]


def mean_and_error(runs: Sequence[Mapping[str, float]]) -> tuple[float, float]:
    """Average over what is held out together, and over the runs.

    Parameters
    ----------
    runs : sequence of mapping of str to float
        For each run a value for each trajectory. What comes before a slash in the name
        of a trajectory is the unit that is held out whole.

    Returns
    -------
    tuple of float
        The mean over the units, each of which is averaged first, and its standard
        error: that over the units and that over the runs, added in quadrature. With one
        run the latter is unknown and left out; NaN where there are fewer than two
        units.
    """
    names = dict.fromkeys(name for run in runs for name in run)
    pooled = {
        name: np.mean([run[name] for run in runs if name in run]) for name in names
    }
    units = _units(pooled)
    if len(units) < 2:
        return float("nan"), float("nan")
    error = _standard_error(units)
    if len(runs) > 1:
        error = np.hypot(error, _standard_error([np.mean(_units(r)) for r in runs]))
    return float(np.mean(units)), float(error)


def margin(
    ours: Mapping[int, Mapping[str, float]], other: Mapping[int, Mapping[str, float]]
) -> tuple[float, float]:
    """Compare two methods on the same trajectories, in the runs that both have.

    Parameters
    ----------
    ours, other : mapping of int to mapping of str to float
        For each run, and in it for each trajectory, the fraction of its windows that
        were classified correctly.

    Returns
    -------
    tuple of float
        What `mean_and_error` gives of the differences.
    """
    differences = [
        {
            # in their order: that of a set, and so the last digit, changes each time
            name: ours[run][name] - other[run][name]
            for name in ours[run]
            if name in other[run]
        }
        for run in sorted(ours.keys() & other.keys())
    ]
    return mean_and_error([run for run in differences if run])


def _units(values: Mapping[str, float]) -> list[float]:
    """Average the trajectories of each unit."""
    of_unit: dict[str, list[float]] = {}
    for name, value in values.items():
        of_unit.setdefault(name.split("/")[0], []).append(value)
    return [float(np.mean(own)) for own in of_unit.values()]


def _standard_error(values: Sequence[float]) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))

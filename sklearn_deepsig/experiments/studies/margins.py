"""How far methods are apart, and from guessing, in standard errors of the units."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sklearn_deepsig.experiments.studies.settings import Study

__all__ = ["against_chance", "margin"]


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


def against_chance(study: Study, rows: Sequence[dict[str, Any]]) -> str:
    """Say which methods are within two standard errors of guessing.

    Parameters
    ----------
    study : Study
        The study, with the score of guessing.
    rows : sequence of dict
        What `summarise` gave of one task.

    Returns
    -------
    str
        A sentence or more.
    """
    chance = study.chance or 0.0
    within, above, below = [], [], []
    for row in rows:
        distance = row[study.score] - chance
        text = f"{row['method']} ({100 * row[study.score]:.1f} %)"
        if abs(distance) <= 2 * row["trajectory_se"]:
            within.append(text)
        elif distance != 0:
            (above if distance > 0 else below).append(text)
    parts = [f"Guessing gives {100 * chance:.1f} %"]
    for what, found in (
        ("within two standard errors of it", within),
        ("**better**", above),
        ("worse", below),
    ):
        if found:
            parts.append(f"{what}: {', '.join(found)}")
    return "; ".join(parts) + "."

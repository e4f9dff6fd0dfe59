"""What tables say in a sentence, with the uncertainty of what they compare."""

from collections.abc import Sequence
from typing import Any

from sklearn_deepsig.experiments.studies.settings import Study

__all__ = ["against_chance", "verdicts"]


def verdicts(study: Study, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Say of each task which methods are ahead of our best setting, and which behind.

    That setting is fixed in advance, so that nothing is chosen by the test. What knows
    the answer's form is left out.

    Parameters
    ----------
    study : Study
        The study.
    rows : sequence of dict
        What `summarise` gave.

    Returns
    -------
    list of str
        A sentence or more for each task with our best setting and another method.
    """
    sentences = []
    for name in dict.fromkeys(row[study.task_field] for row in rows):
        own = [row for row in rows if row[study.task_field] == name]
        compared = [
            row
            for row in own
            if row["ours_ahead"] is not None and row["role"] != "reference"
        ]
        if compared:
            ours = next(row for row in own if row["role"] == "ours")
            sentences.append(
                f"{name}: {_named(ours, study)}. {_sorted(compared, study)}"
            )
        if study.chance is not None:
            sentences.append(against_chance(study, own))
    return sentences


def _sorted(rows: Sequence[dict[str, Any]], study: Study) -> str:
    """Group methods by whether they are ahead, by two standard errors, or behind."""
    groups: dict[str, list[str]] = {
        "**A plain method wins**": [],
        "Ahead of it": [],
        "Not told apart from it": [],
        "Behind": [],
    }
    for row in sorted(rows, key=lambda row: -row[study.score]):
        ahead, error = row["ours_ahead"], row["ours_ahead_se"]
        if row["plain_wins"]:
            group = "**A plain method wins**"
        elif -ahead > 2 * error:
            group = "Ahead of it"
        elif ahead > 2 * error:
            group = "Behind"
        else:
            group = "Not told apart from it"
        groups[group].append(_named(row, study))
    return " ".join(
        f"{group}: {', '.join(named)}." for group, named in groups.items() if named
    )


def _named(row: dict[str, Any], study: Study) -> str:
    return f"{row['method']} ({100 * row[study.score]:.1f} %)"


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
        error = row["trajectory_se"] or 0.0
        if abs(distance) <= 2 * error:
            within.append(_named(row, study))
        elif distance != 0:
            (above if distance > 0 else below).append(_named(row, study))
    parts = [f"Guessing gives {100 * chance:.1f} %"]
    for what, found in (
        ("within two standard errors of it", within),
        ("**better**", above),
        ("worse", below),
    ):
        if found:
            parts.append(f"{what}: {', '.join(found)}")
    return "; ".join(parts) + "."

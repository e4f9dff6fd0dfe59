"""What tables say in a sentence, with the uncertainty of what they compare."""

from collections.abc import Sequence
from typing import Any

from sklearn_deepsig.experiments.studies.settings import Study

__all__ = ["against_chance", "verdicts"]

_PLAIN_WINS, _AHEAD = "**A plain method wins**", "Ahead"
_EQUAL, _BEHIND = "Not told apart from it", "Behind"


def verdicts(study: Study, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Say of each task which methods are ahead of our best setting, and which behind.

    That setting is fixed in advance, so that nothing is chosen by the test. What knows
    the answer's form is left out. Of tasks along an axis, which are many, only what is
    ahead is said.

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
    if study.axis is not None:
        return _ahead_along_the_axis(study, rows)
    sentences = []
    for name in dict.fromkeys(row[study.task_field] for row in rows):
        own = [row for row in rows if row[study.task_field] == name]
        compared = _compared(own)
        if compared:
            ours = next(row for row in own if row["role"] == "ours")
            sentences.append(f"{name}: {_named(ours, 'accuracy')}. {_sorted(compared)}")
        if study.chance is not None:
            sentences.append(against_chance(study, own))
    return sentences


def _compared(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        row
        for row in rows
        if row["ours_ahead"] is not None and row["role"] != "reference"
    ]


def _ahead_along_the_axis(study: Study, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Say where a method is ahead of our best setting, and that it is not elsewhere."""
    compared = _compared(rows)
    if not compared:
        return []
    ahead: dict[str, list[dict[str, Any]]] = {}
    for row in compared:
        if _group(row) in (_PLAIN_WINS, _AHEAD):
            ahead.setdefault(row[study.task_field], []).append(row)
    sentences = [f"{name}: {_sorted(own)}" for name, own in ahead.items()]
    where = "Elsewhere" if sentences else "Nowhere"
    no = "no method" if sentences else "a method"
    if any(row["role"] == "reference" for row in rows):
        no += " that does not know the form of the answer"
    return [
        *sentences,
        f"{where} is {no} ahead of our best setting by more than two standard errors.",
    ]


def _group(row: dict[str, Any]) -> str:
    """Say whether a method is ahead, by two standard errors, or behind."""
    ahead, error = row["ours_ahead"], row["ours_ahead_se"]
    if row["plain_wins"]:
        return _PLAIN_WINS
    if abs(ahead) <= 2 * error:
        return _EQUAL
    return _BEHIND if ahead > 0 else _AHEAD


def _sorted(rows: Sequence[dict[str, Any]]) -> str:
    """Name the methods by groups, the best first."""
    groups: dict[str, list[str]] = {
        name: [] for name in (_PLAIN_WINS, _AHEAD, _EQUAL, _BEHIND)
    }
    for row in sorted(rows, key=lambda row: -row["accuracy"]):
        groups[_group(row)].append(_named(row, "accuracy"))
    return " ".join(
        f"{group}: {', '.join(named)}." for group, named in groups.items() if named
    )


def _named(row: dict[str, Any], score: str) -> str:
    return f"{row['method']} ({100 * row[score]:.1f} %)"


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
        error = row["standard_error"] or 0.0
        if abs(distance) <= 2 * error:
            within.append(_named(row, study.score))
        elif distance != 0:
            (above if distance > 0 else below).append(_named(row, study.score))
    measure = "" if study.score == "accuracy" else " of balanced accuracy"
    parts = [f"Guessing gives {100 * chance:.1f} %{measure}"]
    for what, found in (
        ("within two standard errors of it", within),
        ("**better**", above),
        ("worse", below),
    ):
        if found:
            parts.append(f"{what}: {', '.join(found)}")
    return "; ".join(parts) + "."

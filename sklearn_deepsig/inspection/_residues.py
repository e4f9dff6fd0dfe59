"""Systems of different atoms, put together by the numbers of their residues."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig._optional import import_optional
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.inspection._attribute import attribute
from sklearn_deepsig.inspection._attribution import Attribution
from sklearn_deepsig.inspection._names import residue_number
from sklearn_deepsig.inspection._pair_scores import (
    PairScores,
    best_of,
    check_order,
    mean_scores,
    warn_if_all_against,
)
from sklearn_deepsig.inspection._tables import score_columns
from sklearn_deepsig.trajectory import as_trajectories, samples_of

__all__ = [
    "ResidueAttribution",
    "attribute_by_system",
    "combine_residues",
    "unite_residues",
]


@dataclass(frozen=True, eq=False)
class ResidueAttribution:
    """What residues contribute, over systems of different atoms.

    `combine_residues` makes it.

    Parameters
    ----------
    residue_names : list of str
        Such as ``"ALA 86"``, or ``"ALA/GLY 86"`` where the systems differ.
    residue_numbers : list of str
        What residues were put together by: ``"86"``, or ``"86 chain 1"``.
    n_systems : ndarray of int, shape (n_residues,)
        How many of the systems have the residue.
    node_pairs : PairScores
        What pairs of residues contribute, as a product of small matrices.

    Attributes
    ----------
    residue_scores : ndarray of shape (n_residues,)
        What each residue contributes.
    residue_pairs : ndarray of shape (n_residues, n_residues)
        What pairs of residues contribute, symmetric.
    """

    residue_names: list[str] = field(repr=False)
    residue_numbers: list[str] = field(repr=False)
    n_systems: NDArray[np.int64]
    node_pairs: PairScores = field(repr=False)

    @property
    def residue_scores(self) -> NDArray[np.float64]:
        """What each residue contributes."""
        return self.node_pairs.node_scores

    @cached_property
    def residue_pairs(self) -> NDArray[np.float64]:
        """What pairs of residues contribute."""
        return self.node_pairs.matrix()

    def critical_residues(self, n: int = 10, *, by: str = "score") -> Any:
        """List the residues that contribute most.

        Parameters
        ----------
        n : int, default=10
            How many.
        by : {"score", "magnitude"}, default="score"
            Whether the first are those that speak most for the explained class, or
            those that count most, for it or against it.

        Returns
        -------
        pandas.DataFrame
            Columns ``residue``, ``n_systems``, ``score`` and ``share``; see
            `Attribution.critical_atoms`.

        Raises
        ------
        InvalidInputError
            If `n` or `by` cannot be used.
        MissingDependencyError
            If pandas is not installed.

        Warns
        -----
        UninformativeFeaturesWarning
            If all scores are negative, so that the first matter least.
        """
        check_order(n, by)
        pandas = import_optional("pandas", purpose="critical_residues")
        best = best_of(self.residue_scores, n, by)
        warn_if_all_against(self.residue_scores[best], by)
        return pandas.DataFrame(
            {
                "residue": [self.residue_names[i] for i in best],
                "n_systems": self.n_systems[best],
                **score_columns(
                    self.residue_scores[best], np.abs(self.residue_scores).sum()
                ),
            }
        )

    def critical_interactions(self, n: int = 10, *, by: str = "score") -> Any:
        """List the pairs of residues that contribute most.

        Parameters
        ----------
        n : int, default=10
            How many.
        by : {"score", "magnitude"}, default="score"
            As in `critical_residues`.

        Returns
        -------
        pandas.DataFrame
            Columns ``residue_1``, ``residue_2``, ``score`` and ``share``.

        Raises
        ------
        InvalidInputError
            If `n` or `by` cannot be used.
        MissingDependencyError
            If pandas is not installed.

        Warns
        -----
        UninformativeFeaturesWarning
            If all scores are negative, so that the first matter least.
        """
        pandas = import_optional("pandas", purpose="critical_interactions")
        first, second, scores = self.node_pairs.best_pairs(n, by)
        warn_if_all_against(scores, by)
        return pandas.DataFrame(
            {
                "residue_1": [self.residue_names[i] for i in first],
                "residue_2": [self.residue_names[i] for i in second],
                **score_columns(scores, self.node_pairs.total_magnitude),
            }
        )


def attribute_by_system(
    estimator: Any, X: Any, y: Any = None, **options: Any
) -> list[Attribution]:
    """Attribute samples of several systems, such as mutants, system by system.

    Parameters
    ----------
    estimator : estimator
        As in `attribute`.
    X : samples
        Trajectories; those with the same names of atoms, or, without names, the same
        number of nodes, are one system.
    y : array-like of shape (n_samples,), label or None, default=None
        As in `attribute`.
    **options : dict
        Other arguments of `attribute`.

    Returns
    -------
    list of Attribution
        One a system, in the order in which they first occur.

    Raises
    ------
    InvalidInputError
        As `attribute`.
    """
    items = list(samples_of(X))
    systems: dict[Any, list[int]] = {}
    for index, sample in enumerate(as_trajectories(X, graph="chain")):
        systems.setdefault(sample.node_names or sample.n_nodes, []).append(index)
    is_for_each = y is not None and np.ndim(y) > 0
    return [
        attribute(
            estimator,
            [items[i] for i in rows],
            np.asarray(y)[rows] if is_for_each else y,
            **options,
        )
        for rows in systems.values()
    ]


def combine_residues(attributions: Sequence[Attribution]) -> ResidueAttribution:
    """Put attributions of systems with different atoms together, residue by residue.

    Residues of the same number (and chain, where the names of atoms say it) are one,
    whatever they are called. A system counts by its number of samples. A residue that a
    system does not have contributes zero there, so that all sums stay what they are.

    Parameters
    ----------
    attributions : sequence of Attribution
        One a system; see `attribute_by_system`.

    Returns
    -------
    ResidueAttribution
        Residues in the order of chains and numbers.

    Raises
    ------
    InvalidInputError
        If there is none.
    """
    if not attributions:
        raise InvalidInputError("attributions is empty; give at least one.")
    united = unite_residues(
        [part.residue_names for part in attributions],
        [part.by_residue for part in attributions],
    )
    weights = [len(part.samples) for part in attributions]
    return ResidueAttribution(
        united.names,
        united.numbers,
        united.counts,
        mean_scores(united.parts, weights),
    )


class _United(NamedTuple):
    names: list[str]
    numbers: list[str]
    counts: NDArray[np.int64]
    parts: list[PairScores]


def unite_residues(
    names: Sequence[Sequence[str]], parts: Sequence[PairScores]
) -> _United:
    """Give the residues of several systems common numbers.

    Parameters
    ----------
    names : sequence of sequence of str
        Names of each system's residues.
    parts : sequence of PairScores
        Scores of each system's residues.

    Returns
    -------
    named tuple
        Common names and numbers, how many systems have each, and the scores of the
        systems in this order.
    """
    kinds: dict[str, list[str]] = {}
    counts: dict[str, int] = {}
    for system in names:
        for name in system:
            number, kind = residue_number(name)
            known = kinds.setdefault(number, [])
            counts[number] = counts.get(number, 0) + 1
            known += [one for one in kind.split("/") if one and one not in known]
    numbers = sorted(kinds, key=_chain_and_number)
    place = {number: i for i, number in enumerate(numbers)}
    return _United(
        [f"{'/'.join(kinds[number])} {number}".strip() for number in numbers],
        numbers,
        np.array([counts[number] for number in numbers]),
        [
            part.merged(
                np.array([place[residue_number(name)[0]] for name in system]),
                len(numbers),
            )
            for system, part in zip(names, parts, strict=True)
        ],
    )


def _chain_and_number(number: str) -> tuple[str, int]:
    """Order residues by chain and number; what has no number stays in its place."""
    first, _, chain = number.partition(" chain ")
    is_number = first.removeprefix("-").isdigit()
    return (chain, int(first)) if is_number else ("", 0)

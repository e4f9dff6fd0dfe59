"""What attributions over folds and seeds say together."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig._optional import import_optional
from sklearn_deepsig.inspection._names import label_nodes
from sklearn_deepsig.inspection._pair_scores import (
    PairScores,
    best_of,
    check_order,
    mean_scores,
    warn_if_all_against,
)
from sklearn_deepsig.inspection._tables import atom_columns

__all__ = ["AttributionCV"]


@dataclass(frozen=True, eq=False)
class AttributionCV:
    """Attributions of models that were fitted to different folds, by different seeds.

    `attribute_cv` makes it.

    Parameters
    ----------
    names : list of str
        Names of the atoms, or of the residues.
    level : {"atoms", "residues"}
        Which of them.
    runs : tuple of PairScores
        What pairs contribute in each run, as a product of small matrices.
    folds : ndarray of int, shape (n_runs,)
        The fold that was held out, and is explained, in each run.
    random_states : ndarray, shape (n_runs,)
        The seed of each run.
    test_scores : ndarray of float64, shape (n_runs,)
        What ``score`` gives on the held-out samples.

    Attributes
    ----------
    node_scores : ndarray of shape (n_runs, n_nodes)
        What each atom, or residue, contributes in each run.
    """

    names: list[str] = field(repr=False)
    level: str
    runs: tuple[PairScores, ...] = field(repr=False)
    folds: NDArray[np.int64]
    random_states: NDArray[Any]
    test_scores: NDArray[np.float64]

    @cached_property
    def node_scores(self) -> NDArray[np.float64]:
        """What each atom, or residue, contributes in each run."""
        return np.stack([run.node_scores for run in self.runs])

    @cached_property
    def _mean(self) -> PairScores:
        return mean_scores(self.runs)

    def critical_atoms(self, n: int = 3, *, by: str = "score") -> Any:
        """List the atoms, or residues, that contribute most in the mean of the runs.

        Parameters
        ----------
        n : int, default=3
            How many.
        by : {"score", "magnitude"}, default="score"
            As in `Attribution.critical_atoms`.

        Returns
        -------
        pandas.DataFrame
            Columns ``residue``, ``atom`` (not of residues), ``score`` (mean over the
            runs), ``standard_error`` (their standard deviation over the root of their
            number; NaN for one run) and ``frequency``: in which fraction of the runs it
            was among the first `n`.

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

        Notes
        -----
        Runs share training samples, so the true error of the mean is larger than
        ``standard_error``.
        """
        check_order(n, by)
        pandas = import_optional("pandas", purpose="critical_atoms")
        best = best_of(self._mean.node_scores, n, by)
        warn_if_all_against(self._mean.node_scores[best], by)
        among = [np.isin(best, best_of(scores, n, by)) for scores in self.node_scores]
        statistics = _statistics(self.node_scores[:, best], np.array(among))
        return pandas.DataFrame({**self._columns(best), **statistics})

    def critical_interactions(self, n: int = 10, *, by: str = "score") -> Any:
        """List the pairs that contribute most in the mean of the runs.

        Parameters
        ----------
        n : int, default=10
            How many.
        by : {"score", "magnitude"}, default="score"
            As in `Attribution.critical_atoms`.

        Returns
        -------
        pandas.DataFrame
            Columns ``residue_1``, ``atom_1`` (not of residues), the same with ``_2``,
            and ``score``, ``standard_error`` and ``frequency`` as in `critical_atoms`.

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
        first, second, means = self._mean.best_pairs(n, by)
        warn_if_all_against(means, by)
        scores, among = [], []
        for run in self.runs:
            best = run.best_pairs(n, by)
            keys = best.first * run.n_nodes + best.second
            among.append(np.isin(first * run.n_nodes + second, keys))
            scores.append(run.of_pairs(first, second))
        return pandas.DataFrame(
            {
                **self._columns(first, "_1"),
                **self._columns(second, "_2"),
                **_statistics(np.array(scores), np.array(among)),
            }
        )

    def _columns(self, nodes: NDArray[np.int64], end: str = "") -> dict[str, list[str]]:
        if self.level == "residues":
            return {f"residue{end}": [self.names[node] for node in nodes]}
        return atom_columns(label_nodes(self.names, len(self.names)), nodes, end)


def _statistics(
    scores: NDArray[np.float64], among: NDArray[np.bool_]
) -> dict[str, NDArray[np.float64]]:
    """Summarise runs (n_runs, n_rows)."""
    n_runs = len(scores)
    spread = (
        scores.std(axis=0, ddof=1) if n_runs > 1 else np.full(scores.shape[1], np.nan)
    )
    return {
        "score": scores.mean(axis=0),
        "standard_error": spread / n_runs**0.5,
        "frequency": among.mean(axis=0),
    }

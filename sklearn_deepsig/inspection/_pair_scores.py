"""Scores of nodes and of pairs of nodes, kept as a product of small matrices."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_diag, csr_array, diags, hstack, issparse

from sklearn_deepsig.exceptions import InvalidInputError, UninformativeFeaturesWarning

__all__ = [
    "BestPairs",
    "PairScores",
    "best_of",
    "check_order",
    "mean_scores",
    "warn_if_all_against",
]

# Pairs that are looked at in one go.
_BLOCK_SIZE = 1 << 20

_ORDERS = ("score", "magnitude")


class BestPairs(NamedTuple):
    """The pairs of different nodes with the largest scores, the best one first."""

    first: NDArray[np.int64]
    """The node with the lower number."""

    second: NDArray[np.int64]
    """The other one."""

    score: NDArray[np.float64]
    """Their scores, (n, m) and (m, n) together."""


@dataclass(frozen=True, eq=False)
class PairScores:
    r"""The matrix S C Sᵀ + diag(S d) of nodes by nodes, which is never made.

    Parameters
    ----------
    memberships : ndarray or sparse array, shape (n_nodes, n_clusters)
        Weights of the nodes in each cluster, none negative.
    pairs : sparse array, shape (n_clusters, n_clusters)
        Written C: what pairs of clusters contribute, symmetric.
    own : ndarray, shape (n_clusters,)
        Written d: what clusters contribute by themselves.
    normalized : bool, default=True
        Whether the shares S are the weights divided by the sum of each column, or the
        weights themselves.

    Attributes
    ----------
    n_nodes : int
        Number of nodes.
    shares : ndarray or sparse array, shape (n_nodes, n_clusters)
        Written S. Where normalized, columns sum to one, or to zero for a cluster of no
        node.
    node_scores : ndarray of shape (n_nodes,)
        The row sums of the matrix.
    """

    memberships: Any
    pairs: csr_array
    own: NDArray[np.float64]
    normalized: bool = True

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return int(self.memberships.shape[0])

    @cached_property
    def shares(self) -> Any:
        """Shares of the nodes in each cluster."""
        if not self.normalized:
            return self.memberships
        totals = np.asarray(self.memberships.sum(axis=0), dtype=np.float64).ravel()
        factors = np.divide(1, totals, out=np.zeros_like(totals), where=totals > 0)
        if issparse(self.memberships):
            return csr_array(self.memberships @ diags(factors))
        return self.memberships * factors

    @cached_property
    def node_scores(self) -> NDArray[np.float64]:
        """Row sums of the matrix."""
        sums = np.asarray(self.shares.sum(axis=0)).ravel()
        scores: NDArray[np.float64] = self.shares @ (self.pairs @ sums + self.own)
        return scores

    def matrix(self) -> NDArray[np.float64]:
        """Return the whole matrix, for few nodes.

        Returns
        -------
        ndarray of shape (n_nodes, n_nodes)
            Symmetric; where normalized, it sums to what the clusters that have nodes
            contribute.
        """
        shares = _dense(self.shares)
        return (shares @ self.pairs) @ shares.T + np.diag(shares @ self.own)

    def of_pairs(
        self, first: NDArray[np.int64], second: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the scores of some pairs of different nodes.

        Parameters
        ----------
        first, second : ndarray of int, shape (n_pairs,)
            The nodes.

        Returns
        -------
        ndarray of shape (n_pairs,)
            Twice the entries of the matrix, which holds each pair twice.
        """
        left, right = _dense(self.shares[first]), _dense(self.shares[second])
        return 2 * ((left @ self.pairs) * right).sum(axis=1)

    def best_pairs(self, n: int, by: str = "score") -> BestPairs:
        """Find the pairs of different nodes with the largest scores.

        Parameters
        ----------
        n : int
            How many, if there are as many.
        by : {"score", "magnitude"}, default="score"
            Whether the largest are the most positive, or the farthest from zero.

        Returns
        -------
        BestPairs
            The pairs. Of equals the first by number come first.
        """
        check_order(n, by)
        keys, scores = np.empty(0, dtype=np.int64), np.empty(0)
        for start, block in self._blocks():
            row, column = np.triu_indices(len(block), start + 1, self.n_nodes)
            values = 2 * block[row, column]
            best = best_of(values, n, by)
            keys = np.append(keys, (start + row[best]) * self.n_nodes + column[best])
            scores = np.append(scores, values[best])
            order = np.argsort(keys)
            chosen = order[best_of(scores[order], n, by)]
            keys, scores = keys[chosen], scores[chosen]
        return BestPairs(keys // self.n_nodes, keys % self.n_nodes, scores)

    @cached_property
    def total_magnitude(self) -> float:
        """Sum of the absolute values of the matrix."""
        own = self.shares @ self.own
        total = 0.0
        for start, block in self._blocks():
            rows = np.arange(len(block))
            block[rows, start + rows] += own[start : start + len(block)]
            total += float(np.abs(block).sum())
        return total

    def merged(self, labels: NDArray[np.int64], n_labels: int) -> "PairScores":
        """Add up the nodes of each label.

        Parameters
        ----------
        labels : ndarray of int, shape (n_nodes,)
            Label of each node.
        n_labels : int
            Number of labels.

        Returns
        -------
        PairScores
            With the labels for nodes; all sums are the same.
        """
        ones = np.ones(len(labels))
        places = labels, np.arange(len(labels))
        adding = csr_array((ones, places), shape=(n_labels, len(labels)))
        return PairScores(adding @ self.shares, self.pairs, self.own, normalized=False)

    def _blocks(self) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Yield rows of S C Sᵀ with the number of the first of them."""
        height = max(1, _BLOCK_SIZE // self.n_nodes)
        for start in range(0, self.n_nodes, height):
            rows = self.shares[start : start + height] @ self.pairs
            yield start, _dense(rows @ self.shares.T)


def mean_scores(
    parts: Sequence[PairScores], weights: Sequence[float] | None = None
) -> PairScores:
    """Average the matrices of several models of the same nodes.

    Parameters
    ----------
    parts : sequence of PairScores
        The matrices.
    weights : sequence of float, optional
        Their weights; equal by default.

    Returns
    -------
    PairScores
        Their mean, again as a product: clusters of different models are different.
    """
    factors = np.ones(len(parts)) if weights is None else np.asarray(weights)
    factors = factors / factors.sum()
    shares = [part.shares for part in parts]
    joined = hstack(shares, format="csr") if issparse(shares[0]) else np.hstack(shares)
    scaled = [part.pairs * f for part, f in zip(parts, factors, strict=True)]
    own = [part.own * f for part, f in zip(parts, factors, strict=True)]
    pairs = csr_array(block_diag(scaled))
    return PairScores(joined, pairs, np.concatenate(own), normalized=False)


def best_of(values: NDArray[np.float64], n: int, by: str) -> NDArray[np.int64]:
    """Find the largest values.

    Parameters
    ----------
    values : ndarray of shape (n_values,)
        The values.
    n : int
        How many.
    by : {"score", "magnitude"}
        Whether the largest are the most positive, or the farthest from zero.

    Returns
    -------
    ndarray of int
        Their places, the largest first; of equals the first ones.
    """
    keys = np.abs(values) if by == "magnitude" else values
    if n < len(keys):
        # sorting only what can be among them, with all that equal the last one
        least = np.partition(keys, len(keys) - n)[len(keys) - n]
        places = np.flatnonzero(keys >= least)
    else:
        places = np.arange(len(keys))
    return places[np.argsort(-keys[places], kind="stable")][:n]


def check_order(n: int, by: str) -> None:
    """Refuse orders that there are not.

    Parameters
    ----------
    n : int
        How many are asked for.
    by : str
        By what they are ordered.

    Raises
    ------
    InvalidInputError
        If `n` is less than one, or `by` is unknown.
    """
    if n < 1:
        raise InvalidInputError(f"n={n!r} must be at least 1.")
    if by not in _ORDERS:
        raise InvalidInputError(f"by={by!r} is unknown; choose one of {_ORDERS}.")


def warn_if_all_against(scores: NDArray[np.float64], by: str) -> None:
    """Say that what is listed first matters least, if all speaks against the class.

    Parameters
    ----------
    scores : ndarray
        Those listed, the largest first.
    by : {"score", "magnitude"}
        By what they are ordered.

    Warns
    -----
    UninformativeFeaturesWarning
        If they are ordered by their score and even the first is negative.
    """
    if by == "score" and scores.size and scores[0] < 0:
        warnings.warn(
            "All contributions are negative: nothing speaks for what is explained, and "
            "the first in this table are those that matter least. Give by='magnitude'; "
            "of a network that is sure of its predictions, "
            "attribute(..., method='integrated_gradients') tells more.",
            UninformativeFeaturesWarning,
            stacklevel=3,
        )


def _dense(array: Any) -> NDArray[np.float64]:
    result: NDArray[np.float64] = array.toarray() if issparse(array) else array
    return result

"""Lyndon brackets multiplied out: as words, and as whole tensors.

A bracket expands into anagrams of its word only, so the change of basis falls into
small blocks of integers, one an anagram class. No matrix of the whole width is made.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.functional.lyndon import lyndon_table, standard_factorization

__all__ = ["AnagramBlock", "BracketTerms", "anagram_blocks", "bracket_terms"]


class AnagramBlock(NamedTuple):
    """One diagonal block of the change between the two bases, and where it stands.

    Both bases are numbered by Lyndon words, and a bracket expands into anagrams of its
    word only. Anagram classes whose letters occur equally often, in order, share one
    block.
    """

    positions: NDArray[np.int64]
    """Words of each class, as rows of `lyndon_table`; shape (n_classes, size)."""

    words_from_brackets: NDArray[np.int64]
    """Unit lower triangular; column b holds bracket b's coefficients of the words."""

    brackets_from_words: NDArray[np.int64]
    """The inverse, also of integers."""


class BracketTerms(NamedTuple):
    """All Lyndon brackets of one length multiplied out; one entry a word of each."""

    words: NDArray[np.int64]
    """Places of the words in the tensor, the last letter running fastest."""

    brackets: NDArray[np.int64]
    """Rows of `lyndon_table` that the brackets belong to."""

    coefficients: NDArray[np.int64]
    """Coefficients of the words in the brackets."""


@lru_cache(maxsize=16)
def bracket_terms(n_channels: int, length: int) -> BracketTerms:
    """Multiply out every Lyndon bracket of one length.

    Parameters
    ----------
    n_channels : int
        Size of the alphabet.
    length : int
        Length of the words.

    Returns
    -------
    BracketTerms
        The sparse matrix that takes coefficients of brackets to the expanded tensor.
    """
    table = lyndon_table(n_channels, length)
    if not len(table):  # one letter repeated
        return BracketTerms(*np.empty((3, 0), dtype=np.int64))
    order = np.argsort(table, axis=1, kind="stable")
    content = np.take_along_axis(table, order, axis=1)
    is_new_letter = np.diff(content, axis=1, prepend=content[:, :1]) > 0
    ranks = np.empty_like(table)
    np.put_along_axis(ranks, order, np.cumsum(is_new_letter, axis=1), axis=1)
    # Words that agree up to the names of their letters are expanded together.
    forms, form_of_word = np.unique(ranks, axis=0, return_inverse=True)
    powers = n_channels ** np.arange(length - 1, -1, -1)
    parts: list[tuple[NDArray[np.int64], ...]] = []
    by_form = np.argsort(form_of_word.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(form_of_word.ravel(), minlength=len(forms)))
    for form, rows in zip(forms.tolist(), np.split(by_form, ends[:-1]), strict=True):
        expansion = _expand_bracket(tuple(form))
        place_of_rank = [form.index(rank) for rank in range(max(form) + 1)]
        letters = table[rows][:, place_of_rank]
        words = letters[:, np.array(list(expansion))] @ powers
        coefficients = np.array(list(expansion.values()))
        parts.append(
            (
                words.ravel(),
                np.repeat(rows, len(expansion)),
                np.tile(coefficients, len(rows)),
            )
        )
    return BracketTerms(*map(np.concatenate, zip(*parts, strict=True)))


@lru_cache(maxsize=64)
def anagram_blocks(n_channels: int, length: int) -> tuple[AnagramBlock, ...]:
    """Relate the coefficients of Lyndon words to those of Lyndon brackets.

    Parameters
    ----------
    n_channels : int
        Size of the alphabet.
    length : int
        Length of the words.

    Returns
    -------
    tuple of AnagramBlock
        The blocks that are not identities; there are none up to length 2.

    References
    ----------
    C. Reutenauer, "Free Lie Algebras", Oxford University Press 1993, theorem 5.1.
    """
    if length < 3:
        return ()
    table = lyndon_table(n_channels, length)
    content = np.sort(table, axis=1)
    is_new_letter = (content[:, 1:] != content[:, :-1]).astype(np.int64)
    patterns = is_new_letter @ (1 << np.arange(length - 1))
    blocks = []
    for pattern in np.unique(patterns).tolist():
        # The words as letters 0, 1, ... in the order of the alphabet: what the
        # classes of this pattern have in common.
        ranks = np.cumsum([0] + [pattern >> place & 1 for place in range(length - 1)])
        words = _lyndon_anagrams(tuple(ranks.tolist()))
        if len(words) == 1:
            continue
        (rows,) = np.nonzero(patterns == pattern)
        # A stable sort brings anagrams together and keeps their order within.
        order = np.lexsort(content[rows].T[::-1])
        forward = _expansion_matrix(words)
        inverse = _inverse_unitriangular(forward)
        blocks.append(
            AnagramBlock(rows[order].reshape(-1, len(words)), forward, inverse)
        )
    return tuple(blocks)


def _lyndon_anagrams(letters: tuple[int, ...]) -> list[tuple[int, ...]]:
    """List the Lyndon words that are anagrams of the sorted letters, in order."""
    table = lyndon_table(max(letters) + 1, len(letters))
    is_anagram = (np.sort(table, axis=1) == letters).all(axis=1)
    return [tuple(word) for word in table[is_anagram].tolist()]


def _expansion_matrix(words: list[tuple[int, ...]]) -> NDArray[np.int64]:
    """Tabulate the coefficients of Lyndon words in their expanded brackets."""
    rows = {word: row for row, word in enumerate(words)}
    matrix = np.zeros((len(words), len(words)), dtype=np.int64)
    for column, bracket in enumerate(words):
        for word, coefficient in _expand_bracket(bracket).items():
            if word in rows:
                matrix[rows[word], column] = coefficient
    return matrix


@lru_cache(maxsize=4096)
def _expand_bracket(word: tuple[int, ...]) -> dict[tuple[int, ...], int]:
    """Multiply out the standard bracketing of a Lyndon word."""
    if len(word) == 1:
        return {word: 1}
    left, right = map(_expand_bracket, standard_factorization(word))
    total: dict[tuple[int, ...], int] = {}
    for a, factor_a in left.items():
        for b, factor_b in right.items():
            total[a + b] = total.get(a + b, 0) + factor_a * factor_b
            total[b + a] = total.get(b + a, 0) - factor_a * factor_b
    return total


def _inverse_unitriangular(matrix: NDArray[np.int64]) -> NDArray[np.int64]:
    """Invert a unit lower triangular matrix of integers, exactly."""
    inverse = np.eye(len(matrix), dtype=np.int64)
    for row in range(1, len(matrix)):
        inverse[row] -= matrix[row, :row] @ inverse[:row]
    return inverse

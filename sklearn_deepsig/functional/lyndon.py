"""Lyndon words: which coordinates a log-signature has, and their names.

The log-signature of a path with C channels lives in the free Lie algebra on C letters.
Its coordinates are numbered by the Lyndon words, the words that are smaller than each
of their proper suffixes, here ordered by length and then lexicographically. NumPy
only: nothing here needs torch.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional._checks import check_fits, check_positive

__all__ = [
    "BASES",
    "bracket_name",
    "largest_depth",
    "logsignature_names",
    "logsignature_width",
    "lyndon_table",
    "lyndon_words",
    "standard_factorization",
    "word_name",
]

BASES = ("words", "lyndon", "expanded")


def logsignature_width(n_channels: int, depth: int, basis: str = "words") -> int:
    """Count the coordinates of a log-signature without making them.

    Parameters
    ----------
    n_channels : int
        Number of channels C of the path.
    depth : int
        Length of the longest words.
    basis : {"words", "lyndon", "expanded"}, default="words"
        The first two have one coordinate a Lyndon word, counted by Witt's formula;
        ``"expanded"`` has C + C^2 + ... + C^depth.

    Returns
    -------
    int
        The width.

    Raises
    ------
    InvalidInputError
        If a number is less than one or the basis is unknown.
    InvalidInputTypeError
        If a number is not an integer.

    References
    ----------
    E. Witt, "Treue Darstellung Liescher Ringe", J. reine angew. Math. 177 (1937).

    Examples
    --------
    >>> logsignature_width(150, 2), logsignature_width(3, 3, "expanded")
    (11325, 39)
    """
    check_positive(n_channels=n_channels, depth=depth)
    n_channels, depth = int(n_channels), int(depth)  # NumPy's would overflow
    if basis not in BASES:
        raise InvalidInputError(f"basis={basis!r} is unknown; choose one of {BASES}.")
    if basis == "expanded":
        return sum(n_channels**length for length in range(1, depth + 1))
    counts: list[int] = []
    for length in range(1, depth + 1):
        # Each of the C^n words of length n is a power of one rotation of one Lyndon
        # word whose length divides n, which is Witt's formula without its Moebius
        # function.
        powers = sum(d * counts[d - 1] for d in range(1, length) if length % d == 0)
        counts.append((n_channels**length - powers) // length)
    return sum(counts)


def largest_depth(n_channels: int, max_width: int, basis: str = "words") -> int:
    """Find the largest depth whose log-signature is not wider than a bound.

    Parameters
    ----------
    n_channels : int
        Number of channels.
    max_width : int
        Largest width that fits.
    basis : {"words", "lyndon", "expanded"}, default="words"
        The basis.

    Returns
    -------
    int
        The depth; 0 where not even depth 1 fits. For one channel in a Lyndon basis,
        whose width does not grow, this is 1.

    Examples
    --------
    >>> largest_depth(150, 20_000)
    2
    """
    if n_channels == 1:
        return max_width if basis == "expanded" else min(1, max_width)
    depth = 0
    while logsignature_width(n_channels, depth + 1, basis) <= max_width:
        depth += 1
    return depth


@lru_cache(maxsize=64)
def lyndon_table(n_channels: int, length: int) -> NDArray[np.int64]:
    """List the Lyndon words of one length as rows of letters.

    Parameters
    ----------
    n_channels : int
        Size of the alphabet; the letters are 0 to n_channels - 1.
    length : int
        Length of the words.

    Returns
    -------
    ndarray of int64, shape (n_words, length)
        The words in lexicographic order. Cached and read-only.

    References
    ----------
    J.-P. Duval, "Génération d'une section des classes de conjugaison et arbre des
    mots de Lyndon de longueur bornée", Theor. Comput. Sci. 60 (1988).
    """
    n_words = logsignature_width(n_channels, length)
    check_fits(
        8 * length * n_words,
        f"The table of the Lyndon words of length {length} on {n_channels} letters",
        "Lower the depth, or take fewer channels.",
    )
    # Every Lyndon word grows, letter by letter, through prefixes of powers of shorter
    # Lyndon words. Such a prefix with period p may go on with the letter p places
    # back, which keeps the period, or with a larger one, which makes the whole a
    # Lyndon word.
    words = np.arange(n_channels, dtype=np.int64)[:, None]
    periods = np.ones(n_channels, dtype=np.int64)
    for position in range(1, length):
        smallest = words[np.arange(len(words)), position - periods]
        n_children = n_channels - smallest
        parent = np.repeat(np.arange(len(words)), n_children)
        first_child = np.cumsum(n_children) - n_children
        step = np.arange(len(parent)) - first_child[parent]
        words = np.column_stack([words[parent], smallest[parent] + step])
        periods = np.where(step == 0, periods[parent], position + 1)
    table: NDArray[np.int64] = words[periods == length]
    table.setflags(write=False)
    return table


def lyndon_words(n_channels: int, depth: int) -> list[tuple[int, ...]]:
    """List the Lyndon words up to a length.

    Parameters
    ----------
    n_channels : int
        Size of the alphabet.
    depth : int
        Length of the longest words.

    Returns
    -------
    list of tuple of int
        The words, ordered by length and then lexicographically.

    Raises
    ------
    InvalidInputError
        If a number is less than one.

    Examples
    --------
    >>> lyndon_words(2, 3)
    [(0,), (1,), (0, 1), (0, 0, 1), (0, 1, 1)]
    """
    logsignature_width(n_channels, depth)  # checks both numbers
    # The largest first, which refuses to be larger than memory.
    tables = [lyndon_table(n_channels, length) for length in range(depth, 0, -1)]
    return [tuple(word) for table in reversed(tables) for word in table.tolist()]


def standard_factorization(
    word: tuple[int, ...],
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Split a Lyndon word w = uv, v its longest proper suffix that is a Lyndon word.

    Parameters
    ----------
    word : tuple of int
        A Lyndon word of at least two letters.

    Returns
    -------
    u : tuple of int
        The first part, a Lyndon word.
    v : tuple of int
        The rest, a Lyndon word too.

    Examples
    --------
    >>> standard_factorization((0, 2, 1))
    ((0, 2), (1,))
    """
    # The longest Lyndon suffix is the smallest proper suffix.
    start = min(range(1, len(word)), key=lambda i: word[i:])
    return word[:start], word[start:]


def word_name(word: Sequence[int], letters: Sequence[str]) -> str:
    """Write a word with the names of its letters.

    Parameters
    ----------
    word : sequence of int
        The word.
    letters : sequence of str
        Names of the channels.

    Returns
    -------
    str
        A single letter as its name, longer words as a list.

    Examples
    --------
    >>> word_name((0, 0, 1), ["x", "y"])
    '[x, x, y]'
    """
    if len(word) == 1:
        return letters[word[0]]
    return f"[{', '.join([letters[letter] for letter in word])}]"


def bracket_name(word: tuple[int, ...], letters: Sequence[str]) -> str:
    """Write the Lie bracket that a Lyndon word stands for.

    Parameters
    ----------
    word : tuple of int
        A Lyndon word.
    letters : sequence of str
        Names of the channels.

    Returns
    -------
    str
        The standard bracketing.

    Examples
    --------
    >>> bracket_name((0, 0, 1), ["x", "y"])
    '[x, [x, y]]'
    """
    if len(word) == 1:
        return letters[word[0]]
    left, right = standard_factorization(word)
    return f"[{bracket_name(left, letters)}, {bracket_name(right, letters)}]"


def logsignature_names(
    letters: Sequence[str], depth: int, basis: str = "words"
) -> list[str]:
    """Name every coordinate of a log-signature.

    Parameters
    ----------
    letters : sequence of str
        Names of the channels.
    depth : int
        Length of the longest words.
    basis : {"words", "lyndon", "expanded"}, default="words"
        The basis: words by `word_name`, brackets by `bracket_name`.

    Returns
    -------
    list of str
        The names, in the order of the coordinates.

    Raises
    ------
    InvalidInputError
        If there is no letter, the depth is less than one or the basis is unknown.

    Examples
    --------
    >>> logsignature_names(["x", "y"], 3, basis="lyndon")
    ['x', 'y', '[x, y]', '[x, [x, y]]', '[[x, y], y]']
    """
    logsignature_width(len(letters), depth, basis)  # checks all three
    names = list(letters)
    for length in range(2, depth + 1):
        if basis == "expanded":
            shape = (len(letters),) * length
            table = np.indices(shape).reshape(length, -1).T
        else:
            table = lyndon_table(len(letters), length)
        if basis == "lyndon":
            names += [bracket_name(tuple(word), letters) for word in table.tolist()]
        else:
            names += [word_name(word, letters) for word in table.tolist()]
    return names

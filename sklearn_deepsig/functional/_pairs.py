"""Where padded matrices of pairs of channels hold the words of two letters."""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.functional._words import constant_table

__all__ = [
    "Panel",
    "matrix_pairs",
    "matrix_signs",
    "padded_size",
    "pair_positions",
    "panel_bounds",
    "panel_positions",
]

# Rows of a panel; fewer compute less below the diagonal, and take more calls.
_PANEL_HEIGHT = 56


def padded_size(n_channels: int) -> int:
    """Return the least multiple of 8 that is no smaller.

    Parameters
    ----------
    n_channels : int
        Size of a matrix.

    Returns
    -------
    int
        Its size with padding.
    """
    return -(-n_channels // 8) * 8


@constant_table
def pair_positions(n_channels: int) -> NDArray[Any]:
    """Tell where a padded matrix, row by row, holds the pairs i < j, then j > i.

    Parameters
    ----------
    n_channels : int
        Size of the matrix before padding.

    Returns
    -------
    ndarray of int64, shape (2 * n_pairs,)
        Positions of all (i, j), and of all (j, i).
    """
    row, column = np.triu_indices(n_channels, 1)
    width = padded_size(n_channels)
    return np.concatenate([row * width + column, column * width + row])


class Panel(NamedTuple):
    """Rows of a padded matrix, from the column of the first of them on."""

    top: int
    """First row, and first column."""

    bottom: int
    """One after the last row."""

    start: int
    """Where the panel begins in an array of all of them."""

    stop: int
    """Where it ends."""


@lru_cache(maxsize=64)
def panel_bounds(n_channels: int) -> tuple[Panel, ...]:
    """Cut the upper triangle of a padded matrix into panels of whole rows.

    Parameters
    ----------
    n_channels : int
        Size of the matrix; the array of all panels leaves as many numbers free before
        the first.

    Returns
    -------
    tuple of Panel
        The panels, from top to bottom.
    """
    n_padded = padded_size(n_channels)
    panels = []
    start = n_channels
    for top in range(0, max(1, n_channels - 1), _PANEL_HEIGHT):
        bottom = min(top + _PANEL_HEIGHT, n_padded)
        stop = start + (bottom - top) * (n_padded - top)
        panels.append(Panel(top, bottom, start, stop))
        start = stop
    return tuple(panels)


@constant_table
def panel_positions(n_channels: int) -> NDArray[Any]:
    """Tell where an array of all panels holds level 1, and the pairs i < j.

    Parameters
    ----------
    n_channels : int
        Size of the matrix.

    Returns
    -------
    ndarray of int64, shape (n_channels + n_pairs,)
        The numbers before the first panel, then positions in the panels.
    """
    row, column = np.triu_indices(n_channels, 1)
    panels = np.array(panel_bounds(n_channels))[row // _PANEL_HEIGHT]
    top, start = panels[:, 0], panels[:, 2]
    width = padded_size(n_channels) - top
    pairs = start + (row - top) * width + (column - top)
    return np.concatenate([np.arange(n_channels), pairs])


@constant_table
def matrix_pairs(n_channels: int) -> NDArray[Any]:
    """Tell which pair i < j each element of a padded symmetric matrix is.

    Parameters
    ----------
    n_channels : int
        Size of the matrix; its columns are padded.

    Returns
    -------
    ndarray of int64, shape (n_channels * padded_size(n_channels),)
        Numbers of the pairs; 0 on the diagonal and in the padding.
    """
    row, column = np.triu_indices(n_channels, 1)
    pairs = np.zeros((n_channels, padded_size(n_channels)), dtype=np.int64)
    pairs[row, column] = pairs[column, row] = np.arange(len(row))
    return pairs.ravel()


@constant_table
def matrix_signs(n_channels: int) -> NDArray[Any]:
    """Return minus one half above the diagonal, one half below, and 0 elsewhere.

    Parameters
    ----------
    n_channels : int
        Size of the matrix; its columns are padded.

    Returns
    -------
    ndarray of float64, shape (n_channels * padded_size(n_channels),)
        The signs, row by row.
    """
    signs = np.zeros((n_channels, padded_size(n_channels)))
    ones = np.ones((n_channels, n_channels))
    signs[:, :n_channels] = 0.5 * (np.tril(ones) - np.triu(ones))
    return signs.ravel()

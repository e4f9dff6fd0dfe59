"""The three bases of log-signatures, and how to get from one to another."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sklearn_deepsig.functional._anagrams import bracket_terms
from sklearn_deepsig.functional._checks import as_coefficients
from sklearn_deepsig.functional._words import (
    brackets_to_words,
    constant_table,
    gather_all_words,
    words_to_brackets,
)
from sklearn_deepsig.functional.lyndon import logsignature_width

__all__ = ["convert_basis", "split_levels"]


def convert_basis(
    logsignature: Tensor, n_channels: int, depth: int, source: str, target: str
) -> Tensor:
    """Change the basis of log-signatures.

    Parameters
    ----------
    logsignature : Tensor, shape (..., source_width)
        The log-signatures.
    n_channels, depth : int
        Their numbers of channels and levels.
    source, target : {"words", "lyndon", "expanded"}
        The basis that they are in and the one that is wanted; see
        `sklearn_deepsig.functional.logsignature`.

    Returns
    -------
    Tensor, shape (..., target_width)
        The same log-signatures in the other basis. From ``"expanded"`` the
        coefficients of the Lyndon words are read and the others, which those of a
        log-signature determine, are dropped unread.

    Raises
    ------
    InvalidInputError
        If a basis is unknown or the width does not belong to the source.
    InvalidInputTypeError
        If it is no tensor of floating-point numbers.

    Examples
    --------
    >>> import torch
    >>> convert_basis(torch.tensor([1.0, 2.0, 5.0]), 2, 2, "words", "expanded")
    tensor([ 1.,  2.,  0.,  5., -5.,  0.])
    """
    source_width = logsignature_width(n_channels, depth, source)
    width = logsignature_width(n_channels, depth, target)  # checks the names
    logsignature = as_coefficients(logsignature, source_width, "logsignature")
    if source == target:
        return logsignature
    batch_shape = logsignature.shape[:-1]
    flat = logsignature.reshape(batch_shape.numel(), source_width)
    with torch.autocast(flat.device.type, enabled=False):
        if source == "expanded":
            flat = gather_all_words(flat, n_channels, depth)
        if target == "words":
            if source == "lyndon":
                flat = brackets_to_words(flat, n_channels, depth)
        elif source != "lyndon":
            flat = words_to_brackets(flat, n_channels, depth)
        if target == "expanded":
            flat = _expand_brackets(flat, n_channels, depth)
    return flat.reshape(*batch_shape, width)


def _expand_brackets(brackets: Tensor, n_channels: int, depth: int) -> Tensor:
    levels = []
    for length in range(1, depth + 1):
        rows, words = _term_positions(brackets, n_channels, length)
        coefficients = _term_coefficients(brackets, n_channels, length)
        values = brackets.index_select(1, rows) * coefficients
        level = brackets.new_zeros(len(brackets), n_channels**length)
        levels.append(level.index_add(1, words, values))
    return torch.cat(levels, dim=1)


@constant_table
def _term_positions(n_channels: int, length: int) -> NDArray[Any]:
    terms = bracket_terms(n_channels, length)
    shorter = logsignature_width(n_channels, length - 1) if length > 1 else 0
    return np.stack([terms.brackets + shorter, terms.words])


@constant_table
def _term_coefficients(n_channels: int, length: int) -> NDArray[Any]:
    return bracket_terms(n_channels, length).coefficients.astype(np.float64)


def split_levels(
    tensor: Tensor, n_channels: int, depth: int, name: str
) -> tuple[list[Tensor], torch.Size]:
    """Split a flat element of the tensor algebra into its levels.

    Parameters
    ----------
    tensor : Tensor, shape (..., n_channels + ... + n_channels ** depth)
        The levels 1 to depth, flat.
    n_channels, depth : int
        Number of letters and of levels.
    name : str
        What messages call the tensor.

    Returns
    -------
    levels : list of Tensor, shapes (batch, n_channels ** n) for n = 1 to depth
        The levels, with one leading dimension.
    batch_shape : torch.Size
        The leading shape that the tensor had.

    Raises
    ------
    InvalidInputError
        If the width does not belong to the channels and the depth.
    InvalidInputTypeError
        If it is no tensor of floating-point numbers.
    """
    width = logsignature_width(n_channels, depth, "expanded")
    tensor = as_coefficients(tensor, width, name)
    batch_shape = tensor.shape[:-1]
    sizes = [n_channels**length for length in range(1, depth + 1)]
    flat = tensor.reshape(batch_shape.numel(), width)
    return list(torch.split(flat, sizes, dim=1)), batch_shape

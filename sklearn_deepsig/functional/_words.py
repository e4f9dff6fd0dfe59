"""Reading coordinates off tensors, and changing between the bases."""

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sklearn_deepsig.functional._anagrams import anagram_blocks
from sklearn_deepsig.functional.lyndon import lyndon_table

__all__ = [
    "brackets_to_words",
    "gather_words",
    "pair_positions",
    "pair_signs",
    "words_to_brackets",
]


def gather_words(tensor: Tensor, n_channels: int, length: int) -> Tensor:
    """Take the coefficients of Lyndon words from a tensor of one level.

    Parameters
    ----------
    tensor : Tensor, shape (batch, n_channels ** length)
        One level of the tensor algebra, the last letter running fastest.
    n_channels : int
        Number of channels.
    length : int
        The level.

    Returns
    -------
    Tensor, shape (batch, n_words)
        The coefficients, in the order of the words.
    """
    return tensor.index_select(1, _flat_index(n_channels, length, tensor.device))


def words_to_brackets(words: Tensor, n_channels: int, depth: int) -> Tensor:
    """Change from coefficients of Lyndon words to those of Lyndon brackets.

    Parameters
    ----------
    words : Tensor, shape (batch, width)
        Log-signatures in the basis ``"words"``.
    n_channels, depth : int
        Their numbers of channels and levels.

    Returns
    -------
    Tensor, shape (batch, width)
        The same log-signatures in the basis ``"lyndon"``.
    """
    return _change_basis(words, n_channels, depth, to_brackets=True)


def brackets_to_words(brackets: Tensor, n_channels: int, depth: int) -> Tensor:
    """Change from coefficients of Lyndon brackets to those of Lyndon words.

    Parameters
    ----------
    brackets : Tensor, shape (batch, width)
        Log-signatures in the basis ``"lyndon"``.
    n_channels, depth : int
        Their numbers of channels and levels.

    Returns
    -------
    Tensor, shape (batch, width)
        The same log-signatures in the basis ``"words"``.
    """
    return _change_basis(brackets, n_channels, depth, to_brackets=False)


def _change_basis(
    old: Tensor, n_channels: int, depth: int, *, to_brackets: bool
) -> Tensor:
    new = old
    offset = 0
    for length in range(1, depth + 1):
        for number, block in enumerate(anagram_blocks(n_channels, length)):
            n_classes, size = block.positions.shape
            index = _block_index(n_channels, length, number, offset, old.device)
            matrix = (
                block.brackets_from_words if to_brackets else block.words_from_brackets
            )
            change = torch.as_tensor(matrix, dtype=old.dtype, device=old.device)
            classes = old.index_select(1, index).view(len(old), n_classes, size)
            new = new.index_copy(1, index, (classes @ change.mT).flatten(1))
        offset += len(lyndon_table(n_channels, length))
    return new


@lru_cache(maxsize=16)
def pair_positions(n_channels: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Tell where a matrix, row by row, holds the pairs i < j, and where j > i.

    Parameters
    ----------
    n_channels : int
        Size of the matrix.
    device : torch.device
        Where the indices are wanted.

    Returns
    -------
    upper : Tensor of int64, shape (n_pairs,)
        Positions of (i, j).
    lower : Tensor of int64, shape (n_pairs,)
        Positions of (j, i).
    """
    row, column = np.triu_indices(n_channels, 1)
    return (
        _index_tensor(row * n_channels + column, device),
        _index_tensor(column * n_channels + row, device),
    )


@lru_cache(maxsize=16)
def pair_signs(
    n_channels: int, dtype: torch.dtype, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Tell how an antisymmetric matrix is filled from its pairs i < j.

    Parameters
    ----------
    n_channels : int
        Size of the matrix.
    dtype : torch.dtype
        Of the signs.
    device : torch.device
        Where the results are wanted.

    Returns
    -------
    positions : Tensor of int64, shape (n_channels ** 2,)
        The pair that each element is made of.
    signs : Tensor, shape (n_channels ** 2,)
        Minus one half above, one half below, 0 on the diagonal.
    """
    row, column = np.triu_indices(n_channels, 1)
    positions = np.zeros((n_channels, n_channels), dtype=np.int64)
    positions[row, column] = positions[column, row] = np.arange(len(row))
    # see _index_tensor for why not in inference mode
    with torch.inference_mode(False):
        ones = torch.ones(n_channels, n_channels, dtype=dtype, device=device)
        signs = 0.5 * (ones.tril() - ones.triu()).flatten()
    return _index_tensor(positions.ravel(), device), signs


@lru_cache(maxsize=64)
def _flat_index(n_channels: int, length: int, device: torch.device) -> Tensor:
    powers = n_channels ** np.arange(length - 1, -1, -1)
    return _index_tensor(lyndon_table(n_channels, length) @ powers, device)


@lru_cache(maxsize=64)
def _block_index(
    n_channels: int, length: int, number: int, offset: int, device: torch.device
) -> Tensor:
    positions = anagram_blocks(n_channels, length)[number].positions
    return _index_tensor(positions.ravel() + offset, device)


def _index_tensor(index: NDArray[np.int64], device: torch.device) -> Tensor:
    # A tensor made in inference mode could never take part in a gradient later, and
    # this one will be cached.
    with torch.inference_mode(False):
        return torch.tensor(index, device=device)

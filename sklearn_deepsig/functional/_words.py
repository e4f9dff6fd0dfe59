"""Reading coordinates off tensors, and changing between the bases."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sklearn_deepsig.functional._anagrams import anagram_blocks
from sklearn_deepsig.functional.lyndon import logsignature_width, lyndon_table

__all__ = [
    "brackets_to_words",
    "constant_table",
    "gather_all_words",
    "gather_words",
    "words_to_brackets",
]


_TABLES: dict[str, Callable[..., NDArray[Any]]] = {}


def constant_table(function: Callable[..., NDArray[Any]]) -> Callable[..., Tensor]:
    """Make a function of integers that returns an array one that returns tensors.

    Parameters
    ----------
    function : callable
        Makes an array from integers.

    Returns
    -------
    callable
        Takes a tensor and the same integers, and returns the array as a tensor on the
        same device, a real array also in the same dtype. Cached, so not to be written
        to; `torch.compile` sees one operator.
    """
    name = function.__name__
    _TABLES[name] = lru_cache(maxsize=64)(function)

    @wraps(function)
    def table(like: Tensor, *numbers: int) -> Tensor:
        if torch.compiler.is_compiling():
            result: Tensor = torch.ops.sklearn_deepsig.table(
                like.detach(), name, list(numbers)
            )
            return result
        return _cached_table(name, numbers, like.dtype, like.device)

    return table


@lru_cache(maxsize=256)
def _cached_table(
    name: str, numbers: tuple[int, ...], dtype: torch.dtype, device: torch.device
) -> Tensor:
    array = _TABLES[name](*numbers)
    # A tensor made in inference mode could never take part in a gradient later, nor
    # could one made under torch.func outlive it, and this one will be kept.
    with torch.inference_mode(False), torch._C._DisableFuncTorch():
        is_real = array.dtype.kind == "f"
        return torch.tensor(array, dtype=dtype if is_real else None, device=device)


def _table_operator(like: Tensor, name: str, numbers: list[int]) -> Tensor:
    # The compiler may write into what an operator returns.
    return _cached_table(name, tuple(numbers), like.dtype, like.device).clone()


def _fake_table(like: Tensor, name: str, numbers: list[int]) -> Tensor:
    array = _TABLES[name](*numbers)
    is_real = array.dtype.kind == "f"
    return like.new_empty(array.shape, dtype=like.dtype if is_real else torch.int64)


# Index tables are made by NumPy, which the compiler cannot look into.
torch.library.custom_op(
    "sklearn_deepsig::table",
    _table_operator,
    mutates_args=(),
    schema="(Tensor like, str name, int[] numbers) -> Tensor",
).register_fake(_fake_table)


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
    return tensor.index_select(1, _flat_index(tensor, n_channels, length))


def gather_all_words(tensor: Tensor, n_channels: int, depth: int) -> Tensor:
    """Take the coefficients of Lyndon words from all levels of a tensor.

    Parameters
    ----------
    tensor : Tensor, shape (batch, n_channels + ... + n_channels ** depth)
        The levels of the tensor algebra, one after the other.
    n_channels, depth : int
        Its numbers of channels and levels.

    Returns
    -------
    Tensor, shape (batch, width)
        The coefficients, in the order of the words.
    """
    return tensor.index_select(1, _all_index(tensor, n_channels, depth))


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
    for length in range(3, depth + 1):
        for number in range(_n_blocks(n_channels, length)):
            index = _block_index(old, n_channels, length, number)
            change = _block_matrix(old, n_channels, length, number, int(to_brackets))
            shape = len(old), len(index) // len(change), len(change)
            classes = old.index_select(1, index).view(shape)
            new = new.index_copy(1, index, (classes @ change.mT).flatten(1))
    return new


def _n_blocks(n_channels: int, length: int) -> int:
    return len(anagram_blocks(n_channels, length))


# What torch.compiler.assume_constant_result does, without its import of the compiler,
# which takes seconds.
_n_blocks._dynamo_marked_constant = True  # type: ignore[attr-defined]


@constant_table
def _flat_index(n_channels: int, length: int) -> NDArray[Any]:
    return _positions(n_channels, length)


@constant_table
def _all_index(n_channels: int, depth: int) -> NDArray[Any]:
    index = []
    start = 0
    for length in range(1, depth + 1):
        index.append(start + _positions(n_channels, length))
        start += n_channels**length
    return np.concatenate(index)


def _positions(n_channels: int, length: int) -> NDArray[np.int64]:
    """Tell where a level holds its Lyndon words."""
    powers = n_channels ** np.arange(length - 1, -1, -1)
    positions: NDArray[np.int64] = lyndon_table(n_channels, length) @ powers
    return positions


@constant_table
def _block_index(n_channels: int, length: int, number: int) -> NDArray[Any]:
    positions = anagram_blocks(n_channels, length)[number].positions.ravel()
    return positions + logsignature_width(n_channels, length - 1)


@constant_table
def _block_matrix(
    n_channels: int, length: int, number: int, to_brackets: int
) -> NDArray[Any]:
    block = anagram_blocks(n_channels, length)[number]
    matrix = block.brackets_from_words if to_brackets else block.words_from_brackets
    return matrix.astype(np.float64)

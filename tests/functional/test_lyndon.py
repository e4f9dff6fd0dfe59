from itertools import product

import numpy as np
import pytest

from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.functional._anagrams import anagram_blocks
from sklearn_deepsig.functional.lyndon import (
    bracket_name,
    largest_depth,
    logsignature_names,
    logsignature_width,
    lyndon_table,
    lyndon_words,
    standard_factorization,
    word_name,
)
from tests.helpers.oracles import all_words, expand_bracket, is_lyndon

SIZES = [(1, 5), (2, 8), (3, 6), (5, 4), (9, 3), (40, 2), (7, 1)]


@pytest.mark.parametrize(("n_channels", "depth"), SIZES)
def test_words_are_those_of_the_definition(n_channels, depth):
    expected = [word for word in all_words(n_channels, depth) if is_lyndon(word)]
    assert lyndon_words(n_channels, depth) == expected


@pytest.mark.parametrize(("n_channels", "depth"), [*SIZES, (150, 2), (30, 3)])
def test_width_is_the_number_of_words(n_channels, depth):
    n_words = len(lyndon_words(n_channels, depth))
    assert logsignature_width(n_channels, depth) == n_words
    assert logsignature_width(n_channels, depth, "lyndon") == n_words


def test_width_of_the_paper():
    assert logsignature_width(150, 2) == 150 + 150 * 149 // 2


def test_width_of_the_expanded_basis():
    n_words = len(list(all_words(4, 3)))
    assert logsignature_width(4, 3, "expanded") == n_words


@pytest.mark.parametrize(
    "arguments", [(0, 2, "words"), (2, 0, "words"), (2, 2, "word")]
)
def test_impossible_width(arguments):
    with pytest.raises(InvalidInputError):
        logsignature_width(*arguments)


@pytest.mark.parametrize("depth", [2.0, "2", None, True])
def test_depth_must_be_an_integer(depth):
    with pytest.raises(InvalidInputTypeError, match=r"depth=.* must be an integer"):
        logsignature_width(3, depth)
    assert logsignature_width(np.int64(150), np.int64(2)) == 11_325


def test_a_table_larger_than_memory_is_refused_at_once():
    with pytest.raises(InvalidInputError, match=r"letters would take .* bytes, more"):
        lyndon_words(10_000, 3)


@pytest.mark.parametrize("basis", ["words", "expanded"])
@pytest.mark.parametrize("n_channels", [2, 3, 50])
def test_largest_depth_is_the_last_that_fits(n_channels, basis):
    bound = 1000
    depth = largest_depth(n_channels, bound, basis)
    assert logsignature_width(n_channels, depth, basis) <= bound
    assert logsignature_width(n_channels, depth + 1, basis) > bound


def test_largest_depth_at_the_ends():
    assert largest_depth(50, 49) == 0
    assert largest_depth(1, 0) == 0
    assert largest_depth(1, 10**12) == 1
    assert largest_depth(1, 10**12, "expanded") == 10**12


def test_table_is_cached_and_read_only():
    table = lyndon_table(4, 3)
    assert table is lyndon_table(4, 3)
    with pytest.raises(ValueError, match="read-only"):
        table[0, 0] = 1


def test_factorization_is_into_lyndon_words():
    for word in lyndon_words(3, 6):
        if len(word) > 1:
            left, right = standard_factorization(word)
            assert left + right == word
            assert is_lyndon(left)
            assert is_lyndon(right)
            longer = [word[i:] for i in range(1, len(left))]
            assert not any(is_lyndon(suffix) for suffix in longer)


@pytest.mark.parametrize(("n_channels", "length"), [(2, 7), (3, 5), (4, 4), (6, 3)])
def test_blocks_hold_the_coefficients_of_all_brackets(n_channels, length):
    words = [word for word in lyndon_words(n_channels, length) if len(word) == length]
    matrix = np.eye(len(words), dtype=int)
    for block in anagram_blocks(n_channels, length):
        for rows in block.positions:
            matrix[np.ix_(rows, rows)] = block.words_from_brackets
    for (row, word), (column, bracket) in product(enumerate(words), repeat=2):
        assert matrix[row, column] == expand_bracket(bracket).get(word, 0)


@pytest.mark.parametrize(("n_channels", "length"), [(2, 8), (3, 6), (6, 6)])
def test_blocks_are_unitriangular_and_inverse_to_each_other(n_channels, length):
    blocks = anagram_blocks(n_channels, length)
    assert blocks
    for block in blocks:
        forward, inverse = block.words_from_brackets, block.brackets_from_words
        identity = np.eye(len(forward), dtype=int)
        assert np.array_equal(np.tril(forward), forward)
        assert np.array_equal(np.diag(forward), np.diag(identity))
        assert np.array_equal(forward @ inverse, identity)
    positions = np.concatenate([block.positions.ravel() for block in blocks])
    assert len(np.unique(positions)) == len(positions)


def test_bases_agree_up_to_length_two():
    assert anagram_blocks(20, 1) == anagram_blocks(20, 2) == ()


def test_names():
    letters = ["x", "y", "z"]
    assert word_name((0,), letters) == bracket_name((0,), letters) == "x"
    assert word_name((0, 2, 1), letters) == "[x, z, y]"
    assert bracket_name((0, 2, 1), letters) == "[[x, z], y]"
    assert bracket_name((0, 0, 1, 1), letters) == "[x, [[x, y], y]]"
    assert logsignature_names(letters, 2) == [
        *letters,
        "[x, y]",
        "[x, z]",
        "[y, z]",
    ]


@pytest.mark.parametrize("basis", ["words", "lyndon", "expanded"])
def test_names_are_as_many_as_coordinates_and_distinct(basis):
    names = logsignature_names(["a", "b", "c"], 4, basis)
    assert len(set(names)) == len(names) == logsignature_width(3, 4, basis)


def test_expanded_names_are_in_the_order_of_the_words():
    names = logsignature_names(["a", "b"], 3, "expanded")
    expected = [word_name(word, ["a", "b"]) for word in all_words(2, 3)]
    assert names == expected

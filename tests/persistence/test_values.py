"""Every value that an attribute may hold comes back from JSON and arrays."""

import json
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import load, save

from sklearn_deepsig.baselines._keys import Dihedral
from sklearn_deepsig.persistence._values import ValueReader, ValueWriter

NUMBERS = (
    hnp.boolean_dtypes()
    | hnp.integer_dtypes(endianness="?")
    | hnp.unsigned_integer_dtypes(endianness="?")
    | hnp.floating_dtypes(sizes=(16, 32, 64), endianness="?")
)
SHAPES = hnp.array_shapes(min_dims=0, min_side=0, max_side=3)
# NumPy takes zeros at the end of a text for its end
TEXTS = hnp.arrays(object, SHAPES, elements=st.text(st.characters(min_codepoint=1)))


def there_and_back(value):
    """Through the text and the bytes that are stored."""
    writer = ValueWriter()
    text = json.dumps(writer.write(value, "value"), allow_nan=False)
    return ValueReader(load(save(writer.arrays))).read(json.loads(text))


def assert_same(found, value):
    assert type(found) is type(value)
    assert found.shape == value.shape
    assert found.dtype.newbyteorder("=") == value.dtype.newbyteorder("=")
    assert found.tolist() == value.tolist() or np.array_equal(
        found, value, equal_nan=True
    )


@given(hnp.arrays(NUMBERS, SHAPES))
def test_arrays_of_numbers(array):
    assert_same(there_and_back(array), array)
    assert_same(there_and_back(array.T), array.T)


@given(TEXTS, st.integers(1, 9))
def test_arrays_of_text(texts, width):
    array = texts.astype(f"<U{width}")
    assert_same(there_and_back(array), array)
    swapped = array.astype(array.dtype.newbyteorder(">"))
    assert_same(there_and_back(swapped), array)


@given(hnp.arrays(object, SHAPES, elements=st.text() | st.integers() | st.none()))
def test_arrays_of_objects(array):
    assert_same(there_and_back(array), array)


@given(hnp.arrays(NUMBERS, ()).map(lambda array: array[()]))
def test_numbers_of_numpy(number):
    found = there_and_back(number)
    assert_same(found, number)


def test_values_in_values():
    value = {
        "a": [np.float32(0.1), (np.str_("b"), np.arange(3))],
        3: {np.int64(4): np.array(["a", 1, [2.5]], dtype=object)},
        "record": [Dihedral("phi", 0, 86, 0)],
    }
    found = there_and_back(value)
    assert repr(found) == repr(value)
    assert type(found["record"][0]) is Dihedral
    assert list(map(type, found[3])) == [np.int64]


@given(st.integers(0, 1300), st.booleans())
def test_random_states(n_drawn, keeps_one):
    state = np.random.RandomState(0)
    state.random_sample(n_drawn)
    if keeps_one:
        state.normal()
    found = there_and_back(state)
    np.testing.assert_array_equal(found.normal(size=5), state.normal(size=5))
    assert found.randint(2**31) == state.randint(2**31)


def test_what_is_read_is_a_copy_that_may_be_written_to():
    writer = ValueWriter()
    text = writer.write({"a": np.zeros(3)}, "value")
    reader = ValueReader(load(save(writer.arrays)))
    first, second = reader.read(text)["a"], reader.read(text)["a"]
    first += 1
    assert not second.any()


class Other(NamedTuple):
    """A record of nobody's."""

    x: int


@pytest.mark.parametrize(
    "value",
    [Other(1), object, np.float16, np.array([b"a"]), np.zeros(2, [("a", int)]), b"a"],
    ids=repr,
)
def test_other_values_are_refused(value):
    with pytest.raises(TypeError, match=r"value is .*cannot hold"):
        there_and_back(value)

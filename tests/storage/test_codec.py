"""Nested values come back from strict JSON as they were."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_deepsig.storage import decode, encode

KEYS = st.text() | st.integers() | st.booleans() | st.floats(allow_nan=False)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(KEYS | st.tuples(KEYS), inner)
    ),
    max_leaves=20,
)


def refuse(value, where):
    raise TypeError(f"{where} is a {type(value).__name__}")


@given(VALUES)
def test_values_come_back(value):
    text = json.dumps(encode(value, refuse, "value"), allow_nan=False)
    # repr tells 1 from True and 1.0, tuples from lists, and has one NaN
    assert repr(decode(json.loads(text), None)) == repr(value)


class Text(str):
    """A string of another class."""


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ([1, {"a": {2}}], r"value\[1\]\['a'\] is a set"),
        ({("a", 1j): 2}, r"a key of value\[1\] is a complex"),
        ((Text("a"),), r"value\[0\] is a Text"),
    ],
)
def test_what_is_set_aside_is_named_by_where_it_was(value, found):
    with pytest.raises(TypeError, match=found):
        encode(value, refuse, "value")


def test_what_is_set_aside_is_brought_back():
    aside = []

    def set_aside(value, where):
        aside.append(value)
        return {"aside": [len(aside) - 1, where]}

    value = {"a": ({1, 2}, 3j)}
    encoded = encode(value, set_aside, "x")
    assert encoded["dict"][0][1]["tuple"][0] == {"aside": [0, "x['a'][0]"]}
    assert decode(encoded, lambda kind, content: aside[content[0]]) == value  # noqa: ARG005


@pytest.mark.parametrize(
    "value", [{}, {"tuple": [], "dict": []}, {"float": "1"}, {"dict": [[1]]}]
)
def test_what_is_never_written_is_refused(value):
    with pytest.raises(ValueError, match=r"keys|number|unpack"):
        decode(value, None)

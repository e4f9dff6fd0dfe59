"""Hypothesis strategies of what comes with X: labels, targets, groups and weights."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import torch
from hypothesis import strategies as st
from scipy import sparse

from tests.helpers.strategies import object_array, read_only

_ENTRIES = {
    "whole numbers": [0, 1, 2, -1, 7, 2**62],
    "numbers": [0.0, 1.0, 2.5, -1.0, 1e-300, 1e30, 1e308],
    "spoiled": [0.0, 1.0, np.nan, np.inf, -np.inf],
    "text": ["a", "b", "", "ß", "\0"],
    "text and None": ["a", "b", None],
    "text and NaN": ["a", "b", np.nan],
    "text and numbers": ["a", 1, 2.5],
    "truth": [True, False],
    "truth and numbers": [True, 0, 3],
    "missing of pandas": ["a", "b", pd.NA],
    "decimals": [Decimal(1), Decimal("NaN")],
    "dates": [datetime.date(2024, 1, 1), datetime.date(2024, 1, 2)],
    "complex": [1j, 2j],
    "bytes": [b"a", b"b"],
    "lists": [[0], [1]],
    "lists that differ": [[0], [0, 1], []],
    "pairs": [(0, 1), (1, 1)],
    "sets": [{1}, {2}],
    "dictionaries": [{"a": 1}, {"b": 2}],
    "objects": [object(), object()],
    "huge": [10**30, -(10**30)],
}
_CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "array": np.array,
    "object array": object_array,
    "column": lambda values: np.array(values)[:, None],
    "two columns": lambda values: np.stack([values, values[::-1]], axis=1),
    "three axes": lambda values: np.array(values)[:, None, None],
    "read-only": lambda values: read_only(np.array(values)),
    "series": pd.Series,
    "categories": lambda values: pd.Series(values).astype("category"),
    "data frame": lambda values: pd.DataFrame({"y": values}),
    "tensor": torch.tensor,
    "sparse": lambda values: sparse.csr_matrix(np.array(values, dtype=float)),
    "set": set,
    "dictionary": lambda values: dict(enumerate(values)),
    "generator": iter,
    "masked": lambda values: np.ma.masked_array(
        values, mask=[True] + [False] * (len(values) - 1)
    ),
    "float16": lambda values: np.array(values, dtype="float16"),
    "dates": lambda values: np.array(values).astype("datetime64[s]"),
    "unsigned": lambda values: np.array(values).astype("uint8"),
    "text": lambda values: np.array(values).astype(str),
    "one value": lambda values: values[0],
}
_ALONE = (None, 0, 1.0, np.nan, "a", "", b"a", object, {}, [], [[]], (), np.zeros(0))


@st.composite
def targets(draw, n_samples):
    """Draw what may be given as y, groups or sample_weight.

    Parameters
    ----------
    n_samples : int
        Number of samples of X; now and then another number of entries is drawn.

    Returns
    -------
    object
        Good or bad.
    """
    if draw(st.integers(0, 11)) == 7:
        return draw(st.sampled_from(_ALONE))
    n_entries = n_samples
    if draw(st.integers(0, 7)) == 5:
        n_entries = draw(st.sampled_from([0, 1, n_samples - 1, n_samples + 1]))
    entries = _ENTRIES[draw(st.sampled_from(sorted(_ENTRIES)))]
    values = draw(
        st.lists(st.sampled_from(entries), min_size=n_entries, max_size=n_entries)
    )
    make = _CONTAINERS[draw(st.sampled_from(sorted(_CONTAINERS)))]
    try:
        with np.errstate(all="ignore"):
            return make(values)
    except Exception:  # this container cannot hold such entries
        return values

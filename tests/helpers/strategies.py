"""Hypothesis strategies of X: good arrays in disguise, and spoiled ones."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from hypothesis import strategies as st
from scipy import sparse

from sklearn_deepsig.trajectory import GraphTrajectory

NOT_FINITE = (np.nan, np.inf, -np.inf)
DTYPES = (
    ["float32", "float64", "float16", ">f8", "<f4", "longdouble", "bool"]
    + [f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)]
    + ["complex64", "complex128", "object", "U8", "S8", "datetime64[ns]"]
    + ["timedelta64[s]", "V4"]
)
# Powers of ten by which positions are scaled.
SCALES = (*[0] * 20, -300, -40, -6, 4, 18, 30, 37, 100, 160, 300, 307)


class Input(NamedTuple):
    """Something to pass as X.

    Parameters
    ----------
    X : object
        What is passed.
    clean : ndarray or None
        The same numbers as a plain float64 array, where X holds nothing but numbers.
    what : str
        What it is, for messages.
    """

    X: Any
    clean: np.ndarray | None
    what: str

    def __repr__(self):
        return f"<{self.what}>"


@st.composite
def shapes(draw):
    """Draw the shape of an array of 2 to 4 axes, small and sometimes without room."""
    # hypothesis likes the first of several: that is a good one
    n_samples = draw(st.sampled_from([4] * 8 + [6, 5, 2, 1, 0]))
    n_frames = draw(st.sampled_from([8] * 8 + [6, 5, 3, 2, 1, 0]))
    inner = draw(
        st.sampled_from([(), (3,), (2,), (1,), (4, 3), (3, 2), (5, 1), (2, 3)])
    )
    if draw(st.integers(0, 15)) == 7:
        inner = draw(st.sampled_from([(0,), (0, 3), (3, 0), (2, 2, 2)]))
    return n_samples, n_frames, *inner


@st.composite
def numbers(draw):
    """Draw an array of random walks, and spoil some of them."""
    shape = draw(shapes())
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(
        st.sampled_from(["walk", "walk", "walk", "walk", "zero", "same", "far"])
    )
    walk = rng.normal(size=shape)
    walk = walk.cumsum(axis=1) if kind != "zero" else np.zeros(shape)
    if kind == "same" and walk.size:
        walk[:] = walk[:1, :1]
    if kind == "far":
        walk += 1e4
    scale = draw(st.sampled_from(SCALES))
    with np.errstate(over="ignore"):
        walk = walk * 10.0**scale
    if draw(st.integers(0, 7)) == 5 and walk.size:
        place = draw(st.integers(0, walk.size - 1))
        walk.flat[place] = draw(st.sampled_from(NOT_FINITE))
    return walk


def _cast(walk, dtype):
    """Bring numbers to a dtype, however little sense that makes."""
    if dtype in ("V4",):
        return np.zeros(walk.shape, dtype)
    with np.errstate(all="ignore"):
        if np.dtype(dtype).kind in "iubmM":
            bounded = np.nan_to_num(np.clip(walk, -100, 100))
            return np.round(bounded).astype("int64").astype(dtype)
        return walk.astype(dtype)


CONTAINERS = {
    "array": lambda a: a,
    "Fortran order": np.asfortranarray,
    "read-only": lambda a: read_only(a.copy()),
    "strided": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "reversed": lambda a: a[::-1].copy()[::-1],
    "nested lists": lambda a: a.tolist(),
    "nested tuples": lambda a: _tuples(a.tolist()),
    "list of arrays": list,
    "tuple of arrays": tuple,
    "list of read-only arrays": lambda a: [read_only(row.copy()) for row in a],
    "list of Fortran arrays": lambda a: [np.asfortranarray(row) for row in a],
    "object array": lambda a: object_array(list(a)),
    "array of objects": lambda a: a.astype(object),
    "masked array": np.ma.masked_array,
    "tensor": lambda a: torch.from_numpy(np.ascontiguousarray(a)),
    "tensor with gradient": lambda a: torch.tensor(a, requires_grad=True),
    "list of tensors": lambda a: [torch.from_numpy(row.copy()) for row in a],
    "data frame": lambda a: pd.DataFrame(
        a, columns=[f"t{i}" for i in range(a.shape[1])]
    ),
    "list of data frames": lambda a: [pd.DataFrame(row) for row in a],
    "matrix": np.asmatrix,
    "GraphTrajectory": lambda a: [
        GraphTrajectory(_nodes(row), _chain(row)) for row in a
    ],
}
# Never X, whatever is in them.
REFUSED = {
    "sparse": sparse.csr_matrix,
    "sparse array": sparse.coo_array,
    "generator": iter,
    "set": lambda a: set(a.ravel().tolist()),
    "dictionary": lambda a: dict(enumerate(a)),
    "None": lambda _: None,
    "number": lambda a: float(a.sum()),
    "text": lambda _: "trajectory.xtc",
    "bytes": lambda _: b"trajectory.xtc",
    "file names": lambda a: ["trajectory.xtc"] * len(a),
    "array of text": lambda a: np.array(["trajectory.xtc"] * len(a)),
    "flat": np.ravel,
    "no axis": lambda a: np.array(a.sum()),
    "five axes": lambda a: a.reshape(a.shape + (1,) * (5 - a.ndim)),
    "records": lambda a: np.zeros(a.shape, [("x", "f4"), ("y", "f4")]),
    "class": lambda _: np.ndarray,
    "a bare sample": lambda a: GraphTrajectory(_nodes(a[0]), _chain(a[0])),
    "empty list": lambda _: [],
    "list of empty lists": lambda a: [[]] * len(a),
    "list of None": lambda a: [None] * len(a),
    "list of sets": lambda a: [{1.0, 2.0}] * len(a),
    "list of lists of samples": lambda a: [
        [GraphTrajectory(_nodes(a[0]), _chain(a[0]))]
    ],
}
# Rows that do not go together; some are allowed, depending on the estimator.
MIXED = {
    "ragged rows": lambda a: [
        row[: len(row) - i % 3].tolist() for i, row in enumerate(a)
    ],
    "ragged arrays": lambda a: [row[: len(row) - i % 3] for i, row in enumerate(a)],
    "ragged channels": lambda a: [row[..., : 1 + i % 2] for i, row in enumerate(a)],
    "one None": lambda a: [*list(a)[:-1], None],
    "one text": lambda a: [*list(a)[:-1], "x"],
    "one table of text": lambda a: [*list(a)[:-1], np.full(a.shape[1:], "x")],
    "one complex": lambda a: [*list(a)[:-1], a[-1] * 1j],
    "one of other dimensions": lambda a: [*list(a)[:-1], a[-1][..., None]],
    "one sparse": lambda a: [*list(a)[:-1], sparse.eye(4, format="csr")],
    "one number": lambda a: [*list(a)[:-1], 3.0],
    "one of dates": lambda a: [*list(a)[:-1], a[-1].astype("datetime64[s]")],
    "one dictionary": lambda a: [*list(a)[:-1], {"x": 1}],
    "one bad graph": lambda a: [*list(a)[:-1], _BadGraph(a[-1])],
    "one of no frames": lambda a: [*list(a)[:-1], a[-1][:0]],
    "text in a row": lambda a: [["x"] * a.shape[1] for _ in a],
    "None in a row": lambda a: [[None] * a.shape[1] for _ in a],
}


class _BadGraph:
    """Looks like a `torch_geometric.data.Data`, with edges to nowhere."""

    def __init__(self, row):
        self.pos = np.moveaxis(_nodes(row), 0, 1)
        self.edge_index = np.array([[0, 1], [1, 99]])


@st.composite
def inputs(draw):
    """Draw something to pass as X.

    Returns
    -------
    Input
        What is passed, and the numbers in it where it holds nothing else.
    """
    walk = draw(numbers())
    family = draw(st.sampled_from(["good"] * 8 + ["dtype"] * 4 + ["refused", "mixed"]))
    if family == "good":
        dtype, name = "float64", draw(st.sampled_from(sorted(CONTAINERS)))
    elif family == "dtype":
        dtype = draw(st.sampled_from(DTYPES))
        name = draw(st.sampled_from(["array", "list of arrays", "nested lists"]))
    else:
        dtype = "float64"
        name = draw(st.sampled_from(sorted(REFUSED if family == "refused" else MIXED)))
    array = _cast(walk, dtype)
    what = f"{name} of {dtype}{array.shape}"
    make = {**CONTAINERS, **REFUSED, **MIXED}[name]
    try:
        with np.errstate(all="ignore"):
            X = make(array)
    except Exception:  # this container cannot hold such an array
        X, what = array, f"array of {dtype}{array.shape}"
        family = family if family == "dtype" else "good"
    clean = None
    if family in ("good", "dtype") and array.dtype.kind in "fiub":
        with np.errstate(all="ignore"):
            clean = array.astype(np.float64)
    return Input(X, clean, what)


def read_only(array):
    array.flags.writeable = False
    return array


def _tuples(nested):
    return tuple(map(_tuples, nested)) if isinstance(nested, list) else nested


def object_array(rows):
    array = np.empty(len(rows), dtype=object)
    for index, row in enumerate(rows):
        array[index] = row
    return array


def _nodes(row):
    return row.reshape(row.shape + (1,) * (3 - row.ndim))


def _chain(row):
    n_nodes = _nodes(row).shape[1]
    return np.stack([np.arange(n_nodes - 1), np.arange(1, n_nodes)])

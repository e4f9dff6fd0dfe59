"""Hypothesis strategies of parameters, made from the constraints of an estimator."""

import inspect
from decimal import Decimal
from fractions import Fraction
from numbers import Integral

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from sklearn.utils._param_validation import (
    Interval,
    Options,
    StrOptions,
    make_constraint,
)

# What would be wrong nearly everywhere, and what looks like something else.
WRONG = (
    *(-1, 0, 1, 2, 3, 7, 2**31, 2**63, 10**30, -(10**30)),
    *(0.0, -0.0, 0.5, 1.0, 2.0, -1.0, 1e-320, 1e30, 1e308, np.nan, np.inf, -np.inf),
    *(True, False, np.bool_(True), None, pd.NA, NotImplemented, Ellipsis),
    *(np.int8(2), np.uint64(2**63), np.float16(0.5), np.float32(np.nan), np.str_("x")),
    *("", "x", "\0", "auto", "1", "None", "ß" * 100, b"", b"auto", 1j, Decimal(1)),
    *(Fraction(1, 2), np.datetime64("2024-01-01"), np.array(2), np.array([])),
    *((), [], {}, set(), frozenset(), (0,), (1,), (-1,), (2, 1), (1, 2), (1, 1, 1)),
    *((0.0, 0.0, 0.0), (1.0, np.nan, 1.0), (1e308,) * 3, (-1.0, 1, 1), (1, 0.5, 2)),
    *((True,), (1.5,), (np.inf,), (10**30,), (2**40,), (None,), ("a",), ("a", "b")),
    *([[1], [1, 2]], [[2]], [[[1]]], ["mean", "mean"], ["mean", 1], ["mean", None]),
    *(np.array([3, 2]), np.array([2.0]), np.array(["a"]), np.array([None]), (3, 2)),
    *([[0, 1], [1, 2]], [[0, 1], [1, 99]], [[0, -1], [1, 1]], [[0.5], [1.0]], [[0, 1]]),
    *(np.zeros((2, 0)), np.zeros((3, 2), int), np.zeros((2, 2, 2), int), [[], []]),
    *({0: 1, 1: 2}, {0: np.nan}, {0: -1, 1: 1}, {0: 0, 1: 0}, {"a": 1}, {None: None}),
    *({0: "x"}, {0: np.inf}, {0: 10**400}, "balanced", "cpu", "cuda:99", "meta", "mps"),
    *(object(), object, int, len, range(3), range(0), slice(1, 2), iter([1])),
    *(np.random.default_rng(0), np.random, "random", "name XYZ", "name CA and", "all"),
    *("protein", "index 0", "none", "water", "resid 0 to 1", "(" * 50, "name CA" * 20),
)
# Valid, and of effects that no test can wait for.
_MOST = {"max_epochs": 3, "n_jobs": 4, "depth": 4, "n_segments": 100}
# Any text is a folder, which would be made.
_FOLDERS = ("checkpoint_dir",)


def all_parameters(kind):
    """List the parameters of an estimator class, with their constraints.

    Parameters
    ----------
    kind : type
        The class.

    Returns
    -------
    dict of str to list
        The constraints of each parameter; empty where anything goes.
    """
    constraints = kind._parameter_constraints
    names = [name for name in inspect.signature(kind).parameters if name != "self"]
    assert set(names) == set(constraints), f"{kind.__name__}: parameters unchecked"
    known = {name: constraints[name] for name in names}
    return {k: [] if v == "no_validation" else list(v) for k, v in known.items()}


def values_of(name, constraints):
    """Make a strategy of values of one parameter, valid or not.

    Parameters
    ----------
    name : str
        The parameter.
    constraints : list
        What scikit-learn allows.

    Returns
    -------
    hypothesis strategy
        Its values.
    """
    inside = [value for one in constraints for value in _inside(one)]
    inside = [value for value in inside if not _endless(name, value, constraints)]
    wrong = [value for value in WRONG if not _endless(name, value, constraints)]
    if name in _FOLDERS:
        wrong = [value for value in wrong if not isinstance(value, str)]
    choices = [st.sampled_from(wrong)]
    if inside:
        choices.append(st.sampled_from(inside))
    return st.one_of(choices)


def _endless(name, value, constraints):
    is_number = isinstance(value, Integral | np.integer)
    allowed = any(make_constraint(one).is_satisfied_by(value) for one in constraints)
    return allowed and is_number and name in _MOST and abs(value) > _MOST[name]


def _inside(constraint):
    """List values at the borders that a constraint sets, and some within."""
    if isinstance(constraint, Interval):
        return _of_interval(constraint)
    if isinstance(constraint, StrOptions | Options):
        return sorted(constraint.options, key=str)
    if constraint == "boolean":
        return [True, False, np.bool_(False)]
    if constraint == "random_state":
        state = np.random.RandomState(0)
        return [None, 0, 2**32 - 1, np.int64(3), np.uint32(2**32 - 1), state]
    return [None] if constraint is None else []


def _of_interval(interval):
    low, high = interval.left, interval.right
    if interval.type is Integral:
        ends = [x for x in (low, high) if x is not None]
        values = [x + step for x in ends for step in (-1, 0, 1)]
        return [*values, *(np.int32(x) for x in values), float(values[0]), True]
    ends = [x for x in (low, high) if x is not None]
    values = [np.nextafter(x, x + step) for x in ends for step in (-1, 1)]
    return [*values, *ends, *(np.float32(x) for x in ends), 0.25, np.float16(0.25), 1]

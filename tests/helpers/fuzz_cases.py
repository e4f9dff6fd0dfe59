"""Generated calls of every public estimator, and what must come of them."""

from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.utils import get_tags
from sklearn.utils._param_validation import validate_parameter_constraints

import sklearn_deepsig
from tests.helpers.molecules import make_peptide
from tests.helpers.outcomes import assert_finite, try_call
from tests.helpers.strategies import Input, inputs
from tests.helpers.strategies_parameters import all_parameters, values_of
from tests.helpers.strategies_targets import targets

# What an estimator has of these is set, so that a new one needs no entry.
SMALL = {
    "n_clusters": (2,),
    "hidden_dim": 4,
    "n_segments": 1,
    "lstm_hidden_dim": 4,
    "mlp_hidden_dim": 4,
    "transformer_dim": 4,
    "n_heads": 2,
    "max_epochs": 1,
    "batch_size": 6,
    "dropout": 0.0,
    "device": "cpu",
    "random_state": 0,
}
PUBLIC = {
    name: value
    for name in sklearn_deepsig.__all__
    if isinstance(value := getattr(sklearn_deepsig, name), type)
    and hasattr(value, "get_params")
}
N_SAMPLES = 4
WALKS = np.random.default_rng(0).normal(size=(N_SAMPLES, 6, 4, 3)).cumsum(axis=1)
PEPTIDES = [make_peptide(5, 5, seed=seed) for seed in range(N_SAMPLES)]


def small(kind, **changes):
    """Make an estimator small enough to be fitted thousands of times."""
    known = kind().get_params()
    return kind(**{k: v for k, v in {**SMALL, **changes}.items() if k in known})


def takes_arrays(kind):
    """Tell whether an estimator reads more than molecules, by its tags."""
    return get_tags(kind()).input_tags.three_d_array


def good(kind):
    """Return samples that an estimator must accept."""
    return WALKS if takes_arrays(kind) else PEPTIDES


def target_for(estimator, n_samples):
    """Return a target that goes with that many samples, if one is needed."""
    if is_classifier(estimator):
        return np.arange(n_samples) % 2
    return np.linspace(0, 1, n_samples) if is_regressor(estimator) else None


def output(estimator, X):
    """Return what an estimator says of X."""
    method = next(
        getattr(estimator, name)
        for name in ("predict_proba", "transform", "predict")
        if hasattr(estimator, name)
    )
    return method(X)


class InputCase(NamedTuple):
    """Pass something as X to `fit`, or to a fitted estimator."""

    name: str
    given: Input
    after_fit: bool


class TargetCase(NamedTuple):
    """Pass something as y, groups or sample_weight."""

    name: str
    which: str
    value: Any
    early_stopping: bool


class ParameterCase(NamedTuple):
    """Set some parameters."""

    name: str
    changes: dict[str, Any]


def input_cases():
    """Make a strategy of `InputCase`."""
    names = st.sampled_from(READS_ARRAYS * 5 + READS_MOLECULES)
    return st.builds(InputCase, names, inputs(), st.booleans())


@st.composite
def target_cases(draw):
    """Draw a `TargetCase`."""
    name = draw(st.sampled_from(LEARNING))
    kinds = ["y", "y", "groups", "sample_weight"]
    if is_classifier(PUBLIC[name]()):
        kinds.append("classes")
    which = draw(st.sampled_from(kinds))
    return TargetCase(name, which, draw(targets(N_SAMPLES)), draw(st.booleans()))


@st.composite
def parameter_cases(draw):
    """Draw a `ParameterCase`: one parameter, now and then two."""
    name = draw(st.sampled_from(WITH_PARAMETERS))
    known = all_parameters(PUBLIC[name])
    count = draw(st.sampled_from([1, 1, 1, 2]))
    chosen = draw(
        st.lists(
            st.sampled_from(sorted(known)), min_size=1, max_size=count, unique=True
        )
    )
    return ParameterCase(name, {k: draw(values_of(k, known[k])) for k in chosen})


def check_input(case):
    """Hold that X is refused by an error of ours, or read as it should be."""
    kind = PUBLIC[case.name]
    estimator = small(kind)
    X = case.given.X
    n_samples = _length(X)
    if case.after_fit:
        train = _like(case.given.clean) if takes_arrays(kind) else PEPTIDES
        estimator.fit(train, target_for(estimator, N_SAMPLES))
        result, error = try_call(output, estimator, X)
    else:
        y = target_for(estimator, n_samples)
        result, error = try_call(lambda: output(estimator.fit(X, y), X))
    if error is not None:
        return "refused"
    assert_finite(result, n_samples)
    if case.given.clean is not None and takes_arrays(kind):
        _check_same(case, estimator, result)
    return "read"


def _like(clean):
    """Make good samples of the shape of others, to fit on before them."""
    if clean is None or clean.ndim not in (2, 3, 4):
        return WALKS
    n_frames = clean.shape[1] if clean.ndim == 2 else 6
    shape = (N_SAMPLES, n_frames, *clean.shape[2:])
    if 0 in shape or n_frames < 2:
        return WALKS
    return np.random.default_rng(1).normal(size=shape).cumsum(axis=1)


def _check_same(case, estimator, result):
    """Hold that the same numbers in a plain array give the same."""
    clean = case.given.clean
    if case.after_fit:
        expected = output(estimator, clean)
    else:
        fresh = clone(estimator).fit(clean, target_for(estimator, len(clean)))
        expected = output(fresh, clean)
    for found, wanted in zip(result, expected, strict=True):
        found, wanted = (
            np.asarray(getattr(x, "positions", x)) for x in (found, wanted)
        )
        scale = np.abs(wanted).max(initial=0)
        np.testing.assert_allclose(found, wanted, rtol=1e-2, atol=1e-2 * scale)


def check_target(case):
    """Hold that what comes with X is refused by an error of ours, or learned from."""
    kind = PUBLIC[case.name]
    estimator = small(kind, early_stopping=case.early_stopping, validation_fraction=0.5)
    given = {"y": target_for(estimator, N_SAMPLES), case.which: case.value}
    fit = estimator.fit
    if case.which == "classes":
        fit = estimator.partial_fit
        estimator.set_params(early_stopping=False)
    names = () if case.which == "y" else (case.which, "Sample weights", "group")
    _, error = try_call(lambda: fit(WALKS, **given), names=names)
    if error is not None:
        return "refused"
    assert_finite(output(estimator, WALKS), N_SAMPLES)
    if case.which == "y" and is_classifier(estimator):
        assert len(estimator.classes_) >= 2
        assert set(estimator.predict(WALKS)) <= set(estimator.classes_)
    return "read"


def check_parameters(case):
    """Hold that parameters are refused by name, or give something finite."""
    kind = PUBLIC[case.name]
    estimator = small(kind, **case.changes)
    X = good(kind)
    before = {k: repr(v) for k, v in estimator.get_params(deep=False).items()}
    allowed, _ = try_call(
        lambda: (
            validate_parameter_constraints(
                kind._parameter_constraints, estimator.get_params(deep=False), case.name
            )
            is None
        )
    )
    # parameters go together: an error may name the other one
    names = {*case.changes, *_RELATED}
    result, error = try_call(
        lambda: output(estimator.fit(X, target_for(estimator, N_SAMPLES)), X),
        names=names,
    )
    if error is not None:
        return "refused"
    assert allowed, f"{case.changes} was accepted"
    assert {k: repr(v) for k, v in estimator.get_params(deep=False).items()} == before
    assert_finite(result, N_SAMPLES)
    return "read"


_RELATED = ("n_clusters", "cutoff", "edge_index")


def _length(X):
    try:
        return len(X)
    except TypeError:
        return N_SAMPLES


READS_ARRAYS = sorted(name for name, kind in PUBLIC.items() if takes_arrays(kind))
READS_MOLECULES = sorted(PUBLIC.keys() - set(READS_ARRAYS))
LEARNING = sorted(n for n, kind in PUBLIC.items() if hasattr(kind, "partial_fit"))
WITH_PARAMETERS = sorted(n for n, kind in PUBLIC.items() if kind().get_params())

STRATEGIES = {
    "inputs": input_cases(),
    "targets": target_cases(),
    "parameters": parameter_cases(),
}
CHECKS = {
    "inputs": check_input,
    "targets": check_target,
    "parameters": check_parameters,
}

"""Every estimator on every container that X may be, in our own checks."""

import numpy as np
import pytest
from sklearn.base import clone, is_regressor
from sklearn.utils import get_tags

from sklearn_deepsig import DeepSignatureClassifier, LogSignatureTransformer
from tests.helpers import checks
from tests.helpers.checks import check_halving_search_in_two_processes, checks_of
from tests.helpers.containers import N_SAMPLES, containers
from tests.test_estimator_checks import MOLECULES_ONLY, PUBLIC

# What an estimator has of these is set, so that a new one needs no entry.
SMALL = {
    "n_clusters": (2,),
    "hidden_dim": 4,
    "n_segments": 2,
    "lstm_hidden_dim": 6,
    "mlp_hidden_dim": 4,
    "max_epochs": 1,
    "batch_size": 6,
    "learning_rate": 1e-2,
    "precision": "float64",
    "random_state": 0,
}
# They need the same nodes in every sample.
SAME_NODES = {"LogSignatureTransformer"}

# What scikit-learn builds around networks looks at X, and not at which network it is:
# these are checked so on every container, others on one of arrays and one of objects.
ON_EVERY_CONTAINER = {"DeepSignatureClassifier", "DeepSignatureRegressor"}
ENOUGH = {"ragged list", "md.Trajectory"}

Y = np.arange(N_SAMPLES) % 3
CONTAINERS = list(containers(None))


def small(kind):
    names = kind().get_params().keys() & SMALL.keys()
    return kind(**{name: SMALL[name] for name in names})


def takes(kind, container):
    """Whether an estimator reads more than molecules, by its tags."""
    everything = get_tags(kind()).input_tags.three_d_array
    return everything or container == "md.Trajectory"


def chosen_checks(kind, container):
    composed = kind.__name__ in ON_EVERY_CONTAINER or container in ENOUGH
    return checks_of(small(kind), composed=composed)


CASES = [
    pytest.param(small(kind), container, check, id=f"{name}-{container}-{check_name}")
    for name, kind in PUBLIC.items()
    for container in CONTAINERS
    if takes(kind, container)
    for check_name, check in chosen_checks(kind, container)
]


@pytest.fixture
def make(rng, tmp_path):
    def make(container, estimator):
        same_nodes = type(estimator).__name__ in SAME_NODES
        X = containers(tmp_path)[container](rng, same_nodes=same_nodes)
        return X, Y.astype(float) if is_regressor(estimator) else Y

    return make


def test_what_reads_molecules_alone_says_so():
    only = {name for name in PUBLIC if not takes(PUBLIC[name], "ragged list")}
    assert only == MOLECULES_ONLY - {"TrajectorySelector"}


@pytest.mark.parametrize(("estimator", "container", "check"), CASES)
def test_contract(estimator, container, check, make):
    check(clone(estimator), *make(container, estimator))


# Starting processes that import torch takes seconds: two containers stand for all,
# one of objects that are pickled and one of windows onto a file.
@pytest.mark.parametrize("container", ["md.Trajectory", "windows of a file"])
def test_search_in_two_processes(container, make):
    estimator = small(DeepSignatureClassifier)
    check_halving_search_in_two_processes(estimator, *make(container, estimator))


# A check that cannot fail would check nothing.


class Moody(LogSignatureTransformer):
    n_fits = 0

    def fit(self, X, y=None):
        Moody.n_fits += 1
        self.mood_ = Moody.n_fits
        return super().fit(X, y)

    def transform(self, X):
        return super().transform(X) + self.mood_


class Gregarious(LogSignatureTransformer):
    def transform(self, X):
        features = super().transform(X)
        return features - features.mean(axis=0)


class Careless(LogSignatureTransformer):
    def fit(self, X, y=None):
        for sample in X:
            sample += 1.0
        return super().fit(X, y)


class Forgetful(LogSignatureTransformer):
    def __getstate__(self):
        return {**super().__getstate__(), "depth": 1}


class Gullible(LogSignatureTransformer):
    def transform(self, X):
        return np.zeros((len(X), 3))


class Nameless(LogSignatureTransformer):
    def get_feature_names_out(self, input_features=None):
        return super().get_feature_names_out(input_features)[1:]


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (Moody, checks.check_fit_is_idempotent),
        (Moody, checks.check_clone),
        (Moody, checks.check_fit_transform),
        (Gregarious, checks.check_order_and_subsets_of_samples),
        (Careless, checks.check_input_is_not_written_to),
        (Forgetful, checks.check_pickle),
        (Gullible, checks.check_other_dimensions),
        (Gullible, checks.check_not_fitted),
        (Nameless, checks.check_names_of_features),
    ],
)
@pytest.mark.parametrize("container", ["4-D array", "object array"])
def test_the_checks_can_fail(broken, check, container, make):
    check(LogSignatureTransformer(), *make(container, LogSignatureTransformer()))
    with pytest.raises((AssertionError, pytest.fail.Exception, ValueError)):
        check(broken(), *make(container, LogSignatureTransformer()))

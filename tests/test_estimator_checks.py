"""Scikit-learn's own checks, over every public estimator, with no failure allowed."""

import inspect
import os
from unittest import SkipTest

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.utils import estimator_checks as checks
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

import sklearn_deepsig

COARSENING = {
    "n_clusters": (1,),
    "hidden_dim": 8,
    "max_epochs": 5,
    # one batch, so that a weight of 2 is a repeated sample
    "batch_size": 128,
    "random_state": 0,
    # the checks compare batches of different size to 1e-7
    "precision": "float64",
}
# Networks small enough for the checks, which fit hundreds of times.
NETWORK = COARSENING | {
    "n_segments": 1,
    "lstm_hidden_dim": 16,
    "mlp_hidden_dim": 16,
    "dropout": 0.0,
    "learning_rate": 0.02,
}

FRAMES = {
    name: value
    for name, value in NETWORK.items()
    if name not in ("n_segments", "lstm_hidden_dim")
}

# Estimator -> the parameters it is checked with, in each of several settings.
SETTINGS = {
    "DeepSignatureClassifier": [NETWORK],
    "DeepSignatureRegressor": [NETWORK],
    "EigenCoarsener": [{"n_clusters": 1}, {"n_clusters": 1, "soft": True}],
    "GraphLSTMClassifier": [{**FRAMES, "lstm_hidden_dim": 8}],
    "GraphTransformerClassifier": [{**FRAMES, "transformer_dim": 8, "n_heads": 2}],
    "HeadClassifier": [FRAMES],
    "HeadTailClassifier": [FRAMES],
    "TailClassifier": [FRAMES],
    "LogSignatureTransformer": [
        {},
        {"depth": 3, "n_segments": 2},
        {"augmentation": ["time", "basepoint", "lead_lag"]},
        {"augmentation": "lead_lag", "dtype": "float32"},
    ],
    "SpectralCoarsener": [COARSENING],
    "SummaryStatisticsTransformer": [{}],
}

# Scikit-learn's checks have no molecules to give, and compare nothing but arrays. The
# tags of these say that tables are no input; what scikit-learn can check nevertheless
# is below, and `tests/test_containers.py` checks the rest, on molecules.
MOLECULES_ONLY = {
    "AlphaCarbonDihedralFeaturizer",
    "ContactFeaturizer",
    "DihedralFeaturizer",
    "FixedCoarsener",
    "PairwiseDistanceFeaturizer",
    "RmsdFeaturizer",
    "RmsfFeaturizer",
    "TrajectorySelector",
}

# Transformers whose output is no table: names and tables of it are checked elsewhere.
GIVE_PATHS = {
    "EigenCoarsener",
    "FixedCoarsener",
    "SpectralCoarsener",
    "TrajectorySelector",
}

PUBLIC = {
    name: value
    for name in sklearn_deepsig.__all__
    if inspect.isclass(value := getattr(sklearn_deepsig, name))
    and issubclass(value, BaseEstimator)
}

# Checks that `parametrize_with_checks` leaves out.
OF_ALL = [checks.check_param_validation]
OF_TABLES_IN = [
    checks.check_dataframe_column_names_consistency,
    checks.check_inplace_ensure_writeable,
]
OF_TABLES_OUT = [
    checks.check_transformer_get_feature_names_out,
    checks.check_transformer_get_feature_names_out_pandas,
    checks.check_set_output_transform,
    checks.check_set_output_transform_pandas,
    checks.check_global_output_transform_pandas,
    checks.check_set_output_transform_polars,
    checks.check_global_set_output_transform_polars,
]
# Checks that never fit, so that they need no table. `parametrize_with_checks` runs
# them wherever it runs anything.
WITHOUT_X = [
    checks.check_estimator_cloneable,
    checks.check_estimator_repr,
    checks.check_valid_tag_types,
    checks.check_estimator_tags_renamed,
    checks.check_mixin_order,
    checks.check_no_attributes_set_in_init,
    checks.check_do_not_raise_errors_in_init_or_set_params,
    checks.check_parameters_default_constructible,
    checks.check_get_params_invariance,
    checks.check_set_params,
]


class StackedSelector(sklearn_deepsig.TrajectorySelector):
    """A TrajectorySelector whose samples scikit-learn can compare: a table."""

    def transform(self, X):
        """Lay each sample's positions out in a row."""
        return np.stack([sample.positions.ravel() for sample in super().transform(X)])

    def fit_transform(self, X, y=None):
        """Fit, and transform the same samples."""
        return self.fit(X, y).transform(X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        return tags


def left_out():
    for name, kind in PUBLIC.items():
        chosen = list(OF_ALL)
        if name in MOLECULES_ONLY:
            chosen += WITHOUT_X
        else:
            chosen += OF_TABLES_IN
        if hasattr(kind, "transform") and name not in MOLECULES_ONLY | GIVE_PATHS:
            chosen += OF_TABLES_OUT
        # the first of the settings: these checks are about names and containers
        estimator = kind(**SETTINGS.get(name, [{}])[0])
        for check in chosen:
            yield pytest.param(estimator, check, id=f"{name}-{check.__name__}")


def run(check, *arguments):
    """Run a check, and let none skip where `make test` has set all that they need."""
    try:
        check(*arguments)
    except SkipTest as reason:
        if os.environ.get("SCIPY_ARRAY_API") != "1":
            raise
        pytest.fail(f"skipped: {reason}")


def test_every_public_estimator_is_checked():
    assert PUBLIC.keys() == SETTINGS.keys() | MOLECULES_ONLY


@pytest.mark.parametrize("name", PUBLIC)
def test_tags_say_what_is_read(name):
    tags = get_tags(PUBLIC[name]())
    assert tags.input_tags.two_d_array == (name in SETTINGS)
    assert tags.input_tags.three_d_array == (
        name in SETTINGS or name == "TrajectorySelector"
    )
    assert not tags.input_tags.sparse
    assert not tags.input_tags.allow_nan
    assert not tags.no_validation
    assert not tags._skip_test


@parametrize_with_checks(
    [
        PUBLIC[name](**setting)
        for name, several in SETTINGS.items()
        for setting in several
    ]
    + [StackedSelector()]
)
def test_scikit_learn_contract(estimator, check):
    run(check, estimator)


# One check fits on a table with names and transforms an array, and the reverse, of
# which scikit-learn warns.
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.filterwarnings("ignore:X has feature names, but")
@pytest.mark.parametrize(("estimator", "check"), list(left_out()))
def test_checks_that_are_not_run_by_default(estimator, check):
    run(check, type(estimator).__name__, estimator)

"""Scikit-learn's own checks, over every public estimator, with no failure allowed."""

import inspect

from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import parametrize_with_checks

import sklearn_deepsig

# Networks small enough for the checks, which fit hundreds of times.
NETWORK = {
    "n_clusters": (1,),
    "hidden_dim": 8,
    "n_segments": 1,
    "lstm_hidden_dim": 16,
    "mlp_hidden_dim": 16,
    "dropout": 0.0,
    "max_epochs": 5,
    "batch_size": 128,
    "learning_rate": 0.02,
    "random_state": 0,
    # the checks compare batches of different size to 1e-7
    "precision": "float64",
}

# Estimator -> the parameters it is checked with, in each of several settings.
SETTINGS = {
    "DeepSignatureClassifier": [NETWORK],
    "DeepSignatureRegressor": [NETWORK],
    "LogSignatureTransformer": [
        {},
        {"depth": 3, "n_segments": 2},
        {"augmentation": ["time", "basepoint", "lead_lag"]},
        {"augmentation": "lead_lag", "dtype": "float32"},
    ],
    "SpectralCoarsener": [{"n_clusters": (1,), "max_epochs": 3, "random_state": 0}],
}

# They read molecules, which scikit-learn's checks do not have: their tags say that
# tables are no input, and `tests/helpers/checks.py` checks them in their place.
MOLECULES_ONLY = {
    "AlphaCarbonDihedralFeaturizer",
    "DihedralFeaturizer",
    "TrajectorySelector",
}

PUBLIC = {
    name: value
    for name in sklearn_deepsig.__all__
    if inspect.isclass(value := getattr(sklearn_deepsig, name))
    and issubclass(value, BaseEstimator)
}


def test_every_public_estimator_is_checked():
    assert PUBLIC.keys() == SETTINGS.keys() | MOLECULES_ONLY


@parametrize_with_checks(
    [
        PUBLIC[name](**setting)
        for name, several in SETTINGS.items()
        for setting in several
    ]
)
def test_scikit_learn_contract(estimator, check):
    check(estimator)

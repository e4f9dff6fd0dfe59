"""Our own checks of the scikit-learn contract, for any X that it has no table of.

Each takes an estimator with small settings, X and y.
"""

import pickle
import tempfile
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    cross_val_predict,
    learning_curve,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline

from sklearn_deepsig import LogSignatureTransformer, SpectralCoarsener
from sklearn_deepsig.trajectory import GraphTrajectory
from tests.helpers.containers import of_other_dimensions, take

METHODS = ("transform", "predict", "predict_proba", "decision_function", "assign")


def outputs(estimator, X):
    """What every method gives, as arrays, sample by sample."""
    found = {}
    for method in METHODS:
        if hasattr(estimator, method):
            given = getattr(estimator, method)(X)
            assert len(given) == len(X), method
            found[method] = [np.asarray(getattr(s, "positions", s)) for s in given]
    return found


def assert_same(actual, expected, indices=None):
    assert actual.keys() == expected.keys()
    for method, of_samples in expected.items():
        if indices is not None:
            of_samples = [of_samples[i] for i in indices]
        for a, b in zip(actual[method], of_samples, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5, err_msg=method)


# Of every estimator


def check_clone(estimator, X, y):
    fitted = clone(estimator).fit(X, y)
    copy = clone(fitted)
    assert repr(copy) == repr(estimator)
    assert not [name for name in vars(copy) if name.endswith("_")]
    assert_same(outputs(copy.fit(X, y), X), outputs(fitted, X))


def check_pickle(estimator, X, y):
    fitted = estimator.fit(X, y)
    copy = pickle.loads(pickle.dumps(fitted))
    assert_same(outputs(copy, X), outputs(fitted, X))


def check_fit_is_idempotent(estimator, X, y):
    expected = outputs(estimator.fit(X, y), X)
    assert_same(outputs(estimator.fit(X, y), X), expected)


def check_order_and_subsets_of_samples(estimator, X, y):
    expected = outputs(estimator.fit(X, y), X)
    order = np.random.default_rng(1).permutation(len(X))
    for indices in (order, order[:5], order[:1]):
        assert_same(outputs(estimator, take(X, indices)), expected, indices)


def check_input_is_not_written_to(estimator, X, y):
    before = joblib.hash(X)
    expected = outputs(estimator.fit(X, y), X)
    assert joblib.hash(X) == before
    with tempfile.TemporaryDirectory() as folder:
        # as the workers of a search get what is large
        joblib.dump(X, Path(folder) / "X.joblib")
        read_only = joblib.load(Path(folder) / "X.joblib", mmap_mode="r")
        assert_same(outputs(estimator.fit(read_only, y), read_only), expected)


def check_other_dimensions(estimator, X, y):
    estimator.fit(X, y)
    for method in METHODS:
        if hasattr(estimator, method):
            with pytest.raises((ValueError, TypeError)):
                getattr(estimator, method)(of_other_dimensions(X))


def check_not_fitted(estimator, X, y):  # noqa: ARG001
    for method in METHODS:
        if hasattr(type(estimator), method):
            with pytest.raises(NotFittedError):
                getattr(estimator, method)(X)


def check_lengths_that_differ(estimator, X, y):
    if is_classifier(estimator) or is_regressor(estimator):
        with pytest.raises(ValueError, match=f"{len(X)} samples"):
            estimator.fit(X, y[:-1])


# Of transformers


def check_fit_transform(estimator, X, y):
    one, two = clone(estimator).fit_transform(X, y), estimator.fit(X, y).transform(X)
    for a, b in zip(one, two, strict=True):
        a, b = (np.asarray(getattr(s, "positions", s)) for s in (a, b))
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def check_names_of_features(estimator, X, y):
    features = estimator.fit(X, y).transform(X)
    names = estimator.get_feature_names_out()
    if isinstance(features, np.ndarray) and features.ndim == 2:
        assert len(set(names)) == features.shape[1]


def check_transformer_in_a_search(estimator, X, y):
    first = clone(estimator).fit(X, y).transform(X)
    steps = [LogisticRegression()]
    if getattr(first, "ndim", 0) != 2:
        steps = [LogSignatureTransformer(), *steps]
    if isinstance(first[0], GraphTrajectory):
        # whose nodes may differ in number
        steps = [SpectralCoarsener(2, max_epochs=1, random_state=0), *steps]
    pipeline = make_pipeline(estimator, *steps)
    search = GridSearchCV(pipeline, {"logisticregression__C": [0.1]}, cv=2)
    assert_search(search.fit(X, y), X)


# Of predictors, in what scikit-learn builds around them


def assert_search(search, X):
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.predict(X).shape == (len(X),)


def check_grid_search(estimator, X, y):
    search = GridSearchCV(estimator, {"weight_decay": [0.0, 0.1]}, cv=2)
    assert_search(search.fit(X, y), X)


def check_halving_search(estimator, X, y, n_jobs=None):
    search = HalvingGridSearchCV(
        estimator,
        {"weight_decay": [0.0, 0.1]},
        cv=2,
        factor=2,
        min_resources=6,
        n_jobs=n_jobs,
        random_state=0,
    )
    assert_search(search.fit(X, y), X)
    assert search.n_resources_ == [6, 12]


def check_halving_search_in_two_processes(estimator, X, y):
    check_halving_search(estimator, X, y, n_jobs=2)


def check_cross_val_predict(estimator, X, y):
    assert cross_val_predict(estimator, X, y, cv=2).shape == (len(X),)


def check_learning_curve(estimator, X, y):
    sizes, train, test = learning_curve(
        estimator, X, y, cv=2, train_sizes=[0.5, 1.0], error_score="raise"
    )
    assert sizes.tolist() == [3, 6]
    assert np.isfinite([train, test]).all()


def check_stacking(estimator, X, y):
    estimators = [("a", estimator), ("b", clone(estimator))]
    if is_classifier(estimator):
        stack = StackingClassifier(estimators, LogisticRegression(), cv=2)
    else:
        stack = StackingRegressor(estimators, Ridge(), cv=2)
    assert stack.fit(X, y).predict(X).shape == (len(X),)


def check_voting(estimator, X, y):
    estimators = [("a", estimator), ("b", clone(estimator))]
    if is_classifier(estimator):
        vote = VotingClassifier(estimators, voting="soft")
        expected = clone(estimator).fit(X, y).predict_proba(X)
        found = vote.fit(X, y).predict_proba(X)
    else:
        vote = VotingRegressor(estimators)
        expected = clone(estimator).fit(X, y).predict(X)
        found = vote.fit(X, y).predict(X)
    np.testing.assert_allclose(found, expected)  # two that are equal


# Of classifiers alone


def check_calibration(estimator, X, y):
    calibrated = CalibratedClassifierCV(estimator, cv=2).fit(X, y)
    np.testing.assert_allclose(calibrated.predict_proba(X).sum(axis=1), 1.0)


def check_one_versus_rest(estimator, X, y):
    several = OneVsRestClassifier(estimator).fit(X, y)
    assert len(several.estimators_) == len(np.unique(y))
    assert several.predict_proba(X).shape == (len(X), len(np.unique(y)))


OF_EVERY_ESTIMATOR = (
    check_clone,
    check_pickle,
    check_fit_is_idempotent,
    check_order_and_subsets_of_samples,
    check_input_is_not_written_to,
    check_other_dimensions,
    check_not_fitted,
    check_lengths_that_differ,
)
OF_TRANSFORMERS = (
    check_fit_transform,
    check_names_of_features,
    check_transformer_in_a_search,
)
OF_PREDICTORS = (
    check_grid_search,
    check_halving_search,
    check_cross_val_predict,
    check_learning_curve,
    check_stacking,
    check_voting,
)
OF_CLASSIFIERS = (check_calibration, check_one_versus_rest)


def checks_of(estimator, *, composed=True):
    """Yield (name, check) for what kind of estimator it is.

    With `composed` those too that build other estimators around a predictor.
    """
    chosen = [*OF_EVERY_ESTIMATOR]
    if hasattr(estimator, "transform"):
        chosen += OF_TRANSFORMERS
    if composed and (is_classifier(estimator) or is_regressor(estimator)):
        chosen += OF_PREDICTORS
    if composed and is_classifier(estimator):
        chosen += OF_CLASSIFIERS
    for check in chosen:
        yield check.__name__.removeprefix("check_"), check

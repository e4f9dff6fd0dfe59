"""Segments of a single step enclose no area: who asks for areas is told."""

import warnings

import numpy as np
import pytest

from sklearn_deepsig.estimators import (
    DeepSignatureClassifier,
    DeepSignatureRegressor,
    GraphLSTMClassifier,
    LogSignatureTransformer,
)
from sklearn_deepsig.exceptions import UninformativeFeaturesWarning

SMALL = {"n_clusters": (3,), "hidden_dim": 4, "max_epochs": 1, "random_state": 0}


def warned(fit):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit()
    return [w for w in caught if w.category is UninformativeFeaturesWarning]


@pytest.mark.parametrize("augmentation", [None, "time", "basepoint", "lead_lag"])
@pytest.mark.parametrize("n_segments", [1, 2, 3, 5])
@pytest.mark.parametrize("n_frames", range(2, 9))
def test_a_warning_tells_that_all_areas_are_zero(
    rng, n_frames, n_segments, augmentation
):
    X = rng.normal(size=(4, n_frames, 3))
    transformer = LogSignatureTransformer(
        n_segments=n_segments, augmentation=augmentation
    )
    told = warned(lambda: transformer.fit(X))
    names = transformer.get_feature_names_out()
    areas = transformer.transform(X)[:, ["[" in name for name in names]]
    assert bool(told) == (np.abs(areas).max() < 1e-14)


def test_the_remedy_is_one(rng):
    X = [rng.normal(size=(n, 3)) for n in (4, 9, 7)]
    (told,) = warned(lambda: LogSignatureTransformer(n_segments=8).fit(X))
    message = str(told.message)
    assert "n_segments=8, a sample of 9 frames, the longest" in message
    assert "take fewer segments (n_segments=2), take longer" in message
    assert not warned(lambda: LogSignatureTransformer(n_segments=2).fit(X))
    # nothing to be told where no area is asked for, or there is none
    assert not warned(lambda: LogSignatureTransformer(depth=1, n_segments=8).fit(X))
    ones = [x[:, :1] for x in X]
    assert not warned(lambda: LogSignatureTransformer(n_segments=8).fit(ones))
    (told,) = warned(lambda: LogSignatureTransformer().fit(X[:1] * 2).fit([X[0][:2]]))
    assert "fewer segments" not in str(told.message)


@pytest.mark.parametrize(
    ("network", "y"),
    [(DeepSignatureClassifier, [0, 1] * 3), (DeepSignatureRegressor, range(6))],
)
def test_networks_tell_it_too(rng, network, y):
    X = rng.normal(size=(6, 5, 6, 3))

    def fit(**changes):
        return warned(lambda: network(**SMALL | changes).fit(X, y))

    assert "n_segments=4, a sample of 5 frames" in str(fit()[0].message)
    assert len(fit(rotation_invariant=True)) == 1
    for enough in ({"n_segments": 1}, {"depth": 1}, {"augmentation": "basepoint"}):
        assert not fit(**enough)


def test_a_network_without_log_signatures_does_not(rng):
    X = rng.normal(size=(6, 2, 6, 3))
    assert not warned(lambda: GraphLSTMClassifier(**SMALL).fit(X, [0, 1] * 3))

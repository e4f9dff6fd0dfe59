"""A number that is none is reported with its sample and frame, in every container."""

import re

import numpy as np
import pandas as pd
import pytest

from sklearn_deepsig import (
    DeepSignatureClassifier,
    DeepSignatureRegressor,
    EigenCoarsener,
    LogSignatureTransformer,
    SpectralCoarsener,
    TrajectorySelector,
)
from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError

Y = [0, 1, 0, 1]
ESTIMATORS = [
    TrajectorySelector(),
    LogSignatureTransformer(),
    SpectralCoarsener(2, max_epochs=1),
    EigenCoarsener(2),
    DeepSignatureClassifier(2, max_epochs=1, n_segments=1),
]
SHAPES = {
    "4-D array": (4, 8, 3, 3),
    "3-D array": (4, 8, 3),
    "table": (4, 8),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_arrays(rng, estimator, value, shape):
    good = rng.normal(size=shape)
    bad = good.copy()
    bad[(2, 5, *[1] * (len(shape) - 2))] = value
    message = rf"sample 2: the coordinate in frame 5, node \d, is {value}"
    with pytest.raises(InvalidInputError, match=message):
        estimator.fit(bad, Y)
    estimator.fit(good, Y)
    method = "predict" if hasattr(estimator, "predict_proba") else "transform"
    with pytest.raises(InvalidInputError, match=message):
        getattr(estimator, method)(bad)


@pytest.mark.parametrize("estimator", ESTIMATORS[1:], ids=lambda e: type(e).__name__)
def test_labels_in_the_place_of_trajectories(rng, estimator):
    X, y = rng.normal(size=(4, 8, 3, 3)), np.array(["folded", "unfolded"] * 2)
    for labels in (y, pd.Series(y), y[:, None].tolist()):
        with pytest.raises(InvalidInputError, match=r"text.*'folded'.*: fit\(X, y\)"):
            estimator.fit(labels, X)


def test_a_table_with_names(rng):
    table = pd.DataFrame(rng.normal(size=(4, 8)), columns=[f"t{i}" for i in range(8)])
    table.loc[1, "t6"] = np.nan
    with pytest.raises(InvalidInputError, match="sample 1: the coordinate in frame 6"):
        LogSignatureTransformer().fit(table)


@pytest.mark.parametrize(
    "estimator", [LogSignatureTransformer(), DeepSignatureRegressor(2, max_epochs=1)]
)
def test_a_table_of_series(rng, estimator):
    series = [[pd.Series(rng.normal(size=8)) for _ in range(2)] for _ in range(4)]
    table = pd.DataFrame(series, columns=["x", "y"])
    with pytest.raises(InvalidInputTypeError, match=r"cells are series.*df-list"):
        estimator.fit(table, Y)
    listed = [pd.concat(row, axis=1, keys=table.columns) for row in series]
    estimator.fit(listed, Y)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("shape", [(4,), (4, 2)])
def test_targets_and_weights(rng, value, shape):
    X = rng.normal(size=SHAPES["4-D array"])
    regressor = DeepSignatureRegressor(2, max_epochs=1, n_segments=1)
    bad = np.arange(np.prod(shape), dtype=float).reshape(shape)
    place = (3,) if len(shape) == 1 else (3, 1)
    bad[place] = value
    where = re.escape(f"y[{', '.join(map(str, place))}] is {value}: ")
    for given in (bad, bad.tolist(), pd.DataFrame(bad)):
        if len(shape) == 1 and isinstance(given, pd.DataFrame):
            given = given[0]
        with pytest.raises(InvalidInputError, match=f"^{where}.*leave the sample out"):
            regressor.fit(X, given)
    weight = [1.0, value, 1.0, 1.0]
    for model in (regressor, SpectralCoarsener(2, max_epochs=1)):
        with pytest.raises(
            InvalidInputError, match=rf"^sample_weight\[1\] is {value}: .*or 0 to leave"
        ):
            model.fit(X, [0.0, 1.0, 2.0, 3.0], sample_weight=weight)

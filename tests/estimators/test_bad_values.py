"""A number that is none is reported with its sample and frame, in every container."""

import numpy as np
import pandas as pd
import pytest

from sklearn_deepsig import (
    DeepSignatureClassifier,
    EigenCoarsener,
    LogSignatureTransformer,
    SpectralCoarsener,
    TrajectorySelector,
)
from sklearn_deepsig.exceptions import InvalidInputError

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


def test_a_table_with_names(rng):
    table = pd.DataFrame(rng.normal(size=(4, 8)), columns=[f"t{i}" for i in range(8)])
    table.loc[1, "t6"] = np.nan
    with pytest.raises(InvalidInputError, match="sample 1: the coordinate in frame 6"):
        LogSignatureTransformer().fit(table)

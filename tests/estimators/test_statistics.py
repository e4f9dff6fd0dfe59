"""Summary statistics: pandas' own, and what changes none of them."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from sklearn_deepsig import SummaryStatisticsTransformer
from sklearn_deepsig.exceptions import InvalidInputError

TRANSFORMER = SummaryStatisticsTransformer()


def table(X):
    features = TRANSFORMER.fit(X).transform(X)
    return pd.DataFrame(features, columns=TRANSFORMER.get_feature_names_out())


def test_they_are_those_of_pandas(rng):
    X = rng.normal(size=(3, 20, 4, 1)).cumsum(axis=1)
    found = table(X)
    assert found.shape == (3, 11)
    for sample, row in zip(X[..., 0], found.to_dict("records"), strict=True):
        values = pd.Series(sample.ravel()).describe()
        changes = pd.DataFrame(sample).diff().iloc[1:].stack()
        expected = {
            "mean": values["mean"],
            "std": pd.Series(sample.ravel()).std(ddof=0),
            "min": values["min"],
            "first quartile": values["25%"],
            "median": values["50%"],
            "third quartile": values["75%"],
            "max": values["max"],
            "mean increment": changes.mean(),
            "std of increments": changes.std(ddof=0),
            "mean step": changes.abs().mean(),
            "max step": changes.abs().max(),
        }
        assert row == pytest.approx(expected)


def test_in_three_dimensions_neither_place_nor_orientation_counts(rng):
    X = rng.normal(size=(2, 10, 5, 3)).cumsum(axis=1)
    turned = X @ Rotation.random(random_state=0).as_matrix() + [1.0, -2.0, 3.0]
    np.testing.assert_allclose(table(turned), table(X), rtol=1e-10, atol=1e-12)


def test_a_node_that_goes_straight(rng):
    """Two nodes, from -1 and 1 to -4 and 4 in steps of 1 along a line."""
    away = np.arange(1.0, 5.0)
    line = rng.normal(size=3)
    line /= np.linalg.norm(line)
    X = (np.stack([-away, away], axis=1)[:, :, None] * line)[None]
    row = table(X).iloc[0]
    assert row["min"] == pytest.approx(1)
    assert row["max"] == pytest.approx(4)
    assert row["mean increment"] == pytest.approx(1)
    assert row["std of increments"] == pytest.approx(0, abs=1e-12)
    assert row["max step"] == pytest.approx(1)


def test_another_number_of_dimensions_is_refused(rng):
    TRANSFORMER.fit(rng.normal(size=(2, 10, 5, 3)))
    with pytest.raises(InvalidInputError, match="1 dimensions a node"):
        TRANSFORMER.transform(rng.normal(size=(2, 10, 5, 1)))

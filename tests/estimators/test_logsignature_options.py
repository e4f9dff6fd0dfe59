"""LogSignatureTransformer with augmentation, invariance and dtype."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sklearn_deepsig.estimators import LogSignatureTransformer
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional import augment, logsignature, rotation_invariants
from sklearn_deepsig.trajectory import GraphTrajectory

CHOICES = ["time", "basepoint", "lead_lag", ["time", "basepoint"], ("lead_lag", "time")]


def walks(rng, *shape):
    return rng.normal(size=shape).cumsum(axis=1)


@pytest.mark.parametrize("augmentation", CHOICES)
@pytest.mark.parametrize("basis", ["words", "expanded"])
def test_every_segment_is_augmented_as_a_path_of_its_own(rng, augmentation, basis):
    X = [walks(rng, 1, n, 2)[0] for n in (9, 6, 9, 2, 1 + 3)]
    transformer = LogSignatureTransformer(3, 3, basis, augmentation=augmentation)
    features = transformer.fit_transform(X)
    bounds = {9: [0, 3, 5, 8], 6: [0, 2, 3, 5], 2: [0, 0, 1, 1], 4: [0, 1, 2, 3]}
    for path, row in zip(X, features, strict=True):
        limits = bounds[len(path)]
        expected = [
            logsignature(
                augment(torch.tensor(path[a : b + 1]), augmentation).path,
                3,
                basis=basis,
            )
            for a, b in pairwise(limits)
        ]
        np.testing.assert_allclose(row, torch.cat(expected), rtol=1e-9, atol=1e-9)
    assert features.shape[1] == len(transformer.get_feature_names_out())


@pytest.mark.parametrize("augmentation", [[], (), None])
def test_no_augmentation(rng, augmentation):
    X = walks(rng, 3, 9, 2)
    actual = LogSignatureTransformer(augmentation=augmentation).fit_transform(X)
    np.testing.assert_array_equal(actual, LogSignatureTransformer().fit_transform(X))


def test_names_of_augmented_channels(rng):
    X = walks(rng, 3, 9, 1, 2)
    transformer = LogSignatureTransformer(1, augmentation=["time", "lead_lag"]).fit(X)
    names = ["lead(x0)", "lead(x1)", "lead(time)", "lag(x0)", "lag(x1)", "lag(time)"]
    assert transformer.get_feature_names_out().tolist() == [f"seg0:{n}" for n in names]


def test_univariate_series_have_areas_once_they_have_time(rng):
    X = walks(rng, 6, 10)
    transformer = LogSignatureTransformer(augmentation="time").fit(X)
    names = ["seg0:x0", "seg0:time", "seg0:[x0, time]"]
    assert transformer.get_feature_names_out().tolist() == names
    assert transformer.transform(X)[:, 2].all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rotations_change_nothing(rng, dtype):
    X = walks(rng, 4, 21, 5, 3).astype(dtype)
    transformer = LogSignatureTransformer(n_segments=2, invariance="rotation")
    features = transformer.fit_transform(X)
    assert features.dtype == dtype
    assert features.shape == (4, 2 * 2 * 5**2)
    for matrix in Rotation.random(4, rng).as_matrix():
        turned = (X @ matrix.T + 3).astype(dtype)
        error = np.abs(transformer.transform(turned) - features).max()
        assert error <= 1e-5 * np.abs(features).max()
    first = torch.tensor(X[1, :11].reshape(11, 15))
    np.testing.assert_allclose(
        features[1, :50], rotation_invariants(first), rtol=1e-5, atol=1e-4
    )


def test_a_choice_of_rotation_invariants(rng):
    X = walks(rng, 4, 21, 5, 3)
    everything = LogSignatureTransformer(2, 2, invariance="rotation").fit(X)
    names = everything.get_feature_names_out()
    given = ["trace", "dot"]
    transformer = LogSignatureTransformer(2, 2, invariance=given)
    features = transformer.fit_transform(X)
    assert transformer.invariance is given == ["trace", "dot"]
    assert features.shape == (4, 2 * 5**2)
    kept = [("dot(" in name) or ("trace(" in name) for name in names]
    assert transformer.get_feature_names_out().tolist() == names[kept].tolist()
    np.testing.assert_allclose(features, everything.transform(X)[:, kept], atol=1e-9)
    np.testing.assert_array_equal(clone(transformer).fit_transform(X), features)


def test_grid_search_over_invariance(rng):
    X, y = walks(rng, 12, 9, 3, 3), np.arange(12) % 2
    choices = [None, "rotation", ("dot",), ["twist", "norm"]]
    search = GridSearchCV(
        make_pipeline(LogSignatureTransformer(), LogisticRegression(max_iter=10_000)),
        {"logsignaturetransformer__invariance": choices},
        cv=2,
        error_score="raise",
    ).fit(X, y)
    assert [next(iter(p.values())) for p in search.cv_results_["params"]] == choices


def test_names_of_rotation_invariants(rng):
    positions = walks(rng, 1, 5, 2, 3)[0]
    X = [GraphTrajectory(positions, [], node_names=["ALA 86", "GLY 91"])]
    transformer = LogSignatureTransformer(invariance="rotation").fit(X)
    names = transformer.get_feature_names_out()
    assert len(names) == len(set(names)) == transformer.transform(X).shape[1]
    assert names[1] == "seg0:dot(ALA 86, GLY 91)"
    assert "seg0:twist(ALA 86, GLY 91)" in names
    generic = LogSignatureTransformer(invariance="rotation").fit(positions[None])
    assert "seg0:trace((x0, x1, x2), (x3, x4, x5))" in generic.get_feature_names_out()


@pytest.mark.parametrize(
    "options", [{"augmentation": "lead_lag"}, {"invariance": "rotation"}]
)
def test_pandas_output_has_the_names(rng, options):
    pytest.importorskip("pandas")
    transformer = LogSignatureTransformer(n_segments=2, **options)
    table = transformer.set_output(transform="pandas").fit_transform(
        walks(rng, 3, 9, 2, 3)
    )
    assert table.columns.tolist() == transformer.get_feature_names_out().tolist()


@pytest.mark.parametrize("dtype", ["float32", "float64", np.float32, np.float64])
def test_dtype(rng, dtype):
    X = walks(rng, 3, 9, 2)
    expected = LogSignatureTransformer().fit_transform(X)
    actual = LogSignatureTransformer(dtype=dtype).fit_transform(X.astype(np.float32))
    assert actual.dtype == np.dtype(dtype)
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4)


# Bad input


@pytest.mark.parametrize("shape", [(3, 9, 6), (3, 9, 3, 2), (3, 9)])
def test_rotation_needs_points_in_three_dimensions(rng, shape):
    with pytest.raises(InvalidInputError, match="needs points in three dimensions"):
        LogSignatureTransformer(invariance="rotation").fit(walks(rng, *shape))


@pytest.mark.parametrize("invariance", ["dot", [], ("dot", "dot"), ["speed"], [3]])
def test_unknown_invariance_lists_the_choices(rng, invariance):
    with pytest.raises(InvalidInputError, match="'dot', 'trace', 'norm', 'twist'"):
        LogSignatureTransformer(invariance=invariance).fit(walks(rng, 3, 9, 2, 3))


@pytest.mark.parametrize("max_bytes", [None, 2**31])
def test_traces_need_two_points(rng, max_bytes):
    transformer = LogSignatureTransformer(invariance=["trace"], max_bytes=max_bytes)
    with pytest.raises(InvalidInputError, match="of pairs of points"):
        transformer.fit(walks(rng, 3, 9, 1, 3))


@pytest.mark.parametrize(
    "options", [{"depth": 3}, {"basis": "expanded"}, {"augmentation": "time"}]
)
def test_rotation_goes_with_nothing_else(rng, options):
    transformer = LogSignatureTransformer(invariance="rotation", **options)
    with pytest.raises(InvalidInputError, match="invariance='rotation' is made of"):
        transformer.fit(walks(rng, 3, 9, 2, 3))


@pytest.mark.parametrize("augmentation", [["time", "time"], ["speed"], [3]])
def test_unknown_augmentation(rng, augmentation):
    with pytest.raises(InvalidInputError, match="cannot be used; choose from"):
        LogSignatureTransformer(augmentation=augmentation).fit(walks(rng, 3, 9, 2))


def test_limit_counts_the_options(rng):
    X = walks(rng, 6, 9, 4, 3)
    width = 2 * 4**2
    options = {"invariance": "rotation", "n_segments": 2}
    n_bytes = 6 * 2 * width * 8
    LogSignatureTransformer(max_bytes=n_bytes, **options).fit(X)
    with pytest.raises(InvalidInputError, match=r"of 4 points .* 32;.*most 3 points"):
        LogSignatureTransformer(max_bytes=n_bytes - 1, **options).fit(X)
    smaller = r"and invariance=\('dot', 'trace', 'norm'\) fits"
    with pytest.raises(InvalidInputError, match=smaller):
        LogSignatureTransformer(max_bytes=n_bytes - 1, **options).fit(X)
    one = LogSignatureTransformer(invariance=["dot"], max_bytes=6 * 9 * 8)
    with pytest.raises(InvalidInputError, match=r"\(dot\) of 4 .*most 3 points fit\)"):
        one.fit(X)
    LogSignatureTransformer(max_bytes=n_bytes // 2, dtype="float32", **options).fit(X)
    lead_lag = LogSignatureTransformer(max_bytes=6 * 300 * 8, augmentation="lead_lag")
    lead_lag.fit(X)  # 24 channels and 276 areas
    lead_lag.set_params(depth=3)
    with pytest.raises(InvalidInputError, match=r"'lead_lag'.*depth=2 fits"):
        lead_lag.fit(X)

import pickle
import sys
import time
from itertools import pairwise

import joblib
import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sklearn_deepsig.estimators import LogSignatureTransformer
from sklearn_deepsig.exceptions import InvalidInputError, MissingDependencyError
from sklearn_deepsig.functional import logsignature, logsignature_width
from sklearn_deepsig.trajectory import GraphTrajectory


def walks(rng, *shape):
    return rng.normal(size=shape).cumsum(axis=1)


def of_segments(path, boundaries, depth, basis="words"):
    pieces = [
        logsignature(torch.from_numpy(path[a : b + 1].copy()), depth, basis=basis)
        for a, b in pairwise(boundaries)
    ]
    return torch.cat(pieces).numpy()


@pytest.mark.parametrize("basis", ["words", "lyndon", "expanded"])
def test_features_are_log_signatures_of_segments(rng, basis):
    X = walks(rng, 7, 11, 3)
    transformer = LogSignatureTransformer(3, 3, basis, batch_size=2)
    features = transformer.fit_transform(X)
    expected = [of_segments(path, [0, 3, 7, 10], 3, basis) for path in X]
    np.testing.assert_allclose(features, expected, rtol=1e-9, atol=1e-9)
    assert features.shape[1] == len(transformer.get_feature_names_out())


def test_every_kind_of_x_gives_the_same(rng):
    positions = walks(rng, 4, 9, 5, 3)
    channels = positions.reshape(4, 9, 15)
    transformer = LogSignatureTransformer(n_segments=2)
    expected = transformer.fit_transform(channels)
    as_objects = np.empty(4, dtype=object)
    as_objects[:] = list(positions)
    kinds = {
        "4-D": positions,
        "tensor": torch.from_numpy(positions),
        "list of 3-D": list(positions),
        "list of 2-D": list(channels),
        "object array": as_objects,
        "trajectories": [GraphTrajectory(p, []) for p in positions],
        "tuple": tuple(channels),
    }
    for kind, X in kinds.items():
        actual = clone(transformer).fit_transform(X)
        np.testing.assert_array_equal(actual, expected, err_msg=kind)


def test_mdtraj_trajectories_need_no_bonds(rng):
    md = pytest.importorskip("mdtraj")
    topology = md.Topology()
    chain = topology.add_chain()
    for name in ("ALA", "GLY"):
        residue = topology.add_residue(name, chain)
        topology.add_atom("CB", md.element.carbon, residue)
    X = [md.Trajectory(rng.normal(size=(6, 2, 3)), topology) for _ in range(3)]
    transformer = LogSignatureTransformer().fit(X)
    assert transformer.transform(X).dtype == np.float32
    expected = of_segments(X[1].xyz.reshape(6, 6), [0, 5], 2)
    np.testing.assert_allclose(transformer.transform(X)[1], expected, rtol=1e-5)
    assert transformer.n_features_in_ == transformer.n_channels_ == 6
    names = transformer.channel_names_
    assert names[0].endswith("CB.x")
    assert len(set(names)) == 6


def test_two_dimensional_x_holds_univariate_series(rng):
    X = walks(rng, 6, 10)
    transformer = LogSignatureTransformer(depth=4, n_segments=3).fit(X)
    assert transformer.n_features_in_ == 10
    assert transformer.n_channels_ == 1
    np.testing.assert_allclose(transformer.transform(X), np.diff(X[:, [0, 3, 6, 9]]))
    names = ["seg0:x0", "seg1:x0", "seg2:x0"]
    assert transformer.get_feature_names_out().tolist() == names


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(rng, dtype):
    X = walks(rng, 3, 8, 4).astype(dtype)
    for kind in (X, list(X), X.reshape(3, 8, 2, 2)):
        assert LogSignatureTransformer().fit_transform(kind).dtype == dtype


def test_ragged_frame_counts_keep_their_rows(rng):
    counts = [5, 9, 5, 2, 9, 9, 5]
    X = [walks(rng, 1, count, 3)[0] for count in counts]
    transformer = LogSignatureTransformer(n_segments=2, batch_size=2).fit(X)
    alone = [transformer.transform([path])[0] for path in X]
    np.testing.assert_allclose(transformer.transform(X), alone, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("working_memory", [1, 1 << 28])
def test_batches_change_nothing(rng, monkeypatch, working_memory):
    X = walks(rng, 5, 20, 4)
    expected = LogSignatureTransformer(3).fit_transform(X)
    module = "sklearn_deepsig.estimators._path_batches._WORKING_MEMORY"
    monkeypatch.setattr(module, working_memory)
    actual = LogSignatureTransformer(3, batch_size=2).fit_transform(X)
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("n_channels", [3, 9])
def test_jobs_change_nothing(rng, n_channels):
    X = [walks(rng, 1, count, n_channels)[0] for count in (30, 50, 30, 70, 50, 30)]
    expected = LogSignatureTransformer(3, 2, batch_size=2).fit_transform(X)
    for n_jobs in (2, -1):
        transformer = LogSignatureTransformer(3, 2, batch_size=2, n_jobs=n_jobs)
        assert np.array_equal(transformer.fit_transform(X), expected)
    # also where the context asks for processes
    with joblib.parallel_config(backend="loky", n_jobs=2):
        actual = LogSignatureTransformer(3, 2, batch_size=2).fit_transform(X)
    assert np.array_equal(actual, expected)


def test_read_only_x_is_left_alone(rng):
    X = walks(rng, 3, 8, 4)
    copy = X.copy()
    X.setflags(write=False)
    LogSignatureTransformer(3).fit_transform(X)
    LogSignatureTransformer(3).fit_transform(list(X))
    assert np.array_equal(X, copy)


# Names


def named(positions, names):
    return GraphTrajectory(positions, [], node_names=names)


def test_names_say_segment_and_channels(rng):
    X = [named(walks(rng, 1, 5, 2, 3)[0], ["ALA 86 CA", "GLY 91 CA"]) for _ in "ab"]
    names = LogSignatureTransformer(n_segments=2).fit(X).get_feature_names_out()
    assert names[0] == "seg0:ALA 86 CA.x"
    assert "seg0:[ALA 86 CA.x, GLY 91 CA.z]" in names
    assert names[-1] == "seg1:[GLY 91 CA.y, GLY 91 CA.z]"
    lyndon = LogSignatureTransformer(3, basis="lyndon").fit(X)
    assert "seg0:[[ALA 86 CA.x, GLY 91 CA.z], ALA 86 CA.y]" in (
        lyndon.get_feature_names_out()
    )


def test_names_are_where_the_values_are():
    """Two channels that run round a square, among others that stand still."""
    positions = np.zeros((5, 4, 2))
    positions[:, 1, 1] = [0, 1, 1, 0, 0]
    positions[:, 3, 0] = [0, 0, 1, 1, 0]
    X = [named(positions, list("abcd"))]
    transformer = LogSignatureTransformer()
    (features,) = transformer.fit_transform(X)
    names = transformer.get_feature_names_out()
    found = dict(zip(names[features != 0], features[features != 0], strict=True))
    assert found == {"seg0:[b.y, d.x]": 1.0}


def test_names_are_generic_where_samples_disagree(rng):
    positions = walks(rng, 2, 5, 2, 1)
    X = [named(positions[0], ["A", "B"]), named(positions[1], ["A", "C"])]
    names = LogSignatureTransformer().fit(X).get_feature_names_out()
    assert names.tolist() == ["seg0:x0", "seg0:x1", "seg0:[x0, x1]"]
    same = LogSignatureTransformer().fit(X[:1]).get_feature_names_out()
    assert same.tolist() == ["seg0:A", "seg0:B", "seg0:[A, B]"]


def test_names_of_channels_can_be_given(rng):
    transformer = LogSignatureTransformer().fit(walks(rng, 3, 9, 2))
    names = transformer.get_feature_names_out(["u", "v"])
    assert names.tolist() == ["seg0:u", "seg0:v", "seg0:[u, v]"]
    with pytest.raises(ValueError, match="input_features should have length equal"):
        transformer.get_feature_names_out(["u"])


def test_names_of_the_papers_setting_are_fast(rng):
    transformer = LogSignatureTransformer(n_segments=4).fit(walks(rng, 1, 9, 50, 3))
    start = time.perf_counter()
    names = transformer.get_feature_names_out()
    assert time.perf_counter() - start < 1
    assert len(names) == len(set(names)) == 4 * 11_325


def test_pandas_output_has_the_names(rng):
    pytest.importorskip("pandas")
    transformer = LogSignatureTransformer().set_output(transform="pandas")
    table = transformer.fit_transform(walks(rng, 3, 9, 2))
    assert table.columns.tolist() == ["seg0:x0", "seg0:x1", "seg0:[x0, x1]"]


# As a part of scikit-learn


def test_rotation_sense_is_learned_in_a_pipeline(rng):
    angles = rng.uniform(0, 6, size=(40, 1)) + np.linspace(0, 9, 30)
    y = np.arange(40) % 2
    X = np.stack([np.cos(angles), np.sin(angles) * (2 * y[:, None] - 1)], axis=-1)
    X += rng.normal(scale=0.05, size=X.shape)
    search = GridSearchCV(
        make_pipeline(LogSignatureTransformer(), LogisticRegression()),
        {"logsignaturetransformer__depth": [1, 2]},
        cv=4,
    )
    search.fit(list(X), y)
    assert search.best_params_ == {"logsignaturetransformer__depth": 2}
    assert search.best_score_ == 1.0


def test_pickle(rng):
    X = walks(rng, 3, 9, 2)
    transformer = LogSignatureTransformer().fit(X)
    copy = pickle.loads(pickle.dumps(transformer))
    np.testing.assert_array_equal(copy.transform(X), transformer.transform(X))


@pytest.mark.parametrize("backend", ["iisignature", "signatory"])
def test_backends(rng, backend):
    pytest.importorskip(backend, reason=f"{backend} is not installed")
    X = walks(rng, 3, 9, 4)
    expected = LogSignatureTransformer(3, 2).fit_transform(X)
    actual = LogSignatureTransformer(3, 2, backend=backend).fit_transform(X)
    np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-9)


# Bad input


def test_channels_must_be_those_of_fit(rng):
    transformer = LogSignatureTransformer().fit(walks(rng, 3, 9, 4))
    for X in (walks(rng, 3, 9, 5), list(walks(rng, 3, 9, 5)), walks(rng, 3, 9)):
        with pytest.raises(ValueError, match=r"features|channels"):
            transformer.transform(X)
    table = LogSignatureTransformer().fit(walks(rng, 3, 9))
    with pytest.raises(InvalidInputError, match=r"9 channels.*fitted with 1"):
        table.transform(walks(rng, 3, 4, 9))


def test_samples_must_have_the_same_channels(rng):
    X = [walks(rng, 1, 5, n)[0] for n in (3, 3, 4)]
    with pytest.raises(InvalidInputError, match="sample 2 has 4 channels"):
        LogSignatureTransformer().fit(X)


def test_nan_names_the_place(rng):
    X = list(walks(rng, 3, 9, 4))
    X[1][7, 2] = np.nan
    with pytest.raises(InvalidInputError, match=r"sample 1.*frame 7, node 2"):
        LogSignatureTransformer().fit(X)


def test_too_wide_raises_before_any_work():
    X = np.zeros((100, 5, 300), dtype=np.float32)
    start = time.perf_counter()
    with pytest.raises(InvalidInputError) as caught:
        LogSignatureTransformer(depth=6).fit(X)
    assert time.perf_counter() - start < 1
    message = str(caught.value)
    assert f"{logsignature_width(300, 6):,}" in message
    assert "depth=2 fits" in message
    LogSignatureTransformer(depth=2).fit(X)


def test_limit_counts_samples_segments_and_bytes(rng):
    X = walks(rng, 6, 9, 4)
    n_bytes = 6 * 3 * 10 * 8
    fitted = LogSignatureTransformer(n_segments=3, max_bytes=n_bytes).fit(X)
    assert fitted.transform(X).nbytes == n_bytes
    fitted.transform(X.repeat(2, axis=0).astype(np.float32))
    with pytest.raises(InvalidInputError, match="depth=1 fits"):
        fitted.transform(X.repeat(2, axis=0))
    with pytest.raises(InvalidInputError, match="not even depth=1 fits"):
        LogSignatureTransformer(max_bytes=10).fit(X)
    LogSignatureTransformer(depth=3, max_bytes=None).fit(X)


def test_missing_backend(rng, monkeypatch):
    monkeypatch.setitem(sys.modules, "signatory", None)
    transformer = LogSignatureTransformer(backend="signatory")
    with pytest.raises(MissingDependencyError, match="install"):
        transformer.fit_transform(walks(rng, 3, 9, 4))

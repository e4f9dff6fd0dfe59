"""Early stopping warns where windows of one trajectory are on both of its sides."""

import copy
import pickle
import tempfile
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.pipeline import make_pipeline
from torch_geometric.data import Data

from sklearn_deepsig import (
    DeepSignatureClassifier,
    DeepSignatureRegressor,
    SpectralCoarsener,
    TrajectorySelector,
    make_windows,
)
from sklearn_deepsig.trajectory import GraphTrajectory, as_trajectories
from tests.helpers.molecules import make_peptide

SMALL = {"n_clusters": (2,), "max_epochs": 1, "early_stopping": True, "verbose": False}
EDGES = [[0, 1], [1, 2]]


def walk(seed, n_frames=24):
    return np.random.default_rng(seed).normal(size=(n_frames, 3, 3)).cumsum(axis=0)


def data(seed):
    pos = torch.tensor(walk(seed)).swapaxes(0, 1).contiguous()
    return Data(pos=pos, edge_index=torch.tensor(EDGES))


def objects(items):
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def memory_maps():
    """Read-only maps of files, as many trajectories are too large for memory."""
    maps = []
    for seed in range(6):
        with tempfile.NamedTemporaryFile(suffix=".npy") as file:
            np.save(file.name, walk(seed))
            maps.append(np.load(file.name, mmap_mode="r"))
    return maps


# Six trajectories each.
TRAJECTORIES = {
    "table": lambda: np.stack([walk(seed)[:, 0, 0] for seed in range(6)]),
    "3-D array": lambda: np.stack([walk(seed)[:, 0] for seed in range(6)]),
    "object array": lambda: objects([walk(seed) for seed in range(6)]),
    "data frames": lambda: [pd.DataFrame(walk(seed)[:, 0]) for seed in range(6)],
    "columns": lambda: [
        pd.DataFrame(dict(enumerate(walk(i)[..., 0].T))) for i in range(6)
    ],
    "one node": lambda: [walk(seed)[:, 0] for seed in range(6)],
    "memory maps": memory_maps,
    "graphs of maps": lambda: [GraphTrajectory(x, EDGES) for x in memory_maps()],
    "arrays": lambda: [walk(seed) for seed in range(6)],
    "one array": lambda: np.stack([walk(seed) for seed in range(6)]),
    "tensors": lambda: [torch.tensor(walk(seed)) for seed in range(6)],
    "graphs": lambda: [GraphTrajectory(walk(seed), EDGES) for seed in range(6)],
    "data": lambda: [data(seed) for seed in range(6)],
    "molecules": lambda: [make_peptide(n_frames=24, seed=seed) for seed in range(6)],
    "selected": lambda: TrajectorySelector("name CA").fit_transform(
        [make_peptide(n_frames=24, seed=seed) for seed in range(6)]
    ),
}


def fit(X, y, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        DeepSignatureClassifier(**SMALL, random_state=0).fit(X, y, **options)
    return [str(w.message) for w in caught if "same trajectory" in str(w.message)]


@pytest.mark.parametrize("kind", TRAJECTORIES)
def test_windows_of_one_trajectory_are_told_and_whole_ones_are_not(kind):
    trajectories, labels = TRAJECTORIES[kind](), [0, 1] * 3
    X, y, groups = make_windows(trajectories, labels, n_windows=4)
    (message,) = fit(X, y)
    assert "give fit the groups" in message
    assert "5 of 5 samples held out" in message
    assert fit(X, y, groups=groups) == []
    assert fit(trajectories, labels) == []


@pytest.mark.parametrize("select", [None, "name CA"])
def test_a_selector_in_front_hides_nothing(select):
    molecules = TRAJECTORIES["molecules"]()
    X, y, _ = make_windows(molecules, [0, 1] * 3, n_windows=4)
    selector = TrajectorySelector(select, superpose=True)
    pipeline = make_pipeline(selector, DeepSignatureClassifier(**SMALL, random_state=0))
    with pytest.warns(UserWarning, match="same trajectory"):
        pipeline.fit(X, y)
    assert fit(selector.fit_transform(molecules), [0, 1] * 3) == []


@pytest.mark.parametrize("estimator", [DeepSignatureRegressor, SpectralCoarsener])
def test_other_estimators_tell_as_well(estimator):
    X, y, _ = make_windows(TRAJECTORIES["arrays"](), np.arange(6.0), n_windows=4)
    with pytest.warns(UserWarning, match="same trajectory"):
        estimator(**SMALL, random_state=0).fit(X, y)


def test_the_name_of_the_file_is_said():
    X = [GraphTrajectory(walk(i), EDGES, source=f"{i // 4}.xtc") for i in range(24)]
    (message,) = fit(X, np.arange(24) // 4 % 2)
    assert ".xtc) and trains on sample" in message


def test_arrays_of_their_own_are_never_taken_for_one_another(collect_garbage):
    """Not by their addresses either, which may be used again."""
    origins = []
    for _ in range(50):
        (sample,) = TrajectorySelector("name CA").fit_transform(
            [make_peptide(n_frames=4)]
        )
        origins.append(sample._origin)
        collect_garbage()
    assert len({origin.key for origin in origins}) == 50
    # Rows of a table that was reshaped: nothing says whether they belong together.
    rows = np.zeros((4, 30)).reshape(4, 5, 2, 3)
    assert [s._origin for s in as_trajectories(list(rows))] == [None] * 4


def test_copies_and_saved_samples_do_not_know():
    sample = GraphTrajectory(walk(0), EDGES)
    assert sample[:10]._origin.key == sample[10:]._origin.key
    for other in (copy.deepcopy(sample), pickle.loads(pickle.dumps(sample))):
        assert other._origin is None
        np.testing.assert_array_equal(other.positions, sample.positions)

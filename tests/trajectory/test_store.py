"""A store is a sequence of samples whose positions stay in their files."""

import copy
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline

from sklearn_deepsig import (
    DeepSignatureClassifier,
    EigenCoarsener,
    HeadTailClassifier,
    LogSignatureTransformer,
    SummaryStatisticsTransformer,
    TailClassifier,
    TrajectorySelector,
    TrajectoryStore,
    load_trajectory,
    make_windows,
)
from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.trajectory import GraphTrajectory, as_trajectories
from sklearn_deepsig.trajectory._stored_file import StoredFile
from tests.helpers.stores import GROUPS, LABELS, N_FRAMES, write_files


@pytest.fixture(scope="module")
def arguments(tmp_path_factory):
    return write_files(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def store(arguments, tmp_path_factory):
    return TrajectoryStore.convert(tmp_path_factory.mktemp("store"), **arguments)


@pytest.fixture(scope="module")
def loaded(arguments):
    """Load the same files at once, without a store."""
    return [
        load_trajectory(file, arguments["topology"], select="name CA")
        for file in arguments["trajectories"]
    ]


def in_memory(samples):
    return [x.with_positions(np.array(x.positions)) for x in samples]


# A sequence of samples


def test_a_store_holds_what_the_files_hold(store, loaded):
    assert len(store) == len(loaded)
    expected = as_trajectories(loaded)
    for sample, other, trajectory in zip(store, expected, loaded, strict=True):
        np.testing.assert_array_equal(sample.positions, trajectory.xyz, strict=True)
        np.testing.assert_array_equal(sample.edge_index, other.edge_index)
        assert sample.node_names == other.node_names
        assert sample.time_step == other.time_step
        assert (sample.n_frames, sample.n_nodes, sample.n_dims) == trajectory.xyz.shape
    np.testing.assert_array_equal(store.times(1), loaded[1].time)
    assert store.y.tolist() == LABELS
    assert store.groups.tolist() == GROUPS
    assert store.settings["select"] == "name CA"
    assert [name[-5:] for name in store.sources] == ["0.xtc", "1.xtc", "2.xtc", "3.xtc"]
    assert store.nbytes == sum(t.xyz.nbytes for t in loaded)
    assert f"4 trajectories, {4 * N_FRAMES} frames" in repr(store)


def test_it_is_indexed_like_a_list(store):
    assert store[-1].source == store[3].source == store[np.int64(3)].source
    assert [sample.source for sample in store[1:3]] == store.sources[1:3]
    for index in (4, -5):
        with pytest.raises(IndexError):
            store[index]
    for index in ("0", 1.0, [0, 1]):
        with pytest.raises(InvalidInputTypeError, match="whole numbers and slices"):
            store[index]
    with pytest.raises(InvalidInputTypeError, match="sliced by frames"):
        store[0][3]


def test_graphs_and_names_are_shared(store):
    assert store[0].node_names is store[1].node_names
    windows = make_windows(store, store.y, n_windows=3).X
    assert windows[0].edge_index is windows[2].edge_index is store[0].edge_index


@pytest.mark.parametrize(
    "frames",
    [
        slice(10, 20),
        slice(None, None, 7),
        slice(5, None, 50),
        slice(None, None, -1),
        slice(40, 3, -4),
        slice(-1, None),
    ],
)
def test_windows_of_windows(store, loaded, frames):
    window = store[2][frames]
    np.testing.assert_array_equal(window.positions, loaded[2].xyz[frames])
    np.testing.assert_array_equal(window[::2].positions, loaded[2].xyz[frames][::2])
    assert window.n_frames == len(loaded[2].xyz[frames])
    assert window.time_step == (frames.step or 1) * 1.0


def test_an_empty_window_is_refused(store):
    with pytest.raises(InvalidInputError, match="none of them zero"):
        store[0][10:10]


def test_other_edges_and_moved_positions_keep_the_window_lazy(store, loaded):
    window = store[0][5:25].with_edges([[0, 2], [1, 3]]).with_moved(np.negative)
    again = pickle.loads(pickle.dumps(window[::2]))
    np.testing.assert_array_equal(again.positions, -loaded[0].xyz[5:25:2])
    assert again.n_edges == 2
    replaced = window.with_positions(np.zeros((3, window.n_nodes, 3)))
    assert type(replaced) is GraphTrajectory


# Read when needed


@pytest.fixture
def reads(monkeypatch):
    """List the frames of each read."""
    found = []
    read = StoredFile.read

    def counted(self, frames):
        found.append(frames)
        return read(self, frames)

    monkeypatch.setattr(StoredFile, "read", counted)
    return found


def test_nothing_is_read_before_positions_are_asked_for(store, reads):
    X, y, _ = make_windows(store, store.y, n_windows=3)
    for graph in ("auto", "chain", "complete"):
        assert all(x.dtype == np.float32 for x in as_trajectories(X, graph=graph))
    selected = TrajectorySelector(graph="chain", superpose="reference").fit_transform(X)
    assert [len(frames) for frames in reads] == [1]  # the reference
    selected[4].positions.sum()
    assert [len(frames) for frames in reads] == [1, 20]
    assert len(y) == 12


def test_positions_are_read_only_views_of_the_file(store):
    positions = store[0][10:20].positions
    assert not positions.flags.writeable
    owner = positions
    while not isinstance(owner, np.memmap):
        owner = owner.base
    assert owner.nbytes == positions.nbytes  # only the window is mapped


def test_windows_pickle_as_addresses(store):
    X = make_windows(store, store.y, length=2).X
    one, all_of_them = pickle.dumps(X[-1]), pickle.dumps(X)
    assert len(one) < 400
    assert len(all_of_them) < 400 + 60 * len(X)
    again = pickle.loads(all_of_them)
    np.testing.assert_array_equal(again[-1].positions, X[-1].positions)
    assert again[0].edge_index is again[1].edge_index is not X[0].edge_index
    np.testing.assert_array_equal(copy.deepcopy(X[3]).positions, X[3].positions)
    assert joblib.hash(X[3]) == joblib.hash(copy.deepcopy(X[3])) != joblib.hash(X[4])
    assert len(pickle.dumps(store)) < 400
    assert pickle.loads(pickle.dumps(store)).y.tolist() == LABELS


def test_another_process_reads_what_it_is_sent(store):
    code = (
        "import pickle, sys; x = pickle.load(sys.stdin.buffer); "
        "print(x.positions.astype(float).sum().hex(), x.n_edges, x.source)"
    )
    window = store[3][7:19]
    result = subprocess.run(
        [sys.executable, "-c", code],
        input=pickle.dumps(window),
        capture_output=True,
        check=True,
    )
    total = window.positions.astype(float).sum().hex()
    assert result.stdout.decode().split() == [
        total,
        str(window.n_edges),
        str(window.source),
    ]


# As X of every kind of estimator


SMALL = {"max_epochs": 2, "random_state": 0, "n_clusters": (5, 3), "batch_size": 4}


@pytest.mark.parametrize(
    "estimator",
    [
        DeepSignatureClassifier(**SMALL),
        DeepSignatureClassifier(**SMALL, graph="knn", cluster_init="k-means++"),
        HeadTailClassifier(**SMALL),
        TailClassifier(**SMALL),
        LogSignatureTransformer(2, batch_size=3),
        SummaryStatisticsTransformer(),
        EigenCoarsener(4, random_state=0),
        make_pipeline(
            TrajectorySelector(superpose="first_frame"), LogSignatureTransformer(1)
        ),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_results_are_those_of_samples_in_memory(store, estimator):
    X, y, _ = make_windows(store, store.y, n_windows=3)
    found = estimator.fit(X, y).transform(X)
    expected = estimator.fit(in_memory(X), y).transform(in_memory(X))
    np.testing.assert_array_equal(found, expected, strict=True)


def test_checkpoints_know_a_store_from_its_numbers(store, tmp_path):
    X, y, _ = make_windows(store, store.y, n_windows=3)
    model = DeepSignatureClassifier(**SMALL, checkpoint_dir=str(tmp_path))
    model.fit(X, y)
    model.fit(in_memory(X), y)  # goes on, for it is the same fit
    assert len(list(tmp_path.iterdir())) == 1


def test_windows_of_a_trajectory_on_both_sides_of_early_stopping_are_told(store):
    X, y, _ = make_windows(store, store.y, n_windows=6)
    model = DeepSignatureClassifier(**SMALL, early_stopping=True)
    with pytest.warns(UserWarning, match=r"windows of the same trajectory"):
        model.fit(X, y)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_scikit_learn_takes_a_store_apart_by_index(store, loaded, n_jobs):
    pipeline = make_pipeline(LogSignatureTransformer(1), LogisticRegression())
    options = {"groups": store.groups, "cv": GroupKFold(2), "n_jobs": n_jobs}
    found = cross_val_score(pipeline, store, store.y, **options)
    expected = cross_val_score(pipeline, loaded, store.y, **options)
    np.testing.assert_array_equal(found, expected)


def test_a_search_takes_a_store(store):
    pipeline = make_pipeline(LogSignatureTransformer(1), LogisticRegression())
    settings = {"logsignaturetransformer__n_segments": [1, 2]}
    search = GridSearchCV(pipeline, settings, cv=GroupKFold(2))
    search.fit(store, store.y, groups=store.groups)
    assert search.predict(store).shape == (4,)

"""A window of a file is sent as its place in it."""

import os
import pickle
import threading

import joblib
import numpy as np
import pytest

from sklearn_deepsig import make_windows
from sklearn_deepsig.exceptions import TrajectoryFileError
from sklearn_deepsig.trajectory import GraphTrajectory
from sklearn_deepsig.trajectory._address import address_of

N_FRAMES, N_NODES = 400, 30
MOST_BYTES = 2_000


@pytest.fixture
def file(rng, tmp_path):
    """Float32 positions behind 16 bytes of something else."""
    path = tmp_path / "positions.bin"
    positions = rng.normal(size=(N_FRAMES, N_NODES, 3)).astype(np.float32)
    path.write_bytes(b"x" * 16 + positions.tobytes())
    return path


def mapped(path, mode="r", **options):
    shape = (N_FRAMES, N_NODES, 3)
    return np.memmap(path, np.float32, mode, offset=16, shape=shape, **options)


def sent(sample):
    """The sample after a way to another process, and its bytes on that way."""
    data = pickle.dumps(sample)
    return pickle.loads(data), len(data)


def test_windows_are_small_and_have_their_frames(file):
    whole = GraphTrajectory(mapped(file), [[0], [1]], time_step=2.0)
    X, _, _ = make_windows([whole], [0], n_windows=8)
    window, n_bytes = sent(X[3][5:25])
    assert n_bytes < MOST_BYTES < window.positions.nbytes
    np.testing.assert_array_equal(window.positions, mapped(file)[155:175])
    np.testing.assert_array_equal(window.edge_index, [[0, 1], [1, 0]])
    assert window.time_step == 2.0
    assert not window.positions.flags.writeable
    again, n_bytes = sent(window)  # on to a third process
    assert n_bytes < MOST_BYTES
    np.testing.assert_array_equal(again.positions, window.positions)


def test_a_file_is_opened_once_for_all_of_its_windows(file):
    whole = GraphTrajectory(mapped(file), [])
    data = pickle.dumps([whole[i : i + 2] for i in range(0, N_FRAMES, 2)])
    before = len(os.listdir("/proc/self/fd"))
    windows = pickle.loads(data)
    assert len(os.listdir("/proc/self/fd")) <= before + 1
    np.testing.assert_array_equal(windows[-1].positions, mapped(file)[-2:])
    del windows
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("mode", ["c", "r+"])
def test_what_may_be_written_to_is_sent_itself(file, mode):
    positions = mapped(file, mode)
    positions[3, 0] = 7.0
    sample, n_bytes = sent(GraphTrajectory(positions, []))
    assert n_bytes > positions.nbytes
    np.testing.assert_array_equal(sample.positions, positions)


@pytest.mark.parametrize(
    "change",
    [
        lambda positions: positions[::2],
        lambda positions: positions[:, 3:5],
        lambda positions: positions.astype(np.float64),
        lambda positions: positions + 1,
        lambda positions: np.asfortranarray(positions),
    ],
    ids=["stride", "nodes", "type", "sum", "order"],
)
def test_what_lies_elsewhere_is_sent_itself(file, change):
    positions = change(mapped(file))
    sample, _ = sent(GraphTrajectory(positions, []))
    np.testing.assert_array_equal(sample.positions, positions)


def test_other_types_orders_and_plain_views(file):
    double = np.memmap(file, ">f8", "r", offset=16, shape=(20, 5, 3))
    # big-endian numbers are copied by GraphTrajectory, but have an address all the same
    np.testing.assert_array_equal(address_of(double[4:]).read(), double[4:])
    assert address_of(np.asarray(mapped(file))[7]).offset == 16 + 7 * N_NODES * 12
    assert address_of(np.zeros(3)) is None


def test_a_file_that_changed_or_went_is_named(file):
    data = pickle.dumps(GraphTrajectory(mapped(file), []))
    os.utime(file, ns=(0, 0))
    with pytest.raises(TrajectoryFileError, match=r"positions\.bin' is not the file"):
        pickle.loads(data)
    data = pickle.dumps(GraphTrajectory(mapped(file), []))
    with open(file, "ab") as longer:
        longer.write(b"more")
    with pytest.raises(TrajectoryFileError, match=r"it has 144,020 bytes"):
        pickle.loads(data)
    data = pickle.dumps(GraphTrajectory(mapped(file), []))
    positions = mapped(file)
    file.unlink()
    with pytest.raises(TrajectoryFileError, match=r"(?s)No such file.*every worker"):
        pickle.loads(data)
    # what lost its file is sent itself
    sample, _ = sent(GraphTrajectory(positions, []))
    np.testing.assert_array_equal(sample.positions, positions)


def test_joblib_tells_files_and_their_changes_apart(file):
    sample = GraphTrajectory(mapped(file), [])
    first = joblib.hash(sample)
    assert joblib.hash(GraphTrajectory(mapped(file), [])) == first
    assert joblib.hash(sample[1:]) != first
    os.utime(file, ns=(0, 0))
    assert joblib.hash(GraphTrajectory(mapped(file), [])) != first


def test_threads_that_read_at_once_get_the_same(file):
    data = [
        pickle.dumps(GraphTrajectory(mapped(file), [])[i : i + 50]) for i in range(64)
    ]
    found = {}

    def read(start):
        for i in range(start, 64, 8):
            found[i] = pickle.loads(data[i]).positions.copy()

    threads = [threading.Thread(target=read, args=(start,)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(64):
        np.testing.assert_array_equal(found[i], mapped(file)[i : i + 50])


def look_at(sample):
    return type(sample.positions).__name__, address_of(sample.positions), sample


def test_copies_that_joblib_removes_have_no_address(rng):
    # More than a megabyte: loky passes it in a file of its own, until the call ends.
    big = GraphTrajectory(rng.normal(size=(1500, 100, 3)), [])
    with joblib.parallel_config("loky", n_jobs=2):
        jobs = (joblib.delayed(look_at)(big) for _ in range(2))
        results = joblib.Parallel()(jobs)
    for kind, address, sample in results:
        assert (kind, address) == ("memmap", None)
        np.testing.assert_array_equal(sample.positions, big.positions)

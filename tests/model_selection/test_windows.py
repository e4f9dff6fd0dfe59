import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch_geometric.data import Data

from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.model_selection import make_windows
from sklearn_deepsig.trajectory import GraphTrajectory, as_trajectories
from tests.helpers.molecules import make_peptide


def graph_trajectory(n_frames):
    frames = np.arange(n_frames, dtype=np.float32)
    return GraphTrajectory(
        np.tile(frames[:, None, None], (1, 3, 1)), [[0, 1], [1, 2]], time_step=2.0
    )


def pyg_data(n_frames):
    frames = torch.arange(n_frames, dtype=torch.float32)
    return Data(
        pos=frames[None, :, None].repeat(3, 1, 1),
        edge_index=torch.tensor([[0, 1], [1, 0]]),
    )


KINDS = {
    "graph": graph_trajectory,
    "array": lambda n: np.tile(np.arange(n, dtype=np.float32)[:, None], (1, 4)),
    "tensor": lambda n: torch.arange(n).float()[:, None],
    "list": lambda n: [[float(i)] for i in range(n)],
    "data": pyg_data,
}


@pytest.mark.parametrize("kind", KINDS)
@given(
    lengths=st.lists(st.integers(6, 40), min_size=1, max_size=4),
    n_windows=st.integers(1, 3),
)
def test_windows_are_consecutive_equal_and_whole(kind, lengths, n_windows):
    trajectories = [KINDS[kind](n) for n in lengths]
    X, y, groups = make_windows(trajectories, np.array(lengths), n_windows)
    assert groups.tolist() == [i for i in range(len(lengths)) for _ in range(n_windows)]
    assert y.tolist() == [lengths[i] for i in groups]
    # The first coordinate of every sample is the number of its frame.
    frames = [sample.positions[:, 0, 0] for sample in as_trajectories(X)]
    for i, n_frames in enumerate(lengths):
        own = [w for w, group in zip(frames, groups, strict=True) if group == i]
        assert {len(window) for window in own} == {n_frames // n_windows}
        joined = np.concatenate(own)
        assert joined.tolist() == list(range(len(joined)))
        assert n_frames - len(joined) < n_windows


@pytest.mark.parametrize("kind", KINDS)
@given(
    lengths=st.lists(st.integers(7, 40), min_size=1, max_size=4),
    length=st.integers(2, 7),
    stride=st.one_of(st.none(), st.integers(1, 9)),
)
def test_windows_of_a_length_begin_every_stride(kind, lengths, length, stride):
    trajectories = [KINDS[kind](n) for n in lengths]
    X, y, groups = make_windows(trajectories, lengths, length=length, stride=stride)
    samples = as_trajectories(X)
    assert {sample.n_frames for sample in samples} == {length}
    step = stride or length
    for i, n_frames in enumerate(lengths):
        own = [s for s, group in zip(samples, groups, strict=True) if group == i]
        starts = [int(sample.positions[0, 0, 0]) for sample in own]
        assert starts == list(range(0, starts[-1] + 1, step))
        # Another window would not fit.
        assert starts[-1] + length <= n_frames < starts[-1] + step + length
    assert y.tolist() == [lengths[i] for i in groups]


def test_windows_of_a_molecule_share_topology_and_coordinates():
    molecule = make_peptide(n_frames=11)
    X, _, _ = make_windows([molecule], [0], n_windows=3)
    assert [window.n_frames for window in X] == [3, 3, 3]
    for i, window in enumerate(X):
        assert window.topology is molecule.topology
        assert np.shares_memory(window.xyz, molecule.xyz)
        np.testing.assert_array_equal(window.time, [3 * i, 3 * i + 1, 3 * i + 2])
        np.testing.assert_array_equal(window.xyz, molecule.xyz[3 * i : 3 * i + 3])


def test_windows_of_a_graph_keep_the_graph():
    trajectory = graph_trajectory(9)
    window = make_windows([trajectory], [0], n_windows=2).X[1]
    assert window.edge_index is trajectory.edge_index
    assert window.time_step == 2.0
    assert np.shares_memory(window.positions, trajectory.positions)


def test_data_is_not_changed():
    data = pyg_data(6)
    windows = make_windows([data], [0], n_windows=2)
    assert data.pos.shape == (3, 6, 1)
    assert [window.pos.shape for window in windows.X] == [(3, 3, 1)] * 2


def test_stacked_array_and_mixed_list():
    X, _, groups = make_windows(np.zeros((4, 10, 5, 3)), [0, 1, 0, 1], n_windows=5)
    assert [window.shape for window in X] == [(2, 5, 3)] * 20
    assert len(groups) == 20
    X, _, _ = make_windows([graph_trajectory(4), np.zeros((8, 3))], [0, 1], 2)
    assert [len(window) for window in X] == [2, 2, 4, 4]


def test_own_groups_and_several_outputs():
    trajectories = np.zeros((3, 10, 2))
    windows = make_windows(
        trajectories, [[1, 2], [3, 4], [5, 6]], 2, groups=["WT", "E7G", "WT"]
    )
    assert windows.groups.tolist() == ["WT", "WT", "E7G", "E7G", "WT", "WT"]
    assert windows.y.tolist() == [[1, 2], [1, 2], [3, 4], [3, 4], [5, 6], [5, 6]]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((make_peptide(), [0], 2), InvalidInputTypeError, "bare Trajectory"),
        ((graph_trajectory(9), [0], 2), InvalidInputTypeError, "bare GraphTrajectory"),
        (("a.xtc", [0], 2), InvalidInputTypeError, "name of a file"),
        ((["a.xtc"], [0], 2), InvalidInputTypeError, "sample 0 .*Load files first"),
        (([Data(edge_index=[])], [0], 2), InvalidInputError, "sample 0 .* needs pos"),
        (([None], [0], 2), InvalidInputTypeError, "sample 0 is None"),
        (([3.0], [0], 2), InvalidInputTypeError, "sample 0 is of type float"),
        (([], [], 2), InvalidInputError, "X is empty"),
        ((np.zeros((2, 9, 1)), [0], 2), InvalidInputError, "y holds 1 values for 2"),
        ((np.zeros((2, 9, 1)), 0, 2), InvalidInputError, "y holds one value for 2"),
        ((np.zeros((2, 9, 1)), [0, 1], 0), InvalidInputError, "n_windows=0"),
        ((np.zeros((2, 9, 1)), ["a", None], 2), InvalidInputError, r"y\[1\] is None"),
        ((np.zeros((2, 9, 1)), [np.nan, 0], 2), InvalidInputError, r"y\[0\] is .*nan"),
        ((np.zeros((2, 9, 1)), ["a", np.nan], 2), InvalidInputError, r"y\[1\] is nan"),
        (
            (np.zeros((2, 9, 1)), [[0.0, 1.0], [np.nan, 1.0]], 2),
            InvalidInputError,
            r"y\[1\] is .*trajectory 1 has none",
        ),
        ((np.zeros((2, 9, 1)), [0, 1], 2.5), InvalidInputError, r"n_windows=2\.5"),
        ((np.zeros((2, 9, 1)), [0, 1]), InvalidInputError, "give one of them"),
        (
            ([np.zeros((9, 1)), np.zeros((7, 1))], [0, 1], 4),
            InvalidInputError,
            "sample 1 has n_frames=7, too few for n_windows=4 .* n_windows=3 or less",
        ),
        (
            ([np.zeros((9, 1)), np.zeros((1, 1))], [0, 1], 4),
            InvalidInputError,
            r"sample 1 has n_frames=1, .* Leave the sample out\.",
        ),
    ],
)
def test_bad_input(arguments, error, message):
    with pytest.raises(error, match=message):
        make_windows(*arguments)


def test_a_trajectory_without_group():
    with pytest.raises(InvalidInputError, match=r"groups\[1\] is None: trajectory 1"):
        make_windows(np.zeros((2, 9, 1)), [0, 1], 2, groups=["a", None])


def test_groups_of_another_length():
    with pytest.raises(InvalidInputError, match="groups holds 3 values for 2"):
        make_windows(np.zeros((2, 9, 1)), [0, 1], 2, groups=[0, 1, 2])


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"n_windows": 2, "length": 3}, "n_windows=2 and length=3: give one"),
        ({"n_windows": 2, "stride": 3}, "stride=3 needs length"),
        ({"length": 1}, "length=1 must be an integer of at least 2"),
        ({"length": 3, "stride": 0}, "stride=0 must be"),
        ({"length": 8}, "sample 1 has n_frames=7, too few for .*Choose length=7"),
    ],
)
def test_sizes_that_do_not_fit(sizes, message):
    with pytest.raises(InvalidInputError, match=message):
        make_windows([np.zeros((9, 1)), np.zeros((7, 1))], [0, 1], **sizes)

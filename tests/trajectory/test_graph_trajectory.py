"""The value object and the canonical form of edges."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.trajectory import GraphTrajectory, canonical_edges


@st.composite
def graphs(draw):
    n_nodes = draw(st.integers(1, 12))
    node = st.integers(0, n_nodes - 1)
    pairs = draw(st.lists(st.tuples(node, node), max_size=30))
    return n_nodes, np.array(pairs, dtype=int).reshape(-1, 2).T


@given(graphs())
def test_canonical_edges_hold_each_pair_in_both_directions_and_sorted(graph):
    n_nodes, edges = graph
    result = canonical_edges(edges, n_nodes)
    expected = {(i, j) for i, j in edges.T.tolist() if i != j}
    expected |= {(j, i) for i, j in expected}
    assert result.dtype == np.int64
    assert [tuple(pair) for pair in result.T.tolist()] == sorted(expected)


@given(graphs())
def test_canonical_edges_of_canonical_edges_are_the_same(graph):
    n_nodes, edges = graph
    once = canonical_edges(edges, n_nodes)
    np.testing.assert_array_equal(canonical_edges(once, n_nodes), once)


@given(graphs(), st.randoms())
def test_permuting_the_nodes_permutes_the_canonical_edges(graph, random):
    n_nodes, edges = graph
    order = list(range(n_nodes))
    random.shuffle(order)
    order = np.array(order)
    moved = canonical_edges(order[edges], n_nodes)
    expected = order[canonical_edges(edges, n_nodes)]
    assert set(map(tuple, moved.T)) == set(map(tuple, expected.T))


@pytest.mark.parametrize("empty", [[], [[], []], np.zeros((2, 0)), np.zeros((0, 2))])
def test_no_edges_are_edges(empty):
    assert canonical_edges(empty, 3).shape == (2, 0)
    assert canonical_edges(empty, 3).dtype == np.int64


@pytest.mark.parametrize(
    ("edges", "words"),
    [
        ([[0, 1, 2]], r"shape \(1, 3\).*expected \(2, n_edges\)"),
        ([0, 1], r"shape \(2,\)"),
        ([[0.0], [1.0]], "float64.*must be integers"),
        ([[0], [3]], r"node 3.*3 nodes \(indices 0 to 2\)"),
        ([[-1], [0]], "node -1"),
    ],
)
def test_wrong_edges_are_refused(edges, words):
    with pytest.raises(InvalidInputError, match=words):
        canonical_edges(edges, 3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_positions_are_not_copied(rng, dtype):
    positions = rng.normal(size=(5, 4, 3)).astype(dtype)
    sample = GraphTrajectory(positions, [])
    assert sample.positions.dtype == dtype
    assert np.shares_memory(sample.positions, positions)


def test_a_memory_map_is_not_read_into_memory(tmp_path, rng):
    np.save(tmp_path / "positions.npy", rng.normal(size=(5, 4, 3)))
    positions = np.load(tmp_path / "positions.npy", mmap_mode="r")
    sample = GraphTrajectory(positions, [[0], [1]])
    assert np.shares_memory(sample.positions, positions)
    assert not sample.positions.flags.writeable


@pytest.mark.parametrize("dtype", [np.int32, np.uint8, bool, np.float16, ">f4", ">f8"])
def test_other_numbers_become_native_float32(dtype):
    sample = GraphTrajectory(np.ones((2, 2, 3), dtype=dtype), [])
    assert sample.positions.dtype == np.float32
    assert (sample.positions == 1).all()


def test_positions_in_another_order_become_contiguous(rng):
    positions = rng.normal(size=(3, 4, 5)).transpose(2, 1, 0)
    sample = GraphTrajectory(positions, [])
    assert sample.positions.flags.c_contiguous
    np.testing.assert_array_equal(sample.positions, positions)


@pytest.mark.parametrize(
    "shape", [(4, 3), (2, 0, 3), (0, 4, 3), (2, 4, 0), (1, 2, 3, 4)]
)
def test_a_wrong_shape_is_refused(shape):
    with pytest.raises(
        InvalidInputError, match=r"expected \(n_frames, n_nodes, n_dims"
    ):
        GraphTrajectory(np.zeros(shape), [])


@pytest.mark.parametrize("dtype", [complex, str, object, "datetime64[s]"])
def test_what_is_no_real_number_is_refused(dtype):
    with pytest.raises(InvalidInputTypeError, match="expected real numbers"):
        GraphTrajectory(np.zeros((2, 2, 2)).astype(dtype), [])


def test_names_must_fit_the_nodes():
    with pytest.raises(InvalidInputError, match="2 node names were given for 3 nodes"):
        GraphTrajectory(np.zeros((2, 3, 3)), [], node_names=["a", "b"])


@pytest.fixture
def sample(rng):
    return GraphTrajectory(
        rng.normal(size=(10, 4, 3)),
        [[0, 1, 2], [1, 2, 3]],
        node_names=["A 1 CA", "A 2 CA", "A 3 CA", "A 4 CA"],
        time_step=2.0,
        source="apo_1.xtc",
    )


def test_sizes(sample):
    assert (sample.n_frames, sample.n_nodes, sample.n_dims) == (10, 4, 3)
    assert sample.n_edges == 3
    assert len(sample) == 10


def test_a_slice_shares_positions_and_graph(sample):
    part = sample[2:8]
    np.testing.assert_array_equal(part.positions, sample.positions[2:8])
    assert np.shares_memory(part.positions, sample.positions)
    assert part.edge_index is sample.edge_index
    assert part.node_names is sample.node_names
    assert (part.time_step, part.source) == (2.0, "apo_1.xtc")


def test_a_stride_lengthens_the_time_step(sample):
    part = sample[::3]
    assert part.n_frames == 4
    assert part.time_step == 6.0


@pytest.mark.parametrize("index", [0, [0, 1], (slice(0, 2), 0)])
def test_other_indices_than_slices_are_refused(sample, index):
    with pytest.raises(InvalidInputTypeError, match="sliced by frames"):
        sample[index]


def test_an_empty_slice_is_refused(sample):
    with pytest.raises(InvalidInputError, match=r"shape \(0, 4, 3\)"):
        sample[5:5]


def test_with_positions_keeps_the_rest(sample, rng):
    moved = sample.with_positions(rng.integers(9, size=(3, 4, 3)), time_step=5.0)
    assert moved.positions.dtype == np.float32
    assert (moved.n_frames, moved.time_step, moved.source) == (3, 5.0, "apo_1.xtc")
    assert moved.edge_index is sample.edge_index
    with pytest.raises(InvalidInputError, match=r"expected \(n_frames, 4, n_dims"):
        sample.with_positions(np.zeros((3, 5, 3)))


def test_with_edges_keeps_the_rest(sample):
    other = sample.with_edges([[3], [0]])
    np.testing.assert_array_equal(other.edge_index, [[0, 3], [3, 0]])
    assert other.positions is sample.positions
    assert (other.node_names, other.time_step) == (sample.node_names, 2.0)
    with pytest.raises(InvalidInputError, match="node 4"):
        sample.with_edges([[4], [0]])


def test_fields_cannot_be_set(sample):
    with pytest.raises(AttributeError):
        sample.positions = None


def test_pickle_keeps_everything(sample):
    copy = pickle.loads(pickle.dumps(sample))
    np.testing.assert_array_equal(copy.positions, sample.positions)
    np.testing.assert_array_equal(copy.edge_index, sample.edge_index)
    assert repr(copy) == repr(sample)
    assert copy.node_names == sample.node_names


def test_repr_says_sizes_and_source(sample):
    assert repr(sample) == (
        "GraphTrajectory(n_frames=10, n_nodes=4, n_dims=3, n_edges=3, "
        "source='apo_1.xtc')"
    )


@given(arrays(np.float32, (6, 2, 3), elements=st.floats(-9, 9, width=32)))
def test_input_is_never_written_to(positions):
    positions.flags.writeable = False
    edges = np.array([[1], [0]])
    edges.flags.writeable = False
    sample = GraphTrajectory(positions, edges)[1:4].with_edges([])
    np.testing.assert_array_equal(sample.positions, positions[1:4])

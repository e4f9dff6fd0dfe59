"""Every accepted X becomes samples; every other one gets a clear error."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import mdtraj as md
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from torch_geometric.data import Data

from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.trajectory import (
    GraphTrajectory,
    as_trajectories,
    bond_edges,
    chain_edges,
    complete_edges,
    contact_edges,
    describe_sample,
    k_nearest_edges,
)
from tests.helpers.molecules import alpha_carbons, make_peptide, windows_of


class LazySamples:
    """A sequence class of a user's own, which makes its samples when asked."""

    def __init__(self, make, n_samples):
        self.make, self.n_samples = make, n_samples

    def __len__(self):
        return self.n_samples

    def __getitem__(self, index):
        return self.make(index)


@pytest.fixture
def peptide():
    return make_peptide(6, 12, seed=3)


@pytest.fixture
def sample(rng):
    return GraphTrajectory(rng.normal(size=(7, 4, 3)), [[0], [3]], source="apo_1.xtc")


def object_array(items):
    array = np.empty(len(items), dtype=object)
    for index, item in enumerate(items):
        array[index] = item
    return array


# Arrays


@given(
    st.sampled_from(["float32", "float64"]),
    st.lists(st.integers(2, 5), min_size=1, max_size=3),
)
def test_an_array_gives_its_rows_without_a_copy(dtype, shape):
    X = np.arange(3 * np.prod(shape), dtype=dtype).reshape(3, *shape)
    samples = as_trajectories(X)
    assert len(samples) == 3
    for sample, row in zip(samples, X, strict=True):
        expected = row.reshape(row.shape + (1,) * (3 - row.ndim))
        np.testing.assert_array_equal(sample.positions, expected)
        assert sample.positions.dtype == dtype
        assert np.shares_memory(sample.positions, X)
        np.testing.assert_array_equal(sample.edge_index, chain_edges(sample.n_nodes))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((5, 9), (9, 1, 1)), ((5, 9, 4), (9, 4, 1)), ((5, 9, 4, 3), (9, 4, 3))],
)
def test_axes_of_arrays(shape, expected):
    assert as_trajectories(np.zeros(shape))[0].positions.shape == expected


@pytest.mark.parametrize(
    "convert",
    [
        list,
        tuple,
        object_array,
        np.ndarray.tolist,
        torch.as_tensor,
        lambda X: torch.as_tensor(X).requires_grad_(),
        lambda X: list(torch.as_tensor(X)),
        lambda X: X.astype(object),
        lambda X: LazySamples(X.__getitem__, len(X)),
    ],
)
def test_containers_of_arrays_give_the_same_samples(rng, convert):
    X = rng.normal(size=(3, 6, 2, 2))
    for sample, row in zip(as_trajectories(convert(X)), X, strict=True):
        np.testing.assert_array_equal(sample.positions, row)


def test_a_data_frame_is_a_table_of_series(rng):
    pandas = pytest.importorskip("pandas")
    X = rng.normal(size=(3, 6))
    samples = as_trajectories(pandas.DataFrame(X))
    np.testing.assert_array_equal(samples[2].positions[:, 0, 0], X[2])


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_the_columns_of_data_frames_name_the_channels(rng, package):
    walks = rng.normal(size=(2, 6, 3))
    make = pytest.importorskip(package).DataFrame
    X = [make(dict(zip("abc", walk.T, strict=True))) for walk in walks]
    for sample, walk in zip(as_trajectories(X), walks, strict=True):
        assert sample.node_names == ("a", "b", "c")
        np.testing.assert_array_equal(sample.positions[..., 0], walk)


def test_columns_that_are_numbers_are_no_names(rng):
    frame = pytest.importorskip("pandas").DataFrame(rng.normal(size=(6, 3)))
    assert as_trajectories([frame])[0].node_names is None


def test_a_series_of_objects_is_a_list_of_samples(peptide, sample):
    pandas = pytest.importorskip("pandas")
    samples = as_trajectories(pandas.Series(object_array([sample, peptide])))
    assert samples[0] is sample
    assert samples[1].n_nodes == peptide.n_atoms


def test_samples_may_differ_in_frames_and_nodes(rng):
    shapes = [(5, 4, 3), (9, 2, 3), (3, 7, 3)]
    samples = as_trajectories([rng.normal(size=shape) for shape in shapes])
    assert [sample.positions.shape for sample in samples] == shapes


def test_series_may_differ_in_length():
    samples = as_trajectories([[1.0, 2.0, 3.0], [4.0, 5.0]])
    assert [sample.n_frames for sample in samples] == [3, 2]


def test_integers_become_float32():
    assert as_trajectories(np.ones((2, 3), int))[0].positions.dtype == np.float32


def test_a_memory_map_is_not_copied(tmp_path, rng):
    np.save(tmp_path / "X.npy", rng.normal(size=(2, 5, 3, 3)))
    X = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert np.shares_memory(as_trajectories(X)[1].positions, X)


# md.Trajectory


def test_a_trajectory_keeps_positions_names_and_time_step(peptide):
    sample = as_trajectories([peptide])[0]
    assert np.shares_memory(sample.positions, peptide.xyz)
    assert sample.positions.dtype == np.float32
    assert sample.node_names[:6] == (
        *("ALA 1 N", "ALA 1 CA", "ALA 1 C", "ALA 1 O", "ALA 1 CB"),
        "ALA 2 N",
    )
    assert sample.time_step == 1.0
    assert as_trajectories([peptide[::3]])[0].time_step == 3.0


def test_auto_takes_bonds_of_all_atoms_and_contacts_of_alpha_carbons(peptide):
    all_atoms, alpha = as_trajectories([peptide, alpha_carbons(peptide)])
    np.testing.assert_array_equal(all_atoms.edge_index, bond_edges(peptide.topology))
    np.testing.assert_array_equal(
        alpha.edge_index, contact_edges(alpha_carbons(peptide).xyz[0], 0.8)
    )


def test_one_frame_has_no_time_step(peptide):
    sample = as_trajectories([peptide[:1]], min_frames=1)[0]
    assert sample.time_step is None


def test_real_trajectories(shared_data):
    folder = shared_data / "mor_apo_bu72"
    trajectories = [
        md.load(folder / f"{name}_1.xtc", top=folder / f"{name}_receptor_top.pdb")
        for name in ("apo", "bu72")
    ]
    for sample, trajectory in zip(
        as_trajectories(trajectories), trajectories, strict=True
    ):
        assert (sample.n_frames, sample.n_nodes) == (10, 2322)
        assert sample.n_edges == len({frozenset(b) for b in trajectory.topology.bonds})
        assert sample.node_names[0].startswith("MET 65 ")


def test_windows_of_one_trajectory_share_its_graph_and_its_names():
    # Reading the topology anew for each window would take most of the time.
    peptide = make_peptide(30, 40)
    samples = as_trajectories(windows_of(peptide, 20))
    assert len(samples) == 20
    assert all(s.edge_index is samples[0].edge_index for s in samples)
    assert all(s.node_names is samples[0].node_names for s in samples)
    assert all(np.shares_memory(s.positions, peptide.xyz) for s in samples)


def test_topologies_that_are_made_and_thrown_away_are_not_mixed_up(collect_garbage):
    # A freed topology's id is soon used again by the next one.
    class Samples(LazySamples, Sequence):
        def __getitem__(self, index):
            collect_garbage()
            return super().__getitem__(index)

    n_residues = [3, 7, 4, 9, 5, 8] * 5
    X = Samples(lambda i: make_peptide(n_residues[i], 3), len(n_residues))
    for sample, n in zip(as_trajectories(X), n_residues, strict=True):
        assert sample.n_nodes == len(sample.node_names) == 5 * n
        assert sample.edge_index.max() == 5 * n - 1


def test_a_class_derived_from_trajectory_is_accepted(peptide):
    class Derived(md.Trajectory):
        pass

    derived = Derived(peptide.xyz, peptide.topology)
    assert as_trajectories([derived])[0].n_nodes == peptide.n_atoms


# GraphTrajectory and Data


def test_a_sample_is_passed_on_as_it_is(sample):
    assert as_trajectories([sample])[0] is sample


def test_a_sample_gets_another_graph_on_demand(sample):
    other = as_trajectories([sample], graph="complete")[0]
    np.testing.assert_array_equal(other.edge_index, complete_edges(4))
    assert other.positions is sample.positions
    assert other.source == "apo_1.xtc"
    assert sample.n_edges == 1


def test_data_is_transposed(rng):
    positions = rng.normal(size=(6, 4, 3)).astype(np.float32)
    data = Data(
        pos=torch.as_tensor(positions.swapaxes(0, 1).copy()),
        edge_index=torch.tensor([[0, 2], [1, 1]]),
    )
    sample = as_trajectories([data])[0]
    np.testing.assert_array_equal(sample.positions, positions)
    np.testing.assert_array_equal(sample.edge_index, [[0, 1, 1, 2], [1, 0, 2, 1]])
    chain = as_trajectories([data], graph="chain")[0]
    np.testing.assert_array_equal(chain.edge_index, chain_edges(4))


def test_data_with_one_dimension():
    data = Data(
        pos=torch.arange(8.0).reshape(2, 4), edge_index=torch.tensor([[0], [1]])
    )
    sample = as_trajectories([data])[0]
    np.testing.assert_array_equal(
        sample.positions[..., 0], [[0, 4], [1, 5], [2, 6], [3, 7]]
    )


def test_kinds_may_be_mixed(peptide, sample, rng):
    data = Data(pos=torch.zeros(3, 5, 3), edge_index=torch.tensor([[0], [1]]))
    X = [peptide, sample, data, rng.normal(size=(4, 2, 3)), torch.zeros(3, 2, 3)]
    for container in (X, tuple(X), object_array(X), LazySamples(X.__getitem__, 5)):
        counts = [s.n_frames for s in as_trajectories(container)]
        assert counts == [12, 7, 5, 4, 3]


# Graphs


@pytest.mark.parametrize(
    ("graph", "build"),
    [
        ("chain", lambda p: chain_edges(p.shape[1])),
        ("complete", lambda p: complete_edges(p.shape[1])),
        ("contacts", lambda p: contact_edges(p[0], 1.5)),
        ("knn", lambda p: k_nearest_edges(p[0], 2)),
        ([[0, 1], [4, 2]], lambda _: [[0, 1, 2, 4], [4, 2, 1, 0]]),
    ],
)
def test_graphs(rng, graph, build):
    X = rng.uniform(size=(3, 4, 6, 3))
    for sample in as_trajectories(X, graph=graph, cutoff=1.5, n_neighbors=2):
        np.testing.assert_array_equal(sample.edge_index, build(sample.positions))


def test_bonds_on_demand(peptide):
    sample = as_trajectories([peptide], graph="bonds")[0]
    np.testing.assert_array_equal(sample.edge_index, bond_edges(peptide.topology))


def test_permuting_nodes_permutes_contacts(rng):
    X = rng.uniform(size=(1, 4, 8, 3))
    order = rng.permutation(8)
    edges = as_trajectories(X, graph="contacts")[0].edge_index
    moved = as_trajectories(X[:, :, order], graph="contacts")[0].edge_index
    assert set(map(tuple, order[moved].T)) == set(map(tuple, edges.T))


# Bad input: X as a whole


@pytest.mark.parametrize("X", [[], (), np.zeros((0, 5)), object_array([])])
def test_empty_x(X):
    with pytest.raises(InvalidInputError, match="X is empty"):
        as_trajectories(X)


def test_one_bare_sample(peptide, sample):
    data = Data(pos=torch.zeros(3, 5, 3), edge_index=torch.tensor([[0], [1]]))
    for X, kind in [
        (peptide, "Trajectory"),
        (sample, "GraphTrajectory"),
        (data, "Data"),
    ]:
        with pytest.raises(
            InvalidInputTypeError, match=rf"one bare {kind}.*Pass \[X\].*make_windows"
        ):
            as_trajectories(X)


@pytest.mark.parametrize("name", ["apo_1.xtc", Path("apo_1.xtc"), b"apo_1.xtc"])
def test_file_names(name):
    with pytest.raises(InvalidInputTypeError, match=r"X is the name.*load_trajectory"):
        as_trajectories(name)
    with pytest.raises(
        InvalidInputTypeError, match=r"sample 0: .*apo_1.*load_trajectory"
    ):
        as_trajectories([name])
    with pytest.raises(
        InvalidInputTypeError, match=r"sample 0: .*apo_1.*load_trajectory"
    ):
        as_trajectories(np.array([name, name]))


@pytest.mark.parametrize("X", [None, 5, {}, {"a": 1}, {1, 2}, iter([]), md])
def test_what_is_no_sequence(X):
    with pytest.raises(
        InvalidInputTypeError, match=r"X is of type .*Expected a list of"
    ):
        as_trajectories(X)


def test_a_sparse_matrix():
    with pytest.raises(InvalidInputTypeError, match=r"sparse.*toarray"):
        as_trajectories(csr_array(np.eye(3)))


@pytest.mark.parametrize("shape", [(), (5,), (2, 3, 4, 5, 6)])
def test_arrays_with_too_few_or_many_axes(shape):
    with pytest.raises(InvalidInputError, match=r"X is an array of shape \("):
        as_trajectories(np.zeros(shape))


@pytest.mark.parametrize("X", [np.array([["a", "b"]]), np.zeros((2, 3), complex)])
@pytest.mark.parametrize("graph", ["auto", "contacts"])
def test_arrays_of_other_things_than_numbers(X, graph):
    with pytest.raises(
        InvalidInputTypeError, match=r"sample 0: .*expected real numbers"
    ):
        as_trajectories(X, graph=graph)


def test_objects_that_are_no_numbers():
    X = np.zeros((2, 3), dtype=object)
    X[1, 1] = {}
    with pytest.raises(InvalidInputTypeError, match=r"cannot be read as numbers.*dict"):
        as_trajectories(X)


# Bad input: samples


@pytest.mark.parametrize("item", [None, {}, {1}, 3.0, [], np.zeros((1, 2, 3, 4))])
def test_a_sample_of_no_accepted_kind_is_named(item):
    with pytest.raises((InvalidInputError, InvalidInputTypeError), match="sample 1: "):
        as_trajectories([np.zeros((4, 2, 3)), item])


def test_a_nested_list_of_trajectories(peptide):
    with pytest.raises(InvalidInputTypeError, match="sample 0: it is of type list"):
        as_trajectories([[peptide, peptide]])


def test_a_ragged_sample():
    with pytest.raises(InvalidInputTypeError, match=r"sample 0: .*as numbers"):
        as_trajectories([[[1.0, 2.0], [3.0]]])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("graph", ["auto", "contacts", "knn"])
def test_a_value_that_is_not_finite_is_found(rng, value, dtype, graph):
    X = rng.normal(size=(3, 6, 5, 3)).astype(dtype)
    X[2, 0, 4, 1] = value
    words = rf"sample 2: .*frame 0, node 4, is {value}.*NaN or infinity"
    with pytest.raises(InvalidInputError, match=words):
        as_trajectories(X, graph=graph, cutoff=9.0)


def test_a_value_that_is_not_finite_in_trajectories_has_its_atom_named(peptide):
    peptide.xyz[9, 6] = np.nan
    with pytest.raises(
        InvalidInputError, match=r"sample 1: .*frame 9, node 6 \(ALA 2 CA\), is nan"
    ):
        as_trajectories([make_peptide(), peptide])


def test_the_source_is_named(rng):
    positions = rng.normal(size=(4, 2, 3))
    positions[1, 1, 1] = np.nan
    bad = GraphTrajectory(positions, [], source="apo_1.xtc")
    with pytest.raises(InvalidInputError, match=r"sample 0 \(apo_1.xtc\): .*frame 1"):
        as_trajectories([bad])


def test_large_but_finite_values_are_no_false_alarm():
    X = np.full((1, 10, 4, 3), -1e18)
    assert as_trajectories(X)[0].n_frames == 10
    with pytest.raises(InvalidInputError, match="may be no larger than 1e"):
        as_trajectories(X * 1.001)


def test_a_masked_value_counts_as_missing():
    X = np.ma.masked_equal(np.arange(12.0).reshape(2, 6), 8)
    with pytest.raises(InvalidInputError, match=r"sample 1: .*frame 2, node 0, is nan"):
        as_trajectories(X)


def test_the_first_bad_frame_of_a_long_sample_is_found(monkeypatch, rng):
    monkeypatch.setattr("sklearn_deepsig.trajectory.coercion._BLOCK_SIZE", 20)
    X = rng.normal(size=(1, 100, 3, 3))
    X[0, 71, 2, 0] = X[0, 90, 0, 0] = np.inf
    with pytest.raises(InvalidInputError, match="frame 71, node 2"):
        as_trajectories(X)


def test_one_frame(peptide):
    words = "sample 1: it has n_frames=1, but a path needs at least two frames"
    with pytest.raises(InvalidInputError, match=words):
        as_trajectories([peptide, peptide[:1]])
    with pytest.raises(InvalidInputError, match="n_frames=1"):
        as_trajectories(np.zeros((3, 1)))


def test_more_frames_on_demand(peptide):
    with pytest.raises(InvalidInputError, match="n_frames=12, but at least 20"):
        as_trajectories([peptide], min_frames=20)


def test_a_trajectory_without_frames(peptide):
    with pytest.raises(InvalidInputError, match=r"sample 0: .*n_frames=0"):
        as_trajectories([peptide[:0]])


def test_dimensions_that_differ(peptide, rng):
    with pytest.raises(
        InvalidInputError, match=r"sample 2 has n_dims=1 .*but sample 0 has n_dims=3"
    ):
        as_trajectories([peptide, peptide, rng.normal(size=(5, 4))])


def test_a_topology_without_bonds(peptide):
    bare = make_peptide(bonds=False)
    with pytest.raises(InvalidInputError, match=r"sample 1: .*no bonds.*contacts"):
        as_trajectories([peptide, bare])
    assert as_trajectories([bare], graph="contacts")[0].n_edges > 0


def test_a_trajectory_without_topology(peptide):
    bare = md.Trajectory(peptide.xyz, None)
    for graph in ("auto", "bonds"):
        with pytest.raises(InvalidInputError, match="sample 0: it has no topology"):
            as_trajectories([bare], graph=graph)
    sample = as_trajectories([bare], graph="chain")[0]
    assert sample.node_names is None


def test_bonds_of_what_has_no_topology(sample):
    for X in ([sample], np.zeros((2, 5, 3))):
        with pytest.raises(InvalidInputError, match=r"sample 0.*no topology"):
            as_trajectories(X, graph="bonds")


def test_edges_of_more_nodes_than_there_are(rng):
    X = [rng.normal(size=(5, 6, 3)), rng.normal(size=(5, 4, 3))]
    with pytest.raises(InvalidInputError, match=r"sample 1: .*node 5.*4 nodes"):
        as_trajectories(X, graph=[[0], [5]])
    data = Data(pos=torch.zeros(3, 5, 3), edge_index=torch.tensor([[0], [4]]))
    with pytest.raises(InvalidInputError, match=r"sample 0: .*node 4.*3 nodes"):
        as_trajectories([data])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (Data(), "it has no pos"),
        (Data(pos=torch.zeros(3, 5, 3)), "it has no edge_index"),
        (
            Data(pos=torch.zeros(5), edge_index=torch.zeros(2, 0)),
            r"it has pos of shape \(5,\)",
        ),
    ],
)
def test_incomplete_data(data, words):
    with pytest.raises(InvalidInputError, match=f"sample 0: {words}"):
        as_trajectories([data])


@pytest.mark.parametrize("graph", ["bond", "", None, 3, [[0, 1], [2]]])
def test_an_unknown_graph(graph):
    with pytest.raises(
        InvalidInputError, match=r"graph=.*unknown.*'auto', 'bonds'.*\(2, n_edges\)"
    ):
        as_trajectories(np.zeros((2, 3)), graph=graph)


def test_no_contacts_names_the_sample():
    X = np.arange(24.0).reshape(1, 2, 4, 3) * 10
    with pytest.raises(InvalidInputError, match=r"sample 0: no two of the 4 nodes"):
        as_trajectories(X, graph="contacts")


def test_the_error_is_both_ours_and_built_in():
    assert issubclass(InvalidInputError, ValueError)
    assert issubclass(InvalidInputTypeError, TypeError)


def test_samples_are_described_by_number_and_source():
    assert describe_sample(3) == "sample 3"
    assert describe_sample(3, "a.xtc") == "sample 3 (a.xtc)"


def test_importing_loads_no_heavy_package():
    code = (
        "import sys, numpy as np; from sklearn_deepsig.trajectory import *;"
        "as_trajectories(np.zeros((2, 3)));"
        "heavy = {'torch', 'torch_geometric', 'mdtraj'} & set(sys.modules);"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

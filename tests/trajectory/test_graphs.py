"""Graph builders against networkx, mdtraj and distances computed in full."""

import mdtraj as md
import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist

from sklearn_deepsig import DeepSignatureClassifier, TrajectorySelector
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory import (
    bond_edges,
    chain_edges,
    complete_edges,
    contact_edges,
    k_nearest_edges,
)
from tests.helpers.molecules import alpha_carbons, make_peptide

# Whole numbers, so that distances are exact and many of them coincide.
frames = st.integers(2, 15).flatmap(
    lambda n: arrays(np.float64, (n, 3), elements=st.integers(0, 4).map(float))
)


def pairs_of(edges):
    return set(map(tuple, edges.T.tolist()))


def assert_canonical(edges, n_nodes):
    assert edges.dtype == np.int64
    assert edges.shape[0] == 2
    pairs = [tuple(pair) for pair in edges.T.tolist()]
    assert pairs == sorted(set(pairs))
    assert all(i != j and (j, i) in set(pairs) for i, j in pairs)
    assert all(0 <= i < n_nodes for i, _ in pairs)


@pytest.mark.parametrize("n_nodes", [1, 2, 3, 10])
@pytest.mark.parametrize(
    ("build", "oracle"),
    [(chain_edges, nx.path_graph), (complete_edges, nx.complete_graph)],
)
def test_chain_and_complete_are_those_of_networkx(build, oracle, n_nodes):
    edges = build(n_nodes)
    assert_canonical(edges, n_nodes)
    assert pairs_of(edges) == set(oracle(n_nodes).to_directed().edges)


@given(frames, st.integers(1, 6))
def test_contacts_are_the_pairs_within_the_cutoff(frame, cutoff):
    distances = cdist(frame, frame)
    expected = (distances <= cutoff) & ~np.eye(len(frame), dtype=bool)
    if not expected.any():
        with pytest.raises(InvalidInputError, match="no two of the"):
            contact_edges(frame, cutoff)
        return
    edges = contact_edges(frame, cutoff)
    assert_canonical(edges, len(frame))
    assert pairs_of(edges) == set(zip(*np.nonzero(expected), strict=True))


@given(frames, st.integers(1, 20))
def test_neighbors_are_nearest_and_all_of_them_are_there(frame, n_neighbors):
    edges = k_nearest_edges(frame, n_neighbors)
    n_nodes = len(frame)
    assert_canonical(edges, n_nodes)
    n_expected = min(n_neighbors, n_nodes - 1)
    distances = cdist(frame, frame)
    np.fill_diagonal(distances, np.inf)
    reach = np.sort(distances, axis=1)[:, n_expected - 1]
    pairs = pairs_of(edges)
    for node in range(n_nodes):
        linked = [j for i, j in pairs if i == node]
        # which of equally far nodes is taken is open, how many are near is not
        assert sum(distances[node, j] <= reach[node] for j in linked) >= n_expected
        strictly_nearer = np.flatnonzero(distances[node] < reach[node])
        assert set(strictly_nearer) <= set(linked)
    for i, j in pairs:
        assert distances[i, j] <= max(reach[i], reach[j])


@given(st.integers(3, 12), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_permuting_the_nodes_permutes_contacts_and_neighbors(n_nodes, k, seed):
    rng = np.random.default_rng(seed)
    frame = rng.normal(size=(n_nodes, 3))
    order = rng.permutation(n_nodes)
    for build in (lambda f: contact_edges(f, 10.0), lambda f: k_nearest_edges(f, k)):
        moved = build(frame[order])
        assert pairs_of(order[moved]) == pairs_of(build(frame))


def test_coinciding_nodes_are_neighbors_of_each_other_only():
    edges = k_nearest_edges(np.zeros((20, 3)), n_neighbors=2)
    assert_canonical(edges, 20)
    assert edges.shape[1] >= 40


def test_one_node_has_no_edges():
    frame = np.zeros((1, 3))
    for edges in (contact_edges(frame), k_nearest_edges(frame), chain_edges(1)):
        assert edges.shape == (2, 0)


def test_contacts_are_those_of_mdtraj(shared_data):
    trajectory = alpha_carbons(
        md.load(
            shared_data / "mor_apo_bu72" / "apo_1.xtc",
            top=shared_data / "mor_apo_bu72" / "apo_receptor_top.pdb",
        )
    )
    pairs = np.stack(np.triu_indices(trajectory.n_atoms, 1), axis=1)
    distances = md.compute_distances(trajectory[:1], pairs, periodic=False)[0]
    # a hair's breadth from the cutoff, float32 and float64 may differ
    assert np.abs(distances - 0.8).min() > 1e-6
    near = pairs[distances <= 0.8]
    edges = contact_edges(trajectory.xyz[0], 0.8)
    assert pairs_of(edges[:, edges[0] < edges[1]]) == set(map(tuple, near.tolist()))
    assert edges.shape[1] == 2 * len(near)


def test_contacts_of_residues_are_those_of_mdtraj_compute_contacts():
    peptide = make_peptide(12, 1)
    contacts, pairs = md.compute_contacts(peptide, scheme="ca", periodic=False)
    expected = {tuple(pair) for pair in pairs[contacts[0] <= 0.8].tolist()}
    edges = contact_edges(alpha_carbons(peptide).xyz[0], 0.8)
    # mdtraj leaves out residues nearer than three in the sequence
    far = {(i, j) for i, j in pairs_of(edges) if j - i >= 3}
    assert far == expected


def test_bonds_are_those_of_the_topology(shared_data):
    topology = md.load_topology(shared_data / "mor_apo_bu72" / "apo_receptor_top.pdb")
    edges = bond_edges(topology)
    assert_canonical(edges, topology.n_atoms)
    graph = topology.to_bondgraph()
    expected = {(a.index, b.index) for a, b in graph.to_directed().edges}
    assert pairs_of(edges) == expected


def test_a_topology_without_bonds_is_refused():
    with pytest.raises(InvalidInputError, match=r"25 atoms and no bonds.*contacts"):
        bond_edges(make_peptide(5, 2, bonds=False).topology)


def test_a_single_atom_needs_no_bond():
    assert bond_edges(alpha_carbons(make_peptide(1, 2)).topology).shape == (2, 0)


def test_no_contact_says_the_closest_distance_and_the_unit():
    with pytest.raises(InvalidInputError, match=r"closest two are 3\.8 nm apart"):
        contact_edges(np.arange(4)[:, None] * 3.8, 0.8)


def test_molecules_in_angstrom_are_told_so_first(rng):
    """The classifier has no cutoff, so the message says what has one."""
    X = 3.8 * np.arange(6)[:, None] + rng.uniform(0, 0.1, size=(4, 5, 6, 3))
    model = DeepSignatureClassifier((2,), graph="contacts", random_state=0)
    with pytest.raises(
        InvalidInputError,
        match=r"cutoff=0\.8 nm.*angstrom, divide them by 10.*"
        r"TrajectorySelector\(cutoff=\.\.\.\)",
    ):
        model.fit(X, [0, 1] * 2)
    selector = TrajectorySelector(select=None, graph="contacts", cutoff=8.0)
    edges = selector.fit_transform(X)[0].edge_index
    np.testing.assert_array_equal(edges, contact_edges(X[0, 0], 8.0))


@pytest.mark.parametrize("cutoff", [0, -1.0, float("nan")])
def test_a_cutoff_must_be_positive(cutoff):
    with pytest.raises(InvalidInputError, match="cutoff="):
        contact_edges(np.zeros((2, 3)), cutoff)


def test_a_number_of_neighbors_must_be_positive():
    with pytest.raises(InvalidInputError, match="n_neighbors=0"):
        k_nearest_edges(np.zeros((2, 3)), 0)


def test_large_graphs_need_no_dense_matrix():
    # 200 000 nodes: an N x N array of bytes alone would take 40 GB.
    frame = np.random.default_rng(0).uniform(0, 40, size=(200_000, 3))
    assert contact_edges(frame, 0.5).shape[1] > 0
    assert k_nearest_edges(frame, 2).shape[1] >= 400_000
    assert chain_edges(200_000).shape[1] == 399_998

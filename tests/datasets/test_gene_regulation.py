from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.stats import ks_2samp

from sklearn_deepsig.datasets import gene_regulation_rhs, make_gene_regulation
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory import as_trajectories


def naive_rhs(x, adjacency, exponent, hill, rate):
    """Equation 13, written out gene by gene."""
    return np.array(
        [
            -rate * x[i] ** exponent
            + sum(
                adjacency[i, j] * x[j] ** hill / (x[j] ** hill + 1)
                for j in range(len(x))
            )
            for i in range(len(x))
        ]
    )


def dense_adjacency(sample):
    adjacency = np.zeros((sample.n_nodes, sample.n_nodes))
    adjacency[tuple(sample.edge_index)] = 1
    return adjacency


def runge_kutta(rhs, x, times, n_steps):
    """Classical fourth order, with fixed steps."""
    states = [x]
    for start, stop in pairwise(times):
        step = (stop - start) / n_steps
        for _ in range(n_steps):
            k1 = rhs(x)
            k2 = rhs(x + step / 2 * k1)
            k3 = rhs(x + step / 2 * k2)
            k4 = rhs(x + step * k3)
            x = x + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        states.append(x)
    return np.array(states)


@given(
    seed=st.integers(0, 2**31),
    exponent=st.sampled_from([1, 2]),
    hill=st.integers(1, 4),
    rate=st.floats(0.1, 3),
)
def test_rhs_is_equation_13(seed, exponent, hill, rate):
    rng = np.random.default_rng(seed)
    x, adjacency = rng.uniform(0, 5, 6), rng.uniform(size=(6, 6))
    found = gene_regulation_rhs(x, adjacency, exponent=exponent, hill=hill, rate=rate)
    np.testing.assert_allclose(found, naive_rhs(x, adjacency, exponent, hill, rate))


@pytest.mark.parametrize(
    ("exponent", "solution"),
    [(1, lambda x, t: x * np.exp(-t)), (2, lambda x, t: x / (1 + x * t))],
)
def test_genes_without_links_have_the_known_solution(exponent, solution):
    start, times = np.array([0.0, 0.5, 3.0]), np.linspace(0, 2, 9)
    found = solve_ivp(
        lambda _, x: gene_regulation_rhs(x, np.zeros((3, 3)), exponent=exponent),
        (0, 2),
        start,
        t_eval=times,
        rtol=1e-9,
        atol=1e-12,
    )
    np.testing.assert_allclose(found.y, [solution(x, times) for x in start], rtol=1e-6)


@pytest.mark.parametrize("recipe", ["S", "A", "B"])
def test_trajectories_solve_the_equation(recipe):
    X, y = make_gene_regulation(
        2, n_nodes=30, n_frames=21, recipe=recipe, rate=1.5, hill=3, random_state=4
    )
    for sample, label in zip(X, y, strict=True):
        adjacency = dense_adjacency(sample)
        if recipe == "S":
            degrees = adjacency.sum(0)
            adjacency = adjacency / np.sqrt(degrees[:, None] * degrees)
        exponent = {"degradation": 1, "dimerization": 2}[label]
        expected = runge_kutta(
            lambda x, a=adjacency, f=exponent: naive_rhs(x, a, f, 3, 1.5),
            sample.positions[0, :, 0].astype(np.float64),
            np.linspace(0, 2, 21),
            n_steps=20,
        )
        np.testing.assert_allclose(
            sample.positions[:, :, 0], expected, rtol=1e-4, atol=1e-4
        )


def test_shapes_labels_and_order():
    X, y = make_gene_regulation(n_frames=50, random_state=0)
    assert y.tolist() == ["degradation", "dimerization"] * 50
    assert {sample.positions.shape for sample in X} == {(50, 100, 1)}
    assert {sample.n_edges for sample in X} == {95 * 5}
    assert X[0].positions.dtype == np.float32
    assert X[0].time_step is None
    assert X[0].node_names[7] == "gene 7"
    assert all(sample.positions.min() >= 0 for sample in X)
    assert len(as_trajectories(X)) == 100


def test_every_trajectory_has_its_own_network_and_start():
    X, _ = make_gene_regulation(3, n_nodes=30, n_frames=2, random_state=0)
    for a, b in [(0, 1), (1, 2), (0, 2)]:
        assert not np.array_equal(X[a].edge_index, X[b].edge_index)
        assert not np.array_equal(X[a].positions[0], X[b].positions[0])
    starts = np.array([sample.positions[0] for sample in X])
    assert starts.min() >= 0
    assert 1.5 < starts.max() <= 2


def test_blocks_of_recipe_a():
    X, _ = make_gene_regulation(
        2, n_nodes=400, n_frames=2, duration=0.01, recipe="A", random_state=0
    )
    expected = np.zeros((20, 20))
    expected[1:5, 1:5] = 25
    expected[9:15, 9:15] = 20
    expected[1:5, 7:13] = 17
    for sample in X:
        np.testing.assert_array_equal(sample.positions[0].reshape(20, 20), expected)
    odd, _ = make_gene_regulation(1, n_nodes=390, n_frames=2, recipe="A")
    np.testing.assert_array_equal(odd[0].positions[0, :, 0], expected.ravel()[:390])


def test_seed_decides_everything():
    first, _ = make_gene_regulation(3, n_nodes=20, n_frames=5, random_state=1)
    again, _ = make_gene_regulation(5, n_nodes=20, n_frames=5, random_state=1)
    other, _ = make_gene_regulation(3, n_nodes=20, n_frames=5, random_state=2)
    for a, b, c in zip(first, again, other, strict=False):
        np.testing.assert_array_equal(a.positions, b.positions)
        np.testing.assert_array_equal(a.edge_index, b.edge_index)
        assert not np.array_equal(a.positions, c.positions)


@pytest.mark.parametrize(("n_nodes", "attachment"), [(60, 5), (40, 1), (9, 8)])
def test_networks_are_like_those_of_networkx(n_nodes, attachment):
    ours, theirs = [], []
    X, _ = make_gene_regulation(
        200,
        n_nodes=n_nodes,
        attachment=attachment,
        n_frames=2,
        duration=1e-3,
        random_state=0,
    )
    for seed, sample in enumerate(X):
        graph = nx.Graph(sample.edge_index.T.tolist())
        assert nx.is_connected(graph)
        reference = nx.barabasi_albert_graph(n_nodes, attachment, seed=seed)
        assert graph.number_of_edges() == reference.number_of_edges()
        assert graph.number_of_nodes() == reference.number_of_nodes()
        ours.append([graph.degree[i] for i in range(n_nodes)])
        theirs.append([reference.degree[i] for i in range(n_nodes)])
    # The mean degree of each node, by age, and the law of the greatest degree.
    error = np.hypot(np.std(ours, axis=0), np.std(theirs, axis=0)) / np.sqrt(200)
    difference = np.abs(np.mean(ours, axis=0) - np.mean(theirs, axis=0))
    assert (difference <= 4 * error + 1e-12).all()
    assert ks_2samp(np.max(ours, axis=1), np.max(theirs, axis=1)).pvalue > 0.01


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_trajectories": 0}, "n_trajectories=0 must be an integer of at least 1"),
        ({"n_frames": 1}, "n_frames=1 must be an integer of at least 2"),
        ({"n_nodes": 5}, "n_nodes=5 must be an integer of at least 6"),
        ({"attachment": 0}, "attachment=0 must"),
        ({"hill": 1.5}, r"hill=1\.5 must"),
        ({"duration": 0.0}, r"duration=0\.0 must be a positive number"),
        ({"rate": np.nan}, "rate=nan must be a positive number"),
        ({"recipe": "C"}, "recipe='C' is unknown"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(InvalidInputError, match=message):
        make_gene_regulation(**parameters)

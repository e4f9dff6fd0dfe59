"""Coarse graining against the paper's equations written out, and its symmetries."""

import numpy as np
import pytest
import torch
from scipy.special import softmax

from sklearn_deepsig.nn import SpectralCoarsening
from sklearn_deepsig.training import collate, seeded
from sklearn_deepsig.trajectory import GraphTrajectory
from tests.helpers.graphs import dense_adjacency, permute_nodes, random_sample

CPU = {"device": torch.device("cpu"), "dtype": torch.float64}


def make_network(n_clusters=(6, 3), hidden_dim=4, **settings):
    with seeded(1, torch.device("cpu")):
        network = SpectralCoarsening(3, n_clusters, hidden_dim, **settings).double()
        for parameter in network.parameters():
            # far from the almost uniform assignment of fresh weights
            parameter.data.mul_(3.0)
    return network


def written_out(network, sample):
    """Equations 1 to 6 for one sample, frame by frame with dense matrices."""
    weights = {name: p.detach().numpy() for name, p in network.named_parameters()}
    x = sample.positions - sample.positions.mean((0, 1))
    with_loops = dense_adjacency(sample)
    hidden = list(x)  # H^0 = X, one matrix a frame
    total, cut_loss = np.eye(sample.n_nodes), 0.0

    def convolve(frames, with_loops, weight):  # equation 1
        scale = np.diag(with_loops.sum(1) ** -0.5)
        inputs = [scale @ with_loops @ scale @ frame for frame in frames]
        if network.skip_connection:  # Bianchi et al., equation 4
            inputs = [
                np.hstack([own, mixed])
                for own, mixed in zip(frames, inputs, strict=True)
            ]
        mapped = [frame @ weight.T for frame in inputs]
        return [np.where(h > 0, h, np.expm1(np.minimum(h, 0))) for h in mapped]

    for layer in range(len(network.pools)):
        embed = weights[f"pools.{layer}.embed.weight"]
        w = weights[f"pools.{layer}.assign.weight"]
        b = weights[f"pools.{layer}.assign.bias"]
        hidden = convolve(hidden, with_loops, embed)
        mean = np.mean(hidden, axis=0)
        z = (mean - mean.mean(0)) / np.sqrt(mean.var(0) + 1e-8)
        q = softmax(z @ w.T + b, axis=1)  # equation 2, one for all frames
        gram = q.T @ q
        degrees = np.diag(with_loops.sum(1))
        cut_loss += -np.trace(q.T @ with_loops @ q) / np.trace(q.T @ degrees @ q)
        cut_loss += np.linalg.norm(  # equation 3
            gram / np.linalg.norm(gram) - np.eye(q.shape[1]) / np.sqrt(q.shape[1])
        )
        hidden = [q.T @ frame for frame in hidden]  # equation 4
        between = q.T @ with_loops @ q
        np.fill_diagonal(between, 0)  # Bianchi et al., equation 8
        scale = 1 / np.sqrt(between.sum(1))
        with_loops = scale[:, None] * between * scale + np.eye(q.shape[1])
        total = total @ q
    hidden = convolve(hidden, with_loops, weights["embed.weight"])
    path = [h @ weights["readout.weight"].T + weights["readout.bias"] for h in hidden]
    pooled = [total.T @ frame for frame in x]  # equation 5
    deviation = np.mean(
        [np.abs(a - b).mean() for a, b in zip(path, pooled, strict=True)]
    )
    return np.array(path), np.array(pooled), total, cut_loss, deviation


@pytest.fixture
def ragged(rng):
    return [random_sample(rng, *shape) for shape in [(7, 9), (4, 12), (6, 8)]]


@pytest.mark.parametrize("skip_connection", [False, True])
@pytest.mark.parametrize("n_clusters", [(4,), (6, 3), (7, 5, 2)])
def test_equations_one_to_six_on_a_ragged_batch(ragged, n_clusters, skip_connection):
    network = make_network(n_clusters, skip_connection=skip_connection)
    result = network(collate(ragged, **CPU))
    expected = [written_out(network, sample) for sample in ragged]
    for index, (sample, (path, pooled, q, _, _)) in enumerate(
        zip(ragged, expected, strict=True)
    ):
        frames, nodes = sample.n_frames, sample.n_nodes
        got = [
            result.path[index, :frames],
            result.pooled_path[index, :frames],
            result.assignment[index, :nodes],
        ]
        for actual, wanted in zip(got, (path, pooled, q), strict=True):
            np.testing.assert_allclose(actual.detach(), wanted, atol=1e-12)
        assert torch.all(result.assignment[index, nodes:] == 0)
    assert result.cut_loss.tolist() == pytest.approx([e[3] for e in expected])
    assert result.consistency_loss.tolist() == pytest.approx([e[4] for e in expected])


def test_rows_of_the_assignment_sum_to_one(ragged):
    assignment = make_network()(collate(ragged, **CPU)).assignment
    for index, sample in enumerate(ragged):
        rows = assignment[index, : sample.n_nodes]
        torch.testing.assert_close(rows.sum(1), torch.ones(len(rows)).double())
        assert rows.min() >= 0


def test_order_of_the_atoms_permutes_the_assignment_and_nothing_else(rng):
    sample = random_sample(rng, 6, 10)
    order = rng.permutation(10)
    network = make_network()
    plain = network(collate([sample], **CPU))
    shuffled = network(collate([permute_nodes(sample, order)], **CPU))
    torch.testing.assert_close(shuffled.path, plain.path)
    torch.testing.assert_close(shuffled.assignment[0], plain.assignment[0][order])


def test_translation_changes_nothing(rng):
    sample = random_sample(rng, 6, 10)
    moved = sample.with_positions(sample.positions + [30.0, -20.0, 10.0])
    network = make_network()
    torch.testing.assert_close(
        network(collate([moved], **CPU)).path, network(collate([sample], **CPU)).path
    )


def test_rotation_is_only_approximate(rng):
    """The paper's claim A.2 fixes Q; the network's Q depends on the orientation."""
    sample = random_sample(rng, 6, 10)
    quarter_turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    turned = sample.with_positions(sample.positions @ quarter_turn.T)
    network = make_network()
    plain, rotated = (network(collate([s], **CPU)) for s in (sample, turned))
    assert (plain.assignment - rotated.assignment).abs().max() > 1e-3
    # For one and the same Q the pooled path turns exactly with the input.
    expected = torch.einsum(
        "nm,tnd->tmd",
        plain.assignment[0],
        torch.from_numpy(turned.positions - turned.positions.mean((0, 1))),
    )
    torch.testing.assert_close(
        plain.pooled_path[0] @ torch.from_numpy(quarter_turn.T), expected
    )


def test_a_graph_without_edges_works(rng):
    sample = GraphTrajectory(rng.normal(size=(5, 7, 3)), np.zeros((2, 0), dtype=int))
    result = make_network()(collate([sample], **CPU))
    assert torch.isfinite(result.path).all()
    assert torch.isfinite(result.cut_loss).all()


@pytest.mark.parametrize("skip_connection", [False, True])
def test_every_weight_gets_a_gradient(ragged, skip_connection):
    network = make_network(skip_connection=skip_connection)
    result = network(collate(ragged, **CPU))
    (result.cut_loss.sum() + result.path.square().sum()).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad.abs().sum() > 0, name


def test_activations_are_kept_once_for_the_gradient(rng):
    frames, nodes, hidden_dim = 50, 20, 8
    kept = {}

    def remember(tensor):
        if tensor.layout == torch.strided:
            kept[tensor.untyped_storage().data_ptr()] = tensor.numel()
        return tensor

    batch = collate([random_sample(rng, frames, nodes)], **CPU)
    with torch.autograd.graph.saved_tensors_hooks(remember, lambda tensor: tensor):
        result = make_network((6,), hidden_dim)(batch)
    largest = [size for size in kept.values() if size >= frames * nodes * hidden_dim]
    assert len(largest) == 1
    assert result.path.requires_grad


@pytest.mark.parametrize("n_clusters", [(20,), (30, 20), (30, 20, 10)])
def test_placed_clusters_all_have_nodes(rng, n_clusters):
    sample = random_sample(rng, 5, 60)
    batch = collate([sample], **CPU)
    used = {}
    for placed in (False, True):
        with seeded(0, torch.device("cpu")):
            network = SpectralCoarsening(3, n_clusters, 10).double()
        if placed:
            network.place_clusters(batch, torch.Generator().manual_seed(0))
        with torch.no_grad():
            coarse = network(batch)
        used[placed] = len(coarse.assignment[0].argmax(1).unique())
        used[placed, "loss"] = float(coarse.cut_loss)
    assert used[True] >= 0.9 * n_clusters[-1]
    assert used[False] <= 0.7 * n_clusters[-1]
    assert used[True, "loss"] < used[False, "loss"]


def test_layers_without_enough_nodes_are_left_as_they_are(rng):
    network = make_network((8, 2))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    sample = random_sample(rng, 5, 6)  # for the first layer, six nodes are too few
    network.place_clusters(collate([sample], **CPU), torch.Generator().manual_seed(0))
    changed = {
        name
        for name, value in network.state_dict().items()
        if not torch.equal(value, before[name])
    }
    assert changed == {"pools.1.assign.weight", "pools.1.assign.bias"}

"""Graph convolution against PyTorch Geometric and a dense computation."""

import numpy as np
import pytest
import torch
from torch_geometric.nn import GCNConv

from sklearn_deepsig.functional.graph_conv import (
    inverse_sqrt_degree,
    multiply,
    normalize_adjacency,
    propagate,
)
from sklearn_deepsig.training import collate
from tests.helpers.graphs import dense_adjacency, random_sample

CPU = {"device": torch.device("cpu"), "dtype": torch.float64}


@pytest.fixture
def samples(rng):
    return [random_sample(rng, 6, n_nodes) for n_nodes in (9, 5, 12)]


def test_propagation_equals_gcn_conv_of_pyg(samples):
    batch = collate(samples, **CPU)
    result = propagate(batch.adjacency, batch.degree, batch.positions)
    conv = GCNConv(3, 3, bias=False).double()
    with torch.no_grad():
        conv.lin.weight.copy_(torch.eye(3))
        for index, sample in enumerate(samples):
            edges = torch.from_numpy(sample.edge_index.copy())
            for frame in range(sample.n_frames):
                x = batch.positions[index, : sample.n_nodes, frame]
                expected = conv(x, edges)
                torch.testing.assert_close(
                    result[index, : sample.n_nodes, frame], expected
                )


def test_padding_stays_zero(samples):
    batch = collate(samples, **CPU)
    result = propagate(batch.adjacency, batch.degree, batch.positions)
    assert torch.all(result[~batch.node_mask] == 0)
    assert torch.all(batch.degree[~batch.node_mask] == 0)


def test_dense_normalisation_equals_sparse_propagation(samples):
    sample = samples[0]
    adjacency = torch.from_numpy(dense_adjacency(sample))[None]
    dense = normalize_adjacency(adjacency, adjacency.sum(-1))
    batch = collate([sample], **CPU)
    sparse = propagate(batch.adjacency, batch.degree, batch.positions)
    expected = torch.einsum("bnm,bmtd->bntd", dense, batch.positions)
    torch.testing.assert_close(sparse, expected)


def test_largest_eigenvalue_is_one(samples):
    adjacency = torch.from_numpy(dense_adjacency(samples[2]))[None]
    normalised = normalize_adjacency(adjacency, adjacency.sum(-1))[0]
    assert np.linalg.eigvalsh(normalised.numpy()).max() == pytest.approx(1.0)


def test_degree_zero_gives_zero_not_infinity():
    degree = torch.tensor([4.0, 0.0])
    assert inverse_sqrt_degree(degree).tolist() == [0.5, 0.0]


def test_gradient_through_sparse_product(samples):
    batch = collate(samples[:2], **CPU)
    x = batch.positions[..., 0].clone().requires_grad_()
    assert torch.autograd.gradcheck(
        lambda value: propagate(batch.adjacency, batch.degree, value), (x,)
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("coalesced", [True, False])
def test_a_sparse_product_is_a_dense_one(rng, dtype, coalesced):
    # weights, rows without an entry, and no symmetry
    matrix = rng.normal(size=(14, 14)) * (rng.random((14, 14)) < 0.2)
    matrix[3] = 0
    places = np.stack(matrix.nonzero())
    values = torch.from_numpy(matrix[tuple(places)]).to(dtype)
    if not coalesced:  # every entry in two parts
        places, values = np.tile(places, 2), torch.cat([values / 4, values * 0.75])
    adjacency = torch.sparse_coo_tensor(
        torch.from_numpy(places), values, matrix.shape, check_invariants=True
    )
    if coalesced:
        adjacency = adjacency.coalesce()
    x = torch.from_numpy(rng.normal(size=(2, 7, 5))).to(dtype)
    result = multiply(adjacency, x)
    assert result.dtype == dtype
    expected = torch.from_numpy(matrix @ x.double().numpy().reshape(14, 5))
    torch.testing.assert_close(result, expected.to(dtype).view_as(x))


def test_derivatives_of_a_sparse_product(rng):
    places = torch.tensor([[0, 0, 2, 3], [1, 2, 2, 0]])
    values = torch.from_numpy(rng.normal(size=4))
    adjacency = torch.sparse_coo_tensor(
        places, values, (4, 4), check_invariants=True
    ).coalesce()
    x = torch.from_numpy(rng.normal(size=(2, 2, 3))).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: multiply(adjacency, x), x)
    assert torch.autograd.gradgradcheck(lambda x: multiply(adjacency, x) ** 2, x)
    # by the weights of the edges too
    learned = adjacency.detach().requires_grad_()
    multiply(learned, x).sum().backward()
    sums = x.detach().reshape(4, 3).sum(1)
    torch.testing.assert_close(learned.grad.coalesce().values(), sums[places[1]])

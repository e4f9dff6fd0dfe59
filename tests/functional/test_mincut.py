"""The clustering losses against PyTorch Geometric and known optima."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck, gradgradcheck
from torch_geometric.nn import dense_mincut_pool

from sklearn_deepsig.functional.mincut import (
    coarse_adjacency,
    mincut_loss,
    orthogonality_loss,
    pooled_adjacency,
)


def random_problem(seed, n_nodes, n_clusters):
    generator = torch.Generator().manual_seed(seed)
    upper = torch.rand(2, n_nodes, n_nodes, generator=generator).triu(1) < 0.5
    adjacency = (upper | upper.mT).double() + torch.eye(n_nodes, dtype=torch.float64)
    logits = torch.randn(2, n_nodes, n_clusters, generator=generator).double()
    return adjacency, logits


@given(st.integers(0, 10_000), st.integers(2, 12), st.integers(2, 6))
@settings(max_examples=50, deadline=None)
def test_losses_equal_those_of_pyg(seed, n_nodes, n_clusters):
    adjacency, logits = random_problem(seed, n_nodes, n_clusters)
    x = torch.zeros(2, n_nodes, 1, dtype=torch.float64)
    _, _, expected_cut, expected_orthogonality = dense_mincut_pool(x, adjacency, logits)
    assignment = logits.softmax(-1)
    cut = mincut_loss(
        assignment, pooled_adjacency(adjacency, assignment), adjacency.sum(-1)
    )
    torch.testing.assert_close(cut.mean(), expected_cut)
    orthogonality = orthogonality_loss(assignment)
    torch.testing.assert_close(orthogonality.mean(), expected_orthogonality)
    assert -1 <= cut.min()
    assert cut.max() <= 0
    assert orthogonality.max() <= math.sqrt(2)


def test_two_separate_cliques_reach_both_optima():
    clique = torch.ones(3, 3, dtype=torch.float64)
    adjacency = torch.block_diag(clique, clique)[None]
    hard = torch.eye(2, dtype=torch.float64).repeat_interleave(3, 0)[None]
    cut = mincut_loss(hard, pooled_adjacency(adjacency, hard), adjacency.sum(-1))
    assert cut.item() == pytest.approx(-1.0)
    assert orthogonality_loss(hard).item() == pytest.approx(0.0, abs=1e-12)


def test_pooled_adjacency_counts_edges_between_clusters():
    adjacency = torch.tensor([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]])[None]
    hard = torch.tensor([[1.0, 0], [1, 0], [0, 1]])[None]
    pooled = pooled_adjacency(adjacency, hard)
    np.testing.assert_array_equal(pooled[0], [[4, 1], [1, 1]])


def test_one_cluster_has_a_finite_gradient():
    assignment = torch.ones(1, 4, 1, requires_grad=True)
    loss = orthogonality_loss(assignment).sum()
    loss.backward()
    assert loss.item() == pytest.approx(0.0)
    assert torch.isfinite(assignment.grad).all()


@pytest.mark.parametrize("needs_gradient", [False, True])
def test_gradients_of_the_pooled_adjacency(rng, needs_gradient):
    half = torch.tensor(rng.random((2, 6, 6)))
    assignment = torch.tensor(rng.random((2, 6, 3)), requires_grad=True)
    weights = torch.tensor(rng.normal(size=(2, 3, 3)))
    half.requires_grad_(needs_gradient)
    inputs = (assignment, half) if needs_gradient else (assignment,)

    def function(q, a=half):
        return pooled_adjacency(a + a.mT, q)

    expected = assignment.mT @ ((half + half.mT) @ assignment)
    actual = function(assignment)
    torch.testing.assert_close(actual, expected)
    for a, b in zip(
        torch.autograd.grad(actual, inputs, weights),
        torch.autograd.grad(expected, inputs, weights),
        strict=True,
    ):
        torch.testing.assert_close(a, b)
    assert gradcheck(function, inputs)
    assert gradgradcheck(function, inputs)
    assert gradgradcheck(orthogonality_loss, assignment)


def test_coarse_adjacency_is_that_of_pytorch_geometric():
    adjacency, logits = random_problem(0, 9, 4)
    expected = dense_mincut_pool(adjacency, adjacency, logits)[1]
    pooled = pooled_adjacency(adjacency, logits.softmax(-1))
    identity = torch.eye(4, dtype=pooled.dtype)
    torch.testing.assert_close(coarse_adjacency(pooled), expected + identity)


def test_clusters_without_a_neighbour_keep_finite_derivatives():
    pooled = torch.diag_embed(torch.ones(1, 3)).requires_grad_()
    coarse = coarse_adjacency(pooled)
    assert torch.equal(coarse.detach(), torch.eye(3)[None])
    (grad,) = torch.autograd.grad(coarse.square().sum(), pooled)
    assert torch.isfinite(grad).all()

"""Graphs at the edge of what is one: losses and gradients stay finite."""

import numpy as np
import pytest
import torch

from sklearn_deepsig.functional.mincut import (
    mincut_loss,
    orthogonality_loss,
    pooled_adjacency,
)
from sklearn_deepsig.nn import (
    DeepSignatureNetwork,
    classification_errors,
    deep_signature_loss,
)
from sklearn_deepsig.training import collate, seeded
from sklearn_deepsig.trajectory import GraphTrajectory
from tests.helpers.graphs import random_sample

CPU = torch.device("cpu")
NO_EDGES = np.zeros((2, 0), dtype=int)


def walk(rng, n_nodes):
    return rng.normal(size=(9, n_nodes, 3)).cumsum(axis=0)


def two_parts(rng):
    edges = np.array([[0, 1, 2, 4, 5, 6], [1, 2, 3, 5, 6, 7]])
    return GraphTrajectory(walk(rng, 8), edges)


CASES = {
    "no edges": lambda rng: GraphTrajectory(walk(rng, 8), NO_EDGES),
    "one node": lambda rng: GraphTrajectory(walk(rng, 1), NO_EDGES),
    "fewer nodes than clusters": lambda rng: random_sample(rng, 9, 3),
    "as many nodes as clusters": lambda rng: random_sample(rng, 9, 5),
    "two parts": two_parts,
    "a lone node beside a part": lambda rng: GraphTrajectory(
        walk(rng, 6), np.array([[0, 1, 2, 3], [1, 2, 3, 4]])
    ),
    "all nodes at one place": lambda rng: GraphTrajectory(
        walk(rng, 1).repeat(8, axis=1), np.array([[0, 1, 2], [1, 2, 3]])
    ),
    "at rest": lambda rng: GraphTrajectory(
        walk(rng, 8)[:1].repeat(9, axis=0), np.array([[0, 1, 2], [1, 2, 3]])
    ),
    "one point at rest": lambda _: GraphTrajectory(np.ones((9, 1, 3)), NO_EDGES),
    "a symmetric pair": lambda rng: GraphTrajectory(
        walk(rng, 1) * np.array([1.0, -1.0])[:, None], np.array([[0], [1]])
    ),
    "complete": lambda rng: GraphTrajectory(
        walk(rng, 8), np.stack(np.triu_indices(8, 1))
    ),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("rotation_invariant", [False, True])
@pytest.mark.parametrize("company", ["alone", "beside a larger one"])
@pytest.mark.parametrize("case", list(CASES))
def test_losses_and_gradients_are_finite(rng, case, company, rotation_invariant, dtype):
    samples = [CASES[case](rng)]
    if company != "alone":
        samples.append(random_sample(rng, 13, 12))
    with seeded(3, CPU):
        network = DeepSignatureNetwork(
            3,
            2,
            n_clusters=(5, 2),
            hidden_dim=4,
            depth=2,
            n_segments=2,
            lstm_hidden_dim=6,
            mlp_hidden_dim=5,
            dropout=0.0,
            rotation_invariant=rotation_invariant,
        ).to(dtype)
        torch.nn.init.normal_(network.coarsening.readout.weight)
    output = network(collate(samples, device=CPU, dtype=dtype))
    target = torch.arange(len(samples)) % 2
    errors = classification_errors(output.logits, target)
    weight = torch.ones(len(samples), dtype=dtype)
    terms = deep_signature_loss(output, errors, weight, (1.0, 1.0, 1.0))
    for name, value in terms.items():
        assert torch.isfinite(value).all(), name
    rows = output.coarse.assignment[0, : samples[0].n_nodes].sum(1)
    torch.testing.assert_close(rows, torch.ones_like(rows))
    terms["loss"].backward()
    for name, parameter in network.named_parameters():
        assert torch.isfinite(parameter.grad).all(), name


def test_a_disconnected_graph_has_a_cut_of_minus_one_when_parts_are_clusters(rng):
    """No edge leaves its part, so this is the least that equation 3 allows."""
    batch = collate([two_parts(rng)], device=CPU, dtype=torch.float64)
    parts = torch.eye(2, dtype=torch.float64).repeat_interleave(4, dim=0)[None]
    pooled = pooled_adjacency(batch.adjacency, parts)
    assert mincut_loss(parts, pooled, batch.degree).item() == pytest.approx(-1)
    assert orthogonality_loss(parts).item() == pytest.approx(0, abs=1e-7)

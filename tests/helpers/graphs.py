"""Random graphs and samples for tests."""

import numpy as np

from sklearn_deepsig.trajectory import GraphTrajectory


def random_edges(rng, n_nodes, probability=0.4):
    """Undirected random edges, each once, as an array (2, n_edges)."""
    pairs = np.stack(np.triu_indices(n_nodes, 1))
    return pairs[:, rng.random(pairs.shape[1]) < probability]


def random_sample(rng, n_frames, n_nodes, n_dims=3, dtype=np.float64):
    """A random walk on a random graph."""
    steps = rng.normal(size=(n_frames, n_nodes, n_dims))
    return GraphTrajectory(
        steps.cumsum(axis=0).astype(dtype), random_edges(rng, n_nodes)
    )


def dense_adjacency(sample):
    """A + I of a sample as an array (n_nodes, n_nodes)."""
    adjacency = np.eye(sample.n_nodes)
    adjacency[tuple(sample.edge_index)] = 1.0
    return adjacency


def permute_nodes(sample, order):
    """The same sample with node order[i] at place i."""
    new_place = np.argsort(order)
    return GraphTrajectory(sample.positions[:, order], new_place[sample.edge_index])

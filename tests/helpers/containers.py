"""The same kind of samples in every container that X may be, and spoiled ones."""

from functools import partial

import numpy as np
import pandas as pd
import torch
from torch_geometric.data import Data

from sklearn_deepsig import make_windows
from sklearn_deepsig.trajectory import GraphTrajectory
from tests.helpers.graphs import random_edges
from tests.helpers.molecules import make_peptide

N_SAMPLES = 12
N_NODES = 5


def walks(rng, n_dims=3, *, same_nodes=False):
    """Random walks (n_frames, n_nodes, n_dims), of several numbers of both."""
    for i in range(N_SAMPLES):
        n_nodes = N_NODES if same_nodes else N_NODES + i % 2
        yield rng.normal(size=(7 + i % 3, n_nodes, n_dims)).cumsum(axis=0)


def three_dimensional(rng, **_):
    return rng.normal(size=(N_SAMPLES, 8, N_NODES)).cumsum(axis=1)


def four_dimensional(rng, **_):
    return rng.normal(size=(N_SAMPLES, 8, N_NODES, 3)).cumsum(axis=1)


def ragged_list(rng, **options):
    return list(walks(rng, **options))


def object_array(rng, **options):
    X = np.empty(N_SAMPLES, dtype=object)
    X[:] = ragged_list(rng, **options)
    return X


def data_frames(rng, **options):
    frames = (walk[..., 0] for walk in walks(rng, 1, **options))
    return [
        pd.DataFrame(f, columns=[f"c{i}" for i in range(f.shape[1])]) for f in frames
    ]


def graphs(rng, **options):
    return [
        GraphTrajectory(walk, random_edges(rng, walk.shape[1]))
        for walk in walks(rng, **options)
    ]


def pyg_data(rng, **options):
    return [
        Data(
            pos=torch.from_numpy(walk.swapaxes(0, 1).copy()),
            edge_index=torch.from_numpy(random_edges(rng, walk.shape[1])),
        )
        for walk in walks(rng, **options)
    ]


def molecules(rng, **_):
    seeds = rng.integers(1 << 30, size=N_SAMPLES)
    return [make_peptide(4, 7 + i % 3, seed=seed) for i, seed in enumerate(seeds)]


def windows(rng, folder, **_):
    """Windows onto a file: their frames are read when they are used."""
    trajectories = []
    for i in range(N_SAMPLES // 3):
        path = folder / f"walk{i}.npy"
        np.save(path, rng.normal(size=(24 + i, N_NODES, 3)).cumsum(axis=0))
        positions = np.load(path, mmap_mode="r")
        edges = random_edges(rng, N_NODES)
        trajectories.append(GraphTrajectory(positions, edges, source=str(path)))
    return make_windows(trajectories, np.arange(len(trajectories)), n_windows=3).X


def containers(folder):
    """Name -> function of (rng, same_nodes) that makes X."""
    return {
        "3-D array": three_dimensional,
        "4-D array": four_dimensional,
        "ragged list": ragged_list,
        "object array": object_array,
        "data frames": data_frames,
        "GraphTrajectory": graphs,
        "PyG Data": pyg_data,
        "md.Trajectory": molecules,
        "windows of a file": partial(windows, folder=folder),
    }


def of_other_dimensions(X):
    """Samples that no estimator fitted on X may take."""
    if isinstance(X, np.ndarray) and X.ndim == 3:
        return X[..., 1:]
    return list(np.zeros((len(X), 8, N_NODES, 2)))


def take(X, indices):
    """Samples of X, in another order or fewer."""
    if isinstance(X, np.ndarray):
        return X[np.asarray(indices)]
    return [X[i] for i in indices]

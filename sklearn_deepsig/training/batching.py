"""Ragged samples become padded tensors here, batch by batch, and nowhere else."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sklearn_deepsig.nn.batch import GraphBatch
from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = ["collate", "iterate_batches", "split_large"]

# Padded nodes times frames that go through a network at once. Training needs about
# 400 bytes for each (20 hidden features, kept for the gradient), so about 3 GB on a
# GPU. On a CPU larger parts are no faster.
_MOST_POINTS = {"cpu": 1_250_000, "cuda": 8_000_000}


def collate(
    samples: Sequence[GraphTrajectory],
    *,
    device: torch.device,
    dtype: torch.dtype,
    center: bool = True,
) -> GraphBatch:
    """Pad samples into one batch of tensors.

    By default each sample is centred: the mean position over its nodes and frames
    becomes the origin. The network reads absolute coordinates, so this is what makes
    its output invariant to translation.

    Parameters
    ----------
    samples : sequence of GraphTrajectory
        Samples with the same number of dimensions.
    device : torch.device
        Where the tensors go.
    dtype : torch.dtype
        Floating-point type of the tensors.
    center : bool, default=True
        Whether samples are centred.

    Returns
    -------
    GraphBatch
        The batch, with nodes padded by zeros and frames by repeating the last one.
    """
    n_nodes = max(sample.n_nodes for sample in samples)
    n_frames = max(sample.n_frames for sample in samples)
    shape = (len(samples), n_nodes, n_frames, samples[0].n_dims)
    positions = np.zeros(shape, dtype=np.float64 if dtype.itemsize > 4 else np.float32)
    node_mask = np.zeros((len(samples), n_nodes), dtype=bool)
    edges = []
    for index, sample in enumerate(samples):
        own = positions[index, : sample.n_nodes]
        frames = sample.positions
        if center:
            centre = frames.mean(axis=(0, 1), dtype=np.float64)
            frames = frames - centre.astype(frames.dtype)
        own[:, : sample.n_frames] = frames.swapaxes(0, 1)
        own[:, sample.n_frames :] = own[:, [sample.n_frames - 1]]
        node_mask[index, : sample.n_nodes] = True
        edges.append(index * n_nodes + sample.edge_index)
    loops = np.tile(np.flatnonzero(node_mask), (2, 1))
    return GraphBatch(
        positions=torch.from_numpy(positions).to(device=device, dtype=dtype),
        adjacency=_sparse_ones(
            np.concatenate([loops, *edges], axis=1), node_mask.size
        ).to(device=device, dtype=dtype),
        node_mask=torch.from_numpy(node_mask).to(device),
        n_frames=torch.tensor([s.n_frames for s in samples], device=device),
    )


def _sparse_ones(edges: NDArray[np.int64], size: int) -> Tensor:
    """Build a sparse square matrix with a one at each edge."""
    # The edges are unique, so sorting is all that coalescing would do; one number an
    # edge is sorted several times as fast as two, and of self-loops and edges, which
    # are sorted each for themselves, a stable sort makes a single merge.
    places = np.sort(edges[0] * size + edges[1], kind="stable")
    return torch.sparse_coo_tensor(
        torch.from_numpy(np.stack(np.divmod(places, size))),
        torch.ones(edges.shape[1]),
        (size, size),
        is_coalesced=True,
        check_invariants=False,
    )


def iterate_batches(
    n_samples: int, batch_size: int, order: NDArray[np.int64] | None = None
) -> Iterator[NDArray[np.int64]]:
    """Yield the sample indices of each batch.

    Parameters
    ----------
    n_samples : int
        Number of samples.
    batch_size : int
        Samples a batch; the last batch takes what is left.
    order : ndarray of int, shape (n_samples,), optional
        Order of the samples; by default as they come.

    Yields
    ------
    ndarray of int
        Indices of one batch.
    """
    if order is None:
        order = np.arange(n_samples)
    for start in range(0, n_samples, batch_size):
        yield order[start : start + batch_size]


def split_large(
    samples: Sequence[GraphTrajectory],
    device: torch.device,
    most_points: int | None = None,
) -> Iterator[NDArray[np.int64]]:
    """Split a batch into parts that fit into memory, in order.

    Parameters
    ----------
    samples : sequence of GraphTrajectory
        The batch.
    device : torch.device
        Where it will be worked on.
    most_points : int, optional
        Padded nodes times frames of a part; by default what is good for the device.

    Yields
    ------
    ndarray of int
        Indices of one part; a single sample is never split.
    """
    most = most_points
    if most is None:
        most = _MOST_POINTS.get(device.type, _MOST_POINTS["cpu"])
    start = n_nodes = n_frames = 0
    for index, sample in enumerate(samples):
        n_nodes = max(n_nodes, sample.n_nodes)
        n_frames = max(n_frames, sample.n_frames)
        if index > start and (index + 1 - start) * n_nodes * n_frames > most:
            yield np.arange(start, index)
            start, n_nodes, n_frames = index, sample.n_nodes, sample.n_frames
    yield np.arange(start, len(samples))

"""Ragged samples in one padded batch."""

import numpy as np
import pytest
import torch

from sklearn_deepsig.training import collate, iterate_batches
from sklearn_deepsig.trajectory import GraphTrajectory
from tests.helpers.graphs import dense_adjacency, random_sample

CPU = {"device": torch.device("cpu"), "dtype": torch.float64}


def test_every_sample_is_in_its_block(rng):
    samples = [random_sample(rng, *shape) for shape in [(7, 5), (4, 9), (6, 6)]]
    batch = collate(samples, **CPU)
    assert batch.positions.shape == (3, 9, 7, 3)
    assert batch.n_frames.tolist() == [7, 4, 6]
    whole = batch.adjacency.to_dense()
    for index, sample in enumerate(samples):
        frames, nodes = sample.n_frames, sample.n_nodes
        centred = sample.positions - sample.positions.mean((0, 1))
        own = batch.positions[index, :nodes].numpy().swapaxes(0, 1)
        np.testing.assert_allclose(own[:frames], centred, atol=1e-12)
        np.testing.assert_array_equal(
            own[frames:], np.repeat(own[[frames - 1]], 7 - frames, axis=0)
        )
        block = whole[9 * index : 9 * index + nodes, 9 * index : 9 * index + nodes]
        np.testing.assert_array_equal(block, dense_adjacency(sample))
    assert whole.sum() == sum(dense_adjacency(sample).sum() for sample in samples)


def test_frame_weights_average_real_frames_only(rng):
    samples = [random_sample(rng, n_frames, 4) for n_frames in (3, 8)]
    weights = collate(samples, **CPU).frame_weights
    torch.testing.assert_close(weights.sum(1), torch.ones(2, dtype=torch.float64))
    assert torch.all(weights[0, 3:] == 0)


def test_input_is_not_written_to(rng):
    positions = rng.normal(size=(5, 4, 3)).astype(np.float32)
    positions.flags.writeable = False
    collate([GraphTrajectory(positions, [[0], [1]])], **CPU)


def test_sparse_adjacency_is_valid_and_coalesced(rng):
    batch = collate([random_sample(rng, 4, 6), random_sample(rng, 4, 3)], **CPU)
    again = torch.sparse_coo_tensor(
        batch.adjacency.indices(),
        batch.adjacency.values(),
        batch.adjacency.shape,
        check_invariants=True,
    ).coalesce()
    torch.testing.assert_close(again.indices(), batch.adjacency.indices())


@pytest.mark.parametrize("n_samples", [1, 5, 6])
def test_batches_cover_every_sample_once(n_samples):
    batches = list(iterate_batches(n_samples, 3))
    assert np.concatenate(batches).tolist() == list(range(n_samples))
    assert max(map(len, batches)) <= 3

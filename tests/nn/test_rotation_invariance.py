"""With rotation_invariant=True a turned and moved molecule is the same molecule."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.nn import (
    DeepSignatureNetwork,
    SpectralCoarsening,
    classification_errors,
    deep_signature_loss,
    invariant_features,
)
from sklearn_deepsig.training import collate, seeded
from sklearn_deepsig.trajectory import GraphTrajectory
from tests.helpers.graphs import permute_nodes, random_sample

CPU = torch.device("cpu")
RELATIVE = {torch.float32: 1e-5, torch.float64: 1e-10}
OPTIONS = {
    "n_clusters": (6, 3),
    "hidden_dim": 4,
    "depth": 2,
    "n_segments": 3,
    "lstm_hidden_dim": 8,
    "mlp_hidden_dim": 5,
    "dropout": 0.5,
}


def make_network(dtype=torch.float64, **changes):
    with seeded(2, CPU):
        options = OPTIONS | {"rotation_invariant": True} | changes
        network = DeepSignatureNetwork(3, 2, **options).to(dtype)
        # a network that was trained has a readout that is not zero
        torch.nn.init.normal_(network.coarsening.readout.weight, std=0.3)
        return network.eval()


def batch_of(samples, dtype=torch.float64):
    return collate(samples, device=CPU, dtype=dtype)


def turned(sample, rotation, shift=(0.0, 0.0, 0.0)):
    flat = rotation.apply(sample.positions.reshape(-1, 3)) + shift
    return sample.with_positions(flat.reshape(sample.positions.shape))


@pytest.fixture
def ragged(rng):
    return [random_sample(rng, *shape) for shape in [(10, 9), (7, 12), (13, 8)]]


@pytest.fixture
def rotations():
    return Rotation.random(20, random_state=0)


@pytest.mark.parametrize("dtype", list(RELATIVE))
def test_no_rotation_or_translation_changes_the_output(ragged, rotations, rng, dtype):
    network = make_network(dtype)
    expected = network(batch_of(ragged, dtype))
    for rotation in rotations:
        moved = [turned(s, rotation, rng.normal(scale=5, size=3)) for s in ragged]
        found = network(batch_of(moved, dtype))
        for name in ("logits", "features"):
            was, now = getattr(expected, name), getattr(found, name)
            assert (now - was).abs().max() <= RELATIVE[dtype] * was.abs().max(), name
        torch.testing.assert_close(
            found.coarse.cut_loss, expected.coarse.cut_loss, rtol=1e-5, atol=0
        )
        torch.testing.assert_close(
            found.coarse.consistency_loss, expected.coarse.consistency_loss
        )


def test_without_it_rotations_do_change_the_output(ragged, rotations):
    with seeded(2, CPU):
        network = DeepSignatureNetwork(3, 2, **OPTIONS).double().eval()
    plain = network(batch_of(ragged)).logits
    moved = network(batch_of([turned(s, rotations[0]) for s in ragged])).logits
    assert (plain - moved).abs().max() > 1e-3


def test_the_coarse_path_turns_with_the_molecule(ragged, rotations):
    network = make_network().coarsening
    plain = network(batch_of(ragged))
    found = network(batch_of([turned(s, rotations[0]) for s in ragged]))
    matrix = torch.from_numpy(rotations[0].as_matrix())
    torch.testing.assert_close(found.path, plain.path @ matrix.T)
    torch.testing.assert_close(found.assignment, plain.assignment)
    assert (plain.path - plain.pooled_path).abs().max() > 0.01
    began = plain.pooled_path[:, :1]
    torch.testing.assert_close(plain.relative_path + began, plain.path)


def test_frames_are_not_superposed(ragged, rotations):
    """A molecule that tumbles moves; one that lies still does not."""
    still = ragged[0].with_positions(ragged[0].positions[:1].repeat(20, axis=0))
    tumbling = still.with_positions(
        np.stack(
            [r.apply(x) for r, x in zip(rotations, still.positions, strict=True)],
        )
    )
    network = make_network()
    found = [network(batch_of([s])).logits for s in (still, tumbling)]
    assert (found[0] - found[1]).abs().max() > 1e-3


def written_out(sample):
    y = sample.positions - sample.positions.mean((0, 1))
    square = np.sum(y**2, axis=-1)
    v = np.mean(square[..., None] * y, axis=(0, 1)) / square.mean()
    w = np.mean((y @ v)[..., None] * y, axis=(0, 1)) / square.mean()
    return np.stack(
        [
            np.sqrt(square),
            y @ v / np.sqrt(square.mean()),
            y @ w / np.sqrt(square.mean()),
            y @ np.cross(v, w) / square.mean(),
            np.linalg.norm(y - y[0], axis=-1),
        ],
        axis=-1,
    )


def test_features_are_those_of_the_definition_and_see_mirror_images(ragged):
    found = invariant_features(batch_of(ragged)).numpy()
    for index, sample in enumerate(ragged):
        own = found[index, : sample.n_nodes, : sample.n_frames]
        np.testing.assert_allclose(own.swapaxes(0, 1), written_out(sample), atol=1e-12)
        assert (found[index, sample.n_nodes :] == 0).all()
    mirrored = [s.with_positions(s.positions * [1, 1, -1.0]) for s in ragged]
    other = invariant_features(batch_of(mirrored)).numpy()
    np.testing.assert_allclose(other, found * [1, 1, 1, -1, 1], atol=1e-12)


def test_order_of_the_atoms_does_not_matter(rng):
    sample = random_sample(rng, 12, 9)
    network = make_network()
    shuffled = permute_nodes(sample, rng.permutation(9))
    torch.testing.assert_close(
        network(batch_of([shuffled])).logits, network(batch_of([sample])).logits
    )


def test_fresh_weights_give_the_pooled_path(ragged):
    with seeded(2, CPU):
        network = SpectralCoarsening(3, (4,), 4, rotation_invariant=True).double()
    coarse = network(batch_of(ragged))
    torch.testing.assert_close(coarse.path, coarse.pooled_path)
    assert coarse.consistency_loss.abs().max() == 0


def test_the_consistency_is_the_mean_length_of_deviations(ragged):
    coarse = make_network().coarsening(batch_of(ragged))
    deviation = (coarse.path - coarse.pooled_path).norm(dim=-1).mean(-1)
    expected = [d[: s.n_frames].mean() for d, s in zip(deviation, ragged, strict=True)]
    torch.testing.assert_close(coarse.consistency_loss, torch.stack(expected))


def test_the_classification_loss_reaches_every_weight(ragged):
    network = make_network()
    output = network(batch_of(ragged))
    errors = classification_errors(output.logits, torch.tensor([0, 1, 1]))
    ones = torch.ones(3, dtype=torch.float64)
    deep_signature_loss(output, errors, ones, (0.0, 0.0, 1.0))["loss"].backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize(
    ("dtype", "bound"), [(torch.float32, 1e-2), (torch.float64, 1e-10)]
)
def test_symmetric_molecules_have_no_axes_and_need_none(rotations, dtype, bound):
    corners = np.concatenate([np.eye(3), -np.eye(3)])
    breath = 1 + 0.2 * np.sin(np.arange(20.0))[:, None, None]
    edges = np.stack(np.triu_indices(6, 1))
    sample = GraphTrajectory(corners * breath, edges)
    network = make_network(dtype).coarsening
    expected = network(batch_of([sample], dtype)).assignment
    for rotation in rotations:
        found = network(batch_of([turned(sample, rotation)], dtype)).assignment
        assert (found - expected).abs().max() <= bound


def test_a_single_resting_point_gives_zeros():
    sample = GraphTrajectory(np.ones((5, 1, 3)), np.zeros((2, 0), dtype=int))
    assert (invariant_features(batch_of([sample])) == 0).all()


def test_other_dimensions_and_depths_are_refused():
    with pytest.raises(InvalidInputError, match="in 3 dimensions, but these have 2"):
        SpectralCoarsening(2, (4,), 4, rotation_invariant=True)
    with pytest.raises(InvalidInputError, match="needs depth=2"):
        make_network(depth=3)

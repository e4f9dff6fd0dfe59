import mdtraj as md
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional import geometry
from sklearn_deepsig.functional.geometry import centre, superpose
from tests.helpers.molecules import make_peptide

SEEDS = st.integers(0, 2**32 - 1)


def noisy_copies(rng, n_frames, n_nodes, noise):
    """A cloud of points in many poses, each a little deformed, and the cloud."""
    reference = rng.normal(size=(n_nodes, 3))
    frames = reference + rng.normal(scale=noise, size=(n_frames, n_nodes, 3))
    turns = Rotation.random(n_frames, random_state=int(rng.integers(2**31)))
    frames = np.einsum("tij,tnj->tni", turns.as_matrix(), frames)
    return frames + rng.normal(scale=5, size=(n_frames, 1, 3)), reference


def rmsd(positions, reference):
    return np.sqrt(((positions - reference) ** 2).sum(-1).mean(-1))


@pytest.mark.parametrize("n_nodes", [3, 4, 50])
def test_rotation_is_the_one_of_scipy(rng, n_nodes):
    frames, reference = noisy_copies(rng, 20, n_nodes, noise=0.3)
    superposed = superpose(frames, reference)
    for frame, result in zip(frames, superposed, strict=True):
        centroid = reference.mean(0)
        mobile = frame - frame.mean(0)
        rotation, _ = Rotation.align_vectors(reference - centroid, mobile)
        np.testing.assert_allclose(
            result, rotation.apply(mobile) + centroid, atol=1e-10
        )


def test_agrees_with_mdtraj():
    molecule = make_peptide(n_residues=12, n_frames=30, seed=3)
    superposed = superpose(molecule.xyz, molecule.xyz[7])
    reference = molecule[7]
    # md.rmsd and Trajectory.superpose move what they are given: each gets copies.
    np.testing.assert_allclose(
        rmsd(superposed, reference.xyz[0]),
        md.rmsd(molecule[:], molecule[7]),
        atol=2e-4,
    )
    np.testing.assert_allclose(
        superposed, molecule[:].superpose(reference).xyz, atol=1e-5
    )
    assert superposed.dtype == np.float32


@given(SEEDS, st.integers(1, 12))
def test_pose_does_not_matter(seed, n_nodes):
    rng = np.random.default_rng(seed)
    frames, reference = noisy_copies(rng, 3, n_nodes, noise=0.2)
    turn = Rotation.random(random_state=seed).as_matrix()
    moved = frames @ turn.T + rng.normal(scale=10, size=3)
    # Fewer than four nodes may have several rotations of equal RMSD.
    np.testing.assert_allclose(
        rmsd(superpose(moved, reference), reference),
        rmsd(superpose(frames, reference), reference),
        atol=1e-8,
    )
    if n_nodes > 3:
        np.testing.assert_allclose(
            superpose(moved, reference), superpose(frames, reference), atol=1e-5
        )


@given(SEEDS, st.integers(1, 12), st.sampled_from([0.0, 1.0, 100.0]))
def test_rmsd_never_grows_and_shape_is_kept(seed, n_nodes, noise):
    rng = np.random.default_rng(seed)
    frames, reference = noisy_copies(rng, 3, n_nodes, noise)
    superposed = superpose(frames, reference)
    assert (rmsd(superposed, reference) <= rmsd(frames, reference) + 1e-9).all()
    if noise == 0:
        np.testing.assert_allclose(superposed, [reference] * 3, atol=1e-8)

    def inner(x):
        return np.einsum("tni,tmi->tnm", centre(x), centre(x))

    scale = np.abs(inner(frames)).max()
    np.testing.assert_allclose(inner(superposed), inner(frames), atol=1e-9 * scale)


@pytest.mark.parametrize("shift", [0.0, 3.0])
def test_mirror_image_stays_one(shift):
    """Only proper rotations: the handedness of a molecule does not change."""
    reference = np.array([[0.0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3]])
    mirrored = reference * [1, 1, -1] + shift
    result = superpose(mirrored[None], reference)[0]
    before, after = (np.linalg.det(x[1:] - x[0]) for x in (mirrored, result))
    assert after == pytest.approx(before)
    assert rmsd(result, reference) > 0.1


@pytest.mark.parametrize(
    "reference",
    [
        [[1.0, 2, 3]],
        [[0.0, 0, 0], [1, 1, 0]],
        [[0.0, 0, 0], [1, 0, 0], [2, 0, 0], [5, 0, 0]],
        [[1.0, 1, 1]] * 4,
    ],
    ids=["one node", "two nodes", "line", "one place"],
)
def test_open_rotations_are_safe(reference):
    reference = np.array(reference)
    turns = Rotation.random(5, random_state=1).as_matrix()
    frames = np.einsum("tij,nj->tni", turns, reference) + 4
    np.testing.assert_allclose(superpose(frames, reference), [reference] * 5, atol=1e-9)


def test_blocks_do_not_show(rng, monkeypatch):
    frames, reference = noisy_copies(rng, 7, 5, noise=0.3)
    at_once = superpose(frames, reference)
    monkeypatch.setattr(geometry, "_BLOCK_SIZE", 2 * 5 * 3)
    np.testing.assert_array_equal(superpose(frames, reference), at_once)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_input_is_read_only_and_dtype_kept(rng, dtype):
    frames, reference = noisy_copies(rng, 3, 6, noise=0.1)
    frames, reference = frames.astype(dtype), reference.astype(dtype)
    frames.setflags(write=False)
    reference.setflags(write=False)
    assert superpose(frames, reference).dtype == dtype
    centred = centre(frames)
    assert centred.dtype == dtype
    np.testing.assert_allclose(centred.mean(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(
        centred - centred[:, :1], frames - frames[:, :1], atol=1e-5
    )


def test_centring_far_from_the_origin_keeps_precision():
    frame = np.array([[[1e4, 0, 0], [1e4 + 0.125, 0, 0]]], dtype=np.float32)
    np.testing.assert_array_equal(centre(frame)[0, :, 0], [-0.0625, 0.0625])


def test_non_finite_frame_is_named(rng):
    frames, reference = noisy_copies(rng, 4, 5, noise=0.1)
    frames[2, 1, 0] = np.nan
    with pytest.raises(InvalidInputError, match="frame 2"):
        superpose(frames, reference)


@pytest.mark.parametrize(
    ("positions", "reference"),
    [
        (np.zeros((5, 4, 3)), np.zeros((3, 3))),
        (np.zeros((5, 4, 2)), np.zeros((4, 2))),
        (np.zeros((5, 4)), np.zeros((4, 3))),
        (np.zeros((5, 0, 3)), np.zeros((0, 3))),
        (np.zeros((5, 4, 3), dtype=int), np.zeros((4, 3))),
    ],
)
def test_wrong_shapes_are_refused(positions, reference):
    with pytest.raises(InvalidInputError, match="expected"):
        superpose(positions, reference)

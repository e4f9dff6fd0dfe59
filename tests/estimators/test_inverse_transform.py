"""From the paths of clusters back to those of nodes."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklearn_deepsig import EigenCoarsener, FixedCoarsener, SpectralCoarsener
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory import GraphTrajectory
from tests.helpers.graphs import random_sample
from tests.helpers.molecules import make_peptide
from tests.helpers.writers import assert_same_bits

COARSE = {"n_clusters": (4, 3), "hidden_dim": 4, "max_epochs": 3, "random_state": 0}
LABELS = np.repeat([0, 1, 2], [4, 3, 5])


def cliques(labels):
    """The edges of nodes that have their label in common."""
    same = labels[:, None] == labels
    return np.array(np.nonzero(np.triu(same, 1)))


def shifted_clusters(rng, n_frames=9, dtype=float):
    """Every cluster keeps its form and goes its own way."""
    form = rng.normal(size=(len(LABELS), 3))
    ways = rng.normal(size=(n_frames, 3, 3)).cumsum(axis=0)
    return GraphTrajectory((form + ways[:, LABELS]).astype(dtype), cliques(LABELS))


@pytest.fixture
def walks(rng):
    return [random_sample(rng, 6 + i, 5 + i) for i in range(4)]


@pytest.mark.parametrize(
    "coarsener", [FixedCoarsener(LABELS), EigenCoarsener(3, random_state=0)]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_clusters_that_keep_their_form_come_back_whole(rng, coarsener, dtype):
    X = [shifted_clusters(rng, 9 + i, dtype) for i in range(3)]
    paths = coarsener.fit_transform(X)
    for found, sample in zip(coarsener.inverse_transform(paths, X), X, strict=True):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, sample.positions, atol=1e-5)
    # not so for those that change it
    changed = [
        s.with_positions(s.positions * np.linspace(1, 2, len(s))[:, None, None])
        for s in X
    ]
    found = coarsener.inverse_transform(coarsener.transform(changed), changed)
    assert np.abs(found[0] - changed[0].positions).max() > 0.1


@pytest.mark.parametrize("weights", ["uniform", "mass"])
def test_transform_gives_the_paths_back_where_assignments_are_hard(weights):
    X = [make_peptide(4, 6, seed=seed) for seed in range(2)]
    coarsener = FixedCoarsener("residue", weights=weights).fit(X)
    paths = coarsener.transform(X)
    positions = coarsener.inverse_transform(paths, X)
    assert positions.shape == (2, 6, 20, 3)
    # nodes move within residues, so they are others than before, but not their means
    assert np.abs(positions - np.stack([x.xyz for x in X])).max() > 1e-3
    again = [x.slice(range(6)) for x in X]
    for molecule, xyz in zip(again, positions, strict=True):
        molecule.xyz = xyz
    np.testing.assert_allclose(coarsener.transform(again), paths, atol=1e-6)


def test_a_node_of_no_cluster_stays_where_it_is(rng):
    X = rng.normal(size=(2, 5, 4, 3))
    coarsener = FixedCoarsener([0, -1, 0, 1]).fit(X)
    found = coarsener.inverse_transform(coarsener.transform(X), X)
    np.testing.assert_array_equal(found[:, :, 1], X[:, [0] * 5, 1])
    np.testing.assert_allclose(found[:, :, 3], X[:, :, 3])


def test_soft_assignments_follow_the_definition(walks):
    coarsener = SpectralCoarsener(**COARSE, precision="float64").fit(walks)
    paths = coarsener.transform(walks)
    found = coarsener.inverse_transform(paths, walks)
    for sample, path, rows, positions in zip(
        walks, paths, coarsener.assign(walks), found, strict=True
    ):
        for node, row in enumerate(rows):
            place = sample.positions[0, node].copy()
            expected = np.repeat(place[None], len(path), axis=0)
            for cluster, share in enumerate(row):
                mean = path[:, 3 * cluster : 3 * cluster + 3] / rows[:, cluster].sum()
                expected += share * (mean - mean[0])
            np.testing.assert_allclose(positions[:, node], expected, atol=1e-9)


def test_a_molecule_that_moves_as_a_whole_comes_back_from_soft_clusters(rng):
    ways = rng.normal(size=(4, 10, 1, 3)).cumsum(axis=1)
    X = rng.normal(size=(4, 1, 8, 3)) + ways
    # without labels its paths are the sums over atoms, see there
    coarsener = SpectralCoarsener(
        **COARSE, rotation_invariant=True, precision="float64"
    ).fit(X)
    found = coarsener.inverse_transform(coarsener.transform(X), X)
    np.testing.assert_allclose(found, X, atol=1e-9)


@pytest.mark.parametrize(
    "coarsener",
    [
        SpectralCoarsener(**COARSE),
        EigenCoarsener(3, soft=True, random_state=0),
        FixedCoarsener([0, 1, 1, 2, -1]),
    ],
)
def test_paths_of_no_sample_are_laid_on_the_first_of_fit(rng, coarsener):
    X = rng.normal(size=(3, 6, 5, 3)).cumsum(axis=1)
    others = coarsener.fit(X).transform(X[::-1])
    found = coarsener.inverse_transform(others)
    np.testing.assert_array_equal(found[:, 0], X[[0, 0, 0], 0])
    expected = coarsener.inverse_transform(others, X[[0, 0, 0]])
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_what_was_learned_last_counts(walks):
    coarsener = SpectralCoarsener(**COARSE).partial_fit(walks)
    for _ in range(3):
        coarsener.partial_fit(walks[1:])
    np.testing.assert_array_equal(coarsener.reference_, walks[1].positions[0])
    expected = coarsener.assign(walks[1:])[0]
    np.testing.assert_allclose(coarsener.reference_assignment_, expected, atol=1e-6)


def test_paths_may_be_longer_and_tables(walks):
    coarsener = SpectralCoarsener(**COARSE).fit(walks)
    paths = coarsener.transform(walks)
    expected = coarsener.inverse_transform(paths, walks)
    tables = coarsener.set_output(transform="pandas").transform(walks)
    assert_same_bits(coarsener.inverse_transform(tables, walks), expected)
    # what the clusters would do in other frames
    few = coarsener.inverse_transform([path[:1] for path in paths], walks)
    for positions, sample in zip(few, walks, strict=True):
        np.testing.assert_array_equal(positions, sample.positions[:1])


def test_paths_that_fit_no_sample_are_named(walks):
    coarsener = SpectralCoarsener(**COARSE).fit(walks)
    paths = coarsener.transform(walks)
    with pytest.raises(InvalidInputError, match="3 coarse paths for 4 samples"):
        coarsener.inverse_transform(paths[:3], walks)
    paths[2] = paths[2][:, :6]
    with pytest.raises(
        InvalidInputError, match="sample 2 of X has 6 channels; expected 3"
    ):
        coarsener.inverse_transform(paths, walks)
    paths[2] = np.full((4, 9), np.nan)
    with pytest.raises(InvalidInputError, match="sample 2"):
        coarsener.inverse_transform(paths, walks)
    with pytest.raises(NotFittedError):
        clone(coarsener).inverse_transform(paths, walks)

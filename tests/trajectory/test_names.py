"""Names are told apart, so that tables of features have no column twice."""

import mdtraj as md
import numpy as np
import pytest

from sklearn_deepsig import FixedCoarsener, LogSignatureTransformer, TrajectorySelector
from sklearn_deepsig.trajectory import as_trajectories, distinct_names
from tests.helpers.molecules import make_peptide


@pytest.fixture
def dimers():
    """Two chains with the same residues and numbers, and the same number twice."""
    dimers = []
    for seed in range(3):
        one, two = make_peptide(3, 6, seed=seed), make_peptide(3, 6, seed=9 + seed)
        topology = one.topology.join(two.topology)
        xyz = np.concatenate([one.xyz, two.xyz + 1.0], axis=1)
        dimers.append(md.Trajectory(xyz, topology, one.time))
    return dimers


def test_names_that_differ_stay_as_they_are():
    names = ["ALA 1", "GLY 2", "SER 1"]
    assert distinct_names(names, [0, 0, 1]) == tuple(names)


def test_chains_and_numbers_tell_names_apart():
    names = ["ALA 1", "GLY 2", "ALA 1", "ALA 1", "GLY 2"]
    assert distinct_names(names, [0, 0, 1, 1, 0]) == (
        "ALA 1 chain 0",
        "GLY 2",
        "ALA 1 chain 1",
        "ALA 1 chain 1 #2",
        "GLY 2 #2",
    )


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_features_of_dimers_have_names_of_their_own(dimers, container):
    for first in (
        TrajectorySelector("name CA"),
        FixedCoarsener("residue"),
        FixedCoarsener("alpha_carbon"),
    ):
        names = first.fit(dimers).get_feature_names_out()
        assert len(set(names)) == len(names) == 18
        assert names[-1].endswith("chain 1.z")
        signatures = LogSignatureTransformer(depth=1).set_output(transform=container)
        table = signatures.fit_transform(
            first.set_output(transform=container).transform(dimers)
        )
        assert list(table.columns) == [f"seg0:{name}" for name in names]


def test_alpha_carbons_of_dimers_are_still_linked_by_contacts(dimers):
    carbons = [x.atom_slice(x.topology.select("name CA")) for x in dimers]
    (sample,) = as_trajectories(carbons[:1])
    assert sample.node_names[0] == "ALA 1 CA chain 0"
    (expected,) = as_trajectories(carbons[:1], graph="contacts")
    np.testing.assert_array_equal(sample.edge_index, expected.edge_index)
    assert sample.n_edges > 0

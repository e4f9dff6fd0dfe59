import mdtraj as md
import numpy as np
import pytest
from scipy.spatial.distance import pdist
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_deepsig import (
    ContactFeaturizer,
    LogSignatureTransformer,
    PairwiseDistanceFeaturizer,
)
from sklearn_deepsig.exceptions import ImplausibleTrajectoryWarning, InvalidInputError
from tests.helpers.molecules import make_peptide


def alpha_carbon_distances(molecule):
    """(n_frames, n_pairs), without mdtraj."""
    ca = molecule.xyz[:, 1::5].astype(np.float64)
    return np.array([pdist(frame) for frame in ca])


def closest(molecule, first, second):
    """(n_frames,) distance of the closest atoms of two residues of five atoms."""
    one = molecule.xyz[:, 5 * first : 5 * first + 5].astype(np.float64)
    other = molecule.xyz[:, 5 * second : 5 * second + 5]
    apart = np.linalg.norm(one[:, :, None] - other[:, None], axis=-1)
    return apart.min((1, 2))


def test_pairwise_distances_over_time():
    samples = [make_peptide(6, 9, seed=seed) for seed in range(3)]
    featurizer = PairwiseDistanceFeaturizer(statistics=("mean", "std", "min", "max"))
    features = featurizer.fit_transform(samples)
    for row, sample in zip(features, samples, strict=True):
        apart = alpha_carbon_distances(sample)
        expected = np.stack(
            [apart.mean(0), apart.std(0), apart.min(0), apart.max(0)], axis=1
        )
        np.testing.assert_allclose(row, expected.ravel(), atol=1e-6)
    names = featurizer.get_feature_names_out()
    assert names[:2].tolist() == [
        "ALA 1 CA - ALA 2 CA mean",
        "ALA 1 CA - ALA 2 CA std",
    ]
    assert names.shape == features.shape[1:]


def test_closest_atoms_of_residues():
    molecule = make_peptide(7, 5)
    featurizer = ContactFeaturizer(statistics=None)
    (frames,) = featurizer.fit_transform([molecule])
    pairs = [(i, j) for i in range(7) for j in range(i + 3, 7)]
    expected = [closest(molecule, *pair) for pair in pairs]
    np.testing.assert_allclose(frames, np.transpose(expected), atol=1e-6)
    names = [f"ALA {i + 1} - ALA {j + 1}" for i, j in pairs]
    assert featurizer.get_feature_names_out().tolist() == names


@pytest.mark.parametrize("softness", [0.0, 0.05])
def test_contacts(softness):
    molecule = make_peptide(6, 30)
    settings = {"cutoff": 0.55, "softness": softness, "min_separation": 2}
    features = ContactFeaturizer("ca", **settings).fit_transform([molecule])
    apart = alpha_carbon_distances(molecule)
    far = [j - i >= 2 for i in range(6) for j in range(i + 1, 6)]
    contacts = expit((0.55 - apart) / softness) if softness else apart < 0.55
    expected = contacts.mean(0)[far]
    assert 0 < expected.mean() < 1
    np.testing.assert_allclose(features[0], expected, atol=1e-5)


def test_many_pairs_are_gone_through_in_blocks(monkeypatch):
    molecule = make_peptide(8, 20)
    expected = PairwiseDistanceFeaturizer("all").fit_transform([molecule])
    monkeypatch.setattr("sklearn_deepsig.baselines._featurizer._BLOCK_SIZE", 100)
    found = PairwiseDistanceFeaturizer("all").fit_transform([molecule])
    np.testing.assert_array_equal(found, expected)


def test_nearest_images_count_in_a_unit_cell():
    molecule = make_peptide(2, 4)
    molecule.xyz[:, 5:] += [3.0, 0, 0]
    boxed = md.Trajectory(
        molecule.xyz,
        molecule.topology,
        unitcell_lengths=np.full((4, 3), 3.0),
        unitcell_angles=np.full((4, 3), 90.0),
    )
    apart = alpha_carbon_distances(make_peptide(2, 4)).mean(0)
    found = PairwiseDistanceFeaturizer().fit_transform([boxed])
    np.testing.assert_allclose(found[0], apart, atol=1e-5)
    with pytest.warns(ImplausibleTrajectoryWarning, match="make_molecules_whole"):
        far = PairwiseDistanceFeaturizer(periodic=False).fit_transform([boxed])
    assert far[0, 0] > 2


def test_too_many_pairs_are_refused_with_their_number():
    topology = md.Topology()
    chain = topology.add_chain()
    for number in range(2100):
        residue = topology.add_residue("ALA", chain, resSeq=number)
        topology.add_atom("CA", md.element.carbon, residue)
    xyz = 0.1 * np.arange(2 * 2100 * 3).reshape(2, 2100, 3)
    sample = md.Trajectory(xyz, topology)
    with pytest.raises(InvalidInputError, match=r"2,100 atoms, whose 2,203,950 pairs"):
        PairwiseDistanceFeaturizer().fit([sample])


@pytest.mark.parametrize(
    ("featurizer", "message"),
    [
        (PairwiseDistanceFeaturizer("name XX"), "sample 0: .*selects none"),
        (PairwiseDistanceFeaturizer("name CA", min_separation=9), "sample 0 has no"),
        (ContactFeaturizer(min_separation=9), "sample 0 has no two protein residues"),
    ],
)
def test_nothing_to_measure(featurizer, message):
    with pytest.raises(InvalidInputError, match=message):
        featurizer.fit([make_peptide(4)])


def test_frames_are_paths_for_log_signatures():
    samples = [make_peptide(5, 12 + seed, seed=seed) for seed in range(8)]
    for featurizer in (ContactFeaturizer(), PairwiseDistanceFeaturizer()):
        featurizer.set_params(statistics=None)
        pipeline = make_pipeline(
            featurizer,
            LogSignatureTransformer(),
            StandardScaler(),
            LogisticRegression(),
        )
        pipeline.fit(samples, [0, 1] * 4)
        assert pipeline.predict(samples).shape == (8,)
    tables = featurizer.set_output(transform="pandas").transform(samples)
    assert tables[3].shape == (15, 10)
    assert tables[3].columns[0] == "ALA 1 CA - ALA 2 CA"

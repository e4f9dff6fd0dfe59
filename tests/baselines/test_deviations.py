import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sklearn_deepsig import RmsdFeaturizer, RmsfFeaturizer
from sklearn_deepsig.exceptions import (
    ImplausibleTrajectoryWarning,
    InvalidInputError,
)
from tests.helpers.molecules import make_peptide


def laid_on(frame, structure):
    """The frame, turned and moved as near to the structure as can be (SciPy)."""
    frame, structure = (x.astype(np.float64) for x in (frame, structure))
    centred, target = frame - frame.mean(0), structure - structure.mean(0)
    rotation, _ = Rotation.align_vectors(target, centred)
    return rotation.apply(centred) + structure.mean(0)


def deviation(frame, structure):
    return np.sqrt(((laid_on(frame, structure) - structure) ** 2).sum(1).mean())


def turned(molecule, rng):
    """Every frame in another orientation, elsewhere."""
    other = molecule.slice(range(molecule.n_frames))
    turns = Rotation.random(molecule.n_frames, random_state=1)
    for frame, turn in zip(other.xyz, turns, strict=True):
        frame[:] = turn.apply(frame) + rng.normal(size=3)
    return other


@pytest.mark.parametrize("with_reference", [False, True])
def test_rmsd_of_every_frame(rng, with_reference):
    molecule = turned(make_peptide(6, 8), rng)
    reference = make_peptide(6, 2, seed=5) if with_reference else None
    featurizer = RmsdFeaturizer("backbone", reference=reference, statistics=None)
    (frames,) = featurizer.fit_transform([molecule])
    atoms = molecule.topology.select("backbone")
    structure = (molecule if reference is None else reference).xyz[0, atoms]
    expected = [deviation(frame[atoms], structure) for frame in molecule.xyz]
    np.testing.assert_allclose(frames[:, 0], expected, atol=2e-4)
    assert featurizer.get_feature_names_out().tolist() == ["RMSD"]


def test_rmsd_over_time(rng):
    samples = [turned(make_peptide(6, 8, seed=seed), rng) for seed in range(3)]
    frames = RmsdFeaturizer(statistics=None).fit_transform(samples)
    featurizer = RmsdFeaturizer(statistics=("max", "mean"))
    expected = [[x.max(), x.mean()] for x in frames]
    np.testing.assert_allclose(featurizer.fit_transform(samples), expected)
    assert featurizer.get_feature_names_out().tolist() == ["RMSD max", "RMSD mean"]


def test_rmsd_uses_the_atoms_that_sample_and_reference_share():
    whole, part = make_peptide(6, 5), make_peptide(4, 1, seed=3)
    featurizer = RmsdFeaturizer(reference=part, statistics=None).fit([whole])
    assert len(featurizer.keys_) == 4
    atoms = whole.topology.select("name CA")[:4]
    structure = part.xyz[0, part.topology.select("name CA")]
    expected = [deviation(frame[atoms], structure) for frame in whole.xyz]
    np.testing.assert_allclose(
        featurizer.transform([whole])[0][:, 0], expected, atol=2e-4
    )


def test_rmsf_is_the_spread_about_the_mean_after_superposition(rng):
    molecule = turned(make_peptide(7, 20), rng)
    featurizer = RmsfFeaturizer("backbone")
    found = featurizer.fit_transform([molecule])
    atoms = molecule.topology.select("backbone")
    frames = np.array(
        [laid_on(frame[atoms], molecule.xyz[0, atoms]) for frame in molecule.xyz]
    )
    spread = np.sqrt(((frames - frames.mean(0)) ** 2).sum(2).mean(0))
    np.testing.assert_allclose(found[0], spread, atol=2e-4)
    assert found.shape == (1, len(atoms))
    assert featurizer.get_feature_names_out()[1] == "RMSF ALA 1 CA"


def test_the_input_is_left_as_it_is(rng):
    molecule = turned(make_peptide(5, 6), rng)
    before = molecule.xyz.copy()
    molecule.xyz.flags.writeable = False
    for featurizer in (RmsdFeaturizer("all"), RmsfFeaturizer("all")):
        featurizer.fit_transform([molecule])
    assert np.array_equal(molecule.xyz, before)


def test_bad_references_are_named():
    with pytest.raises(InvalidInputError, match="selects none"):
        RmsdFeaturizer("name CB", reference=make_peptide(3).atom_slice([1])).fit(
            [make_peptide(3)]
        )
    with pytest.raises(TypeError, match="ndarray"):
        RmsdFeaturizer(reference=np.zeros((3, 3))).fit([make_peptide(3)])


def renumbered(molecule, by):
    for residue in molecule.topology.residues:
        residue.resSeq += by
    return molecule


def test_little_in_common_is_warned_of():
    sample, shifted = make_peptide(8, 5), renumbered(make_peptide(8, 5, seed=1), 5)
    for fit in (
        lambda: RmsdFeaturizer().fit([sample, shifted]),
        lambda: RmsdFeaturizer(reference=shifted).fit([sample]),
        lambda: RmsfFeaturizer().fit([sample, shifted]),
    ):
        with pytest.warns(ImplausibleTrajectoryWarning, match="8 atoms each, and 3 in"):
            fit()


def test_residues_of_other_names_are_warned_of():
    sample, other = make_peptide(8, 5), make_peptide(8, 5, seed=1)
    for residue in list(other.topology.residues)[:4]:  # half may be mutated
        residue.name = "TRP"
    RmsdFeaturizer(reference=other).fit([sample])
    other.topology.residue(4).name = "TRP"
    with pytest.warns(
        ImplausibleTrajectoryWarning, match=r"samples and the reference .* to 5 of 8\."
    ):
        RmsdFeaturizer(reference=other).fit([sample])

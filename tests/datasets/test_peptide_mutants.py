"""The data set that ships with the package, and the errors of its loader."""

from pathlib import Path

import mdtraj as md
import numpy as np
import pytest

import sklearn_deepsig.datasets
from benchmarks import peptide_mutants as peptides
from sklearn_deepsig.datasets import load_peptide_mutants
from sklearn_deepsig.exceptions import TrajectoryFileError
from sklearn_deepsig.trajectory import as_trajectories

FOLDER = Path(sklearn_deepsig.datasets.__file__).parent / "data" / "peptide_mutants"
LETTERS = {
    **{"ALA": "A", "GLU": "E", "LYS": "K", "GLY": "G", "PRO": "P", "THR": "T"},
    **{"VAL": "V", "ASP": "D", "ASN": "N", "ARG": "R", "LEU": "L", "MET": "M"},
}


@pytest.fixture(scope="module")
def loaded():
    return load_peptide_mutants(wild_type=True)


def test_counts_and_labels(loaded):
    X, y, groups = loaded
    assert len(X) == len(y) == len(groups)
    mutants = set(groups) - {"wild-type"}
    assert mutants <= set(peptides.MUTANTS)
    for name in ("stabilising", "destabilising"):
        assert len(set(groups[y == name])) >= 6
        sizes = {X[index].n_atoms for index in np.flatnonzero(y == name)}
        assert len(sizes) >= 4
    for label, mutant in zip(y, groups, strict=True):
        if mutant == "wild-type":
            assert label == "wild-type"
        else:
            assert label == peptides.label(mutant)


def test_the_wild_type_is_left_out_by_default(loaded):
    X, y, groups = load_peptide_mutants(stride=100)
    assert set(y) == {"stabilising", "destabilising"}
    assert "wild-type" not in groups
    n_wild = (loaded.groups == "wild-type").sum()
    assert n_wild >= 2
    assert len(X) == len(loaded.X) - n_wild


def test_frames_are_half_a_picosecond_apart(loaded):
    for sample in loaded.X:
        assert sample.n_frames * 0.5 >= 200
        np.testing.assert_allclose(np.diff(sample.time), 0.5)
        assert sample.time[0] == pytest.approx(0.5)


def test_sequences_are_those_of_the_names(loaded):
    for sample, mutant in zip(loaded.X, loaded.groups, strict=True):
        found = "".join(LETTERS[residue.name] for residue in sample.topology.residues)
        assert found == peptides.mutate(mutant)
        assert all(atom.element.symbol != "H" for atom in sample.topology.atoms)


def test_bonds_join_everything_and_have_the_lengths_of_bonds(loaded):
    for sample in loaded.X:
        bonds = np.array([[a.index, b.index] for a, b in sample.topology.bonds])
        # a tree, and a ring for each proline
        rings = sum(residue.name == "PRO" for residue in sample.topology.residues)
        assert len(bonds) == sample.n_atoms - 1 + rings
        lengths = md.compute_distances(sample, bonds)
        sulphur = np.array(
            ["S" in {a.element.symbol, b.element.symbol} for a, b in sample.top.bonds]
        )
        assert lengths.min() > 0.105
        assert lengths[:, ~sulphur].max() < 0.185
        assert lengths.max() < 0.21


def test_consecutive_frames_are_of_one_trajectory(loaded):
    for sample in loaded.X:
        centred = sample.xyz - sample.xyz.mean(axis=1, keepdims=True)
        steps = np.linalg.norm(np.diff(centred, axis=0), axis=-1)
        assert steps.mean() < 0.2
        assert steps.mean() > 0.01


def test_all_start_as_right_handed_helices(loaded):
    for sample in loaded.X:
        _, phi = md.compute_phi(sample[:10])
        # the middle, without the ends that fray
        assert -90 < np.degrees(np.median(phi[:, 3:9])) < -45


def test_replicas_differ(loaded):
    X, _, groups = loaded
    if min((groups == mutant).sum() for mutant in set(groups)) < 2:
        pytest.skip("the second replicas are not simulated yet")
    for mutant in set(groups):
        first, second = (X[i] for i in np.flatnonzero(groups == mutant)[:2])
        assert np.abs(first.xyz - second.xyz).max() > 0.1


def test_size_and_card():
    files = list(FOLDER.iterdir())
    assert sum(path.stat().st_size for path in files) <= 8_000_000
    card = (FOLDER / "README.md").read_text()
    assert all(path.stem in card for path in files if path.suffix == ".pdb")


def test_samples_are_accepted_by_the_package():
    X, _, _ = load_peptide_mutants(select="name CA", stride=50)
    sample = as_trajectories(X[:1])[0]
    assert sample.n_nodes == 13
    assert sample.time_step == pytest.approx(25)


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(TrajectoryFileError, match=r"mutants\.csv.*Check the folder"):
        load_peptide_mutants(folder=tmp_path)


def test_a_missing_file_is_named(tmp_path):
    (tmp_path / "mutants.csv").write_text("mutant,label,n_replicas\nE7G,a,1\n")
    with pytest.raises(TrajectoryFileError, match=r"E7G\.pdb"):
        load_peptide_mutants(folder=tmp_path)

import mdtraj as md
import numpy as np
import pytest

from sklearn_deepsig.datasets import load_egfr
from sklearn_deepsig.exceptions import InvalidInputError, TrajectoryFileError
from tests.helpers.molecules import make_peptide

PARTNERS = ["cMet", "EGFR", "ErbB2", "IGFR"]
VARIANTS = ["C797S", "G719S", "L", "LT", "T854A", "WT"]


@pytest.fixture
def folder(tmp_path):
    """Four folders of multi-model files, each of its own number of residues."""
    for i, partner in enumerate(PARTNERS):
        (tmp_path / f"{partner}-dimer").mkdir()
        for j, variant in enumerate(VARIANTS):
            trajectory = make_peptide(3 + j, n_frames=4, seed=10 * i + j)
            trajectory.save_pdb(
                str(tmp_path / f"{partner}-dimer" / f"1000{variant}_noH.pdb")
            )
    (tmp_path / "processed").mkdir()
    (tmp_path / "EGFR-dimer" / "notes.txt").write_text("not a trajectory")
    return tmp_path


def test_reads_the_layout(folder):
    X, y, variants, partners = load_egfr(folder)
    assert partners.tolist() == np.repeat(PARTNERS, 6).tolist()
    assert variants.tolist() == VARIANTS * 4
    assert set(variants[y == "sensitive"]) == {"G719S", "L"}
    assert set(variants[y == "resistant"]) == {"C797S", "LT", "T854A", "WT"}
    for index, sample in enumerate(X):
        i, j = divmod(index, 6)
        expected = make_peptide(3 + j, n_frames=4, seed=10 * i + j)
        np.testing.assert_allclose(sample.xyz, expected.xyz, atol=1e-3)
        np.testing.assert_array_equal(sample.time, [0, 50, 100, 150])
        assert isinstance(sample, md.Trajectory)


def test_selects_atoms_and_frames(folder):
    X, *_ = load_egfr(str(folder), select="name CA", stride=2)
    assert [sample.n_atoms for sample in X[:6]] == [3, 4, 5, 6, 7, 8]
    np.testing.assert_array_equal(X[0].time, [0, 100])


def test_short_names_are_read_too(folder):
    (folder / "cMet-dimer" / "1000LT_noH.pdb").rename(folder / "cMet-dimer" / "LT.pdb")
    _, _, variants, _ = load_egfr(folder, stride=4)
    assert variants[3] == "LT"


def test_missing_folder(folder):
    with pytest.raises(TrajectoryFileError, match=r"nowhere.*does not exist.*cMet-dim"):
        load_egfr(folder / "nowhere")
    (folder / "IGFR-dimer").rename(folder / "igfr")
    with pytest.raises(TrajectoryFileError, match=r"IGFR-dimer'.*does not exist"):
        load_egfr(folder)


def test_missing_variant(folder):
    (folder / "ErbB2-dimer" / "1000WT_noH.pdb").unlink()
    (folder / "ErbB2-dimer" / "1000L_noH.pdb").unlink()
    message = r"ErbB2-dimer' has no file of L, WT\. .*1000L_noH\.pdb"
    with pytest.raises(TrajectoryFileError, match=message):
        load_egfr(folder)


def test_unknown_variant(folder):
    (folder / "EGFR-dimer" / "1000V600E_noH.pdb").write_text("")
    with pytest.raises(TrajectoryFileError, match=r"1000V600E_noH\.pdb.*no known"):
        load_egfr(folder)


def test_variant_with_two_files(folder):
    (folder / "EGFR-dimer" / "WT.pdb").write_text("")
    with pytest.raises(TrajectoryFileError, match=r"WT has two files.*1000WT_noH"):
        load_egfr(folder)


def test_damaged_file(folder):
    (folder / "cMet-dimer" / "1000WT_noH.pdb").write_text("")
    with pytest.raises(TrajectoryFileError, match=r"1000WT_noH\.pdb' .*an empty file"):
        load_egfr(folder, select="name CA")


def test_bad_stride(folder):
    with pytest.raises(InvalidInputError, match="stride=0"):
        load_egfr(folder, stride=0)

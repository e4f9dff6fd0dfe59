import shutil
from itertools import pairwise

import mdtraj as md
import numpy as np
import pytest

from sklearn_deepsig.datasets import GPCRMD_SIMULATIONS, load_gpcrmd
from sklearn_deepsig.exceptions import InvalidInputError, TrajectoryFileError

# The authors' files, in their order, with a 1 for the active ones.
AUTHORS = {
    **{"10193_trj_12": 0, "10341_trj_30": 1, "10358_trj_32": 1, "10374_trj_34": 1},
    **{"10386_trj_35": 0, "10438_trj_41": 0, "10457_trj_43": 0, "10470_trj_45": 1},
    **{"10488_trj_47": 1, "10504_trj_49": 0, "10529_trj_52": 0, "10612_trj_61": 0},
    **{"10647_trj_65": 0, "10673_trj_68": 1, "10705_trj_72": 1, "10713_trj_73": 0},
    **{"10799_trj_82": 1, "10916_trj_96": 0, "10953_trj_100": 0, "11054_trj_111": 0},
    **{"11073_trj_113": 1, "11085_trj_114": 1, "11105_trj_116": 1},
    **{"11171_trj_122": 1, "11181_trj_123": 0, "11423_trj_151": 1},
}
AUTHORS_TEST = [13, 15, 22, 17, 25, 11]  # places in that order

PSF = """PSF

       1 !NTITLE
 REMARKS made by a test

{n_atoms:8d} !NATOM
{atoms}

{n_bonds:8d} !NBOND: bonds
{bonds}
"""


def make_receptor(n_residues, seed):
    """A receptor without side chains, a water and a calcium ion, jiggling."""
    topology = md.Topology()
    chain = topology.add_chain()
    backbone = []
    for number in range(n_residues):
        # CHARMM's names of histidine: protonated, and at N delta
        name = ("HSP", "HSD", "ALA")[number % 3]
        residue = topology.add_residue(name, chain, segment_id="P")
        for name, element in (("N", "N"), ("CA", "C"), ("C", "C")):
            symbol = md.element.get_by_symbol(element)
            backbone.append(topology.add_atom(name, symbol, residue))
    for first, second in pairwise(backbone):
        topology.add_bond(first, second)
    chain = topology.add_chain()
    water = topology.add_residue("HOH", chain)
    topology.add_atom("O", md.element.oxygen, water)
    ion = topology.add_residue("CA", chain)
    topology.add_atom("CA", md.element.calcium, ion)
    rng = np.random.default_rng(seed)
    places = 0.14 * np.arange(topology.n_atoms)[:, None] * [1, 0, 0]
    xyz = places + rng.normal(scale=0.01, size=(6, topology.n_atoms, 3))
    return md.Trajectory(xyz.astype(np.float32), topology, time=np.arange(6) * 200.0)


def write_psf(topology, path):
    atoms = [
        f"{atom.index + 1:8d} P    {atom.residue.index + 1:<4d} "
        f"{atom.residue.name:<4} {atom.name:<4} {atom.element.symbol:<4} "
        f"{0:10.6f}    {atom.element.mass:10.4f}           0"
        for atom in topology.atoms
    ]
    bonds = [f"{a.index + 1:8d}{b.index + 1:8d}" for a, b in topology.bonds]
    lines = ["".join(bonds[i : i + 4]) for i in range(0, len(bonds), 4)]
    text = {"atoms": "\n".join(atoms), "bonds": "\n".join(lines)}
    counts = {"n_atoms": topology.n_atoms, "n_bonds": len(bonds)}
    path.write_text(PSF.format(**text, **counts))


@pytest.fixture
def folder(tmp_path):
    """All 26 simulations, half with a psf file, half with a pdb file."""
    for index, name in enumerate(AUTHORS):
        trajectory = make_receptor(3 + index % 4, index)
        trajectory.save_xtc(str(tmp_path / f"{name}.xtc"))
        stem = f"{int(name[:5]) + 1}_dyn_{name.rpartition('_')[2]}"
        if index % 2:
            write_psf(trajectory.topology, tmp_path / f"{stem}.psf")
        else:
            trajectory[0].save_pdb(str(tmp_path / f"{stem}.pdb"))
    (tmp_path / "11763_trj_161.xtc").write_text("not of the list")
    (tmp_path / "README.txt").write_text("nothing to read")
    return tmp_path


def test_reads_the_list(folder):
    X, y, groups, ids, test = load_gpcrmd(folder)
    assert ids.tolist() == [int(name.rpartition("_")[2]) for name in AUTHORS]
    active = np.array(list(AUTHORS.values()), dtype=bool)
    assert y.tolist() == np.where(active, "active", "inactive").tolist()
    assert active.sum() == 13
    assert sorted(np.flatnonzero(test)) == sorted(AUTHORS_TEST)
    counts = {group: int((groups == group).sum()) for group in set(groups)}
    assert counts == {
        **{"A2A": 10, "beta2": 8, "M2": 3, "rhodopsin": 2},
        **{"mu opioid": 2, "delta opioid": 1},
    }
    for index, sample in enumerate(X):
        expected = make_receptor(3 + index % 4, index)
        # neither the water nor the ion, which is named CA too
        alpha = [3 * residue + 1 for residue in range(3 + index % 4)]
        np.testing.assert_allclose(sample.xyz, expected.xyz[:, alpha], atol=0.0006)
        np.testing.assert_array_equal(sample.time, 200.0 * np.arange(6))
        assert {atom.name for atom in sample.topology.atoms} == {"CA"}


def test_all_atoms_with_the_bonds_of_a_psf_file(folder):
    X, _, groups, ids, _ = load_gpcrmd(folder, select=None, ids=[30, 12], stride=3)
    assert ids.tolist() == [12, 30]
    assert groups.tolist() == ["rhodopsin", "A2A"]
    assert [sample.n_atoms for sample in X] == [3 * 3 + 2, 3 * 4 + 2]
    assert X[1].topology.n_bonds == 3 * 4 - 1
    np.testing.assert_array_equal(X[0].time, [0, 600])


def test_the_psf_file_goes_before_the_pdb_file(folder):
    (folder / "10000_dyn_30.pdb").write_text("not a pdb file")
    (X, *_) = load_gpcrmd(folder, ids=[30])
    assert X[0].n_atoms == 4


def test_files_in_the_folder_raw(folder):
    (folder / "raw").mkdir()
    for path in list(folder.glob("*_12.*")):
        shutil.move(path, folder / "raw")
    for path in folder.glob("*.xtc"):
        path.unlink()
    assert len(load_gpcrmd(folder, ids=[12]).X) == 1


def test_missing_trajectories(folder):
    (folder / "10647_trj_65.xtc").unlink()
    (folder / "11423_trj_151.xtc").unlink()
    message = r"no trajectory of the simulations 65, 151\. .*12345_trj_65\.xtc"
    with pytest.raises(TrajectoryFileError, match=message):
        load_gpcrmd(folder)
    assert len(load_gpcrmd(folder, ids=[12, 30]).X) == 2


def test_missing_topology(folder):
    (folder / "10648_dyn_65.pdb").unlink()
    message = r"10647_trj_65\.xtc' has no topology.*12345_dyn_65\.psf or \.pdb"
    with pytest.raises(TrajectoryFileError, match=message):
        load_gpcrmd(folder, ids=[65])


@pytest.mark.parametrize("name", ["10648_trj_65.xtc", "10000_dyn_65.pdb"])
def test_ambiguous_files(folder, name):
    (folder / name).write_text("")
    with pytest.raises(TrajectoryFileError, match=rf"simulation 65 has 2.*{name}"):
        load_gpcrmd(folder, ids=[65])


def test_topology_of_another_molecule(folder):
    shutil.copy(folder / "10458_dyn_43.pdb", folder / "10194_dyn_12.pdb")
    with pytest.raises(
        TrajectoryFileError, match=r"10193_trj_12\.xtc.*its topology has 17"
    ):
        load_gpcrmd(folder, ids=[12])


def test_unknown_ids(folder):
    with pytest.raises(InvalidInputError, match=r"ids=\[13\] are not in the list"):
        load_gpcrmd(folder, ids=[12, 13])
    with pytest.raises(InvalidInputError, match=r"ids=\[\]"):
        load_gpcrmd(folder, ids=[])


def test_missing_folder(tmp_path):
    with pytest.raises(TrajectoryFileError, match=r"nowhere' does not exist.*_dyn_12"):
        load_gpcrmd(tmp_path / "nowhere")


def test_every_receptor_but_one_is_in_both_states():
    states = {}
    for simulation in GPCRMD_SIMULATIONS.values():
        states.setdefault(simulation.receptor, set()).add(simulation.label)
    assert {receptor for receptor, found in states.items() if len(found) == 1} == {
        "delta opioid"
    }

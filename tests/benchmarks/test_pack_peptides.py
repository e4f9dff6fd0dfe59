import csv

import mdtraj as md
import numpy as np
import pytest

from benchmarks import pack_peptides as packing
from benchmarks import peptide_mutants as peptides
from benchmarks import simulate_peptides as simulation
from benchmarks.simulate_peptides import Job
from sklearn_deepsig.datasets import load_peptide_mutants

NAMES = {"A": "ALA", "E": "GLU", "K": "LYS", "G": "GLY", "P": "PRO"}
ATOMS = (("N", "N"), ("H", "H"), ("CA", "C"), ("C", "C"), ("O", "O"))


class Jiggler:
    """Chains of backbone atoms and a hydrogen, whose atoms jiggle about a line."""

    def __init__(self, mutant):
        self.built = md.Topology()
        chain = self.built.add_chain()
        for letter in peptides.mutate(mutant):
            residue = self.built.add_residue(NAMES[letter], chain)
            for name, element in ATOMS:
                self.built.add_atom(name, md.element.get_by_symbol(element), residue)
        line = 0.12 * np.arange(self.built.n_atoms)
        self.places = np.stack([line, 0 * line, 0 * line], axis=1)

    def topology(self):
        names = [
            f"ATOM  {atom.index + 1:5d}  {atom.name:<3} {atom.residue.name} A"
            f"{atom.residue.index + 1:4d}    {10 * x:8.3f}{0:8.3f}{0:8.3f}"
            f"  1.00  0.00           {atom.element.symbol}  "
            for atom, x in zip(self.built.atoms, self.places[:, 0], strict=True)
        ]
        first = "REMARK   1 CREATED WITH OPENMM 8.6, 2000-01-01"
        return "\n".join([first, *names, "END", ""])

    def start(self, seed):  # noqa: ARG002 - as the others
        return "start"

    def run(self, state, seed, n_frames):
        shape = (n_frames, *self.places.shape)
        noise = np.random.default_rng(seed).normal(scale=0.005, size=shape)
        return (self.places + noise).astype(np.float32), state


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """A3D-A9P has not been begun, A9P lacks a replica, the wild type's are short."""
    folder = tmp_path_factory.mktemp("simulated")
    jobs = [Job("E12A", 1, 40), Job("E12A", 2, 60), Job("E7G", 1, 40)]
    jobs += [Job("E7G", 2, 40), Job("A9P", 2, 40)]
    jobs += [Job("wild-type", 1, 20), Job("wild-type", 2, 20)]
    simulation.simulate(folder, jobs, Jiggler)
    return folder


def pack(simulated, target, *options):
    return packing.main(["--from", str(simulated), "--out", str(target), *options])


def test_packs_what_is_finished(simulated, tmp_path, capsys):
    target = tmp_path / "data" / "peptides"
    assert pack(simulated, target, "--time", "40") == 0
    printed = capsys.readouterr().out
    assert "A9P (1 of 2 replicas)" in printed
    assert "wild-type (0 of 2 replicas)" in printed
    assert "packed 2 peptides" in printed
    assert [path.name for path in tmp_path.glob("data/*")] == ["peptides"]
    with (target / "mutants.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["mutant"] for row in rows] == ["E12A", "E7G"]
    assert rows[1] == {
        **{"mutant": "E7G", "sequence": "AEAAAKGAAAKEA", "label": "destabilising"},
        **{"free_energy_change": "1.10", "n_replicas": "2"},
    }
    card = (target / "README.md").read_text()
    assert "4 trajectories of 2 peptides" in card
    assert "OpenMM 8.6, force" in card
    assert "| E7G | AEAAAKGAAAKEA | +1.10 | destabilising | 52 | 0.00 -> 0.00;" in card

    X, y, groups = load_peptide_mutants(folder=target)
    assert groups.tolist() == ["E12A", "E12A", "E7G", "E7G"]
    assert y.tolist() == ["stabilising"] * 2 + ["destabilising"] * 2
    for sample, name in zip(X, ["E12A_1", "E12A_2", "E7G_1", "E7G_2"], strict=True):
        assert all(atom.element.symbol != "H" for atom in sample.topology.atoms)
        np.testing.assert_allclose(sample.time, 0.5 * np.arange(1, 81))
        parts = [np.load(path) for path in sorted(simulated.glob(f"{name}/part*"))]
        expected = np.concatenate([part["positions"] for part in parts[:2]])
        heavy = np.delete(expected, np.s_[1::5], axis=1)  # H is the second of five
        np.testing.assert_allclose(sample.xyz, heavy, atol=0.00051)


def test_packs_again_in_place_of_the_old_files(simulated, tmp_path):
    assert pack(simulated, tmp_path / "p", "--time", "20", "--incomplete") == 0
    assert (tmp_path / "p" / "A9P_1.xtc").exists()
    X, y, groups = load_peptide_mutants(folder=tmp_path / "p", wild_type=True)
    assert groups.tolist()[4:] == ["A9P", "wild-type", "wild-type"]
    assert y.tolist()[4:] == ["destabilising", "wild-type", "wild-type"]
    assert {sample.n_frames for sample in X} == {40}
    assert pack(simulated, tmp_path / "p", "--time", "40") == 0
    assert not (tmp_path / "p" / "A9P_1.xtc").exists()
    assert len(load_peptide_mutants(folder=tmp_path / "p").X) == 4


def test_nothing_to_pack(simulated, tmp_path, capsys):
    assert pack(simulated, tmp_path / "p", "--time", "400") == 1
    assert "nothing to pack" in capsys.readouterr().out
    assert not (tmp_path / "p").exists()


def test_too_large(simulated, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(packing, "MAX_BYTES", 1000)
    assert pack(simulated, tmp_path / "p", "--time", "20") == 1
    assert "give a shorter --time" in capsys.readouterr().out

import importlib.util

import numpy as np
import pytest

from benchmarks import peptide_mutants as peptides
from benchmarks import simulate_peptides as simulation
from benchmarks.simulate_peptides import Job

# Sequences written by hand, not by the code under test.
SEQUENCES = {
    "E12A": "AEAAAKEAAAKAA",
    "E7G": "AEAAAKGAAAKEA",
    "A9E-E12K": "AEAAAKEAEAKKA",
    "A3D-A9P": "AEDAAKEAPAKEA",
    "wild-type": "AEAAAKEAAAKEA",
}
# kcal/mol, added by hand: propensities, then 0.5 for each pair of charges that is
# three or four residues apart.
CHANGES = {
    "E12A": -0.40,
    "A5K": 0.26 - 0.5,  # gains E2-K5
    "E7G": 1.00 - 0.40 + 0.5,  # loses E7-K11
    "A8E-E12R": 0.40 + 0.21 - 0.40 - 1.0,  # gains E8-K11 and E8-R12
    "A9P": 3.16,
    "A9G-K11E": 1.0 + 0.40 - 0.26 + 1.0,  # E7-K11 becomes E7-E11
    "A4E-A8N": 0.40 + 0.65 + 0.5,  # gains E4-E7, like charges
}
HAS_OPENMM = all(
    importlib.util.find_spec(name) for name in ("openmm", "pdbfixer", "PeptideBuilder")
)


@pytest.mark.parametrize(("name", "sequence"), SEQUENCES.items())
def test_sequences(name, sequence):
    assert peptides.mutate(name) == sequence


@pytest.mark.parametrize(("name", "change"), CHANGES.items())
def test_change_of_free_energy(name, change):
    assert peptides.free_energy_change(name) == pytest.approx(change)


def test_mutants_differ_from_the_wild_type_as_named():
    assert len(set(peptides.MUTANTS)) == len(peptides.MUTANTS)
    assert len({peptides.mutate(name) for name in peptides.MUTANTS}) == 16
    for name in peptides.MUTANTS:
        pairs = zip(peptides.WILD_TYPE, peptides.mutate(name), strict=True)
        found = [f"{a}{i}{b}" for i, (a, b) in enumerate(pairs, 1) if a != b]
        assert found == name.split("-")


@pytest.mark.parametrize("n_mutants", [simulation.N_FIRST, len(peptides.MUTANTS)])
def test_classes_are_balanced_and_overlap_in_size(n_mutants):
    # side chain's heavy atoms
    sizes = {"G": 0, "A": 1, "V": 3, "T": 3, "P": 3, "D": 4, "N": 4, "L": 4, "M": 4}
    sizes |= {"E": 5, "K": 5, "R": 7}
    found = {"stabilising": [], "destabilising": []}
    for name in peptides.MUTANTS[:n_mutants]:
        size = sum(sizes[residue] for residue in peptides.mutate(name))
        found[peptides.label(name)].append(size)
    low, high = found["stabilising"], found["destabilising"]
    assert len(low) == len(high) >= 6
    # the best cut by size makes three mistakes or more in twelve
    mistakes = [
        min(n, n_mutants - n)
        for cut in {*low, *high}
        for n in [sum(a < cut for a in low) + sum(b >= cut for b in high)]
    ]
    assert min(mistakes) >= n_mutants // 4


def test_label_refuses_what_lies_between():
    with pytest.raises(ValueError, match=r"A9L changes the free energy by 0\.21"):
        peptides.label("A9L")


@pytest.mark.parametrize("name", ["E1A", "A9", "A9Z", "A14G", ""])
def test_refuses_what_is_no_mutation(name):
    with pytest.raises(ValueError, match=name or "no mutation"):
        peptides.mutate(name)


def test_schedule_is_balanced_at_every_pair():
    jobs = simulation.schedule(200, 400)
    assert jobs[0] == Job("E12A", 1, 200)
    assert {job.mutant for job in jobs} == {*peptides.MUTANTS, "wild-type"}
    assert len(jobs) == 2 * 2 * 17
    assert [job.until for job in jobs] == [200] * 34 + [400] * 34
    assert [job.replica for job in jobs[:24]] == [1] * 12 + [2] * 12
    classes = [peptides.label(job.mutant) for job in jobs if job.mutant != "wild-type"]
    assert set(zip(classes[::2], classes[1::2], strict=True)) == {
        ("stabilising", "destabilising")
    }
    assert len(simulation.schedule(200, 200)) == 34


def test_seeds_differ_and_are_valid():
    jobs = simulation.schedule(200, 200)
    seeds = {simulation.seed_of(job, part) for job in jobs for part in range(-1, 20)}
    assert len(seeds) == len(jobs) * 21
    assert 0 < min(seeds) <= max(seeds) < 2**31


class Walker:
    """A random walk of two atoms; its state is the last place.

    `left` counts the parts that all walkers may simulate before one is interrupted.
    """

    def __init__(self, mutant, left=None):
        self.mutant, self.left = mutant, [10**9] if left is None else left

    def topology(self):
        return f"REMARK {self.mutant}"

    def start(self, seed):
        return repr(float(np.random.default_rng(seed).normal()))

    def run(self, state, seed, n_frames):
        self.left[0] -= 1
        if self.left[0] < 0:
            raise KeyboardInterrupt
        steps = np.random.default_rng(seed).normal(size=(n_frames, 2, 3))
        path = float(state) + steps.cumsum(axis=0)
        return path.astype(np.float32), repr(float(path[-1, 0, 0]))


def read_all(folder):
    positions = []
    for path in sorted(folder.glob("*/part-*.npz")):
        with np.load(path) as part:
            positions.append(part["positions"])
    return np.stack(positions)


def test_interrupted_simulation_goes_on_as_if_it_had_not_been(tmp_path, monkeypatch):
    jobs = [Job("E7G", 1, 60), Job("A9P", 1, 40), Job("E7G", 1, 80)]
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    for folder in (whole, cut):
        folder.mkdir()
    simulation.simulate(whole, jobs, Walker)
    for left in ([1], [0], [2]):
        with pytest.raises(KeyboardInterrupt):
            simulation.simulate(cut, jobs, lambda name, left=left: Walker(name, left))
    assert len(list(cut.glob("*/part-*.npz"))) == 3
    # nor does a process that dies while it writes leave half a part
    monkeypatch.setattr(np, "savez_compressed", write_half)
    with pytest.raises(KeyboardInterrupt):
        simulation.simulate(cut, jobs, Walker)
    assert len(list(cut.glob("*/part-*.npz"))) == 3
    monkeypatch.undo()
    simulation.simulate(cut, jobs, Walker)
    expected = read_all(whole)
    assert expected.shape == (6, 40, 2, 3)
    np.testing.assert_array_equal(read_all(cut), expected)
    # the last place of a part is where the next one starts
    assert np.abs(np.diff(expected[2:, :, 0, 0].ravel())).max() < 6
    assert (cut / "E7G_1" / "topology.pdb").read_text() == "REMARK E7G"
    assert not list(cut.rglob("*.partial"))


def write_half(file, **_):
    file.write(b"half")
    raise KeyboardInterrupt


def test_refuses_numbers_that_are_not_finite(tmp_path):
    class Exploding(Walker):
        def run(self, state, seed, n_frames):
            positions, state = super().run(state, seed, n_frames)
            return positions * np.inf, state

    with pytest.raises(FloatingPointError, match="E7G_1"):
        simulation.simulate(tmp_path, [Job("E7G", 1, 20)], Exploding)
    assert not list(tmp_path.glob("*/part-*.npz"))


def test_command_line(capsys):
    options = simulation.make_parser().parse_args(["--out", "here"])
    assert (str(options.out), options.time, options.longer) == ("here", 200, 400)
    with pytest.raises(SystemExit):
        simulation.make_parser().parse_args([])
    assert "--out" in capsys.readouterr().err


@pytest.mark.skipif(not HAS_OPENMM, reason="needs openmm, pdbfixer, PeptideBuilder")
def test_openmm_runs_and_continues_exactly(monkeypatch):
    from benchmarks import openmm_peptide
    from benchmarks.openmm_peptide import OpenMMPeptide

    monkeypatch.setattr(openmm_peptide, "EQUILIBRATION_PS", 0.2)
    simulator = OpenMMPeptide("A9P", simulation.FRAME_PS)
    start = simulator.start(1)
    positions, state = simulator.run(start, 2, 2)
    assert positions.dtype == np.float32
    assert positions.shape == (2, simulator.built.topology.getNumAtoms(), 3)
    names = [residue.name for residue in simulator.built.topology.residues()]
    assert names[8] == "PRO"
    # another process would have another simulator, and the state as text
    other = OpenMMPeptide("A9P", simulation.FRAME_PS)
    for from_state, seed in ((start, 2), (state, 3)):
        first, _ = simulator.run(from_state, seed, 2)
        second, _ = other.run(from_state, seed, 2)
        np.testing.assert_array_equal(first, second)
    assert np.abs(first - positions).max() > 0.01

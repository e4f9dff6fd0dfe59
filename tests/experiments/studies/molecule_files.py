"""Files in the layouts that the studies of molecules read, tiny, made here."""

import mdtraj as md
import numpy as np

from tests.helpers.molecules import make_peptide

VARIANTS = ("C797S", "G719S", "L", "LT", "T854A", "WT")
PARTNERS = ("cMet", "EGFR", "ErbB2", "IGFR")
GPCRMD = (
    12, 30, 32, 34, 35, 41, 43, 45, 47, 49, 52, 61, 65, 68, 72, 73, 82, 96, 100, 111,
    113, 114, 116, 122, 123, 151,
)  # fmt: skip


def write_peptides(folder, n_mutants=12, n_replicas=1, n_frames=16):
    """Mutants of which every second is destabilising, and more mobile."""
    rows = ["mutant,sequence,label,free_energy_change,n_replicas"]
    for i in range(n_mutants):
        label = ("stabilising", "destabilising")[i % 2]
        name = f"A{i + 1}K"
        rows.append(f"{name},AAAAAAAAAAAAA,{label},0.0,{n_replicas}")
        for replica in range(1, n_replicas + 1):
            trajectory = make_peptide(
                13, n_frames, seed=10 * i + replica, phi=_torsions(13, n_frames, i)
            )
            trajectory.save_xtc(str(folder / f"{name}_{replica}.xtc"))
            trajectory[0].save_pdb(str(folder / f"{name}.pdb"))
    (folder / "mutants.csv").write_text("\n".join(rows) + "\n")


def write_replicas(folder, classes, trajectory, topology, n_replicas, n_frames=11):
    """Replicas of systems that differ in nothing but their files' names."""
    for place, label in enumerate(classes):
        for number in range(1, n_replicas + 1):
            sample = make_peptide(8, n_frames, seed=100 * place + number)
            name = trajectory.format(label).replace("*", str(number))
            sample.save_xtc(str(folder / name))
        sample[0].save_pdb(str(folder / topology.format(label)))


def write_walkers(folder, n_walkers=5, n_frames=12):
    """Walkers that are helices first, as the "crystal" is, and are stretched then."""
    angles = np.where(np.arange(n_frames) < n_frames // 2, -57.0, -170.0)
    phi = np.radians(np.repeat(angles[:, None], 10, axis=1))
    for number in range(n_walkers):
        rng = np.random.default_rng(number)
        noise = rng.normal(scale=0.02, size=phi.shape)
        walker = make_peptide(10, n_frames, phi=phi + noise, psi=_psi(phi) - noise)
        walker.save_xtc(str(folder / f"walker_{number}.xtc"))
    walker[0].save_pdb(str(folder / "top.pdb"))
    crystal = make_peptide(10, 1, phi=phi[:1], psi=_psi(phi[:1]))
    crystal.save_pdb(str(folder / "cln025_5awl.pdb"))


def write_egfr(folder, n_frames=8):
    """The four folders of multi-model files."""
    for i, partner in enumerate(PARTNERS):
        (folder / f"{partner}-dimer").mkdir()
        for j, variant in enumerate(VARIANTS):
            sample = make_peptide(4 + j % 2, n_frames, seed=10 * i + j)
            sample.save_pdb(str(folder / f"{partner}-dimer" / f"1000{variant}_noH.pdb"))


def write_gpcr(folder, n_frames=8):
    """GPCRmd's pairs of files."""
    for place, number in enumerate(GPCRMD):
        sample = make_peptide(8 + place % 2, n_frames, seed=place)
        sample.save_xtc(str(folder / f"10193_trj_{number}.xtc"))
        sample[0].save_pdb(str(folder / f"10194_dyn_{number}.pdb"))


def _torsions(n_residues, n_frames, seed):
    rng = np.random.default_rng(seed)
    spread = 0.02 + 0.2 * (seed % 2)
    noise = rng.normal(scale=spread, size=(n_frames, n_residues))
    return np.radians(-57) + noise


def _psi(phi):
    return np.where(phi < np.radians(-100), np.radians(170), np.radians(-47))


def rmsd_to(folder, path):
    """C-alpha RMSD of each frame from the "crystal", in nm, by mdtraj."""
    topology = md.load(str(folder / "top.pdb")).topology
    walker = md.load(str(path), top=topology).atom_slice(topology.select("name CA"))
    crystal = md.load(str(folder / "cln025_5awl.pdb"))
    return md.rmsd(walker, crystal.atom_slice(crystal.topology.select("name CA")))

"""A peptide in implicit solvent, simulated by OpenMM.

Needs openmm, pdbfixer and PeptideBuilder; see `benchmarks/simulate_peptides.py`.
"""

import io

import numpy as np
import openmm
import PeptideBuilder
from Bio.PDB import PDBIO
from openmm import app, unit
from pdbfixer import PDBFixer
from PeptideBuilder import Geometry

from benchmarks.peptide_mutants import mutate

__all__ = ["OpenMMPeptide"]

TEMPERATURE = 340 * unit.kelvin
FRICTION = 1 / unit.picosecond
STEP_PS = 0.004
EQUILIBRATION_PS = 20.0
RESTRAINT = 1000.0  # kJ/mol/nm^2
HELIX_PHI, HELIX_PSI = -57.0, -47.0  # degrees
BACKBONE = ("N", "CA", "C")


class OpenMMPeptide:
    """One mutant: builds it, equilibrates it and runs parts of its simulation."""

    def __init__(
        self, mutant: str, frame_ps: float, n_threads: int = 1, platform: str = "CPU"
    ) -> None:
        self.steps_per_frame = round(frame_ps / STEP_PS)
        self.n_threads = n_threads
        self.platform = openmm.Platform.getPlatformByName(platform)
        self.built = build_helix(mutate(mutant))
        force_field = app.ForceField("amber14-all.xml", "implicit/gbn2.xml")
        self.system = force_field.createSystem(
            self.built.topology,
            nonbondedMethod=app.NoCutoff,
            constraints=app.HBonds,
            hydrogenMass=4 * unit.amu,
        )
        self.restraint = openmm.CustomExternalForce(
            "0.5 * strength * ((x - x0)^2 + (y - y0)^2 + (z - z0)^2)"
        )
        self.restraint.addGlobalParameter("strength", 0.0)
        for name in ("x0", "y0", "z0"):
            self.restraint.addPerParticleParameter(name)
        places = self.built.positions.value_in_unit(unit.nanometer)
        for atom in self.built.topology.atoms():
            if atom.name in BACKBONE:
                self.restraint.addParticle(atom.index, places[atom.index])
        self.system.addForce(self.restraint)

    def topology(self) -> str:
        """Return the ideal helix as the text of a pdb file."""
        text = io.StringIO()
        app.PDBFile.writeFile(self.built.topology, self.built.positions, text)
        return text.getvalue()

    def start(self, seed: int) -> str:
        """Minimise, equilibrate with restrained backbone, and return the state."""
        context = self.make_context(seed)
        context.setParameter("strength", RESTRAINT)
        context.setPositions(self.built.positions)
        openmm.LocalEnergyMinimizer.minimize(context)
        context.setVelocitiesToTemperature(TEMPERATURE, seed)
        context.getIntegrator().step(round(EQUILIBRATION_PS / STEP_PS))
        context.setParameter("strength", 0.0)
        return state_of(context)

    def run(self, state: str, seed: int, n_frames: int) -> tuple[np.ndarray, str]:
        """Go on from a state; return float32 positions in nm, and the new state."""
        context = self.make_context(seed)
        context.setState(openmm.XmlSerializer.deserialize(state))
        frames = []
        for _ in range(n_frames):
            context.getIntegrator().step(self.steps_per_frame)
            found = context.getState(positions=True).getPositions(asNumpy=True)
            frames.append(found.value_in_unit(unit.nanometer).astype(np.float32))
        return np.stack(frames), state_of(context)

    def make_context(self, seed: int) -> openmm.Context:
        """Make what integrates, with random numbers of its own."""
        integrator = openmm.LangevinMiddleIntegrator(
            TEMPERATURE, FRICTION, STEP_PS * unit.picosecond
        )
        integrator.setRandomNumberSeed(seed)
        known = self.platform.getPropertyNames()  # a GPU has no threads, for one
        wanted = {"Threads": str(self.n_threads), "DeterministicForces": "true"}
        return openmm.Context(
            self.system,
            integrator,
            self.platform,
            {name: value for name, value in wanted.items() if name in known},
        )


def build_helix(sequence: str) -> PDBFixer:
    """Build an ideal helix with hydrogens at pH 7."""
    structure = None
    for residue in sequence:
        geometry = Geometry.geometry(residue)
        geometry.phi, geometry.psi_im1 = HELIX_PHI, HELIX_PSI
        if structure is None:
            structure = PeptideBuilder.initialize_res(geometry)
        else:
            PeptideBuilder.add_residue(structure, geometry)
    PeptideBuilder.add_terminal_OXT(structure)
    text = io.StringIO()
    writer = PDBIO()
    writer.set_structure(structure)
    writer.save(text)
    text.seek(0)
    fixer = PDBFixer(pdbfile=text)
    fixer.findMissingResidues()
    fixer.findMissingAtoms()
    fixer.addMissingAtoms()
    fixer.addMissingHydrogens(7.0)
    return fixer


def state_of(context: openmm.Context) -> str:
    """Write positions and velocities exactly, as text."""
    return openmm.XmlSerializer.serialize(
        context.getState(positions=True, velocities=True)
    )

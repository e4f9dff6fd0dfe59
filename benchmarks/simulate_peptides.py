"""Simulate the mutants of a helical peptide with OpenMM.

    pip install openmm pdbfixer PeptideBuilder
    python -m benchmarks.simulate_peptides --out FOLDER

Each peptide (see `benchmarks/peptide_mutants.py`) is built from its sequence as an
ideal helix with free ends, so no structure is downloaded. Force field amber14, implicit
solvent GBn2 without a cutoff, Langevin dynamics (middle scheme, 1 / ps) at 340 K, steps
of 4 fs, with hydrogens of 4 u and constrained bonds to them. After minimisation and
20 ps with restrained backbone, a frame is kept every 0.5 ps.

It runs for hours and can be killed at any time: each 20 ps are one file, with the state
that the next 20 ps start from, and the file is there whole or not at all. The same
command goes on. A part depends on the state before it and on a seed made of its names
only, so that an interrupted simulation does not differ from one that ran through. Where
hydrogens start is drawn anew by each call that begins a replica, so that two whole runs
do differ.
"""

import argparse
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from benchmarks.peptide_mutants import MUTANTS
from sklearn_deepsig.storage import make_writable_folder, write_whole

N_FIRST = 12  # mutants that are simulated before the others
N_REPLICAS = 2
PART_PS = 20.0
FRAME_PS = 0.5


class Job(NamedTuple):
    """A mutant's replica, to be simulated until some time in ps."""

    mutant: str
    replica: int
    until: float

    @property
    def name(self) -> str:
        """Name of its folder."""
        return f"{self.mutant}_{self.replica}"


class Simulator(Protocol):
    """What simulates one mutant."""

    def start(self, seed: int) -> str:
        """Return the state after equilibration."""

    def run(self, state: str, seed: int, n_frames: int) -> tuple[np.ndarray, str]:
        """Go on from a state; return positions (n_frames, n_atoms, 3) and the state."""

    def topology(self) -> str:
        """Return the atoms as the text of a pdb file."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = make_parser().parse_args(arguments)
    from benchmarks.openmm_peptide import OpenMMPeptide

    make_writable_folder(options.out, "--out")
    simulate(
        options.out,
        schedule(options.time, options.longer),
        lambda mutant: OpenMMPeptide(
            mutant, FRAME_PS, options.threads, options.platform
        ),
    )
    return 0


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument(
        "--time", type=float, default=200, metavar="PS", help="of each replica at first"
    )
    parser.add_argument(
        "--longer", type=float, default=400, metavar="PS", help="when all have that"
    )
    parser.add_argument("--threads", type=int, default=1, help="of the CPU")
    parser.add_argument(
        "--platform", default="CPU", help="of OpenMM, such as CUDA (default: CPU)"
    )
    return parser


def schedule(time_ps: float, longer_ps: float) -> list[Job]:
    """Order the work so that whatever is done is balanced between the classes.

    The first replica of the first mutants, their second one, the wild type, both
    replicas of the other mutants, and then more of all.
    """
    replicas = range(1, N_REPLICAS + 1)
    blocks = (MUTANTS[:N_FIRST], ("wild-type",), MUTANTS[N_FIRST:])
    jobs = [
        Job(mutant, replica, time_ps)
        for mutants in blocks
        for replica in replicas
        for mutant in mutants
    ]
    if longer_ps > time_ps:
        jobs += [job._replace(until=longer_ps) for job in jobs]
    return jobs


def simulate(
    out: Path, jobs: Sequence[Job], make_simulator: Callable[[str], Simulator]
) -> None:
    """Do what of the jobs is not done yet."""
    for job in jobs:
        n_parts = round(job.until / PART_PS)
        folder = out / job.name
        if part_file(folder, n_parts - 1).exists():
            continue
        simulator = make_simulator(job.mutant)
        folder.mkdir(exist_ok=True)
        write_once(folder / "topology.pdb", simulator.topology)
        write_once(
            folder / "start.xml",
            lambda simulator=simulator, job=job: simulator.start(seed_of(job, -1)),
        )
        for part in range(n_parts):
            if part_file(folder, part).exists():
                continue
            started = time.perf_counter()
            simulate_part(folder, part, simulator, seed_of(job, part))
            rate = PART_PS * 1e-3 * 86400 / (time.perf_counter() - started)
            stamp = time.strftime("%H:%M:%S")
            until = (part + 1) * PART_PS
            print(f"{stamp} {job.name} {until:g} ps, {rate:.1f} ns/day", flush=True)


def simulate_part(folder: Path, part: int, simulator: Simulator, seed: int) -> None:
    """Simulate one part of a trajectory, from the state at the end of the last one."""
    if part == 0:
        state = (folder / "start.xml").read_text()
    else:
        with np.load(part_file(folder, part - 1)) as last:
            state = str(last["state"])
    n_frames = round(PART_PS / FRAME_PS)
    positions, state = simulator.run(state, seed, n_frames)
    if not np.isfinite(positions).all():
        raise FloatingPointError(f"{folder.name} has left the finite numbers.")

    def write(path: Path) -> None:
        with path.open("wb") as file:
            np.savez_compressed(file, positions=positions, state=np.array(state))

    write_whole(part_file(folder, part), write)


def part_file(folder: Path, part: int) -> Path:
    """Name the file of one part."""
    return folder / f"part-{part:04d}.npz"


def write_once(target: Path, make_text: Callable[[], str]) -> None:
    """Write a file of text unless it is there."""
    if not target.exists():
        write_whole(target, lambda path: path.write_text(make_text()))


def seed_of(job: Job, part: int) -> int:
    """Draw a seed, positive and below 2^31, from the names of a part."""
    return zlib.crc32(f"{job.name} {part}".encode()) % (2**31 - 1) + 1


if __name__ == "__main__":
    raise SystemExit(main())

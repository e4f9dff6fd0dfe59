"""Pack the simulated peptides into the data set that the package ships.

    python -m benchmarks.pack_peptides --from FOLDER

takes what `benchmarks.simulate_peptides --out FOLDER` has finished, keeps the heavy
atoms of the first `--time` ps of each replica, and replaces the data of
`sklearn_deepsig.datasets.load_peptide_mutants`: an xtc file a replica (0.001 nm), a pdb
file a mutant for the topology, `mutants.csv` and the data card.
"""

import argparse
import csv
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import mdtraj
import numpy as np

from benchmarks.peptide_mutants import MUTANTS, free_energy_change, label, mutate
from benchmarks.simulate_peptides import (
    FRAME_PS,
    N_REPLICAS,
    PART_PS,
    Job,
    part_file,
)
from sklearn_deepsig import datasets
from sklearn_deepsig.storage import partial_name

TARGET = Path(datasets.__file__).with_name("data") / "peptide_mutants"
CARD = Path(__file__).with_name("peptide_card.md")
MAX_BYTES = 8_000_000
COLUMNS = ("mutant", "sequence", "label", "free_energy_change", "n_replicas")


class Packed(NamedTuple):
    """A mutant and its finished replicas, heavy atoms only."""

    mutant: str
    replicas: list[mdtraj.Trajectory]


def main(arguments: Sequence[str] | None = None) -> int:
    options = make_parser().parse_args(arguments)
    packed, missing = [], []
    for mutant in (*MUTANTS, "wild-type"):
        replicas = [
            trajectory
            for replica in range(1, N_REPLICAS + 1)
            if (trajectory := read(options.source, Job(mutant, replica, options.time)))
        ]
        if len(replicas) == N_REPLICAS or (replicas and options.incomplete):
            packed.append(Packed(mutant, replicas))
        if len(replicas) < N_REPLICAS:
            missing.append(f"{mutant} ({len(replicas)} of {N_REPLICAS} replicas)")
    if missing:
        print(f"not finished: {', '.join(missing)}")
    if not packed:
        print(f"nothing to pack in {options.source}")
        return 1
    size = write(options.out, packed, force_field_version(options.source))
    print(f"packed {len(packed)} peptides, {size / 1e6:.2f} MB, into {options.out}")
    if size > MAX_BYTES:
        print(f"that is more than {MAX_BYTES / 1e6:g} MB: give a shorter --time")
        return 1
    return 0


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--from", dest="source", type=Path, required=True, metavar="FOLDER"
    )
    parser.add_argument("--out", type=Path, default=TARGET, metavar="FOLDER")
    parser.add_argument("--time", type=float, default=200, metavar="PS")
    parser.add_argument(
        "--incomplete", action="store_true", help="mutants with one replica too"
    )
    return parser


def read(source: Path, job: Job) -> mdtraj.Trajectory | None:
    """Read the heavy atoms of a replica, or None if it is not as long yet."""
    folder = source / job.name
    parts = [part_file(folder, part) for part in range(round(job.until / PART_PS))]
    if not parts or not parts[-1].exists():
        return None
    positions = []
    for path in parts:
        with np.load(path) as part:
            positions.append(part["positions"])
    topology = mdtraj.load_topology(str(folder / "topology.pdb"))
    frames = np.concatenate(positions)
    trajectory = mdtraj.Trajectory(
        frames, topology, time=FRAME_PS * np.arange(1, len(frames) + 1)
    )
    return trajectory.atom_slice(topology.select("element != H"))


def write(target: Path, packed: Sequence[Packed], program: str) -> int:
    """Write all files in place of the old ones; return their size in bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_name(target)
    partial.mkdir()
    for mutant, replicas in packed:
        replicas[0][0].save_pdb(str(partial / f"{mutant}.pdb"))
        for number, trajectory in enumerate(replicas, 1):
            trajectory.save_xtc(str(partial / f"{mutant}_{number}.xtc"))
    with (partial / "mutants.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for mutant, replicas in packed:
            change = f"{free_energy_change(mutant):.2f}"
            row = (mutant, mutate(mutant), label_of(mutant), change, len(replicas))
            writer.writerow(row)
    (partial / "README.md").write_text(card(packed, program))
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
    return sum(path.stat().st_size for path in target.iterdir())


def label_of(mutant: str) -> str:
    """Name the class of a mutant; the wild type is none of them."""
    return "wild-type" if mutant == "wild-type" else label(mutant)


def card(packed: Sequence[Packed], program: str) -> str:
    """Fill in the data card."""
    rows = [
        "| mutant | sequence | change, kcal/mol | class | heavy atoms "
        "| helix, first -> last sixth of each replica |",
        "|---|---|---|---|---|---|",
    ]
    for mutant, replicas in packed:
        helix = "; ".join(f"{a:.2f} -> {b:.2f}" for a, b in map(helix_in, replicas))
        rows.append(
            f"| {mutant} | {mutate(mutant)} | {free_energy_change(mutant):+.2f} "
            f"| {label_of(mutant)} | {replicas[0].n_atoms} | {helix} |"
        )
    trajectories = [one for _, replicas in packed for one in replicas]
    return CARD.read_text().format(
        program=program,
        n_peptides=len(packed),
        n_trajectories=len(trajectories),
        n_frames=trajectories[0].n_frames,
        time=f"{trajectories[0].time[-1]:g}",
        table="\n".join(rows),
    )


def helix_in(trajectory: mdtraj.Trajectory) -> tuple[float, float]:
    """Measure the share of helical residues (DSSP) at the beginning and at the end."""
    helical = mdtraj.compute_dssp(trajectory, simplified=True) == "H"
    n_frames = max(1, len(helical) // 6)
    return float(helical[:n_frames].mean()), float(helical[-n_frames:].mean())


def force_field_version(source: Path) -> str:
    """Read which OpenMM wrote the topologies, from their first line."""
    found = {
        match[1]
        for path in source.glob("*/topology.pdb")
        if (match := re.search(r"OPENMM ([\d.]+)", path.read_text()[:200]))
    }
    return f"OpenMM {' and '.join(sorted(found))}" if found else "OpenMM"


if __name__ == "__main__":
    raise SystemExit(main())

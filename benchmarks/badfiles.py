"""Read damaged trajectory files, and count what comes of it.

Run as `python -m benchmarks.badfiles`. Each try is read by `load_trajectory` in a
process that may crash or hang, and compared with what mdtraj reads from the undamaged
file.
"""

import argparse
import multiprocessing
import os
import tempfile
import warnings
from collections import Counter
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import mdtraj
import numpy as np

from benchmarks.badfiles_damage import (
    DAMAGES,
    FORMATS,
    RANDOM,
    Try,
    tries,
    write_samples,
)
from sklearn_deepsig.exceptions import DeepSignatureError, TrajectoryFileWarning
from sklearn_deepsig.trajectory import load_trajectory

# In this order in the table.
RIGHT, ERROR, WARNED = "right data", "our error", "warned"
SHORT, TIMES, NAMES = "silent: frames lost", "silent: times, box", "silent: names"
SMALL, LARGE = "silent: below 0.1 nm", "silent: above 0.1 nm"
ALARM, OTHER, CRASH, HANG = "false alarm", "other error", "crash", "hang"
OUTCOMES = (RIGHT, ERROR, WARNED, SMALL, LARGE, TIMES, NAMES, SHORT)
NEVER = (ALARM, OTHER, CRASH, HANG)
SMALL_CHANGE = 0.1  # nm
SECONDS = 150


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tries from the command line; 1 if something happened that never may."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.badfiles")
    parser.add_argument("--tries", type=int, default=100, help="per random damage")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=FORMATS, nargs="+", default=FORMATS)
    parser.add_argument(
        "--results", type=Path, default=Path(__file__).with_name("BADFILES.md")
    )
    options = parser.parse_args(arguments)
    counts: dict[tuple[str, str], Counter[str]] = {}
    examples: dict[str, str] = {}
    for extension in options.only:
        for damage, outcome, detail in run(extension, options.tries, options.seed):
            counts.setdefault((extension, damage), Counter())[outcome] += 1
            if outcome in (*NEVER, LARGE):
                examples.setdefault(f"{extension}, {damage}: {outcome}", detail)
        for (done, damage), count in counts.items():
            if done == extension:
                print(f"{extension:4} {damage:25} {dict(count)}", flush=True)
    for case, detail in examples.items():
        print(f"{case}: {detail}")
    options.results.write_text(document(counts, options.tries, options.seed))
    return int(any(count[outcome] for count in counts.values() for outcome in NEVER))


def run(extension: str, n_tries: int, seed: int) -> list[tuple[str, str, str]]:
    """Return the damage, the outcome and the details of each try of a format."""
    outcomes: list[tuple[str, str, str]] = []
    context = multiprocessing.get_context("spawn")
    damage, finished = "", False
    while not finished:
        ours, theirs = context.Pipe()
        process = context.Process(
            target=work, args=(theirs, extension, n_tries, seed, len(outcomes))
        )
        process.start()
        theirs.close()
        try:
            while not finished:
                if not ours.poll(SECONDS):
                    outcomes.append((damage, HANG, ""))
                    process.kill()
                    break
                kind, *message = ours.recv()
                if kind == "begins":
                    (damage,) = message
                elif kind == "read":
                    outcomes.append((damage, *message))
                finished = kind == "finished"
        except EOFError:
            process.join()
            outcomes.append((damage, CRASH, f"status {process.exitcode}"))
        process.join()
        ours.close()
    return outcomes


def work(pipe: Connection, extension: str, n_tries: int, seed: int, start: int) -> None:
    """Make all tries of a format, and read those from the given one on."""
    warnings.simplefilter("ignore")
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # what the readers print from C
        os.dup2(nothing, stream)
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        folder, number = Path(name), 0
        write_samples(folder)
        for damage in DAMAGES:
            for attempt in tries(extension, damage, folder, n_tries, seed):
                if number >= start:
                    pipe.send(("begins", damage))
                    pipe.send(("read", *read_unprivileged(attempt)))
                number += 1
        pipe.send(("finished",))


def read_unprivileged(attempt: Try) -> tuple[str, str]:
    """Read a try, without the rights of root where it needs that."""
    if not (attempt.unprivileged and os.geteuid() == 0):
        return judge(attempt)
    os.seteuid(65534)
    try:
        return judge(attempt)
    finally:
        os.seteuid(0)


def judge(attempt: Try) -> tuple[str, str]:
    """Read a try, and tell the outcome and its details."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", TrajectoryFileWarning)
        try:
            loaded = load_trajectory(attempt.file, attempt.topology)
        except DeepSignatureError as error:
            named = (attempt.file.name, attempt.topology and attempt.topology.name)
            if any(name and name in str(error) for name in named):
                undamaged = attempt.expected is not None and is_whole(attempt)
                return (ALARM if undamaged else ERROR), str(error)
            return OTHER, f"names no file: {error}"
        except Exception as error:
            return OTHER, f"{type(error).__name__}: {error}"
    outcome, detail = compare(loaded, attempt.expected)
    if caught and outcome != RIGHT:
        return WARNED, str(caught[0].message)
    if caught and is_whole(attempt):
        return ALARM, str(caught[0].message)
    return outcome, detail


def is_whole(attempt: Try) -> bool:
    """Tell whether the try is no damage at all."""
    return attempt.file.name.startswith("good.") and attempt.expected is not None


def compare(
    loaded: mdtraj.Trajectory, expected: mdtraj.Trajectory | None
) -> tuple[str, str]:
    """Tell what is wrong with a trajectory."""
    if expected is None:
        return LARGE, "there should be an error"
    if loaded.xyz.shape != expected.xyz.shape:
        return SHORT, f"{loaded.xyz.shape} of {expected.xyz.shape}"
    with np.errstate(all="ignore"):
        change = float(np.abs(loaded.xyz - expected.xyz).max())
    if change != 0:
        outcome = SMALL if change <= SMALL_CHANGE else LARGE
        return outcome, f"moved by {change:.3g} nm"
    for name in ("time", "unitcell_lengths", "unitcell_angles"):
        here, there = getattr(loaded, name), getattr(expected, name)
        if (here is None) != (there is None) or not np.array_equal(here, there):
            return TIMES, name
    if loaded.topology != expected.topology:
        return NAMES, "topology"
    return RIGHT, ""


def document(
    counts: dict[tuple[str, str], Counter[str]], n_tries: int, seed: int
) -> str:
    """Write the whole of BADFILES.md."""
    heads = ["format", "damage", "tries", *OUTCOMES, *NEVER]
    rows = [heads, ["---"] * len(heads)]
    for (extension, damage), count in counts.items():
        numbers = [count.total(), *(count[name] for name in (*OUTCOMES, *NEVER))]
        rows.append([extension, damage, *(str(n) if n else "-" for n in numbers)])
    return "\n".join(
        [
            "# Damaged trajectory files",
            "",
            "Written by `python -m benchmarks.badfiles "
            f"--tries {n_tries} --seed {seed}`, with mdtraj {mdtraj.__version__}. The "
            f"random damages ({', '.join(RANDOM)}) are tried {n_tries} times each, the "
            "others as often as there are cases. Every file holds 20 frames of a "
            "simulation that is shipped; right is what mdtraj reads from the undamaged "
            "file, to the bit. Silent outcomes are wrong data without error or "
            "warning, by the largest change of a coordinate. 'Other error' is an error "
            "that is not ours or does not name the file.",
            "",
            *(f"| {' | '.join(row)} |" for row in rows),
            "",
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())

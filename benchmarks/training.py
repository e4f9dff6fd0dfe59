"""Time one training step: ours, and the authors' where a checkout is at hand.

Run as `python -m benchmarks.training --authors DIR`. Every measurement is a process of
its own, so that its peak of memory is its own.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks import training_report as report
from benchmarks.logsignature import describe

Row = tuple[int, int, int]

# nodes, frames, batch
ROWS: list[Row] = [
    (282, 100, 16),
    (1384, 100, 16),
    (5000, 100, 16),
    (20000, 100, 16),
    (1384, 250, 16),
    (1384, 1000, 16),
    (5000, 1000, 4),
]
QUICK_ROWS: list[Row] = [(30, 12, 2), (60, 12, 2)]
# The authors' adjacency is dense: further rows take minutes or more memory than is had.
AUTHORS_ROWS = [(282, 100, 16), (1384, 100, 16)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training")
    parser.add_argument("--json", type=Path, help="file for one record a measurement")
    parser.add_argument("--authors", type=Path, help="checkout of the authors' code")
    parser.add_argument("--threads", type=int, default=1, help="default: 1")
    parser.add_argument("--repeats", type=int, default=3, help="timed steps a row")
    parser.add_argument("--quick", action="store_true", help="tiny rows, to try it")
    parser.add_argument(
        "--only", type=parse_row, nargs="+", help="rows as NODESxFRAMESxBATCH"
    )
    parser.add_argument(
        "--results",
        type=Path,
        default=None,
        help="Markdown file, with the picture beside it; default: TRAINING.md here, "
        "none with --quick or --only",
    )
    options = parser.parse_args(arguments)
    rows = options.only or (QUICK_ROWS if options.quick else ROWS)
    records, notes = [], []
    for row in rows:
        for who in ("ours", "authors"):
            if who == "authors" and (
                options.authors is None or row not in [*AUTHORS_ROWS, *QUICK_ROWS]
            ):
                continue
            try:
                record = measure(
                    who, row, options.repeats, options.threads, options.authors
                )
            except subprocess.CalledProcessError as error:
                notes.append(f"{who} failed at {row}: {last_line(error.stderr)}")
                continue
            records.append(record)
            print(json.dumps(record), flush=True)
    if options.authors is None:
        notes.append("The authors' step was not timed: no --authors DIR was given.")
    setting = describe(torch.device("cpu"), options.threads)
    text = report.document(records, notes, setting)
    print(f"\n{text}")
    results = options.results
    if results is None and not (options.quick or options.only):
        results = Path(__file__).with_name("TRAINING.md")
    if results is not None:
        results.write_text(text)
        report.draw_memory(records, results.with_name("training_memory.png"))
    if options.json is not None:
        options.json.write_text(json.dumps(records, indent=1))
    return 1 if any("failed" in note for note in notes) else 0


def parse_row(text: str) -> Row:
    """Read nodes, frames and batch from a text such as 282x100x16."""
    nodes, frames, batch = map(int, text.split("x"))
    return nodes, frames, batch


def measure(
    who: str, row: Row, repeats: int, threads: int, authors: Path | None
) -> dict:
    """Measure one row in a fresh process; return its record."""
    numbers = map(str, (*row, repeats, threads))
    command = [sys.executable, "-m", "benchmarks.training_step", who, *numbers]
    if authors is not None:
        command += ["--authors", str(authors)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(last_line(done.stdout))


def last_line(text: str) -> str:
    """Return the last line that is not empty."""
    return (text.strip().splitlines() or [""])[-1]


if __name__ == "__main__":
    raise SystemExit(main())

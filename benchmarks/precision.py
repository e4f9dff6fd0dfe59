"""Compare the rounding errors of log-signatures in float32: ours and the peers'.

Run as `python -m benchmarks.precision`. Long paths far from the origin are the hard
case: areas are small differences of large numbers.
"""

import argparse
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor

from benchmarks import peers
from sklearn_deepsig.functional import logsignature, logsignature_width

# (frames, channels, depth)
TASKS = [
    (frames, channels, depth)
    for channels, depth in [(30, 2), (6, 3), (6, 4), (3, 5)]
    for frames in (100, 1000, 10_000)
]
QUICK_TASKS = [(20, 3, 2), (20, 2, 4)]
# A path's distance from the origin, and the size of its steps.
PLACE, STEP = 1000.0, 0.01


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.precision")
    parser.add_argument("--quick", action="store_true", help="tiny tasks, to try it")
    parser.add_argument(
        "--results",
        type=Path,
        default=None,
        help="Markdown file; default: PRECISION.md here, none with --quick",
    )
    options = parser.parse_args(arguments)
    tasks = QUICK_TASKS if options.quick else TASKS
    text = document({task: measure(*task) for task in tasks})
    print(text)
    results = options.results
    if results is None and not options.quick:
        results = Path(__file__).with_name("PRECISION.md")
    if results is not None:
        results.write_text(text)
    return 0


def measure(frames: int, channels: int, depth: int) -> dict[str, float]:
    """Return each library's largest relative error on four random walks."""
    generator = torch.Generator().manual_seed(0)
    steps = torch.randn(4, frames, channels, generator=generator, dtype=torch.float64)
    path = (PLACE + STEP * steps.cumsum(1)).float()
    weights = torch.ones(4, logsignature_width(channels, depth))
    errors = {
        "ours": largest_error(
            logsignature(path, depth, backend="torch"), path, depth, "words"
        )
    }
    for name, prepare in peers.PEERS.items():
        try:
            runner = prepare(path, depth, weights)
        except (ImportError, peers.Unsuitable):
            continue
        actual = runner.to_tensor(runner.forward())
        errors[name] = largest_error(actual, path, depth, runner.basis)
    return errors


def largest_error(actual: Tensor, path: Tensor, depth: int, basis: str) -> float:
    """Compare with float64: the largest error of a level over its largest coefficient.

    The worst level counts.
    """
    expected = logsignature(path.double(), depth, basis=basis, backend="torch")
    channels = path.shape[2]
    ends = [0] + [logsignature_width(channels, n, basis) for n in range(1, depth + 1)]
    errors = []
    for start, end in pairwise(ends):
        level = expected[:, start:end]
        error = (actual[:, start:end].double() - level).abs().max() / level.abs().max()
        errors.append(float(error))
    return max(errors)


def document(errors: dict[tuple[int, int, int], dict[str, float]]) -> str:
    """Write the whole of PRECISION.md."""
    names = list(dict.fromkeys(name for found in errors.values() for name in found))
    rows = [["(frames, channels), depth", *names], ["---"] * (len(names) + 1)]
    for (frames, channels, depth), found in errors.items():
        cells = [f"{found[name]:.0e}" if name in found else "-" for name in names]
        rows.append([f"({frames}, {channels}), {depth}", *cells])
    return "\n".join(
        [
            "# Rounding errors of log-signatures in float32",
            "",
            "Written by `python -m benchmarks.precision`. Four random walks with steps "
            f"of {STEP}, at {PLACE:.0f} from the origin, rounded to float32; the "
            "reference is the log-signature of the same frames in float64. Largest "
            "error of a level relative to its largest coefficient; the worst level "
            'counts. Ours is `backend="torch"`. iisignature computes in float64, '
            "whatever it is given.",
            "",
            *(f"| {' | '.join(row)} |" for row in rows),
            "",
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())

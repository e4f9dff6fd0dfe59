"""Compare the speed of log-signatures: ours, the peers', and the floor.

Run as `python -m benchmarks.logsignature`. Every backend's result and gradient are
checked against ours before anything is timed.
"""

import argparse
import json
import platform
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from benchmarks import peers, report
from benchmarks.timing import interleaved_medians, peak_bytes
from sklearn_deepsig.functional import logsignature, logsignature_width

QUICK_TASKS = [(2, 6, 5, 2), (2, 6, 4, 3), (2, 6, 3, 4)]
# Relative to the largest coefficient, or component of a gradient.
TOLERANCE = 2e-3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.logsignature")
    parser.add_argument("--json", type=Path, help="file for one record a measurement")
    parser.add_argument("--threads", type=int, default=1, help="default: 1")
    parser.add_argument("--quick", action="store_true", help="tiny tasks, to try it")
    parser.add_argument("--device", default="cpu", help="default: cpu")
    parser.add_argument(
        "--only",
        type=parse_task,
        nargs="+",
        metavar="TASK",
        help="batch x frames x channels x depth, such as 48x500x30x2; default: all",
    )
    parser.add_argument(
        "--results",
        type=Path,
        default=None,
        help="Markdown file; default: RESULTS.md here, none with --quick or --only",
    )
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    tasks = options.only or (QUICK_TASKS if options.quick else list(report.GOALS))
    records, notes = [], []
    for task in tasks:
        more, skipped = measure(task, device, budget=0.01 if options.quick else 0.4)
        records += more
        notes += [note for note in skipped if note not in notes]
        print(report.table(more), flush=True)
    if options.quick:
        print("Tiny tasks show that it runs; their times are overhead, not speed.")
    setting = describe(device, options.threads)
    text = report.document(records, notes, setting)
    print(f"\n{text}")
    results = options.results
    if results is None and not (options.quick or options.only):
        results = Path(__file__).with_name("RESULTS.md")
    if results is not None:
        results.write_text(text)
    if options.json is not None:
        options.json.write_text(json.dumps(records, indent=1))
    return 0


def parse_task(text: str) -> tuple[int, ...]:
    """Read a task such as 48x500x30x2."""
    task = tuple(int(number) for number in text.split("x"))
    if len(task) != 4 or min(task) < 1:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not batch x frames x channels x depth, such as 48x500x30x2."
        )
    return task


def measure(
    task: tuple[int, int, int, int], device: torch.device, budget: float
) -> tuple[list[dict], list[str]]:
    """Time every backend on one task; return records and notes of what was skipped."""
    batch, frames, channels, depth = task
    generator = torch.Generator().manual_seed(0)
    steps = torch.randn(batch, frames, channels, generator=generator)
    path = (steps.cumsum(1) / frames**0.5).to(device)
    width = logsignature_width(channels, depth)
    weights = torch.randn(batch, width, generator=generator).to(device)
    runners, notes = {"ours": peers.ours(path, depth, weights)}, []
    for name, prepare in peers.PEERS.items():
        try:
            runners[name] = prepare(path, depth, weights)
            check_agreement(name, runners[name], path, depth, weights)
        except ImportError:
            notes.append(f"{name} was skipped: not installed.")
        except peers.Unsuitable as reason:
            notes.append(f"{name} was skipped at {task}: {reason}.")
    own = peak_bytes(runners["ours"].forward, device)
    peaks = {"ours": own} | {
        name: peak_bytes(runner.forward, device)
        for name, runner in runners.items()
        if name != "ours"
    }
    functions = {("floor", False): floor(path, depth)}
    functions |= {(name, False): r.forward for name, r in runners.items()}
    functions |= {(name, True): r.forward_backward for name, r in runners.items()}
    medians = interleaved_medians(functions, budget, device)
    records = [
        {
            "backend": name,
            "batch": batch,
            "frames": frames,
            "channels": channels,
            "depth": depth,
            "threads": torch.get_num_threads(),
            "forward_s": medians[name, False].first,
            "forward_backward_s": medians[name, True].first,
            "forward_again_s": medians[name, False].again,
            "forward_backward_again_s": medians[name, True].again,
            "peak_bytes": peaks[name],
            "floor_s": medians["floor", False].first,
        }
        for name in runners
    ]
    return records, notes


def check_agreement(
    name: str,
    runner: peers.Runner,
    path: torch.Tensor,
    depth: int,
    weights: torch.Tensor,
) -> None:
    """Raise ValueError where a backend's result or gradient is not ours."""
    leaf = path.clone().requires_grad_()
    expected = logsignature(leaf, depth, basis=runner.basis)
    (gradient,) = torch.autograd.grad(expected, leaf, weights)
    for what, actual, wanted in [
        ("log-signature", runner.forward(), expected.detach()),
        ("gradient", runner.forward_backward(), gradient),
    ]:
        error = (runner.to_tensor(actual) - wanted).abs().max() / wanted.abs().max()
        if not error <= TOLERANCE:
            raise ValueError(
                f"The {what} of {name} is off by {error:.1e} for a path of shape "
                f"{tuple(path.shape)} at depth {depth}."
            )


def floor(path: torch.Tensor, depth: int) -> Callable[[], None]:
    """Make the least that any method of matrix products has to do.

    A product over time with as many results as the last level, and the output written
    once. At depth 2 it is the whole matrix of pairs.
    """
    batch, frames, channels = path.shape
    width = logsignature_width(channels, depth)
    n_rows = channels ** (depth // 2)
    n_words = width - logsignature_width(channels, depth - 1)
    n_columns = channels if depth == 2 else -(-n_words // n_rows)
    left = path.new_ones(batch, frames, n_rows)
    right = path.new_ones(batch, frames, n_columns)
    product = path.new_empty(batch, n_rows, n_columns)
    output = path.new_empty(batch, width)

    def run() -> None:
        torch.bmm(left.mT, right, out=product)
        output.fill_(0.0)

    return run


def describe(device: torch.device, threads: int) -> str:
    """Name the device, the number of threads and the versions."""
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
    else:
        name = platform.processor() or platform.machine()
        cpuinfo = Path("/proc/cpuinfo")
        if cpuinfo.exists():
            models = [x for x in cpuinfo.read_text().splitlines() if "model name" in x]
            name = models[0].split(":", 1)[1].strip() if models else name
        name += f" ({torch.backends.cpu.get_cpu_capability()})"
    found = ", ".join(f"{name} {number}" for name, number in peers.versions().items())
    return f"{name}, {threads} thread{'s' * (threads > 1)}. {found}."


if __name__ == "__main__":
    raise SystemExit(main())

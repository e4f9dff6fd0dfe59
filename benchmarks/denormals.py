"""Time a step back through an LSTM with denormal numbers and without.

Run as `python -m benchmarks.denormals`. The gradient of the last state alone goes back
through all frames, as in `GraphLSTMClassifier`: the more frames, the smaller.
"""

import argparse
from collections.abc import Callable, Sequence

import torch
from torch import nn

from benchmarks.logsignature import describe
from benchmarks.timing import interleaved_medians
from sklearn_deepsig.training import flushed_denormals, reused_memory

FRAMES = (20, 50, 100, 200, 500)
PATHS, DIMS, HIDDEN = 128, 3, 64  # 16 samples of 8 clusters


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.denormals")
    parser.add_argument("--threads", type=int, default=1, help="default: 1")
    parser.add_argument("--seconds", type=float, default=3.0, help="a row and mode")
    parser.add_argument("--frames", type=int, nargs="+", default=FRAMES)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    device = torch.device("cpu")
    print(describe(device, options.threads))
    print(f"\nForward and backward: {PATHS} paths, an LSTM of width {HIDDEN}.\n")
    print("| frames | ms, denormals kept | ms, flushed | ratio |")
    print("| --- | --- | --- | --- |")
    for n_frames in options.frames:
        step = make_step(n_frames)
        with reused_memory():
            times = interleaved_medians(
                {"kept": step, "flushed": flushed(step)}, options.seconds, device
            )
        kept, fast = (1e3 * times[mode].first for mode in ("kept", "flushed"))
        print(f"| {n_frames} | {kept:.1f} | {fast:.1f} | {kept / fast:.2f} |")
    return 0


def make_step(n_frames: int) -> Callable[[], object]:
    """Return what goes forward and backward once."""
    torch.manual_seed(0)
    lstm = nn.LSTM(DIMS, HIDDEN, batch_first=True)
    paths = torch.randn(PATHS, n_frames, DIMS, requires_grad=True)

    def step() -> None:
        lstm(paths)[0][:, -1].mean().backward()

    return step


def flushed(step: Callable[[], object]) -> Callable[[], object]:
    """Return the step as a fit takes it."""

    def within() -> None:
        with flushed_denormals():
            step()

    return within


if __name__ == "__main__":
    raise SystemExit(main())

"""Time GraphLSTM's recurrent layer on all sequences at once and on pieces of them.

Run as `python -m benchmarks.lstm_pieces`. A piece has gates that stay in the cache of a
core; those of 48 windows of 30 clusters, as in figure 4, do not.
"""

import argparse
from collections.abc import Callable, Sequence
from unittest import mock

import torch

from benchmarks.logsignature import describe
from benchmarks.timing import interleaved_medians
from sklearn_deepsig.nn import GraphLSTMNetwork, averaging
from sklearn_deepsig.training import flushed_denormals, reused_memory

FRAMES = (10, 20, 50)
SAMPLES, CLUSTERS, HIDDEN = 48, 30, 64


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lstm_pieces")
    parser.add_argument("--threads", type=int, default=1, help="default: 1")
    parser.add_argument("--seconds", type=float, default=5.0, help="a row and mode")
    parser.add_argument("--frames", type=int, nargs="+", default=FRAMES)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    device = torch.device("cpu")
    print(describe(device, options.threads))
    print(f"\nForward and backward: {SAMPLES} samples of {CLUSTERS} clusters, an LSTM")
    print(f"of width {HIDDEN}.\n")
    print("| frames | ms, at once | ms, in pieces | ratio |")
    print("| --- | --- | --- | --- |")
    for n_frames in options.frames:
        step = make_step(n_frames)
        with reused_memory(), flushed_denormals():
            times = interleaved_medians(
                {"once": at_once(step), "pieces": step}, options.seconds, device
            )
        once, pieces = (1e3 * times[mode].again for mode in ("once", "pieces"))
        print(f"| {n_frames} | {once:.1f} | {pieces:.1f} | {once / pieces:.2f} |")
    return 0


def make_step(n_frames: int) -> Callable[[], object]:
    """Return what goes forward and backward once."""
    torch.manual_seed(0)
    network = GraphLSTMNetwork(
        1, 2, n_clusters=(CLUSTERS,), hidden_dim=10, lstm_hidden_dim=HIDDEN,
        mlp_hidden_dim=64, dropout=0.0,
    )  # fmt: skip
    clusters = torch.randn(SAMPLES, CLUSTERS, n_frames, 1, requires_grad=True)
    lengths = torch.full((SAMPLES,), n_frames)

    def step() -> None:
        network._last_states(clusters, lengths).mean().backward()

    return step


def at_once(step: Callable[[], object]) -> Callable[[], object]:
    """Return the step with all sequences in one piece."""

    def within() -> None:
        with mock.patch.object(averaging, "_CACHED_BYTES", 2**40):
            step()

    return within


if __name__ == "__main__":
    raise SystemExit(main())

"""Numbers so small that the processor takes a detour for them."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

__all__ = ["flushed_denormals"]


@contextmanager
def flushed_denormals() -> Iterator[None]:
    """Take numbers below 1.2e-38 for zero, as far as the processor can.

    Numbers below the normal range of float32 keep fewer and fewer digits, down to
    1.4e-45, and some processors take far longer for them. A gradient that goes back
    through an LSTM over 200 frames passes this range on its way to zero
    (``python -m benchmarks.denormals``). Weights do not notice: Adam adds 1e-8 to what
    it divides by.

    The mode belongs to the calling thread and to threads that begin within the block,
    such as those that share torch's work, which keep it; those that were there before
    are left as they are. On leaving the calling thread has the mode it had. Without
    effect on processors without such a mode.

    Yields
    ------
    None
        The block runs in this mode.
    """
    before = _are_flushed()
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)


def _are_flushed() -> bool:
    """Say whether half the smallest normal number is zero."""
    smallest = torch.tensor(torch.finfo(torch.float32).tiny)
    return not (smallest / 2).item()

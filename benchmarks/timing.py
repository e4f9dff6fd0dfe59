"""Measuring times, interleaved, and peaks of memory."""

import ctypes
import math
import statistics
import time
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import torch

Key = TypeVar("Key", bound=Hashable)


class Times(NamedTuple):
    """Median seconds of a function."""

    first: float
    """Of a call that follows calls of other functions, whose data fill the caches."""

    again: float
    """Of a call that follows one of its own."""


def interleaved_medians(
    functions: dict[Key, Callable[[], Any]], budget: float, device: torch.device
) -> dict[Key, Times]:
    """Time functions turn by turn, so that a slow minute falls on all of them.

    In each turn a function is called twice.

    Parameters
    ----------
    functions : dict
        What to time, by name.
    budget : float
        Seconds that the first calls of each function may take altogether.
    device : torch.device
        Where they work.

    Returns
    -------
    dict of Times
        By name.
    """

    def seconds(function: Callable[[], Any]) -> float:
        start = time.perf_counter()
        function()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter() - start

    rounds = {}
    for name, function in functions.items():
        expected = seconds(function)  # fills caches and starts threads
        if expected < budget:
            expected = seconds(function)
        rounds[name] = min(300, max(1, math.ceil(budget / max(1e-6, expected))))
    most = max(rounds.values())
    times: dict[Key, list[tuple[float, float]]] = {name: [] for name in functions}
    for turn in range(most):
        for name, function in functions.items():
            # slow functions take part in every second, third, ... turn only
            if turn * rounds[name] % most < rounds[name]:
                times[name].append((seconds(function), seconds(function)))
    return {
        name: Times(*(statistics.median(part) for part in zip(*pairs, strict=True)))
        for name, pairs in times.items()
    }


def peak_bytes(function: Callable[[], Any], device: torch.device) -> int | None:
    """Measure how far a call raises the memory in use, its result included.

    Returns None where the system does not tell (other than Linux and CUDA).
    """
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        result = function()
        torch.cuda.synchronize(device)
        del result
        return torch.cuda.max_memory_allocated(device) - before
    try:
        # Memory that was freed but kept by the allocator would hide the rise.
        ctypes.CDLL("libc.so.6").malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
        before = status_bytes("VmRSS")
        result = function()
        peak = status_bytes("VmHWM")
    except (OSError, AttributeError, KeyError):
        return None
    del result
    return max(0, peak - before)


def status_bytes(field: str) -> int:
    """Read one of the memory figures that Linux keeps of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    entries = dict(line.split(":", 1) for line in lines if ":" in line)
    return int(entries[field].split()[0]) * 1024

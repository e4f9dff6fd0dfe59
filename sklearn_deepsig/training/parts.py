"""Parts of a batch that fit into memory, also where that is less than expected."""

import warnings
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from sklearn_deepsig.exceptions import OutOfMemoryError
from sklearn_deepsig.training.batching import split_large
from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = ["PartSize"]

Result = TypeVar("Result")

# What torch says in a plain RuntimeError: of several devices, of CPUs, and from
# NVIDIA's libraries.
_SAID_OF_MEMORY = (
    "out of memory",
    "not enough memory",
    "can't allocate memory",
    "ALLOC_FAILED",
)


class PartSize:
    """How much goes through a network at once: what is usual, or less.

    Where memory runs out, it becomes half of what was tried, and stays so.
    """

    def __init__(self) -> None:
        self._most_points: int | None = None

    def split(
        self, samples: Sequence[GraphTrajectory], device: torch.device
    ) -> list[NDArray[np.int64]]:
        """Split a batch into parts, in order.

        Parameters
        ----------
        samples : sequence of GraphTrajectory
            The batch.
        device : torch.device
            Where it will be worked on.

        Returns
        -------
        list of ndarray of int
            Indices of each part; a single sample is never split.
        """
        return list(split_large(samples, device, self._most_points))

    def work_through(
        self,
        samples: Sequence[GraphTrajectory],
        device: torch.device,
        work: Callable[[list[NDArray[np.int64]]], Result],
    ) -> Result:
        """Work on a batch in parts, and anew in smaller ones where memory runs out.

        Parameters
        ----------
        samples : sequence of GraphTrajectory
            The batch.
        device : torch.device
            Where it is worked on.
        work : callable
            Called with the parts. What it had done until memory ran out must not
            matter, for it is called again.

        Returns
        -------
        object
            What `work` gives.

        Raises
        ------
        OutOfMemoryError
            If memory runs out with single samples.

        Warns
        -----
        UserWarning
            Each time the parts become smaller.
        """
        while True:
            parts = self.split(samples, device)
            try:
                return work(parts)
            except (MemoryError, RuntimeError) as error:
                if not _is_of_memory(error):
                    raise
                self._halve([[samples[i] for i in part] for part in parts], error)
            # Only here is nothing left that the failed work had allocated.
            if device.type == "cuda":
                torch.cuda.empty_cache()

    def _halve(
        self, parts: Sequence[Sequence[GraphTrajectory]], error: Exception
    ) -> None:
        reason = str(error).partition("\n")[0].strip() or type(error).__name__
        divisible = [part for part in parts if len(part) > 1]
        largest = max(divisible or parts, key=_points)
        size = (
            f"up to {max(sample.n_nodes for sample in largest)} nodes and "
            f"{max(sample.n_frames for sample in largest)} frames"
        )
        if not divisible:
            raise OutOfMemoryError(
                f"Memory ran out with one sample at a time, of {size} ({reason}). "
                "Cut trajectories into shorter windows (make_windows), choose fewer "
                "atoms (TrajectorySelector), or lower n_clusters or hidden_dim."
            ) from error
        self._most_points = _points(largest) // 2
        warnings.warn(
            f"Memory ran out with {len(largest)} samples at once, of {size} "
            f"({reason}). Parts of at most half that size go through the network from "
            "here on: steps are the same up to dropout and batch_norm, but take "
            "longer.",
            UserWarning,
            stacklevel=2,
        )


def _points(part: Sequence[GraphTrajectory]) -> int:
    """Count padded nodes times frames."""
    n_nodes = max(sample.n_nodes for sample in part)
    return len(part) * n_nodes * max(sample.n_frames for sample in part)


def _is_of_memory(error: Exception) -> bool:
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    return any(words in str(error) for words in _SAID_OF_MEMORY)

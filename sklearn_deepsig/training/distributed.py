"""One fit on several processes: each takes its share of every batch.

All processes run the same fit on the same samples, with the same seed. They differ in
which samples of a batch they go through; the gradients are added up, so that all take
the same steps. Nothing here does anything where `torch.distributed` was not started.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import distributed, nn

__all__ = ["add_gradients", "add_numbers", "own_share", "rank_and_size", "same_seed"]


def rank_and_size() -> tuple[int, int]:
    """Return which process this is, and of how many.

    Returns
    -------
    rank : int
        Number of this process, from 0.
    size : int
        Number of processes; 1 where `torch.distributed` was not started.
    """
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return 0, 1


def own_share(n_samples: int) -> NDArray[np.int64]:
    """Choose the samples of a batch that this process goes through.

    Parameters
    ----------
    n_samples : int
        Samples of the batch.

    Returns
    -------
    ndarray of int
        Their indices; no two processes share one, and together they have all.
    """
    rank, size = rank_and_size()
    return np.arange(rank, n_samples, size)


def add_gradients(module: nn.Module) -> None:
    """Replace the gradients of each process by their sum.

    Parameters
    ----------
    module : torch.nn.Module
        The network, the same one in each process.
    """
    if rank_and_size()[1] == 1:
        return
    for parameter in module.parameters():
        if parameter.grad is None:  # a process without a share of this batch
            parameter.grad = torch.zeros_like(parameter)
        distributed.all_reduce(parameter.grad)


def add_numbers(numbers: dict[str, float], device: torch.device) -> dict[str, float]:
    """Return the sums of numbers over the processes.

    Parameters
    ----------
    numbers : dict of str to float
        The numbers of this process, under the same names in each.
    device : torch.device
        Where the processes meet.

    Returns
    -------
    dict of str to float
        The sums, the same in each process.
    """
    if rank_and_size()[1] == 1:
        return numbers
    sums = torch.tensor(list(numbers.values()), dtype=torch.float64, device=device)
    distributed.all_reduce(sums)
    return dict(zip(numbers, sums.tolist(), strict=True))


def same_seed(seed: int, device: torch.device) -> int:
    """Agree on the seed of the first process.

    Parameters
    ----------
    seed : int
        The seed that this process drew.
    device : torch.device
        Where the processes meet.

    Returns
    -------
    int
        That of the first process.
    """
    if rank_and_size()[1] == 1:
        return seed
    shared = torch.tensor(seed, device=device)
    distributed.broadcast(shared, src=0)
    return int(shared)

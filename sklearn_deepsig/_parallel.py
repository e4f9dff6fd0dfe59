"""Work that joblib's backends share out: threads, processes, or a cluster."""

import sys
from collections.abc import Callable, Iterable, Iterator
from numbers import Integral
from typing import Any, TypeVar

from joblib import effective_n_jobs
from sklearn.utils import gen_even_slices
from sklearn.utils.parallel import Parallel, delayed

from sklearn_deepsig._constraints import POSITIVE_INT, Number

__all__ = ["N_JOBS", "in_parallel", "slices_for"]

_T = TypeVar("_T")

N_JOBS = [POSITIVE_INT, Number(Integral, None, -1, closed="right"), None]
"""What a parameter `n_jobs` may be."""

# Some, so that no worker waits long for another; few, for each task has its costs.
_TASKS_PER_WORKER = 4


def in_parallel(
    function: Callable[..., _T],
    tasks: Iterable[tuple[Any, ...]],
    n_jobs: int | None,
    *,
    prefer: str | None = None,
) -> Iterator[_T]:
    """Call a function for each task, where joblib's backend of now does such work.

    Parameters
    ----------
    function : callable
        Called with what is in a task; can be pickled, and so can what it returns.
    tasks : iterable of tuple
        The arguments of each call.
    n_jobs : int or None
        Calls at the same time. One is made here, whatever the backend. With None the
        backend says how many, but within a task of a Dask cluster it is one.
    prefer : {"threads", "processes"}, optional
        Where to work unless `joblib.parallel_config` says so.

    Returns
    -------
    iterator
        The results, in the order of the tasks; where the backend can, each as soon as
        it and those before it are there.
    """
    if _stays_here(n_jobs):
        return (function(*task) for task in tasks)
    try:
        parallel = Parallel(n_jobs=n_jobs, prefer=prefer, return_as="generator")
    except ValueError:  # this backend gives all results at once
        parallel = Parallel(n_jobs=n_jobs, prefer=prefer)
    return iter(parallel(delayed(function)(*task) for task in tasks))


def slices_for(n_samples: int, n_jobs: int | None) -> list[slice]:
    """Divide samples among tasks.

    Parameters
    ----------
    n_samples : int
        Number of samples, at least one.
    n_jobs : int or None
        See `in_parallel`.

    Returns
    -------
    list of slice
        The samples of each task, in their order.
    """
    n_tasks = 1
    if not _stays_here(n_jobs):
        n_workers = effective_n_jobs(n_jobs)
        n_tasks = 1 if n_workers == 1 else min(n_samples, _TASKS_PER_WORKER * n_workers)
    return list(gen_even_slices(n_samples, n_tasks))


def _stays_here(n_jobs: int | None) -> bool:
    """Tell whether work is not for joblib: that of one job, or a part of a Dask task.

    joblib would hand what is a part of one task to the cluster again, and the worker
    would begin other tasks while it waits: more of them in memory than it has threads.
    """
    utils = sys.modules.get("distributed.utils")
    in_task = hasattr(getattr(utils, "thread_state", None), "execution_state")
    return n_jobs == 1 or (n_jobs is None and in_task)

"""A Dask cluster on this machine, and a time-out for what waits for it."""

import os
import signal
import threading
from contextlib import contextmanager

import dask
from distributed import Client, LocalCluster


@contextmanager
def local_cluster(folder, n_workers=2):
    """Workers that are processes of one thread, at ports that are free, as a client."""
    quiet = {"distributed.admin.log-format": "%(name)s %(message)s"}
    with (
        dask.config.set({"temporary-directory": str(folder), **quiet}),
        LocalCluster(
            n_workers=n_workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            scheduler_port=0,
            dashboard_address=":0",
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@contextmanager
def at_most(seconds):
    """Raise TimeoutError in a block of the main thread that takes longer."""

    def end(*_):
        raise TimeoutError(f"not done after {seconds} s")

    assert threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def is_running(pid):
    """Whether a process exists and is no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] != "Z"

"""Kill conversions at random moments, go on, and compare: run as a program.

One process imports everything once and forks each conversion from itself. Most of a
conversion is over before its first trajectory is done, so every other kill waits for
that, to come amid the trajectories.
"""

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import numpy as np

from sklearn_deepsig import TrajectoryStore
from tests.helpers.kill_and_resume import fork
from tests.helpers.stores import contents, write_files

N_KILLS = 20


def convert(folder, arguments):
    TrajectoryStore.convert(folder, **arguments, chunk_bytes=4000)


def done_in(folder):
    """Count the trajectories that are done."""
    return len(list(folder.glob("0*.json")))


def wait_for_the_first(folder, child):
    """Return when a trajectory is done, or the conversion is over."""
    while not done_in(folder) and not os.waitid(
        os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT
    ):
        time.sleep(1e-4)


def main(root):
    """Print, for each kill, how many trajectories it left, and whether all is well."""
    rng = np.random.default_rng()
    arguments = write_files(root / "files", n_files=3, n_residues=8, n_frames=100)
    convert(root / "warm", arguments)
    started = time.perf_counter()
    child = fork(convert, root / "whole", arguments)
    wait_for_the_first(root / "whole", child)
    begun = time.perf_counter()
    os.waitpid(child, 0)
    ended = time.perf_counter()
    expected = contents(root / "whole")
    log = []
    while len(log) < N_KILLS:
        folder = root / "store"
        child = fork(convert, folder, arguments)
        if len(log) % 2:
            wait_for_the_first(folder, child)
            time.sleep(rng.uniform(0.0, ended - begun))
        else:
            time.sleep(rng.uniform(0.0, ended - started))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):  # else it was too late
            done = done_in(folder)
            _, status = os.waitpid(fork(convert, folder, arguments), 0)
            same = status == 0 and contents(folder) == expected
            log.append({"done": done, "same": same})
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(json.dumps(log))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Kill conversions at random moments, go on, and compare: run as a program.

One process imports everything once and forks each conversion from itself.
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


def main(root):
    """Print, for each kill, how many trajectories it left, and whether all is well."""
    rng = np.random.default_rng()
    arguments = write_files(root / "files", n_files=3, n_residues=8, n_frames=100)
    convert(root / "warm", arguments)
    started = time.perf_counter()
    os.waitpid(fork(convert, root / "whole", arguments), 0)
    seconds = time.perf_counter() - started
    expected = contents(root / "whole")
    log = []
    while len(log) < N_KILLS:
        folder = root / "store"
        child = fork(convert, folder, arguments)
        time.sleep(rng.uniform(0.0, seconds))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):  # else it was too late
            done = len(list(folder.glob("0*.json")))
            _, status = os.waitpid(fork(convert, folder, arguments), 0)
            same = status == 0 and contents(folder) == expected
            log.append({"done": done, "same": same})
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(json.dumps(log))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

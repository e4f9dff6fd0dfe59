"""Writers that are killed at random moments leave what was or what shall be."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_a_writer_killed_at_random_moments_leaves_nothing_by_half(tmp_path):
    root = Path(__file__).parents[2]
    result = subprocess.run(
        [sys.executable, "-m", "tests.helpers.kill_at_random", str(tmp_path)],
        cwd=root,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert result.returncode == 0, result.stderr
    log = json.loads(result.stdout)
    assert {len(outcomes) for outcomes in log.values()} == {20}
    assert set(log["save"]) <= {"nothing", "new"}
    assert set(log["save over another"]) <= {"old", "new"}
    # without settings.json the files are whole, and said not to belong together
    assert set(log["comparison"]) <= {"old", "unsealed", "new"}
    assert set(log["records"]) <= {"old", "some new", "new"}

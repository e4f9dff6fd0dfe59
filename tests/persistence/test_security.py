"""A folder that means harm runs nothing, reaches nothing, and is refused."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_no_folder_runs_anything_when_it_is_loaded(tmp_path):
    root = Path(__file__).parents[2]
    result = subprocess.run(
        [sys.executable, "-m", "tests.helpers.malicious_models", str(tmp_path)],
        cwd=root,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    results = json.loads(result.stdout)
    assert results.pop("ran") == []
    assert len(results) == 47  # as docs/reliability.md says
    expected = {
        "outcome": "refused",
        "names the folder": True,
        "events": [],
        "took memory": False,
        "took long": False,
    }
    assert results == dict.fromkeys(results, expected)

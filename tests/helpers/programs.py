"""Programs of the tests, in processes of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def start(*arguments, **options):
    """Start Python with one thread, on the package that is tested."""
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )


def run(name, *arguments):
    """Run a program of `tests.helpers` to its end; return the JSON that it prints."""
    with start(
        "-m", f"tests.helpers.{name}", *arguments, stderr=subprocess.PIPE
    ) as process:
        try:
            output, errors = process.communicate(timeout=500)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert process.returncode == 0, errors
    return json.loads(output)

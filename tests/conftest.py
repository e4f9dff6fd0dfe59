"""Fixtures shared by every test, and the count of scikit-learn's checks."""

import gc
import re
from collections import Counter, defaultdict
from pathlib import Path

import hypothesis
import numpy as np
import pytest

# A busy machine is slow, which is no property of the code.
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")


@pytest.fixture
def rng():
    return np.random.default_rng(20250424)


@pytest.fixture
def collect_garbage():
    """Collect what the test itself has left over, without a look at all else."""
    gc.collect()
    gc.freeze()
    yield gc.collect
    gc.unfreeze()


@pytest.fixture(scope="session")
def shared_data():
    """Folder of real trajectories that lie beside the project, not in it."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("real trajectories are absent: no folder shared/data here")
    return folder


def pytest_terminal_summary(terminalreporter):
    """Say how many of scikit-learn's checks ran, for each estimator."""
    counts = defaultdict(Counter)
    for outcome in ("passed", "skipped", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            found = re.search(
                r"test_estimator_checks\.py::.*\[(\w+)[-(]", report.nodeid
            )
            if found:
                counts[found[1]][outcome] += 1
    if not counts:
        return
    terminalreporter.section("checks of scikit-learn's contract")
    for name, of in [*sorted(counts.items()), ("all", sum(counts.values(), Counter()))]:
        terminalreporter.write_line(
            f"{name:30} {of.total():4} run, {of['passed']:4} passed, "
            f"{of['skipped']} skipped, {of['failed']} failed"
        )

"""Fixtures shared by every test."""

from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def rng():
    return np.random.default_rng(20250424)


@pytest.fixture(scope="session")
def shared_data():
    """Folder of real trajectories that lie beside the project, not in it."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("real trajectories are absent: no folder shared/data here")
    return folder

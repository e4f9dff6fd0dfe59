"""The memory of a process is told as the kernel accounts it."""

import numpy as np
import pytest

from sklearn_deepsig.experiments import memory


@pytest.mark.skipif(
    memory.watch_memory()() is None, reason="this system does not tell the peak"
)
def test_the_largest_memory_is_that_since_the_watch_began():
    size = 400_000_000
    before = memory.watch_memory()
    held = np.ones(size, dtype=np.uint8)
    during = before()
    del held
    after = memory.watch_memory()()
    assert during - after == pytest.approx(size / 1e9, abs=0.05)


def test_where_the_system_does_not_tell_nothing_is_made_up(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_PROCESS", tmp_path / "nowhere")
    assert memory.watch_memory()() is None

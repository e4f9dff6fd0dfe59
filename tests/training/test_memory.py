from pathlib import Path

import pytest
import torch

from sklearn_deepsig.training import memory


def resident_bytes():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(x.split()[1]) * 1024 for x in lines if x.startswith("VmRSS"))


@pytest.mark.skipif(memory._glibc() is None, reason="the C library is not glibc")
def test_freed_memory_is_kept_within_and_given_back_after():
    size = 1 << 27
    with memory.reused_memory():
        pass  # what the process had freed before is given back too, and not counted
    before = resident_bytes()
    with memory.reused_memory():
        torch.ones(size // 4)
        assert resident_bytes() - before > 0.9 * size
    assert resident_bytes() - before < 0.1 * size


def test_errors_pass_and_other_systems_go_without(monkeypatch):
    monkeypatch.setattr(memory.sys, "platform", "win32")
    with pytest.raises(KeyError), memory.reused_memory():
        raise KeyError

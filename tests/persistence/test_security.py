"""A folder that means harm runs nothing, reaches nothing, and is refused."""

import os

import pytest

from tests.helpers.programs import run


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_no_folder_runs_anything_when_it_is_loaded(tmp_path):
    results = run("malicious_models", tmp_path)
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

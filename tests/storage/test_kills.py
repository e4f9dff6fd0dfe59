"""Writers that are killed at random moments leave what was or what shall be."""

import os

import pytest

from tests.helpers.programs import run


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_a_writer_killed_at_random_moments_leaves_nothing_by_half(tmp_path):
    log = run("kill_at_random", tmp_path)
    assert {len(outcomes) for outcomes in log.values()} == {20}
    assert set(log["save"]) <= {"nothing", "new"}
    assert set(log["save over another"]) <= {"old", "new"}
    # without settings.json the files are whole, and said not to belong together
    assert set(log["comparison"]) <= {"old", "unsealed", "new"}
    assert set(log["records"]) <= {"old", "some new", "new"}

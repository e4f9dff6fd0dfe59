"""Every promise of docs/reliability.md names tests, and they exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "reliability.md").read_text()
TABLE = TEXT.partition("|---|---|\n")[2].partition("\n\n")[0].splitlines()
PROMISES = [line.strip("| ").split(" | ") for line in TABLE]


def test_there_are_promises():
    assert len(PROMISES) > 15
    assert all(len(cells) == 2 for cells in PROMISES)


@pytest.mark.parametrize(("promise", "shown_by"), PROMISES, ids=lambda x: x[:40])
def test_a_promise_has_tests_that_exist(promise, shown_by):
    names = re.findall(r"`([^`]+)`", shown_by)
    assert names, f"no test shows: {promise}"
    for name in names:
        path, _, function = name.partition("::")
        tree = ast.parse((ROOT / path).read_text())
        defined = {x.name for x in tree.body if isinstance(x, ast.FunctionDef)}
        assert function.startswith("test_"), name
        assert function in defined, name


def test_every_test_that_the_page_names_is_named_in_full():
    for path in re.findall(r"tests/[\w/]+\.py", TEXT):
        assert (ROOT / path).is_file(), path

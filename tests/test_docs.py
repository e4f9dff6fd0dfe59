"""The code of the documentation's pages, run, and what they refer to."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))
WITH_CODE = [page for page in PAGES if "\n>>> " in page.read_text()]


def test_some_pages_have_code():
    assert ROOT / "docs" / "searching.md" in WITH_CODE


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: page.stem)
def test_code_of_a_page_gives_what_it_shows(page):
    result = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_refers_to_is_there(page):
    text = page.read_text()
    for link in re.findall(r"\]\((?!http|#)([^)#]+)", text):
        assert (page.parent / link).exists(), link
    for script in re.findall(r"python (examples/\w+\.py)", text):
        assert (ROOT / script).exists(), script
    for path, name in re.findall(r"`(tests/[a-z_/]*\.py)::(test_\w+)`", text):
        assert f"def {name}(" in (ROOT / path).read_text(), (path, name)

"""The code of the documentation's pages, run, and what they refer to."""

import doctest
import importlib.util
import re
import shlex
from pathlib import Path

import pytest

from sklearn_deepsig._arguments import build_parser

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))
WITH_CODE = [page for page in PAGES if "\n>>> " in page.read_text()]

# Libraries that a page compares with, where they are installed.
PEERS = ("signatory", "iisignature", "deeptime")


def code_of(page):
    """The blocks of a page, without those that need a library that is not there."""
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(), re.DOTALL | re.M)
    missing = [name for name in PEERS if importlib.util.find_spec(name) is None]
    return [
        block
        for block in blocks
        if not any(
            re.search(rf"^>>> (from|import) {name}", block, re.M) for name in missing
        )
    ]


def test_some_pages_have_code():
    names = {page.stem for page in WITH_CODE}
    expected = {"searching", "ten_minutes", "own_trajectories", "moving", "training"}
    assert expected <= names


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: page.stem)
def test_code_of_a_page_gives_what_it_shows(page):
    text = "\n".join(code_of(page))
    example = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    result = doctest.DocTestRunner().run(example)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_all_code_of_a_page_is_run(page):
    for block in code_of(page):
        assert block.startswith(">>> "), block


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_refers_to_is_there(page):
    text = page.read_text()
    # pages of examples and of the API are made, and checked, when the site is built
    for link in re.findall(r"\]\((?!http|#|auto_examples|generated)([^)#]+)", text):
        assert (page.parent / link).exists(), link
    for script in re.findall(
        r"(?:python|torchrun)\s[^\n`]*?\b(examples/\w+\.py)", text
    ):
        assert (ROOT / script).exists(), script
    for path, name in re.findall(r"`(tests/[a-z_/]*\.py)::(test_\w+)`", text):
        assert f"def {name}(" in (ROOT / path).read_text(), (path, name)


def blocks(page, *kinds):
    """The code of a page between fences of some kinds."""
    return re.findall(rf"```(?:{'|'.join(kinds)})\n(.*?)```", page.read_text(), re.S)


COMMANDS = [
    pytest.param(command, id=f"{page.stem}-{number}")
    for page in [ROOT / "README.md", *PAGES]
    for number, command in enumerate(
        re.findall(
            r"python -m sklearn_deepsig (.+)",
            "\n".join(blocks(page, "console", "bash")),
        )
    )
]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_line_knows_what_a_page_asks_of_it(command):
    if command.startswith("store ") and "store" not in build_parser().format_help():
        pytest.skip("this version has no command for stores")
    # what the shell would put in
    words = shlex.split(re.sub(r"\$\{[^}]*\}|\$\w+", "7", command))
    build_parser().parse_args(words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_scripts_that_are_not_run_are_python(page):
    for code in blocks(page, "python"):
        if ">>> " not in code:
            compile(code, str(page), "exec")


def test_the_page_on_clusters_shows_what_was_measured():
    measured = (ROOT / "benchmarks" / "SCALING.md").read_text()
    tables = re.findall(r"(?:^\|.*\n)+", measured, re.M)
    assert len(tables) == 2
    for table in tables:
        assert table in (ROOT / "docs" / "cluster.md").read_text()

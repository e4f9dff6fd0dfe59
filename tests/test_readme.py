"""What the README promises, run."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


def examples():
    return re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)


def test_the_python_examples_run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for example in examples():
        exec(compile(example, "README.md", "exec"), names)
    assert (tmp_path / "model" / "estimator.json").exists()
    printed = capsys.readouterr().out
    assert "spectralcoarsener__n_clusters" in printed
    assert "degradation" in printed


def test_all_but_the_last_example_need_no_more_than_a_plain_installation():
    project = tomllib.loads((README.parent / "pyproject.toml").read_text())["project"]
    required = [re.match(r"[\w-]+", line)[0] for line in project["dependencies"]]
    known = {"sklearn_deepsig", "sklearn", *(x.replace("-", "_") for x in required)}
    *plain, last = examples()
    for example in plain:
        for module in re.findall(r"^(?:import|from) (\w+)", example, re.MULTILINE):
            assert module in known or module in sys.stdlib_module_names, module
    assert "import skops.io" in last


def test_the_commands_are_those_of_the_makefile():
    makefile = (README.parent / "Makefile").read_text()
    for target in re.findall(r"^\$ make (\w+)", README.read_text(), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_every_linked_file_is_there():
    for link in re.findall(r"\]\((?!http|#)([^)#]+)", README.read_text()):
        assert (README.parent / link).exists(), link


@pytest.mark.parametrize("page", [README, README.parent / "docs" / "index.md"])
def test_a_first_installation_takes_the_pinned_torch(page):
    commands = re.findall(r"^\$ pip install (.*)$", page.read_text(), re.MULTILINE)
    assert commands[0] == "-c constraints.txt '.[plots]'"
    pinned = (README.parent / "constraints.txt").read_text()
    assert re.search(r"^torch==[\d.]+$", pinned, re.MULTILINE)
    assert "several gigabytes" in page.read_text()

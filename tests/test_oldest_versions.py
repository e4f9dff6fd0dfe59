"""The versions that `make test-oldest` installs are those that are promised."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def promised():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    for line in [*project["dependencies"], *extras["plots"], *extras["test"]]:
        if not line.startswith("sklearn-deepsig["):
            name, version = line.split(">=")
            yield name, version


def pinned(name):
    text = (ROOT / name).read_text()
    return dict(re.findall(r"^([\w-]+)==([\w.]+)", text, re.MULTILINE))


def test_constraints_are_the_lower_ends():
    oldest = pinned("constraints-oldest.txt")
    # the one build of torch that is pinned, see there
    assert oldest["torch"] == pinned("constraints.txt")["torch"]
    for name, version in promised():
        if name != "torch":
            found = oldest[name]
            assert re.fullmatch(rf"{re.escape(version)}(\.\d+)*", found), name

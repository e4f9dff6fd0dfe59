"""Every test that docs/symmetry.md names is there."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "symmetry.md"


def test_every_test_it_names_exists():
    names = re.findall(r"`(?:tests/)?([a-z_/]*\.py)?::(test_\w+)`", PAGE.read_text())
    assert len(names) > 12
    path = ""
    for given, name in names:
        path = given or path  # "::name" is in the file named before
        source = (Path(__file__).parent / path).read_text()
        assert f"def {name}(" in source, (path, name)

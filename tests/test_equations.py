"""Every equation of the paper is cited by number where it is implemented."""

import re
from pathlib import Path

import sklearn_deepsig

PACKAGE = Path(sklearn_deepsig.__file__).parent


def cited(text):
    """Numbers after "equation" or "equations": 3; 3 and 4; 1 to 6."""
    found = set()
    for first, word, second in re.findall(
        r"equations?\s+(\d+)(?:\s+(to|and)\s+(\d+))?", text
    ):
        found.add(int(first))
        if word:
            start = int(first) if word == "to" else int(second)
            found.update(range(start, int(second) + 1))
    return found


def test_reading_of_citations():
    assert cited("equation 3, equations 7 to 9, equations 11 and 12") == {
        *(3, 7, 8, 9, 11, 12)
    }


def test_every_equation_is_cited_in_the_maths_and_the_networks():
    for folder in ("functional", "nn"):
        texts = [path.read_text() for path in (PACKAGE / folder).glob("*.py")]
        found = set().union(*map(cited, texts))
        # losses of a target are no stateless maths of paths or graphs
        expected = {1, 3, 4, 7, 8, 9, 10} if folder == "functional" else range(1, 13)
        assert found >= set(expected)

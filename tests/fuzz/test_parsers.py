"""Parsers of our own files: no crash, little memory, nothing outside their folder.

`python -m benchmarks.fuzz_parsers` feeds the same targets with coverage guidance.
"""

import json
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.helpers.generated import run_generated
from tests.helpers.parsers import (
    TARGETS,
    OutsideError,
    check_parser,
    only_inside,
    seeds,
)

N_CASES = 60
# Bytes that a parser may allocate beyond what its input takes.
MOST_MEMORY = 64 << 20
CORPUS = Path(__file__).parent / "corpus"
# Pieces of formats, put where they do not belong.
PIECES = [
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b",",
        b":",
        b"\\",
        b"\0",
        b"\xff",
        b"\n",
        b"\r",
        b";",
    ),
    *(b"-", b"0", b"9" * 400, b"1e999", b"NaN", b"Infinity", b"null", b"true", b"../"),
    *(
        b'{"tuple":',
        b'{"dict":',
        b'{"float":',
        b'{"tensor":',
        b'{"array":',
        b'{"text":',
    ),
    *(
        b'{"objects":',
        b'{"scalar":',
        b'{"record":',
        b'{"type":',
        b'{"text":',
        b'{"random_state":',
    ),
    *(b'"~"', b'"/etc/passwd"', b"[" * 3000, b'{"a":' * 3000, b"\xef\xbb\xbf"),
]


KINDS = ["flip", "cut", "end", "insert", "repeat", "piece"]


@st.composite
def mutations(draw, valid):
    """Draw a valid input that is cut, changed or spliced in a few places."""
    data = bytearray(draw(st.sampled_from(valid)))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(data)))
        kind = draw(st.sampled_from(KINDS))
        if kind == "flip" and place < len(data):
            data[place] ^= 1 << draw(st.integers(0, 7))
        elif kind == "cut":
            del data[place : place + draw(st.integers(1, 30))]
        elif kind == "end":
            del data[place:]
        elif kind == "insert":
            data[place:place] = draw(st.binary(min_size=1, max_size=8))
        elif kind == "repeat":
            data[place:place] = data[place : place + draw(st.integers(1, 60))]
        else:
            data[place:place] = draw(st.sampled_from(PIECES))
    return bytes(data)


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_and_spliced_files(name, tmp_path):
    valid = seeds(name, tmp_path)
    for data in valid:
        check_parser(name, tmp_path, data)  # imports what it needs
    tracemalloc.start()
    try:
        counts = run_generated(
            f"parser of {name}",
            mutations(valid),
            lambda data: check_parser(name, tmp_path, data),
            N_CASES,
        )
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()
    assert counts["refused"] > N_CASES // 4


@pytest.mark.parametrize("name", TARGETS)
def test_valid_files_are_read(name, tmp_path):
    for data in seeds(name, tmp_path):
        assert check_parser(name, tmp_path, data) == "read"


def test_what_fuzzing_found(tmp_path):
    files = sorted(CORPUS.glob("*/*"))
    for number, file in enumerate(files):
        folder = tmp_path / str(number)
        folder.mkdir()
        name = file.parent.name.replace("_", " ")
        seeds(name, folder)
        assert check_parser(name, folder, file.read_bytes()) == "refused"


def test_reaching_out_is_found(tmp_path):
    (tmp_path / "inside").mkdir()
    with only_inside(tmp_path / "inside"):
        (tmp_path / "inside" / "file").write_text("x")
    for reach_out in (
        lambda: (tmp_path / "outside").write_text("x"),
        lambda: os.listdir("/"),
        lambda: (tmp_path / "inside" / "file").rename(tmp_path / "moved"),
    ):
        with pytest.raises(OutsideError), only_inside(tmp_path / "inside"):
            reach_out()


def test_deep_nesting_is_refused(tmp_path):
    for name in ("checkpoint", "manifest"):
        folder = tmp_path / name
        folder.mkdir()
        seeds(name, folder)
        deep = json.dumps({"a": 1}).replace("1", "[" * 100_000 + "]" * 100_000)
        assert check_parser(name, folder, deep.encode()) == "refused"

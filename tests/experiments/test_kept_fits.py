"""Fits that are kept: what the file holds, whose they are, and what is refused."""

import json

import numpy as np
import pytest

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.experiments.kept_fits import KeptFits

SETTINGS = {"n_clusters": (6, 3), "select": "name CA"}
FIT = {"predicted": ["a", "b"], "seconds": 1.5}


def data():
    return [np.array(["a", "b"]), np.arange(6.0).reshape(2, 3)]


def test_each_fit_is_in_the_file_as_soon_as_it_is_put_in(tmp_path):
    file = tmp_path / "fits.json"
    fits = KeptFits(file, SETTINGS, data())
    assert not file.exists()
    fits["m", 0, 1, 3] = FIT
    fits.setdefault(("m", 0, 2, 3), {**FIT, "predicted": [1, 2]})
    again = KeptFits(file, SETTINGS, iter(data()))
    assert dict(again) == dict(fits)
    fits.setdefault(("m", 0, 1, 3), {**FIT, "seconds": 7.0})
    assert KeptFits(file, SETTINGS, data())["m", 0, 1, 3] == FIT
    assert json.loads(file.read_text())["fits"][0] == {
        **{"method": "m", "seed": 0, "fold": 1, "n_splits": 3},
        **FIT,
    }


def move(arrays):
    arrays[1][1, 2] += 1e-9


def relabel(arrays):
    arrays[0][0] = "b"


@pytest.mark.parametrize(
    ("settings", "change", "message"),
    [
        ({**SETTINGS, "select": None}, None, "select was 'name CA', now None"),
        ({**SETTINGS, "new": 1}, None, "new was None, now 1"),
        ({"select": "name CA"}, None, r"n_clusters was \[6, 3\], now None"),
        (SETTINGS, move, "trajectories, labels or groups were others"),
        (SETTINGS, relabel, "trajectories, labels or groups were others"),
    ],
)
def test_fits_of_another_comparison_are_refused_and_stay(
    tmp_path, settings, change, message
):
    file = tmp_path / "fits.json"
    KeptFits(file, SETTINGS, data())["m", 0, 0, 2] = FIT
    before = file.read_bytes()
    arrays = data()
    if change is not None:
        change(arrays)
    with pytest.raises(InvalidInputError, match=message):
        KeptFits(file, settings, arrays)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"settings": {}, "data": "", "data": "", "fits": []}',
        "{}",
        '{"settings": 1, "data": "", "fits": []}',
        '{"settings": {}, "data": "", "fits": [1]}',
        '{"settings": {}, "data": "", "fits": [{"method": "m"}]}',
        "\udcff",
    ],
)
def test_a_damaged_file_is_an_error_that_says_what_to_do(tmp_path, text):
    file = tmp_path / "fits.json"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(InvalidInputError, match=r"is damaged.*Remove it"):
        KeptFits(file, SETTINGS, data())

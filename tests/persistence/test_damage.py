"""Saved models that are missing, damaged, newer or made up are refused."""

import json

import numpy as np
import pytest

from sklearn_deepsig import (
    load,
)
from sklearn_deepsig.exceptions import (
    ModelFileError,
)
from sklearn_deepsig.persistence import FORMAT_VERSION
from tests.helpers.saved_models import MANIFEST, X, arrays_file, edit, edit_arrays
from tests.helpers.writers import assert_same_bits, outputs


def test_a_missing_model_is_named(tmp_path):
    with pytest.raises(ModelFileError, match="nowhere does not exist"):
        load(tmp_path / "nowhere")
    (tmp_path / "model.pkl").write_bytes(b"")
    with pytest.raises(ModelFileError, match=r"model\.pkl is a file; give the folder"):
        load(tmp_path / "model.pkl")
    with pytest.raises(ModelFileError, match=r"estimator\.json is missing"):
        load(tmp_path)


def test_every_flipped_bit_is_seen(folder, model, rng):
    expected = outputs(model, X)
    for file in (folder / MANIFEST, arrays_file(folder)):
        whole = file.read_bytes()
        for place in rng.choice(len(whole), 150, replace=False):
            spoiled = bytearray(whole)
            spoiled[place] ^= 1 << int(rng.integers(8))
            file.write_bytes(bytes(spoiled))
            try:
                again = load(folder)
            except ModelFileError:
                continue
            # white space of the manifest is all that may differ
            assert file.name == MANIFEST
            assert_same_bits(outputs(again, X), expected)
        file.write_bytes(whole)


def test_every_truncated_file_is_seen(folder):
    for file in (folder / MANIFEST, arrays_file(folder)):
        whole = file.read_bytes()
        for length in (0, 1, 7, 8, 20, len(whole) // 2, len(whole) - 2):
            file.write_bytes(whole[:length])
            with pytest.raises(ModelFileError, match=file.name):
                load(folder)
        file.unlink()
        with pytest.raises(ModelFileError, match=f"{file.name} is missing"):
            load(folder)
        file.write_bytes(whole)
    load(folder)


def test_a_newer_format_is_refused_with_what_to_do(folder):
    edit(folder, format_version=FORMAT_VERSION + 1, versions={"sklearn_deepsig": "9.1"})
    with pytest.raises(
        ModelFileError, match=r"format 2, written by sklearn_deepsig 9\.1.*upgrade"
    ):
        load(folder)
    # whatever else a later format may change
    (folder / MANIFEST).write_text(
        json.dumps({"format": "sklearn_deepsig estimator", "format_version": 7})
    )
    with pytest.raises(ModelFileError, match="of format 7, written by sklearn_deepsig"):
        load(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "another"}, "was not written by sklearn_deepsig.save"),
        ({"format_version": 0}, "says format_version=0"),
        ({"format_version": True}, "says format_version=True"),
        ({"format_version": None}, "says format_version=None"),
        ({"class": "LogisticRegression"}, "has no estimator 'LogisticRegression'"),
        ({"class": "make_windows"}, "has no estimator 'make_windows'"),
        ({"class": "GraphTrajectory"}, "has no estimator 'GraphTrajectory'"),
        ({"class": ["save"]}, "has no estimator"),
        ({"parameters": {"n_layers": 3}}, "no parameter 'n_layers'"),
        ({"parameters": []}, "no attribute"),
        ({"fitted": None}, "no attribute"),
        ({"fitted": {"fit": 1}}, "'fit' is no fitted attribute"),
        ({"fitted": {"__class__": 1}}, "'__class__' is no fitted"),
        ({"fitted": {"_parameter_constraints": {"dict": []}}}, "no fitted attribute"),
        ({"fitted": {"depth": 3}}, "'depth' is no fitted attribute"),
        ({"fitted": {"classes_": {"array": "nothing"}}}, "array 'nothing' is missing"),
        ({"fitted": {"classes_": {"pickle": "gASV"}}}, "unknown kind 'pickle'"),
        ({"fitted": {"classes_": {"a": 1, "b": 2}}}, "an object of 2 keys"),
        ({"fitted": {"classes_": {"float": "1e400"}}}, "the number '1e400'"),
        ({"fitted": {"classes_": {"type": "object"}}}, "'object'"),
        ({"fitted": {"classes_": {"record": ["eval", []]}}}, "'eval'"),
        ({"fitted": {"classes_": {"scalar": ["object", 1]}}}, "1 is no object"),
        ({"fitted": {"classes_": {"scalar": ["int8", 1000]}}}, "1000"),
        ({"fitted": {"classes_": {"scalar": ["U9999999999", "a"]}}}, "'a' is no U9"),
        ({"fitted": {"classes_": {"objects": [[10**15], ["a"]]}}}, "reshape"),
        ({"fitted": {"classes_": {"dict": [[[1], 2]]}}}, "unhashable"),
        ({"fitted": {"module_": {"dict": [["network", "Linear"]]}}}, "'arguments'"),
        ({"requests": {"fit": {"eval": True}}}, "fit takes no metadata called 'eval'"),
        ({"requests": {"predict": {"groups": True}}}, "predict takes no metadata"),
    ],
)
def test_a_manifest_that_says_what_cannot_be_is_refused(folder, changes, message):
    edit(folder, **changes)
    with pytest.raises(ModelFileError, match=message) as caught:
        load(folder)
    assert MANIFEST in str(caught.value)


def test_deeply_nested_json_is_refused(folder):
    for text in ("[" * 100_000, '{"format":' + "[" * 5000 + "]" * 5000 + "}"):
        (folder / MANIFEST).write_text(text)
        with pytest.raises(ModelFileError, match=MANIFEST):
            load(folder)


def change_arrays(arrays, old, new):
    name = next(name for name in arrays if old in name)
    value = arrays.pop(name)
    if new is not None:
        arrays[name] = new(value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("head.layers.0.bias", None, "layers.0.bias.* is missing"),
        ("head.layers.0.bias", lambda x: x[:-1], "size mismatch for head.layers.0"),
        ("head.layers.0.bias", lambda x: x.reshape(-1, 1), "size mismatch for head"),
        ("head.layers.0.bias", lambda x: x.astype(np.float64), "are of type"),
        ("head.layers.0.bias", lambda x: x.astype(np.int64), "weights do not fit"),
        ("classes_", lambda x: x.astype(np.int64), "is no text"),
        ("classes_", lambda x: np.full_like(x, 2**32 - 1), "no letter"),
        ("classes_", lambda x: x[0, 0, ...], "is no text"),
        ("random_state", lambda x: x[:600], "random state that is none"),
        ("random_state", lambda x: x.astype(np.int64), "random state that is none"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(folder, old, new, message):
    edit_arrays(folder, lambda arrays: change_arrays(arrays, old, new))
    with pytest.raises(ModelFileError, match=message):
        load(folder)


@pytest.mark.parametrize(
    ("entry", "value"),
    [("pos", 10**9), ("pos", -1), ("pos", 1.5), ("has_gauss", 7), ("gauss", "a")],
)
def test_a_random_state_that_numpy_would_not_check_is_refused(folder, entry, value):
    document = json.loads((folder / MANIFEST).read_text())
    parameters = document["parameters"]
    state = dict(parameters["random_state"]["random_state"]["dict"])
    inner = dict(state["state"]["dict"])
    (inner if entry in inner else state)[entry] = value
    state["state"] = {"dict": [*inner.items()]}
    parameters["random_state"] = {"random_state": {"dict": [*state.items()]}}
    edit(folder, parameters=parameters)
    with pytest.raises(ModelFileError, match="random state that is none"):
        load(folder)

"""Checkpoints: what they keep, what they refuse, and what a crash leaves."""

import os

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.training import fingerprint, load_checkpoint, save_checkpoint
from tests.helpers.programs import run

NAME = "checkpoint.safetensors"


def test_a_state_comes_back_as_it_was(tmp_path):
    state = {
        "fingerprint": "a",
        "optimizer": {"state": {0: {"step": torch.tensor(3.0)}, 7: {}}},
        "numbers": [1, 2.5, 1e-300, 0.1 + 0.2, float("inf"), True, None, "text", (1,)],
        "wide": torch.randn(3, 4, dtype=torch.float64),
        "low": torch.randn(5).to(torch.bfloat16),
        "strided": torch.arange(12).reshape(3, 4).T,
        "empty": torch.zeros(0, 2),
    }
    save_checkpoint(tmp_path, state)
    again = load_checkpoint(tmp_path, expected_fingerprint="a")
    assert list(again) == list(state)
    assert again["numbers"] == state["numbers"]
    assert list(again["optimizer"]["state"]) == [0, 7]
    assert torch.equal(again["optimizer"]["state"][0]["step"], torch.tensor(3.0))
    for name in ("wide", "low", "strided", "empty"):
        assert again[name].dtype == state[name].dtype
        assert torch.equal(again[name], state[name])


def test_nothing_is_pickled(tmp_path):
    with pytest.raises(TypeError, match=r"cannot hold state.*a complex"):
        save_checkpoint(tmp_path, {"fingerprint": "a", "value": 1j})
    assert list(tmp_path.iterdir()) == []


def test_no_checkpoint_is_none(tmp_path):
    assert load_checkpoint(tmp_path, expected_fingerprint="a") is None


def test_checkpoint_of_another_fit_is_refused_and_left(tmp_path):
    save_checkpoint(tmp_path, {"fingerprint": "a"})
    before = (tmp_path / NAME).read_bytes()
    with pytest.raises(InvalidInputError, match="belongs to a fit with other"):
        load_checkpoint(tmp_path, expected_fingerprint="b")
    assert (tmp_path / NAME).read_bytes() == before


def foreign(path):
    save_file({"weight": torch.ones(3)}, path)


def foreign_with_a_header(path):
    save_file({"weight": torch.ones(3)}, path, metadata={"format": "pt"})


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"no checkpoint at all"),
        lambda path: path.write_bytes(b"PK\x03\x04junk"),
        lambda path: path.write_bytes(path.read_bytes()[:-5]),
        foreign,
        foreign_with_a_header,
    ],
)
def test_damaged_or_foreign_checkpoint_is_refused_and_left(tmp_path, spoil):
    save_checkpoint(tmp_path, {"fingerprint": "a", "weight": torch.ones(4)})
    spoil(tmp_path / NAME)
    before = (tmp_path / NAME).read_bytes()
    with pytest.raises(InvalidInputError, match="damaged or not one of this"):
        load_checkpoint(tmp_path, expected_fingerprint="a")
    assert (tmp_path / NAME).read_bytes() == before


def test_every_flipped_bit_of_the_contents_is_seen(tmp_path, rng):
    save_checkpoint(tmp_path, {"fingerprint": "a", "weight": torch.ones(4)})
    whole = (tmp_path / NAME).read_bytes()
    for place in rng.choice(len(whole), 60, replace=False):
        spoiled = bytearray(whole)
        spoiled[place] ^= 1 << int(rng.integers(8))
        (tmp_path / NAME).write_bytes(bytes(spoiled))
        try:
            found = load_checkpoint(tmp_path, expected_fingerprint="a")
        except InvalidInputError:
            continue
        # white space of the header is all that may differ
        assert found["fingerprint"] == "a"
        assert torch.equal(found["weight"], torch.ones(4))


def test_failed_save_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    save_checkpoint(tmp_path, {"fingerprint": "a", "epoch": 1})

    def fail(_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space"):
        save_checkpoint(tmp_path, {"fingerprint": "a", "epoch": 2})
    assert load_checkpoint(tmp_path, expected_fingerprint="a")["epoch"] == 1
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_what_a_killed_fit_had_begun_to_write_is_removed_later(tmp_path):
    old, young, other = (
        tmp_path / name
        for name in (f"{NAME}.{'0' * 16}.partial", f"{NAME}.{'1' * 16}.partial", "a")
    )
    for path in (old, young, other):
        path.touch()
    for path in (old, other):
        os.utime(path, (0, 0))
    save_checkpoint(tmp_path, {"fingerprint": "a"})
    assert {*tmp_path.iterdir()} == {tmp_path / NAME, young, other}


def test_fingerprint_sees_every_change(rng):
    x = rng.normal(size=(3, 4))
    reference = fingerprint({"a": 1}, [x])
    assert fingerprint({"a": 1}, [x.copy()]) == reference
    assert fingerprint({"a": 2}, [x]) != reference
    assert fingerprint({"a": 1}, [x.reshape(4, 3)]) != reference
    assert fingerprint({"a": 1}, [x + 1e-12]) != reference
    names = np.array(["a", "b"], dtype=object)
    assert fingerprint({}, [names]) != fingerprint({}, [names[::-1]])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_a_fit_killed_at_random_moments_ends_with_the_same_weights(tmp_path):
    log = run("kill_and_resume", tmp_path)
    assert len(log) == 20
    assert all(entry["same"] for entry in log)
    # some were killed in the middle, so there was something to resume from
    assert any(0 < entry["epochs_kept"] < 15 for entry in log)

"""A comparison that was stopped goes on, and never over the fits of another."""

import json

import numpy as np
import pytest

from sklearn_deepsig.__main__ import main
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.experiments import comparison
from sklearn_deepsig.experiments.molecules import compare_molecules
from sklearn_deepsig.storage import lock_folder
from tests.helpers.molecules import make_peptide

# two folds of each method
COMMAND = ["demo", "--epochs", "1", "--mutants", "4", "--out"]


def scores_in(folder):
    rows = json.loads((folder / "comparison.json").read_text())
    return [{k: v for k, v in row.items() if k != "seconds"} for row in rows]


def test_after_ctrl_c_the_same_command_goes_on(tmp_path, capsys, monkeypatch):
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    assert main([*COMMAND, str(whole)]) == 0
    fit, n_fits = comparison._fit, []

    def stop_at_the_fourth(*given):
        n_fits.append(1)
        if len(n_fits) == 4:
            raise KeyboardInterrupt
        return fit(*given)

    monkeypatch.setattr(comparison, "_fit", stop_at_the_fourth)
    assert main([*COMMAND, str(stopped)]) == 130
    assert "The same command goes on where it was" in capsys.readouterr().err
    assert [path.name for path in stopped.iterdir()] == ["fits.json"]
    assert main([*COMMAND, str(stopped)]) == 0
    assert "3 fits were already in" in capsys.readouterr().out
    n_in_all = len(json.loads((whole / "fits.json").read_text())["fits"])
    assert len(n_fits) == 1 + n_in_all
    assert scores_in(stopped) == scores_in(whole)


def test_results_of_other_settings_are_not_written_over(tmp_path, capsys):
    assert main([*COMMAND, str(tmp_path)]) == 0
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    other = [*COMMAND[:2], "2", *COMMAND[3:]]
    assert main([*other, str(tmp_path)]) == 2
    message = capsys.readouterr().err
    assert "max_epochs was 1, now 2" in message
    assert "Give another folder" in message
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_two_comparisons_do_not_share_a_folder(tmp_path, capsys):
    with lock_folder(tmp_path, "--out"):
        assert main([*COMMAND, str(tmp_path)]) == 2
    assert "--out" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("change", ["an atom that no network sees", "its name"])
def test_other_molecules_are_another_comparison(tmp_path, change):
    def compare(molecules):
        settings = {
            "select": "name CA", "n_windows": None, "n_segments": None,
            "n_clusters": (4,), "max_epochs": 1, "device": "cpu", "n_repeats": 1,
        }  # fmt: skip
        labels = np.array(["a", "b", "a", "b"])
        return compare_molecules(
            molecules, labels, np.arange(4), [8] * 4, tmp_path, **settings
        )

    def molecules():
        return [make_peptide(8, n_frames=8, seed=seed) for seed in range(4)]

    compare(molecules())
    assert "fits were already in" in compare(molecules())[1][-1]
    others = molecules()
    (oxygen, *_) = others[2].topology.select("name O")
    if change == "its name":
        others[2].topology.atom(oxygen).name = "OX"
    else:
        others[2].xyz[1, oxygen] += 0.01
    with pytest.raises(InvalidInputError, match="trajectories, labels or groups"):
        compare(others)

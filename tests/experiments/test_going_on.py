"""A comparison that was stopped goes on, and never over the fits of another."""

import json

from sklearn_deepsig.__main__ import main
from sklearn_deepsig.experiments import comparison
from sklearn_deepsig.storage import lock_folder

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

"""Labels are permuted among mutants, and the same folds made of them."""

import numpy as np

from benchmarks.permuted_labels import main, permute
from sklearn_deepsig.experiments.studies import Problem
from sklearn_deepsig.experiments.studies.problems_molecules import grouped_splits

DATA = {"n_runs": 2, "n_folds": 2, "validation": 0.0}


def test_a_mutant_has_one_label_and_classes_keep_their_sizes():
    mutants = np.repeat([f"m{i}" for i in range(8)], 3)
    groups = np.array([f"{name}/{i}" for i, name in enumerate(mutants)])
    y = np.repeat(["a", "b"] * 4, 3)
    problem = Problem(list(groups), y, groups, grouped_splits(y, mutants, DATA), "a")
    permuted = [permute(problem, DATA, seed) for seed in range(5)]
    for one in permuted:
        assert one.X == problem.X
        for name in set(mutants):
            assert len(set(one.y[mutants == name])) == 1
        assert (one.y == "a").sum() == (y == "a").sum()
        for split in one.splits:
            assert not set(mutants[split.train]) & set(mutants[split.test])
            assert set(one.y[split.test]) == {"a", "b"}
    assert len({tuple(one.y) for one in permuted}) > 1


def test_the_table_has_the_method(capsys):
    assert main(["--permutations", "2", "--methods", "helix"]) == 0
    (row,) = capsys.readouterr().out.splitlines()[2:]
    cells = row.strip("| ").split(" | ")
    assert cells[0] == "helix content + logistic regression"
    assert 0 <= float(cells[1]) <= 100
    assert "±" in cells[2]

"""What guessing gives on the peptides: the same cross-validation of permuted labels.

    python -m benchmarks.permuted_labels

Twelve mutants are few, the folds of a cross-validation learn from mostly the same of
them, and the replicas of a mutant resemble each other, so that scores of guessing
spread more than a standard error over mutants says. Here every mutant keeps its
trajectories and gets the label of another one, many times, and methods without a
network are cross-validated as in the experiments `peptides` and `ablation-peptides`.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sklearn_deepsig.experiments.studies import STUDIES, Method, Problem
from sklearn_deepsig.experiments.studies.builders import build
from sklearn_deepsig.experiments.studies.problems_molecules import grouped_splits

METHODS = ("helix", "ca-dihedral", "statistics")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--permutations", type=int, default=50)
    parser.add_argument(
        "--experiment",
        choices=("peptides", "ablation-peptides"),
        default="peptides",
        help="whose methods (default: %(default)s)",
    )
    parser.add_argument("--methods", nargs="+", default=METHODS)
    options = parser.parse_args(arguments)
    study = STUDIES[options.experiment]
    data = study.full.tasks[0].data
    problem = study.load(data, None)
    permuted = [permute(problem, data, seed) for seed in range(options.permutations)]
    print("| method | accuracy % | of permuted labels | as far from 50 % |")
    print("|---|---|---|---|")
    for method in study.full.chosen_methods(options.methods):
        true = accuracy(method, problem)
        drawn = np.array([accuracy(method, one) for one in permuted])
        far = np.mean(np.abs(drawn - 0.5) >= abs(true - 0.5))
        print(
            f"| {method.label} | {100 * true:.1f} | {100 * drawn.mean():.1f} ± "
            f"{100 * drawn.std():.1f} | {100 * far:.0f} % |",
            flush=True,
        )
    return 0


def permute(problem: Problem, data: dict[str, object], seed: int) -> Problem:
    """Give each mutant the label of another one, and divide anew."""
    mutants = np.array([name.split("/")[0] for name in problem.groups])
    names, first, place = np.unique(mutants, return_index=True, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(names))
    y = problem.y[first][order][place]
    return replace(problem, y=y, splits=grouped_splits(y, mutants, data))


def accuracy(method: Method, problem: Problem) -> float:
    """Cross-validate a method, and average its folds."""
    right = []
    for fit, split in enumerate(problem.splits):
        model = build(method, problem, fit)
        model.fit([problem.X[i] for i in split.train], problem.y[split.train])
        predicted = model.predict([problem.X[i] for i in split.test])
        right.append(np.mean(predicted == problem.y[split.test]))
    return float(np.mean(right))


if __name__ == "__main__":
    raise SystemExit(main())

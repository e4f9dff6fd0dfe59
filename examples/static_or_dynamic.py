"""
Do the classes differ in shape, or in motion?
=============================================

When a classic descriptor beats log-signatures, ask first what it reads. The mean of a
dihedral angle is a property of the shape; its spread, and the log-signature, which
does not see where a path lies, are properties of the motion. This example sets the
two kinds side by side on your trajectories, with whole trajectories held out::

    python examples/static_or_dynamic.py table.csv

The table is that of ``python -m sklearn_deepsig compare``. Without one it takes the
mutants of a peptide that ship with the package; ``--quick`` takes few frames of them.
Where only the static rows are above chance, the label is written in the starting
structures, and a longer simulation or a model of shapes will help more than a model of
motion.
"""

import sys
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_deepsig import (
    LogSignatureTransformer,
    SpectralCoarsener,
    TrajectorySelector,
    load_trajectory,
    make_dihedral_svm,
    make_windows,
)
from sklearn_deepsig.datasets import load_peptide_mutants
from sklearn_deepsig.experiments import compare_methods, default_n_windows
from sklearn_deepsig.plots import ComparisonDisplay
from sklearn_deepsig.trajectory import load_table

QUICK = {"n_clusters": (6,), "n_repeats": 1, "stride": 10}


def mean_positions(samples):
    """Flatten the mean position of every atom, in nm."""
    return np.stack([sample.positions.mean(axis=0).ravel() for sample in samples])


def linear_model():
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))


def load(table, stride):
    """Load the trajectories of a table, their labels, and what is held out together."""
    if table is None:
        return load_peptide_mutants(stride=stride)
    rows = load_table(table)
    trajectories = [load_trajectory(row.trajectory, row.topology) for row in rows]
    groups = [row.group for row in rows]
    return (
        [trajectory[::stride] for trajectory in trajectories],
        [row.label for row in rows],
        None if None in groups else groups,
    )


def main(table=None, n_clusters=None, n_repeats=3, stride=None):
    trajectories, labels, groups = load(table, stride)
    n_windows = default_n_windows(min(t.n_frames for t in trajectories))
    X, y, groups = make_windows(trajectories, labels, n_windows, groups=groups)
    if n_clusters is None:
        n_residues = min(t.n_residues for t in trajectories)
        n_clusters = (min(40, n_residues // 2), min(20, n_residues // 4))
    select = TrajectorySelector("name CA", superpose="reference")
    methods = {
        "shape: mean C-alpha positions": make_pipeline(
            select, FunctionTransformer(mean_positions), linear_model()
        ),
        "shape: mean of dihedrals": make_dihedral_svm(statistics="mean"),
        "motion: spread of dihedrals": make_dihedral_svm(statistics="std"),
        "motion: log-signature": make_pipeline(
            select,
            SpectralCoarsener(n_clusters, verbose=False),
            LogSignatureTransformer(depth=2),
            linear_model(),
        ),
    }
    comparison = compare_methods(methods, X, y, groups, n_repeats=n_repeats)
    print(comparison.to_text())
    pairs = {(label, group) for label, group in zip(y, groups, strict=True)}
    counts = Counter(label for label, _ in pairs)
    print(conclude(comparison, chance=max(counts.values()) / len(pairs)))
    return comparison


def conclude(comparison, chance):
    """Say which kinds are above guessing, by two standard errors over the groups."""
    tells = {
        kind: any(
            row.group_accuracy - 2 * row.group_accuracy_se > chance
            for row in comparison.rows
            if row.method.startswith(kind)
        )
        for kind in ("shape", "motion")
    }
    return {
        (True, True): "Both shape and motion tell the classes apart.",
        (True, False): "Shape tells the classes apart; of motion that cannot be said.",
        (False, True): "Motion tells the classes apart; of shape that cannot be said.",
        (False, False): "Neither is surely better than guessing.",
    }[tells["shape"], tells["motion"]]


def draw(comparison):
    """Draw the scores of the methods."""
    figure, ax = plt.subplots(figsize=(8, 3.4), layout="constrained")
    ComparisonDisplay.from_rows(comparison.rows).plot(ax=ax)
    ax.axvline(50, color="black", linestyle=":")
    return figure


if __name__ == "__main__":
    tables = [name for name in sys.argv[1:] if name != "--quick"]
    draw(main(*tables, **(QUICK if "--quick" in sys.argv else {})))
    plt.show()

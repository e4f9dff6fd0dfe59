"""
How far windows of known trajectories overstate accuracy
========================================================

Neighbouring windows of one trajectory resemble each other. Where some of them are
trained on and others validated on, a model may recognise the trajectory and recall its
label, and the score says nothing about new trajectories. This example cross-validates
the same models on the same windows in three ways:

- windows of the same trajectories on both sides (`TemporalGroupKFold`, the paper's);
- the same, with `gap`: no window is trained on that adjoins one to validate on;
- whole trajectories held out (`StratifiedGroupKFold`).

It does so for two labels of simulated gene regulation: the true one, which the motion
shows, and one that was drawn by lot for each trajectory. Of the latter nothing can be
learned that holds for another trajectory: what scores above 50 % overstates::

    python examples/leakage.py

``docs/splitting.md`` says what follows. ``--quick`` makes two draws of less data.
"""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_deepsig import (
    DeepSignatureClassifier,
    LogSignatureTransformer,
    TemporalGroupKFold,
    make_windows,
)
from sklearn_deepsig.datasets import make_gene_regulation

N_FOLDS = 4
QUICK = {"n_draws": 2, "n_trajectories": 8, "n_frames": 100, "max_epochs": 2}


def make_methods(seed, max_epochs):
    return {
        "Deep Signature": DeepSignatureClassifier(
            (8,),
            n_segments=1,
            batch_norm=True,
            lstm_hidden_dim=64,
            max_epochs=max_epochs,
            learning_rate=1e-2,
            random_state=seed,
            verbose=False,
        ),
        "log-signature + logistic regression": make_pipeline(
            LogSignatureTransformer(depth=2),
            StandardScaler(),
            LogisticRegression(max_iter=1000),
        ),
    }


def make_splits(seed, length):
    return {
        "same trajectories": TemporalGroupKFold(2, N_FOLDS),
        "same, with gap": TemporalGroupKFold(2, N_FOLDS, gap=length),
        "whole held out": StratifiedGroupKFold(
            N_FOLDS, shuffle=True, random_state=seed
        ),
    }


def draw_lots(truth, seed):
    """Draw one of two labels for each trajectory, for half of each class either."""
    rng = np.random.default_rng(seed)
    lots = np.empty(len(truth), dtype=int)
    for name in np.unique(truth):
        members = np.flatnonzero(truth == name)
        lots[members] = rng.permutation(np.arange(len(members)) % 2)
    return lots


def main(n_draws=5, n_trajectories=12, n_frames=200, length=10, max_epochs=40):
    """Print the mean accuracy and its standard deviation over draws of the data."""
    rows = []
    for seed in range(n_draws):
        trajectories, truth = make_gene_regulation(
            n_trajectories, n_nodes=20, n_frames=n_frames, random_state=seed
        )
        for label, y in [("by lot", draw_lots(truth, seed)), ("true", truth)]:
            windows = make_windows(trajectories, y, length=length)
            for method, model in make_methods(seed, max_epochs).items():
                for split, cv in make_splits(seed, length).items():
                    scores = cross_val_score(
                        model, windows.X, windows.y, groups=windows.groups, cv=cv
                    )
                    rows.append((label, method, split, 100 * scores.mean()))
    table = pd.DataFrame(rows, columns=["label", "method", "split", "accuracy %"])
    keys = ["label", "method", "split"]
    summary = table.groupby(keys, sort=False)["accuracy %"].agg(["mean", "std"])
    print(summary.to_string(float_format="{:.1f}".format))
    return table


def draw(table):
    """Draw the mean accuracies, a panel for each label."""
    labels = table["label"].unique()
    figure, axes = plt.subplots(
        1, len(labels), figsize=(9, 3.8), sharey=True, layout="constrained"
    )
    for ax, label in zip(axes, labels, strict=True):
        own = table[table["label"] == label]
        by_split = own.groupby(["split", "method"], sort=False)["accuracy %"]
        means, spreads = by_split.mean().unstack(), by_split.std().unstack()
        means.plot.bar(ax=ax, yerr=spreads, capsize=2, rot=15, legend=False)
        ax.axhline(50, color="black", linestyle=":", label="chance")
        ax.set_title(f"label: {label}")
        ax.set_xlabel("")
        ax.set_ylim(0, 108)
    axes[0].set_ylabel("accuracy (%)")
    handles, names = axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3, frameon=False)
    return figure


if __name__ == "__main__":
    draw(main(**(QUICK if "--quick" in sys.argv else {})))
    plt.show()

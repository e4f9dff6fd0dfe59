"""
One search over the coarse graining, the log-signature and the whole model
==========================================================================

One `GridSearchCV` holds two ways from trajectories to classes, which are drop-in
alternatives: steps whose coarse graining is learned without labels, and
`DeepSignatureClassifier`, which learns all of it from them. The grid runs over how deep
the coarse graining is, how many clusters it has, and the log-signature's depth and
segments, in two processes::

    python examples/grid_search.py

`memory` keeps what a step has learned, so that a coarse graining is trained once a
fold, and not again for each setting of the log-signature behind it: see the seconds of
the settings that come first, and of those that follow.

A few epochs on a little data (``--quick``: less still) show how it goes, not which way
is better: for that see ``python -m sklearn_deepsig demo``.
"""

import sys
import tempfile

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_deepsig import (
    DeepSignatureClassifier,
    LogSignatureTransformer,
    SpectralCoarsener,
    make_windows,
)
from sklearn_deepsig.datasets import make_gene_regulation

CLUSTERS = [(8,), (16, 8), (20, 16, 8)]
DEPTHS = [1, 2]
SEGMENTS = [1, 3]
QUICK = {"n_trajectories": 6, "n_nodes": 20, "n_frames": 24, "max_epochs": 2}


def make_search(memory, *, max_epochs=15, n_jobs=2):
    """Make the search; `memory` is a folder for what the steps learn."""
    training = {"max_epochs": max_epochs, "random_state": 0, "verbose": False}
    pipeline = make_pipeline(
        SpectralCoarsener(**training),
        LogSignatureTransformer(),
        StandardScaler(),
        LogisticRegression(C=0.01, max_iter=1000),
        memory=memory,
    )
    # GridSearchCV changes the last name of the alphabet first. Here it is that of the
    # coarsener: all coarse grainings are trained before one is asked for again, so no
    # process trains what another is still training.
    steps = {
        "logsignaturetransformer__depth": DEPTHS,
        "logsignaturetransformer__n_segments": SEGMENTS,
        "spectralcoarsener__n_clusters": CLUSTERS,
    }
    whole = {
        "spectralcoarsener": ["passthrough"],
        "logsignaturetransformer": ["passthrough"],
        "standardscaler": ["passthrough"],
        "logisticregression": [DeepSignatureClassifier(**training, learning_rate=3e-3)],
        "logisticregression__n_segments": SEGMENTS,
        "logisticregression__n_clusters": CLUSTERS,
    }
    # Windows of one trajectory stay together: whole trajectories are held out.
    cv = StratifiedGroupKFold(3)
    return GridSearchCV(pipeline, [steps, whole], cv=cv, n_jobs=n_jobs)


def to_table(search):
    """List each setting's accuracy, its spread over folds, and the seconds of a fit."""
    rows = []
    for number, setting in enumerate(search.cv_results_["params"]):
        by_end = {name.split("__")[-1]: value for name, value in setting.items()}
        results = {
            name: search.cv_results_[key][number]
            for name, key in (
                ("accuracy", "mean_test_score"),
                ("spread", "std_test_score"),
                ("seconds", "mean_fit_time"),
            )
        }
        rows.append(
            {
                "model": "whole" if "logisticregression" in setting else "steps",
                "n_clusters": by_end["n_clusters"],
                "depth": by_end.get("depth", 2),
                "n_segments": by_end["n_segments"],
                **results,
            }
        )
    return pd.DataFrame(rows)


def main(n_trajectories=18, n_nodes=30, n_frames=120, **options):
    trajectories, labels = make_gene_regulation(
        n_trajectories, n_nodes=n_nodes, n_frames=n_frames, random_state=0
    )
    X, y, groups = make_windows(trajectories, labels, n_windows=3)
    with tempfile.TemporaryDirectory() as memory:
        search = make_search(memory, **options).fit(X, y, groups=groups)
    print(to_table(search).to_string(index=False, float_format="{:.2f}".format))
    return search


def draw(search):
    """Draw each setting's accuracy over the time that it took to fit."""
    table = to_table(search)
    figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
    for (model, sizes), rows in table.groupby(["model", "n_clusters"], sort=False):
        ax.errorbar(
            rows["seconds"],
            100 * rows["accuracy"],
            100 * rows["spread"],
            fmt="o" if model == "steps" else "s",
            color=f"C{CLUSTERS.index(sizes)}",
            markerfacecolor="white" if model == "steps" else None,
            alpha=0.8,
            label=f"{model}, {sizes}",
        )
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_formatter("")
    ax.set_xlabel("seconds a fit")
    ax.set_ylabel("held-out accuracy (%)")
    ax.legend(title="model, n_clusters", loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


if __name__ == "__main__":
    draw(main(**(QUICK if "--quick" in sys.argv else {})))
    plt.show()

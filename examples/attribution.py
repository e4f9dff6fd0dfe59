"""
What a prediction rests on
==========================

Find two groups of nodes that drive each other, and see how far to trust it.

In `make_irreversible_dynamics` the classes differ only in which of two communities of a
graph moves first. This example trains a classifier on it for several seeds, attributes
its predictions for trajectories that were held out, and counts how many of the first
ten pairs of nodes join the two communities, in four ways::

    python examples/attribution.py

- gradient times input, or integrated gradients;
- `shares`: whether nodes share in a cluster by columns of the assignment Q divided by
  their sums, which gives all of it to nodes, or by Q itself;

beside the same for a linear model of clusters that were not learned. Then it lists the
nodes and the pairs that contribute most, over folds of one data set.
"""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_deepsig import (
    DeepSignatureClassifier,
    EigenCoarsener,
    LogSignatureTransformer,
)
from sklearn_deepsig.datasets import make_irreversible_dynamics
from sklearn_deepsig.inspection import attribute, attribute_cv


def make_models(seed, max_epochs):
    return {
        "Deep Signature": DeepSignatureClassifier(
            (6,),
            hidden_dim=10,
            cluster_init="k-means++",
            n_segments=1,
            lstm_hidden_dim=32,
            batch_norm=True,
            max_epochs=max_epochs,
            learning_rate=5e-3,
            learning_rate_schedule="one_cycle",
            random_state=seed,
            verbose=False,
        ),
        "eigenvectors + linear": make_pipeline(
            EigenCoarsener(6, random_state=seed),
            LogSignatureTransformer(),
            StandardScaler(),
            LogisticRegression(C=0.01),
        ),
    }


def precision(found, groups, n=10):
    """Compute which fraction of the first pairs joins the communities 0 and 1."""
    table = found.critical_interactions(n)
    ends = np.sort(groups[table[["node_1", "node_2"]].to_numpy()], axis=1)
    return (ends == [0, 1]).all(axis=1).mean()


def main(seeds=range(5), n_train=80, n_held_out=20, noise=0.5, max_epochs=10):
    rows = []
    for seed in seeds:
        X, y, groups = make_irreversible_dynamics(
            n_train + n_held_out,
            n_groups=4,
            group_size=4,
            n_frames=100,
            noise=noise,
            random_state=seed,
        )
        others, truth = X[n_train:], y[n_train:]
        for name, model in make_models(seed, max_epochs).items():
            model.fit(X[:n_train], y[:n_train])
            for method in ("gradient_input", "integrated_gradients"):
                for shares in ("columns", "assignment"):
                    found = attribute(
                        model, others, truth, method=method, shares=shares
                    )
                    gap = found.outputs - found.baseline_outputs
                    missing = np.abs(found.coordinates.sum(axis=1) - gap).max()
                    rows.append(
                        {
                            "model": name,
                            "method": method,
                            "shares": shares,
                            "accuracy": model.score(others, truth),
                            "precision at 10": precision(found, groups),
                            "missing of the sum": missing / np.abs(gap).max(),
                        }
                    )
    table = pd.DataFrame(rows)
    means = table.groupby(["model", "method", "shares"]).mean()
    print(means.to_string(float_format="{:.3f}".format))
    over_folds = attribute_cv(model, X, y, cv=4)
    print(over_folds.critical_atoms(3).to_string(index=False))
    print(over_folds.critical_interactions(5).to_string(index=False))
    return means


if __name__ == "__main__":
    main()

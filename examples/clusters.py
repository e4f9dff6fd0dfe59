"""
How many of many clusters are used
==================================

The paper coarsens molecules to 50 clusters. Whether it uses them depends on what they
begin as: this example trains `SpectralCoarsener` on replicas of a chain from clusters
around nodes that lie apart (``cluster_init="k-means++"``) and from random weights::

    python examples/clusters.py

(``--quick`` for seconds instead of minutes, with less to see.)

A cluster is used if it is the most probable one of some node. The loss is that of
equation 3, summed over the layers: -1 for each at best.
"""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_deepsig import SpectralCoarsener
from sklearn_deepsig.trajectory import GraphTrajectory, contact_edges

BOND_LENGTH = 0.38  # nm, between alpha carbons
QUICK = {
    "n_clusters": [(12,), (16, 8)],
    "n_samples": 2,
    "n_nodes": 40,
    "max_epochs": 20,
}


def make_replicas(n_samples, n_nodes, n_frames, seed=0):
    """Draw a walk that stays in a ball, as compact as a protein, and let it move."""
    rng = np.random.default_rng(seed)
    radius = 0.33 * n_nodes ** (1 / 3)
    chain = [np.zeros(3)]
    while len(chain) < n_nodes:
        step = rng.normal(size=3)
        end = chain[-1] + BOND_LENGTH * step / np.linalg.norm(step)
        if np.linalg.norm(end) < radius:
            chain.append(end)
    samples = []
    for _ in range(n_samples):
        moves = rng.normal(scale=0.02, size=(n_frames, n_nodes, 3)).cumsum(axis=0)
        positions = (np.array(chain) + moves).astype(np.float32)
        samples.append(GraphTrajectory(positions, contact_edges(positions[0])))
    return samples


def main(n_clusters=((50,), (100, 50)), n_samples=6, n_nodes=288, max_epochs=150):
    chains = make_replicas(n_samples, n_nodes, n_frames=10)
    rows = []
    for sizes in n_clusters:
        for cluster_init in ("k-means++", "random"):
            coarsener = SpectralCoarsener(
                sizes,
                cluster_init=cluster_init,
                max_epochs=max_epochs,
                learning_rate=5e-3,
                random_state=0,
            ).fit(chains)
            counts = [np.bincount(labels) for labels in coarsener.predict(chains)]
            rows.append(
                {
                    "n_clusters": sizes,
                    "cluster_init": cluster_init,
                    "used": np.mean([(count > 0).sum() for count in counts]),
                    "largest": np.mean([count.max() for count in counts]),
                    "loss": coarsener.history_["cut"][-1],
                }
            )
    table = pd.DataFrame(rows)
    print(table.to_string(index=False, float_format="{:.2f}".format))
    return table


def draw(table):
    """Draw the used clusters of each setting beside those that it has."""
    by_start = table.pivot(index="n_clusters", columns="cluster_init", values="used")
    figure, ax = plt.subplots(figsize=(6, 3.5), layout="constrained")
    by_start.plot.bar(ax=ax, rot=0, color=["C0", "0.6"])
    for place, sizes in enumerate(by_start.index):
        ax.hlines(sizes[-1], place - 0.4, place + 0.4, color="black", linestyle=":")
    ax.set_xlabel("n_clusters (dotted: as many as there are)")
    ax.set_ylabel("clusters used")
    ax.legend(title="cluster_init", loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


if __name__ == "__main__":
    draw(main(**(QUICK if "--quick" in sys.argv else {})))
    plt.show()

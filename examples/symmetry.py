"""
What a change that should not matter does to the model
======================================================

Every sample is moved, turned, mirrored, has its atoms shuffled or its time changed,
each in a way of its own, and the features before and after are compared::

    python examples/symmetry.py

The table holds the largest relative change over the samples. 1e-15 is exact; 2 for time
reversal is exact as well, since features that turn their sign change by twice
themselves. ``docs/symmetry.md`` says what the paper claims and what follows.
``--quick`` trains less.
"""

import sys
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.spatial.transform import Rotation
from sklearn.pipeline import make_pipeline

from sklearn_deepsig import (
    DeepSignatureClassifier,
    SpectralCoarsener,
    TrajectorySelector,
)
from sklearn_deepsig.nn import LogSignature
from sklearn_deepsig.trajectory import GraphTrajectory

QUICK = {"n_samples": 6, "max_epochs": 2, "n_clusters": (4, 2)}


def make_chains(rng, n_samples, n_nodes=30, n_frames=60):
    """Coiled chains of different shape, in nm, that fluctuate little or much."""
    edges = np.stack([np.arange(n_nodes - 1), np.arange(1, n_nodes)])
    samples, labels = [], np.arange(n_samples) % 2
    for label in labels:
        shape = rng.normal(scale=0.38 / 3**0.5, size=(n_nodes, 3)).cumsum(axis=0)
        noise = rng.normal(size=(n_frames, n_nodes, 3)).cumsum(axis=0)
        samples.append(GraphTrajectory(shape + 0.01 * (1 + label) * noise, edges))
    return samples, labels


def translated(sample, rng):
    return sample.with_positions(sample.positions + rng.normal(scale=10.0, size=3))


def rotated(sample, rng):
    return sample.with_positions(
        sample.positions @ Rotation.random(random_state=rng).as_matrix()
    )


def mirrored(sample, _):
    return sample.with_positions(sample.positions * [1.0, 1.0, -1.0])


def shuffled(sample, rng):
    order = rng.permutation(sample.n_nodes)
    return GraphTrajectory(
        sample.positions[:, order], np.argsort(order)[sample.edge_index]
    )


def refined(sample, counts):
    """Put counts[t] - 1 frames between frames t and t + 1, on the line."""
    frames = [sample.positions[:1]]
    for (start, stop), count in zip(pairwise(sample.positions), counts, strict=True):
        share = np.arange(1, count + 1)[:, None, None] / count
        frames.append(start + share * (stop - start))
    return sample.with_positions(np.concatenate(frames))


def sampled_twice_as_often(sample, _):
    return refined(sample, np.full(sample.n_frames - 1, 2))


def slower_and_faster(sample, rng):
    return refined(sample, rng.integers(1, 6, sample.n_frames - 1))


def reversed_in_time(sample, _):
    return sample.with_positions(sample.positions[::-1])


CHANGES = {
    "translation": translated,
    "rotation": rotated,
    "mirror image": mirrored,
    "order of the atoms": shuffled,
    "twice the frames": sampled_twice_as_often,
    "uneven time": slower_and_faster,
    "time reversal": reversed_in_time,
}


def pooled_features(samples, assignments, **options):
    """Log-signatures of QᵀX for clusters that are held fixed."""
    module = LogSignature(2, **options)
    rows = []
    for sample, assignment in zip(samples, assignments, strict=True):
        path = np.einsum("nm,tnd->tmd", assignment, sample.positions)
        flat = torch.from_numpy(path.reshape(1, sample.n_frames, -1))
        rows.append(module(flat).flatten().numpy())
    return np.stack(rows)


def largest_change(before, after):
    """Compare rows: the largest distance, each divided by the length of the row."""
    distance = np.linalg.norm(after - before, axis=1)
    return float((distance / np.linalg.norm(before, axis=1)).max())


def main(n_samples=24, max_epochs=30, n_clusters=(10, 5), seed=0):
    rng = np.random.default_rng(seed)
    X, y = make_chains(rng, n_samples)
    options = {
        "max_epochs": max_epochs,
        "precision": "float64",
        "random_state": seed,
        "verbose": False,
    }
    network = DeepSignatureClassifier(n_clusters, **options)
    invariant = DeepSignatureClassifier(n_clusters, rotation_invariant=True, **options)
    models = {
        "network": network,
        "superposed first": make_pipeline(
            TrajectorySelector(superpose="reference"),
            DeepSignatureClassifier(n_clusters, **options),
        ),
        "rotation_invariant=True": invariant,
    }
    for model in models.values():
        model.fit(X, y)
    assignments = SpectralCoarsener(n_clusters, **options).fit(X).assign(X)
    fixed = {
        "log-signature": {},
        "in 4 segments": {"n_segments": 4},
        "rotation invariants": {"invariance": "rotation"},
    }
    table = {}
    for change, function in CHANGES.items():
        row = table[change] = {}
        state = int(rng.integers(2**31))
        moved = [
            function(s, np.random.default_rng((state, i))) for i, s in enumerate(X)
        ]
        Q = assignments
        if function is shuffled:  # the same clusters, in the new order of the atoms
            orders = [np.random.default_rng((state, i)) for i in range(n_samples)]
            Q = [q[o.permutation(len(q))] for q, o in zip(Q, orders, strict=True)]
        for name, choice in fixed.items():
            row[name] = largest_change(
                pooled_features(X, assignments, **choice),
                pooled_features(moved, Q, **choice),
            )
        for name, model in models.items():
            row[name] = largest_change(model.transform(X), model.transform(moved))
    columns = [*fixed, *models]
    print("| largest relative change |", " | ".join(columns), "|")
    print("|---" * (len(columns) + 1) + "|")
    for change, row in table.items():
        print(f"| {change} |", " | ".join(f"{x:.0e}" for x in row.values()), "|")
    moved = [rotated(s, rng) for s in X]
    before, after = (pooled_features(samples, assignments) for samples in (X, moved))
    stayed = np.isclose(before, after, rtol=1e-6, atol=0).all(axis=0)
    print(f"\nCoordinates that no rotation changed: {stayed.sum()} of {stayed.size}")
    return table


def draw(table):
    """Draw the orders of magnitude: dark is exact."""
    changes = np.array([list(row.values()) for row in table.values()])
    orders = np.log10(np.maximum(changes, 1e-16))
    figure, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
    image = ax.imshow(orders, cmap="viridis", vmin=-16, vmax=0, aspect="auto")
    for (row, column), change in np.ndenumerate(changes):
        color = "white" if change < 1e-5 else "black"
        ax.text(column, row, f"{change:.0e}", ha="center", va="center", color=color)
    columns = next(iter(table.values()))
    ax.set_xticks(range(len(columns)), columns, rotation=20, ha="right")
    ax.set_yticks(range(len(table)), table)
    figure.colorbar(image, label="log10 of the largest relative change")
    return figure


if __name__ == "__main__":
    draw(main(**(QUICK if "--quick" in sys.argv else {})))
    plt.show()

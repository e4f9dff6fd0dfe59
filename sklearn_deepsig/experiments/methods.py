"""The methods that a comparison sets side by side."""

from collections.abc import Sequence
from typing import Any

from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_deepsig.baselines import (
    make_alpha_carbon_dihedral_svm,
    make_dihedral_svm,
)
from sklearn_deepsig.estimators import (
    DeepSignatureClassifier,
    EigenCoarsener,
    LogSignatureTransformer,
    SpectralCoarsener,
    TrajectorySelector,
)

__all__ = ["graph_methods", "molecule_methods"]

MAJORITY = "majority class"


def graph_methods(
    n_clusters: Sequence[int],
    *,
    hidden_dim: int = 20,
    n_segments: int = 4,
    max_epochs: int = 100,
    batch_size: int = 16,
    learning_rate: float = 1e-3,
    device: str = "auto",
) -> dict[str, Any]:
    """Return the methods for trajectories on any graph.

    Parameters
    ----------
    n_clusters : sequence of int
        Clusters after each pooling layer.
    hidden_dim : int, default=20
        Width of the node embeddings.
    n_segments : int, default=4
        Time segments of the log-signature.
    max_epochs : int, default=100
        Epochs of each network.
    batch_size : int, default=16
        Samples a training step.
    learning_rate : float, default=1e-3
        Learning rate of AdamW.
    device : str, default="auto"
        Where the networks run.

    Returns
    -------
    dict of str to estimator
        Deep Signature, a linear model on log-signatures of learned clusters and of
        those of `EigenCoarsener`, and the majority class.
    """
    training = {
        "hidden_dim": hidden_dim,
        "max_epochs": max_epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "device": device,
        "verbose": False,
    }
    sizes = tuple(n_clusters)

    def linear_on(coarsener: Any) -> Any:
        return make_pipeline(
            coarsener,
            LogSignatureTransformer(depth=2, n_segments=n_segments),
            StandardScaler(),
            LogisticRegression(C=0.01, max_iter=1000),
        )

    return {
        "Deep Signature": DeepSignatureClassifier(
            sizes, n_segments=n_segments, **training
        ),
        "log-signature + logistic regression": linear_on(
            SpectralCoarsener(sizes, **training)
        ),
        # what a learned coarse graining must beat
        "eigenvector clusters + log-signature + LR": linear_on(
            EigenCoarsener(sizes[-1])
        ),
        MAJORITY: DummyClassifier(strategy="most_frequent"),
    }


def molecule_methods(
    n_clusters: Sequence[int],
    *,
    select: str | None = "name CA",
    superpose: bool | str = "reference",
    graph: str = "auto",
    cutoff: float = 0.8,
    **training: Any,
) -> dict[str, Any]:
    """Return the methods for `mdtraj.Trajectory`, the classic descriptors among them.

    Parameters
    ----------
    n_clusters : sequence of int
        Clusters after each pooling layer.
    select : str or None, default="name CA"
        Atoms that the networks see; see `TrajectorySelector`.
    superpose : bool or str, default="reference"
        How the networks' trajectories are superposed; see `TrajectorySelector`.
    graph : str, default="auto"
        What connects the atoms; see `TrajectorySelector`.
    cutoff : float, default=0.8
        Largest distance of a contact, in nm.
    **training
        See `graph_methods`.

    Returns
    -------
    dict of str to estimator
        Those of `graph_methods`, and an SVM on dihedral angles and on dihedral
        angles of C-alpha atoms.
    """
    selector = TrajectorySelector(
        select, graph=graph, cutoff=cutoff, superpose=superpose
    )
    on_graphs = graph_methods(n_clusters, **training)
    methods = {
        name: make_pipeline(clone(selector), method)
        for name, method in on_graphs.items()
        if name != MAJORITY
    }
    return {
        **methods,
        "dihedral + PCA + SVM": make_dihedral_svm(),
        "C-alpha dihedral + PCA + SVM": make_alpha_carbon_dihedral_svm(),
        MAJORITY: on_graphs[MAJORITY],
    }

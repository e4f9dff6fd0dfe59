"""From the frozen settings of a method to an estimator."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sklearn_deepsig.baselines import (
    make_alpha_carbon_dihedral_svm,
    make_dihedral_svm,
)
from sklearn_deepsig.datasets import levy_area_of_groups
from sklearn_deepsig.estimators import (
    DeepSignatureClassifier,
    EigenCoarsener,
    FixedCoarsener,
    GraphLSTMClassifier,
    HeadClassifier,
    HeadTailClassifier,
    LogSignatureTransformer,
    SpectralCoarsener,
    SummaryStatisticsTransformer,
    TailClassifier,
    TrajectorySelector,
)
from sklearn_deepsig.experiments.studies.chosen import ChosenClassifier
from sklearn_deepsig.experiments.studies.settings import Method, Problem

__all__ = ["build"]


def build(method: Method, problem: Problem, seed: int) -> Any:
    """Make the estimator of a method, unfitted.

    Parameters
    ----------
    method : Method
        The method.
    problem : Problem
        What it will be fitted to; only what knows the answer's form looks at it.
    seed : int
        Of weights, the order of samples, and dropout.

    Returns
    -------
    estimator
        A classifier.
    """
    settings = dict(method.settings)
    candidates = settings.pop("candidates", None)
    if candidates is not None:
        return ChosenClassifier(
            [
                build(replace(method, settings={**settings, **own}), problem, seed)
                for own in candidates
            ],
            *_validation(problem, seed),
        )
    atoms = settings.pop("atoms", None)
    model = _KINDS[method.kind](settings, problem, seed)
    return model if atoms is None else make_pipeline(TrajectorySelector(**atoms), model)


def _validation(problem: Problem, seed: int) -> tuple[list[Any], np.ndarray]:
    """Return the windows by which this fit may choose, and their labels."""
    indices = problem.splits[seed % len(problem.splits)].validation
    return [problem.X[i] for i in indices], problem.y[indices]


def _network(kind: type) -> Callable[..., Any]:
    """Build a network, or the average of those of several that validate best."""

    def make(settings: dict[str, Any], problem: Problem, seed: int) -> Any:
        n_networks = settings.pop("n_networks", 1)
        networks = [
            kind(**settings, random_state=n_networks * seed + place, verbose=False)
            for place in range(n_networks)
        ]
        if n_networks == 1:
            return networks[0]
        return ChosenClassifier(networks, *_validation(problem, seed), average=True)

    return make


def _linear(C: float = 1.0) -> tuple[Any, Any]:
    return StandardScaler(), LogisticRegression(C=C, max_iter=2000)


def _logsignature(settings: dict[str, Any], problem: Problem, seed: int) -> Any:
    """Build a log-signature of clusters that no label helped to find, and a linear."""
    C = settings.pop("C", 0.01)
    coarsener = settings.pop("coarsener", None)
    steps = [] if coarsener is None else [_COARSENERS[coarsener[0]](problem, seed)]
    if steps and len(coarsener) > 1:
        steps[0].set_params(**coarsener[1])
    return make_pipeline(*steps, LogSignatureTransformer(**settings), *_linear(C))


def _blocks(problem: Problem, _: int) -> Any:
    """Cut the nodes, as they are numbered, into 50 blocks, or as many as there are."""
    n_nodes = problem.X[0].n_nodes
    return FixedCoarsener(np.arange(n_nodes) * min(50, n_nodes) // n_nodes)


_COARSENERS: Mapping[str, Callable[[Problem, int], Any]] = {
    "blocks": _blocks,
    "eigen": lambda _, seed: EigenCoarsener(random_state=seed),
    "residues": lambda *_: FixedCoarsener("residue"),
    "spectral": lambda _, seed: SpectralCoarsener(random_state=seed, verbose=False),
    "true groups": lambda problem, _: FixedCoarsener(problem.node_groups),
}


def _statistics(settings: dict[str, Any], *_: Any) -> Any:
    return make_pipeline(SummaryStatisticsTransformer(), *_linear(**settings))


def _levy_area(settings: dict[str, Any], problem: Problem, _: int) -> Any:
    """Build the statistic that knows which groups drive each other."""

    def areas(X: Any) -> Any:
        return levy_area_of_groups(X, problem.node_groups)[:, None]

    return make_pipeline(FunctionTransformer(areas), *_linear(**settings))


def _atom_counts(X: Any) -> Any:
    return np.array([[window.n_atoms] for window in X])


def _number_of_atoms(settings: dict[str, Any], *_: Any) -> Any:
    """Build what tells molecules apart without looking at their motion."""
    tree = DecisionTreeClassifier(random_state=0, **settings)
    return make_pipeline(FunctionTransformer(_atom_counts), tree)


def _helix_contents(X: Any) -> Any:
    from mdtraj import compute_dssp  # takes a second to import

    return np.array(
        [[(compute_dssp(window, simplified=True) == "H").mean()] for window in X]
    )


def _helix_content(settings: dict[str, Any], *_: Any) -> Any:
    """Build what sees only which share of the residues is helical, by DSSP."""
    return make_pipeline(FunctionTransformer(_helix_contents), *_linear(**settings))


_KINDS: Mapping[str, Callable[..., Any]] = {
    "deep signature": _network(DeepSignatureClassifier),
    "head": _network(HeadClassifier),
    "tail": _network(TailClassifier),
    "head and tail": _network(HeadTailClassifier),
    "graph LSTM": _network(GraphLSTMClassifier),
    "log-signature": _logsignature,
    "statistics": _statistics,
    "levy area": _levy_area,
    "dihedral SVM": lambda settings, *_: make_dihedral_svm(**settings),
    "C-alpha dihedral SVM": lambda settings, *_: make_alpha_carbon_dihedral_svm(
        **settings
    ),
    "number of atoms": _number_of_atoms,
    "helix content": _helix_content,
    "majority": lambda *_: DummyClassifier(strategy="most_frequent"),
}

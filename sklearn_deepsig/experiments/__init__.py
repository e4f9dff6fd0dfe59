"""Comparisons of methods, one command each.

:func:`compare_table` and :func:`demo` are the commands ``compare`` and ``demo``;
:func:`compare_methods` cross-validates any estimators side by side, with whole groups
held out. The paper's experiments and others, ``python -m sklearn_deepsig experiments``,
are in ``sklearn_deepsig.experiments.studies``.
"""

from sklearn_deepsig.experiments.commands import (
    Job,
    compare_table,
    demo,
)
from sklearn_deepsig.experiments.comparison import compare_methods
from sklearn_deepsig.experiments.defaults import (
    default_n_clusters,
    default_n_segments,
    default_n_windows,
)
from sklearn_deepsig.experiments.methods import graph_methods, molecule_methods
from sklearn_deepsig.experiments.results import (
    Comparison,
    FoldResult,
    MethodSummary,
)

__all__ = [
    "Comparison",
    "FoldResult",
    "Job",
    "MethodSummary",
    "compare_methods",
    "compare_table",
    "default_n_clusters",
    "default_n_segments",
    "default_n_windows",
    "demo",
    "graph_methods",
    "molecule_methods",
]

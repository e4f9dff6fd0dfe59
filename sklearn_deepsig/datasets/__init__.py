"""Simulators with known answers.

:func:`make_gene_regulation` makes the paper's gene regulatory dynamics.
:func:`make_irreversible_dynamics` makes two classes that no statistic of single frames
or single nodes can tell apart, but the Levy area between two groups of nodes can.
"""

from sklearn_deepsig.datasets._gene_regulation import (
    GeneRegulation,
    gene_regulation_rhs,
    make_gene_regulation,
)
from sklearn_deepsig.datasets._irreversible import (
    IrreversibleDynamics,
    levy_area_of_groups,
    make_irreversible_dynamics,
)

__all__ = [
    "GeneRegulation",
    "IrreversibleDynamics",
    "gene_regulation_rhs",
    "levy_area_of_groups",
    "make_gene_regulation",
    "make_irreversible_dynamics",
]

"""Simulators with known answers, and real dynamics.

:func:`make_gene_regulation` makes the paper's gene regulatory dynamics.
:func:`make_irreversible_dynamics` makes two classes that no statistic of single frames
or single nodes can tell apart, but the Levy area between two groups of nodes can.
:func:`load_peptide_mutants` loads all-atom simulations that the package ships.
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
from sklearn_deepsig.datasets._peptide_mutants import (
    PeptideMutants,
    load_peptide_mutants,
)

__all__ = [
    "GeneRegulation",
    "IrreversibleDynamics",
    "PeptideMutants",
    "gene_regulation_rhs",
    "levy_area_of_groups",
    "load_peptide_mutants",
    "make_gene_regulation",
    "make_irreversible_dynamics",
]

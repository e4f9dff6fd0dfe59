"""Simulators with known answers, and real dynamics.

:func:`make_gene_regulation` makes the paper's gene regulatory dynamics.
:func:`make_irreversible_dynamics` makes two classes that no statistic of single frames
or single nodes can tell apart, but the Levy area between two groups of nodes can.
:func:`load_peptide_mutants` loads all-atom simulations that the package ships.
:func:`load_egfr` and :func:`load_gpcrmd` load those of the paper from their files.
"""

from sklearn_deepsig.datasets._egfr import EGFR_VARIANTS, EgfrDimers, load_egfr
from sklearn_deepsig.datasets._gene_regulation import (
    GeneRegulation,
    gene_regulation_rhs,
    make_gene_regulation,
)
from sklearn_deepsig.datasets._gpcrmd import (
    GPCRMD_SIMULATIONS,
    GpcrSimulation,
    GpcrSimulations,
    load_gpcrmd,
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
    "EGFR_VARIANTS",
    "GPCRMD_SIMULATIONS",
    "EgfrDimers",
    "GeneRegulation",
    "GpcrSimulation",
    "GpcrSimulations",
    "IrreversibleDynamics",
    "PeptideMutants",
    "gene_regulation_rhs",
    "levy_area_of_groups",
    "load_egfr",
    "load_gpcrmd",
    "load_peptide_mutants",
    "make_gene_regulation",
    "make_irreversible_dynamics",
]

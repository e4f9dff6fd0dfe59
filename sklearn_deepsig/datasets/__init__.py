"""Simulators with known answers.

:func:`make_gene_regulation` makes the paper's gene regulatory dynamics.
"""

from sklearn_deepsig.datasets._gene_regulation import (
    GeneRegulation,
    gene_regulation_rhs,
    make_gene_regulation,
)

__all__ = ["GeneRegulation", "gene_regulation_rhs", "make_gene_regulation"]

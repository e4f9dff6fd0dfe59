"""What a fitted model looks at.

:func:`attribute` tells what coordinates of the log-signature, clusters, atoms and
residues contribute to predictions; :func:`attribute_cv` does over folds and seeds;
:func:`attribute_by_system` and :func:`combine_residues` put mutants together.
"""

from sklearn_deepsig.inspection._attribute import attribute
from sklearn_deepsig.inspection._attribution import Attribution
from sklearn_deepsig.inspection._attribution_cv import AttributionCV
from sklearn_deepsig.inspection._cross_validation import attribute_cv
from sklearn_deepsig.inspection._pair_scores import PairScores
from sklearn_deepsig.inspection._residues import (
    ResidueAttribution,
    attribute_by_system,
    combine_residues,
)

__all__ = [
    "Attribution",
    "AttributionCV",
    "PairScores",
    "ResidueAttribution",
    "attribute",
    "attribute_by_system",
    "attribute_cv",
    "combine_residues",
]

"""The descriptors that Deep Signature is compared with.

:class:`DihedralFeaturizer` and :class:`AlphaCarbonDihedralFeaturizer` describe a
molecule by dihedral angles. :func:`make_dihedral_svm` and
:func:`make_alpha_carbon_dihedral_svm` make the paper's baselines of them: dihedrals,
PCA, SVM.
"""

from sklearn_deepsig.baselines._dihedrals import (
    AlphaCarbonDihedralFeaturizer,
    DihedralFeaturizer,
)
from sklearn_deepsig.baselines._pipelines import (
    make_alpha_carbon_dihedral_svm,
    make_dihedral_svm,
)

__all__ = [
    "AlphaCarbonDihedralFeaturizer",
    "DihedralFeaturizer",
    "make_alpha_carbon_dihedral_svm",
    "make_dihedral_svm",
]

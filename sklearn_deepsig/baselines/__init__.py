"""The descriptors that Deep Signature is compared with.

Each describes a molecule, by mdtraj: :class:`DihedralFeaturizer` and
:class:`AlphaCarbonDihedralFeaturizer` by dihedral angles, :class:`ContactFeaturizer`
and :class:`PairwiseDistanceFeaturizer` by distances, :class:`RmsdFeaturizer` and
:class:`RmsfFeaturizer` by deviations. :func:`make_dihedral_svm` and
:func:`make_alpha_carbon_dihedral_svm` are the paper's baselines: dihedrals, PCA, SVM.
"""

from sklearn_deepsig.baselines._deviations import RmsdFeaturizer, RmsfFeaturizer
from sklearn_deepsig.baselines._dihedrals import (
    AlphaCarbonDihedralFeaturizer,
    DihedralFeaturizer,
)
from sklearn_deepsig.baselines._distances import (
    ContactFeaturizer,
    PairwiseDistanceFeaturizer,
)
from sklearn_deepsig.baselines._pipelines import (
    make_alpha_carbon_dihedral_svm,
    make_dihedral_svm,
)

__all__ = [
    "AlphaCarbonDihedralFeaturizer",
    "ContactFeaturizer",
    "DihedralFeaturizer",
    "PairwiseDistanceFeaturizer",
    "RmsdFeaturizer",
    "RmsfFeaturizer",
    "make_alpha_carbon_dihedral_svm",
    "make_dihedral_svm",
]

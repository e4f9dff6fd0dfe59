"""The paper's classic baselines: dihedrals, PCA, SVM."""

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from sklearn_deepsig.baselines._dihedrals import (
    AlphaCarbonDihedralFeaturizer,
    DihedralFeaturizer,
)

__all__ = ["make_alpha_carbon_dihedral_svm", "make_dihedral_svm"]


def make_dihedral_svm(
    *,
    types: str | Sequence[str] = ("phi", "psi"),
    statistics: str | Sequence[str] = ("mean",),
    n_components: int | float | None = 0.95,
    C: float = 1.0,
    kernel: str = "rbf",
    gamma: str | float = "scale",
    class_weight: Mapping | str | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> Pipeline:
    """Make a classifier of molecules: dihedral angles, PCA, SVM.

    The features are not scaled: sines and cosines share a unit, and scaling would
    make the noise of a rigid angle as large as the motion of a flexible one.

    Parameters
    ----------
    types, statistics : str or sequence of str
        See `DihedralFeaturizer`.
    n_components : float, int or None, default=0.95
        Principal components to keep: between 0 and 1 as many as explain this part of
        the variance, which suits training sets of any size; an integer for their
        number, at most the number of samples or features; None for all.
    C : float, default=1.0
        See `sklearn.svm.SVC`, also for the next three.
    kernel : str, default="rbf"
        Kernel.
    gamma : float or {"scale", "auto"}, default="scale"
        Coefficient of the kernel.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes.
    random_state : int, RandomState instance or None, default=None
        Seed of PCA, where it uses a randomised solver: for a number of components
        and many features.

    Returns
    -------
    Pipeline
        With the steps ``"dihedrals"``, ``"pca"`` and ``"svm"``, to be fitted on a
        sequence of `mdtraj.Trajectory`.

    Examples
    --------
    >>> from sklearn_deepsig.baselines import make_dihedral_svm
    >>> make_dihedral_svm(C=10).set_params(dihedrals__types="chi1")[0]
    DihedralFeaturizer(types='chi1')
    """
    return _make_svm(
        DihedralFeaturizer(types, statistics=statistics),
        PCA(n_components, random_state=random_state),
        SVC(C=C, kernel=kernel, gamma=gamma, class_weight=class_weight),
    )


def make_alpha_carbon_dihedral_svm(
    *,
    statistics: str | Sequence[str] = ("mean",),
    n_components: int | float | None = 0.95,
    C: float = 1.0,
    kernel: str = "rbf",
    gamma: str | float = "scale",
    class_weight: Mapping | str | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> Pipeline:
    """Make a classifier of molecules: dihedral angles of C-alpha atoms, PCA, SVM.

    Parameters
    ----------
    statistics : str or sequence of str
        See `AlphaCarbonDihedralFeaturizer`.
    n_components : float, int or None, default=0.95
        See `make_dihedral_svm`, also for what follows.
    C : float, default=1.0
        Strength of the penalty on errors.
    kernel : str, default="rbf"
        Kernel.
    gamma : float or {"scale", "auto"}, default="scale"
        Coefficient of the kernel.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes.
    random_state : int, RandomState instance or None, default=None
        Seed of PCA.

    Returns
    -------
    Pipeline
        With the steps ``"dihedrals"``, ``"pca"`` and ``"svm"``, to be fitted on a
        sequence of `mdtraj.Trajectory`.

    Examples
    --------
    >>> from sklearn_deepsig.baselines import make_alpha_carbon_dihedral_svm
    >>> list(make_alpha_carbon_dihedral_svm().named_steps)
    ['dihedrals', 'pca', 'svm']
    """
    return _make_svm(
        AlphaCarbonDihedralFeaturizer(statistics=statistics),
        PCA(n_components, random_state=random_state),
        SVC(C=C, kernel=kernel, gamma=gamma, class_weight=class_weight),
    )


def _make_svm(featurizer: TransformerMixin, pca: PCA, svm: SVC) -> Pipeline:
    return Pipeline([("dihedrals", featurizer), ("pca", pca), ("svm", svm)])

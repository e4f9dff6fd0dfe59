"""Deep Signature for molecular dynamics with the scikit-learn API.

The names below are loaded when they are first used, so importing the package costs
nothing and loads neither torch nor mdtraj.
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0.dev0"

# Public name -> module that defines it.
_PUBLIC = {
    "AlphaCarbonDihedralFeaturizer": "baselines",
    "ContactFeaturizer": "baselines",
    "DeepSignatureClassifier": "estimators",
    "DeepSignatureRegressor": "estimators",
    "DihedralFeaturizer": "baselines",
    "EigenCoarsener": "estimators",
    "FixedCoarsener": "estimators",
    "GraphLSTMClassifier": "estimators",
    "GraphTransformerClassifier": "estimators",
    "GraphTrajectory": "trajectory",
    "HeadClassifier": "estimators",
    "HeadTailClassifier": "estimators",
    "LogSignatureTransformer": "estimators",
    "PairwiseDistanceFeaturizer": "baselines",
    "RmsdFeaturizer": "baselines",
    "RmsfFeaturizer": "baselines",
    "SpectralCoarsener": "estimators",
    "SummaryStatisticsTransformer": "estimators",
    "TailClassifier": "estimators",
    "TemporalGroupKFold": "model_selection",
    "TrajectorySelector": "estimators",
    "TrajectoryStore": "trajectory",
    "load": "persistence",
    "load_trajectory": "trajectory",
    "make_alpha_carbon_dihedral_svm": "baselines",
    "make_dihedral_svm": "baselines",
    "make_windows": "model_selection",
    "save": "persistence",
}

__all__ = [
    "AlphaCarbonDihedralFeaturizer",
    "ContactFeaturizer",
    "DeepSignatureClassifier",
    "DeepSignatureRegressor",
    "DihedralFeaturizer",
    "EigenCoarsener",
    "FixedCoarsener",
    "GraphLSTMClassifier",
    "GraphTrajectory",
    "GraphTransformerClassifier",
    "HeadClassifier",
    "HeadTailClassifier",
    "LogSignatureTransformer",
    "PairwiseDistanceFeaturizer",
    "RmsdFeaturizer",
    "RmsfFeaturizer",
    "SpectralCoarsener",
    "SummaryStatisticsTransformer",
    "TailClassifier",
    "TemporalGroupKFold",
    "TrajectorySelector",
    "TrajectoryStore",
    "__version__",
    "load",
    "load_trajectory",
    "make_alpha_carbon_dihedral_svm",
    "make_dihedral_svm",
    "make_windows",
    "save",
]

if TYPE_CHECKING:
    from sklearn_deepsig.baselines import (
        AlphaCarbonDihedralFeaturizer,
        ContactFeaturizer,
        DihedralFeaturizer,
        PairwiseDistanceFeaturizer,
        RmsdFeaturizer,
        RmsfFeaturizer,
        make_alpha_carbon_dihedral_svm,
        make_dihedral_svm,
    )
    from sklearn_deepsig.estimators import (
        DeepSignatureClassifier,
        DeepSignatureRegressor,
        EigenCoarsener,
        FixedCoarsener,
        GraphLSTMClassifier,
        GraphTransformerClassifier,
        HeadClassifier,
        HeadTailClassifier,
        LogSignatureTransformer,
        SpectralCoarsener,
        SummaryStatisticsTransformer,
        TailClassifier,
        TrajectorySelector,
    )
    from sklearn_deepsig.model_selection import TemporalGroupKFold, make_windows
    from sklearn_deepsig.persistence import load, save
    from sklearn_deepsig.trajectory import (
        GraphTrajectory,
        TrajectoryStore,
        load_trajectory,
    )


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        module = importlib.import_module(f"{__name__}.{_PUBLIC[name]}")
        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

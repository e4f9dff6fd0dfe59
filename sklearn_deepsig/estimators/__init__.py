"""The estimators: select atoms, coarse-grain, summarise, predict.

:class:`TrajectorySelector` selects atoms of molecules, connects and superposes them.
:class:`SpectralCoarsener` learns clusters of atoms without labels; those of
:class:`EigenCoarsener` and :class:`FixedCoarsener` are not learned.
:class:`LogSignatureTransformer` turns paths into features, and
:class:`SummaryStatisticsTransformer` into what such features must beat.

:class:`DeepSignatureClassifier` and :class:`DeepSignatureRegressor` learn clusters and
targets together, by one loss. :class:`HeadClassifier`, :class:`TailClassifier`,
:class:`HeadTailClassifier` and :class:`GraphLSTMClassifier` are the paper's baselines,
and :class:`GraphTransformerClassifier` is another, of its authors' code.

Each X may be a list of trajectories or an array: see
:func:`~sklearn_deepsig.trajectory.as_trajectories`.
"""

from sklearn_deepsig.estimators._classifier import DeepSignatureClassifier
from sklearn_deepsig.estimators._coarsener import SpectralCoarsener
from sklearn_deepsig.estimators._eigen_coarsener import EigenCoarsener
from sklearn_deepsig.estimators._fixed_coarsener import FixedCoarsener
from sklearn_deepsig.estimators._frame_classifiers import (
    HeadClassifier,
    HeadTailClassifier,
    TailClassifier,
)
from sklearn_deepsig.estimators._graph_lstm import GraphLSTMClassifier
from sklearn_deepsig.estimators._graph_transformer import GraphTransformerClassifier
from sklearn_deepsig.estimators._logsignature import LogSignatureTransformer
from sklearn_deepsig.estimators._regressor import DeepSignatureRegressor
from sklearn_deepsig.estimators._selector import TrajectorySelector
from sklearn_deepsig.estimators._statistics import SummaryStatisticsTransformer

__all__ = [
    "DeepSignatureClassifier",
    "DeepSignatureRegressor",
    "EigenCoarsener",
    "FixedCoarsener",
    "GraphLSTMClassifier",
    "GraphTransformerClassifier",
    "HeadClassifier",
    "HeadTailClassifier",
    "LogSignatureTransformer",
    "SpectralCoarsener",
    "SummaryStatisticsTransformer",
    "TailClassifier",
    "TrajectorySelector",
]

"""The estimators: select atoms, coarse-grain, summarise, predict."""

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

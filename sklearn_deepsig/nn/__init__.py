"""Torch modules: coarse graining, log-signature, sequence model and classifier.

A :class:`GraphBatch` holds ragged samples. :class:`DeepSignatureNetwork` is the whole
model: :class:`SpectralCoarsening`, a stack of :class:`GraphPooling`, then
:class:`LogSignature`, :class:`SegmentLSTM` and :class:`MLPHead`, trained by
:func:`deep_signature_loss`. The others are the baselines' networks.
"""

from sklearn_deepsig.nn.averaging import (
    FrameNetwork,
    GraphLSTMNetwork,
    GraphTransformerNetwork,
)
from sklearn_deepsig.nn.batch import GraphBatch
from sklearn_deepsig.nn.coarsening import (
    CoarseTrajectory,
    GraphPooling,
    SpectralCoarsening,
)
from sklearn_deepsig.nn.deep_signature import DeepSignatureNetwork, DeepSignatureOutput
from sklearn_deepsig.nn.heads import MLPHead
from sklearn_deepsig.nn.invariant_features import invariant_features
from sklearn_deepsig.nn.logsignature import LogSignature
from sklearn_deepsig.nn.losses import (
    classification_errors,
    coarsening_loss,
    deep_signature_loss,
    regression_errors,
)
from sklearn_deepsig.nn.sequence import SegmentLSTM, SegmentNorm

__all__ = [
    "CoarseTrajectory",
    "DeepSignatureNetwork",
    "DeepSignatureOutput",
    "FrameNetwork",
    "GraphBatch",
    "GraphLSTMNetwork",
    "GraphPooling",
    "GraphTransformerNetwork",
    "LogSignature",
    "MLPHead",
    "SegmentLSTM",
    "SegmentNorm",
    "SpectralCoarsening",
    "classification_errors",
    "coarsening_loss",
    "deep_signature_loss",
    "invariant_features",
    "regression_errors",
]

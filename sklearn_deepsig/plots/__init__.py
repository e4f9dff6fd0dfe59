"""Pictures: each Display draws from numbers that were computed elsewhere."""

from sklearn_deepsig.plots.accuracy import AccuracyDisplay, CurveDisplay
from sklearn_deepsig.plots.assignment import AssignmentDisplay
from sklearn_deepsig.plots.coarse_graph import CoarseGraphDisplay
from sklearn_deepsig.plots.comparison import ComparisonDisplay
from sklearn_deepsig.plots.feature_space import FeatureSpaceDisplay
from sklearn_deepsig.plots.loss_curves import LossCurveDisplay
from sklearn_deepsig.plots.rmsd import RMSDDisplay

__all__ = [
    "AccuracyDisplay",
    "AssignmentDisplay",
    "CoarseGraphDisplay",
    "ComparisonDisplay",
    "CurveDisplay",
    "FeatureSpaceDisplay",
    "LossCurveDisplay",
    "RMSDDisplay",
]

"""Pictures: each Display draws from numbers that were computed elsewhere.

`from_estimator` and its like compute, `plot` draws: into the axes it gets, or into a
figure of its own, which no window shows and `save` writes. :func:`view` writes a page
that shows an attribution in three dimensions.
"""

from sklearn_deepsig.plots.accuracy import AccuracyDisplay, CurveDisplay
from sklearn_deepsig.plots.assignment import AssignmentDisplay
from sklearn_deepsig.plots.attribution import AttributionDisplay
from sklearn_deepsig.plots.coarse_graph import CoarseGraphDisplay
from sklearn_deepsig.plots.comparison import ComparisonDisplay
from sklearn_deepsig.plots.feature_space import FeatureSpaceDisplay
from sklearn_deepsig.plots.loss_curves import LossCurveDisplay
from sklearn_deepsig.plots.molecule import ViewFiles, view
from sklearn_deepsig.plots.rmsd import RMSDDisplay

__all__ = [
    "AccuracyDisplay",
    "AssignmentDisplay",
    "AttributionDisplay",
    "CoarseGraphDisplay",
    "ComparisonDisplay",
    "CurveDisplay",
    "FeatureSpaceDisplay",
    "LossCurveDisplay",
    "RMSDDisplay",
    "ViewFiles",
    "view",
]

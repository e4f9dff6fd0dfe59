"""Pictures: each Display draws from numbers that were computed elsewhere."""

from sklearn_deepsig.plots.accuracy import AccuracyDisplay, CurveDisplay
from sklearn_deepsig.plots.comparison import ComparisonDisplay

__all__ = ["AccuracyDisplay", "ComparisonDisplay", "CurveDisplay"]

"""Pictures: each Display draws from numbers that were computed elsewhere."""

from sklearn_deepsig.plots.comparison import ComparisonDisplay

__all__ = ["ComparisonDisplay"]

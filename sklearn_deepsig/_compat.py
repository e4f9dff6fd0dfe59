"""The one place that knows differences between versions of scikit-learn."""

from sklearn.base import _fit_context as fit_context
from sklearn.utils.validation import validate_data

__all__ = ["fit_context", "validate_data"]

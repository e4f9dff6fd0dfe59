"""The one place that knows differences between versions of scikit-learn."""

from sklearn.base import _fit_context as fit_context
from sklearn.utils.validation import _check_feature_names as check_column_names
from sklearn.utils.validation import validate_data

__all__ = ["check_column_names", "fit_context", "validate_data"]

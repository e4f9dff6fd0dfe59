"""The one place that knows differences between versions of scikit-learn."""

from typing import Any

from sklearn.base import _fit_context as fit_context
from sklearn.utils._set_output import _get_container_adapter as container_adapter
from sklearn.utils.validation import _check_feature_names as check_column_names
from sklearn.utils.validation import validate_data

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:  # before 1.9

    class _NoCallbacks:
        """The context of a fit that nobody can watch."""

        def subcontext(self, **_: Any) -> "_NoCallbacks":
            return self

        def call_on_fit_task_begin(self, **_: Any) -> "_NoCallbacks":
            return self

        def call_on_fit_task_end(self, **_: Any) -> bool:
            return False

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stand in for scikit-learn's, without `set_callbacks`."""

        def _init_callback_context(self, **_: Any) -> _NoCallbacks:
            return _NoCallbacks()


__all__ = [
    "CallbackSupportMixin",
    "check_column_names",
    "container_adapter",
    "fit_context",
    "validate_data",
]

"""Windows of trajectories, and cross-validation that respects time.

:func:`make_windows` cuts long trajectories into samples, and
:class:`TemporalGroupKFold` splits these within every trajectory, as in the paper. To
hold out whole trajectories instead, pass the groups of :func:`make_windows` to
scikit-learn's own `GroupKFold` or `StratifiedGroupKFold`.
"""

from sklearn_deepsig.model_selection._groups import hold_out_groups, split_by_group
from sklearn_deepsig.model_selection._temporal import TemporalGroupKFold
from sklearn_deepsig.model_selection._windows import Windows, make_windows

__all__ = [
    "TemporalGroupKFold",
    "Windows",
    "hold_out_groups",
    "make_windows",
    "split_by_group",
]

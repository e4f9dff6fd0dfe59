"""Stateless maths: log-signatures, graph convolution, minimum cuts, geometry.

`logsignature` computes log-signatures of paths; `logsignature_width`, `lyndon_words`
and `logsignature_names` tell which coordinates they have, and `segment_indices` cuts
paths into segments. The other modules are imported by their names.
"""

from sklearn_deepsig.functional.logsignature import logsignature
from sklearn_deepsig.functional.lyndon import (
    logsignature_names,
    logsignature_width,
    lyndon_words,
)
from sklearn_deepsig.functional.segments import segment_boundaries, segment_indices

__all__ = [
    "logsignature",
    "logsignature_names",
    "logsignature_width",
    "lyndon_words",
    "segment_boundaries",
    "segment_indices",
]

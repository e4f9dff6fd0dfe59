"""Stateless maths: log-signatures, graph convolution, minimum cuts, geometry.

`logsignature` computes log-signatures of paths; `logsignature_width`, `lyndon_words`
and `logsignature_names` tell which coordinates they have, and `segment_indices` cuts
paths into segments. `signature`, `tensor_exp`, `tensor_log`, `convert_basis`,
`logsignature_to_signature` and `logsignature_combine` go between them. `augment` is for
before, `sliding_logsignature` takes windows, and `rotation_invariants` keeps what no
rotation changes. The other modules are imported by their names.
"""

import importlib
from typing import TYPE_CHECKING, Any

from sklearn_deepsig.functional.augmentation import augment
from sklearn_deepsig.functional.logsignature import logsignature
from sklearn_deepsig.functional.lyndon import (
    logsignature_names,
    logsignature_width,
    lyndon_words,
)
from sklearn_deepsig.functional.rotation import rotation_invariants
from sklearn_deepsig.functional.segments import segment_boundaries, segment_indices

if TYPE_CHECKING:
    from sklearn_deepsig.functional.algebra import (
        logsignature_combine,
        logsignature_to_signature,
        signature,
        signature_combine,
        tensor_exp,
        tensor_log,
    )
    from sklearn_deepsig.functional.bases import convert_basis
    from sklearn_deepsig.functional.sliding import sliding_logsignature

__all__ = [
    "augment",
    "convert_basis",
    "logsignature",
    "logsignature_combine",
    "logsignature_names",
    "logsignature_to_signature",
    "logsignature_width",
    "lyndon_words",
    "rotation_invariants",
    "segment_boundaries",
    "segment_indices",
    "signature",
    "signature_combine",
    "sliding_logsignature",
    "tensor_exp",
    "tensor_log",
]

# Public name -> module that needs torch, which takes seconds to import.
_LAZY = {
    "convert_basis": "bases",
    "logsignature_combine": "algebra",
    "logsignature_to_signature": "algebra",
    "signature": "algebra",
    "signature_combine": "algebra",
    "sliding_logsignature": "sliding",
    "tensor_exp": "algebra",
    "tensor_log": "algebra",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        module = importlib.import_module(f"{__name__}.{_LAZY[name]}")
        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

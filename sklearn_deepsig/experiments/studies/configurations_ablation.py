"""What each part of the model is worth: every number of the ablations, frozen.

One setting of the model is changed at a time, on the irreversible dynamics and on the
peptides. `configurations` says what freezing means.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sklearn_deepsig.experiments.studies.configurations import (
    CURRENT_OURS,
    CURRENTS,
    OURS,
    SMALL_CURRENTS,
    coarsened,
    coarsened_in_turn,
)
from sklearn_deepsig.experiments.studies.configurations_molecules import (
    MOLECULES_OURS,
    PEPTIDES_DATA,
    in_small,
)
from sklearn_deepsig.experiments.studies.settings import Method, Settings, Task

__all__ = [
    "ABLATION",
    "ABLATION_QUICK",
    "LEARNING_CURVE",
    "LEARNING_CURVE_QUICK",
    "PEPTIDES_ABLATION",
    "PEPTIDES_ABLATION_QUICK",
]


def _changed(base: Mapping[str, Any], name: str, label: str, **changes: Any) -> Method:
    return Method(name, label, "deep signature", {**base, **changes}, "ours")


def _variants(base: Mapping[str, Any], label: str, **reader: Any) -> tuple[Method, ...]:
    """Return the model, and the same with one of its settings changed.

    Several segments are read by an LSTM, which `reader` sets where the model has none.
    """
    changes: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("ours", label, {}),
        ("no-cut", "without the loss of the cut, L_u",
         {"loss_weights": (0.0, 0.01, 10.0)}),
        ("no-consistency", "without the loss of temporal consistency, L_t",
         {"loss_weights": (1.0, 0.0, 10.0)}),
        ("error-only", "the loss of classification, L_c, alone",
         {"loss_weights": (0.0, 0.0, 10.0)}),
        ("no-batch-norm", "without batch normalisation", {"batch_norm": False}),
        ("clusters-2", "2 clusters", {"n_clusters": (2,)}),
        ("clusters-4", "4 clusters", {"n_clusters": (4,)}),
        ("clusters-16", "16 clusters", {"n_clusters": (16,)}),
        ("clusters-16-8", "16, then 8 clusters", {"n_clusters": (16, 8)}),
        ("clusters-24-16-8", "24, 16, then 8 clusters", {"n_clusters": (24, 16, 8)}),
        ("depth-1", "signature depth 1", {"depth": 1}),
        ("depth-3", "signature depth 3", {"depth": 3}),
        ("segments-2", "2 segments, read by an LSTM", {**reader, "n_segments": 2}),
        ("segments-4", "4 segments, read by an LSTM", {**reader, "n_segments": 4}),
        ("segments-8", "8 segments, read by an LSTM", {**reader, "n_segments": 8}),
    )  # fmt: skip
    return tuple(_changed(base, name, label, **own) for name, label, own in changes)


# On the irreversible dynamics at one level of noise.

_NOISY = {**CURRENTS, "noise": 4.0}
_LSTM = {"lstm_hidden_dim": 256}

ABLATION = Settings(
    tasks=(Task("all trajectories", _NOISY),),
    methods=(
        *_variants(CURRENT_OURS, OURS, **_LSTM),
        _changed(CURRENT_OURS, "lstm", "an LSTM of the one segment", **_LSTM),
        _changed(
            CURRENT_OURS,
            "weight-decay",
            "weight decay 0.0001 instead of 3",
            weight_decay=1e-4,
        ),
        _changed(
            CURRENT_OURS, "invariant", "rotation invariant", rotation_invariant=True
        ),
        _changed(CURRENT_OURS, "time", "with the time channel", augmentation="time"),
        *coarsened_in_turn(),
        coarsened("nodes", "no coarsening", "blocks"),
        coarsened("groups", "the true communities", "true groups", role="reference"),
    ),
)


def _learning_curve(data: Mapping[str, Any], *sizes: int) -> Settings:
    """Learn from so many trajectories, and validate on no more, with one test."""
    tasks = []
    for n_train in sizes:
        n_validation = min(n_train, data["n_validation"])
        n_unused = max(sizes) + data["n_validation"] - n_train - n_validation
        own = {"n_train": n_train, "n_validation": n_validation, "n_unused": n_unused}
        tasks.append(Task(f"{n_train} trajectories", {**data, **own}, float(n_train)))
    return Settings(tasks, ABLATION.chosen_methods(("ours", "eigen", "groups")))


LEARNING_CURVE = _learning_curve(_NOISY, 25, 50, 100, 200, 400)

_SMALL_NOISY = {**SMALL_CURRENTS, "noise": 2.0}

ABLATION_QUICK = Settings(
    tasks=(Task("all trajectories", _SMALL_NOISY),),
    methods=ABLATION.chosen_methods(
        ("ours", "error-only", "depth-1", "eigen", "groups")
    ),
    n_runs=1,
)

LEARNING_CURVE_QUICK = replace(_learning_curve(_SMALL_NOISY, 25, 50), n_runs=1)

# On the peptides, of which our best setting chooses among four in every fit: here the
# first of them alone.

_SHAPES = {**MOLECULES_OURS, "n_clusters": (8,)}
_BASEPOINT = {"augmentation": "basepoint"}

PEPTIDES_ABLATION = Settings(
    tasks=(
        Task("unseen mutants", PEPTIDES_DATA),
        Task(
            "half of the training mutants",
            {**PEPTIDES_DATA, "training_share": 0.5},
            methods=("ours", "eigen", "residues"),
        ),
    ),
    methods=(
        *_variants(_SHAPES, "Deep Signature (8 clusters, base point)"),
        _changed(_SHAPES, "no-lstm", "without the LSTM", lstm_hidden_dim=None),
        _changed(_SHAPES, "weight-decay", "weight decay 0.01", weight_decay=1e-2),
        _changed(_SHAPES, "dropout", "dropout 0.5 instead of 0.2", dropout=0.5),
        _changed(_SHAPES, "epochs-10", "10 epochs instead of 30", max_epochs=10),
        _changed(_SHAPES, "no-basepoint", "without the base point", augmentation=None),
        # a base point, which tells shapes apart, cannot be had together with invariance
        _changed(_SHAPES, "invariant", "rotation invariant, without the base point",
                 augmentation=None, rotation_invariant=True),
        _changed(_SHAPES, "time", "with the time channel",
                 augmentation=("time", "basepoint")),
        *coarsened_in_turn(**_BASEPOINT),
        coarsened("residues", "clusters of residues", "residues", **_BASEPOINT),
    ),
    n_folds=6,
)  # fmt: skip

PEPTIDES_ABLATION_QUICK = in_small(
    replace(
        PEPTIDES_ABLATION,
        methods=PEPTIDES_ABLATION.chosen_methods(("ours", "error-only", "residues")),
    ),
    2, stride=4, n_runs=1,
)  # fmt: skip

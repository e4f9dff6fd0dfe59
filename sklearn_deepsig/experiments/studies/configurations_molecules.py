"""Every number that the studies of molecules are run with, frozen.

As `configurations` says. Settings of ours were chosen on the peptides, by validation
mutants; receptors, control and chignolin have them as they are.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn_deepsig.experiments.studies.configurations import CALM, OURS
from sklearn_deepsig.experiments.studies.settings import Method, Settings, Task

__all__ = [
    "CHIGNOLIN",
    "CONTROL",
    "EGFR",
    "GPCR",
    "MOLECULES_OURS",
    "MOLECULES_QUICK",
    "PEPTIDES",
    "PEPTIDES_DATA",
    "RECEPTORS",
    "in_small",
]

# appendices B.2 and B.3; the numbers of clusters are the study's
_PAPER = {
    "hidden_dim": 20, "n_segments": 4, "max_epochs": 200, "batch_size": 16,
    "learning_rate": 5e-5, "weight_decay": 1e-5, "center": False,
}  # fmt: skip
MOLECULES_OURS = {
    "hidden_dim": 20, "n_segments": 1, "max_epochs": 30, "batch_size": 8,
    "learning_rate": 5e-3, "weight_decay": 1e-4, "batch_norm": True,
    "learning_rate_schedule": "one_cycle", "augmentation": "basepoint",
}  # fmt: skip
_BASELINE = {
    "hidden_dim": 20, "max_epochs": 60, "batch_size": 8, "learning_rate": 5e-3,
    "weight_decay": 1e-4, "learning_rate_schedule": "one_cycle",
}  # fmt: skip


def _methods(
    paper_clusters: tuple[int, ...],
    our_clusters: tuple[int, ...],
    coarsener: tuple[Any, ...],
    *,
    select: str | None = None,
    superpose: str | None = None,
    ours: Mapping[str, Any] | None = None,
    baseline: Mapping[str, Any] | None = None,
    epochs: int | None = None,
    extra: Sequence[Method] = (),
) -> tuple[Method, ...]:
    """Return the methods for molecules.

    Paper's settings read positions as they are, all other networks superposed ones.
    The classic descriptors read the whole molecule, and find their own atoms.
    """
    raw: dict[str, Any] = {}
    laid: dict[str, Any] = {}
    if select is not None or superpose is not None:
        raw = {"atoms": {"select": select, "superpose": False}}
        laid = {"atoms": {"select": select, "superpose": superpose or False}}
    changed = {} if epochs is None else {"max_epochs": epochs}
    paper = {**raw, **_PAPER, "n_clusters": paper_clusters, **changed}
    best = {
        **laid,
        **MOLECULES_OURS,
        "n_clusters": our_clusters,
        **(ours or {}),
        **changed,
    }
    # a base point, which tells shapes apart, cannot be had together with invariance
    invariant = {
        n: v for n, v in best.items() if n not in ("augmentation", "candidates")
    }
    network = {
        **laid, **_BASELINE, "n_clusters": our_clusters, **(baseline or {}), **changed
    }  # fmt: skip
    return (
        Method("ours", OURS, "deep signature", best, "ours"),
        Method("invariant", "Deep Signature (ours, rotation invariant)",
               "deep signature", {**invariant, "rotation_invariant": True}, "ours"),
        Method("paper", "Deep Signature (paper's settings)", "deep signature", paper,
               "ours"),
        *extra,
        Method("head", "Head", "head", network),
        Method("tail", "Tail", "tail", network),
        Method("head-tail", "Head & Tail", "head and tail", network),
        Method("graph-lstm", "GraphLSTM", "graph LSTM", network),
        Method("dihedral", "dihedral + PCA + SVM", "dihedral SVM", {}, "plain"),
        Method("ca-dihedral", "C-alpha dihedral + PCA + SVM", "C-alpha dihedral SVM",
               {}, "plain"),
        Method("logsignature", "log-signature + linear model", "log-signature",
               {**laid, "coarsener": coarsener}, "plain"),
        Method("statistics", "11 statistics + logistic regression", "statistics",
               laid, "plain"),
        Method("majority", "majority class", "majority", {}, "plain"),
    )  # fmt: skip


def _losses(clusters: tuple[int, ...], **settings: Any) -> tuple[Method, ...]:
    """Return table 3: the paper's settings with some of the three losses."""
    return tuple(
        Method(name, f"Deep Signature (paper's settings, {label})", "deep signature", {
            **_PAPER, "n_clusters": clusters, **settings, "loss_weights": weights,
        }, "ours")
        for name, label, weights in (
            ("error-only", "the loss of the classification alone", (0.0, 0.0, 10.0)),
            ("no-cut", "without the loss of the cut", (0.0, 0.01, 10.0)),
            ("no-consistency", "without that of temporal consistency",
             (1.0, 0.0, 10.0)),
        )
    )  # fmt: skip


# Mutants of a helical peptide: 400 frames of 200 ps, in four windows.

PEPTIDES_DATA = {
    "n_windows": 4, "stride": 1, "n_runs": 5, "n_folds": 6, "validation": 0.25,
}  # fmt: skip

# of these each fit takes the one with the best validation mutants
_CANDIDATES = (
    {},
    {"augmentation": None},
    {"augmentation": None, "rotation_invariant": True},
    {"atoms": {"select": "name CA", "superpose": False}, "n_clusters": (13,),
     "lstm_hidden_dim": None},
)  # fmt: skip

PEPTIDES = Settings(
    tasks=(
        Task("unseen mutants", PEPTIDES_DATA),
        Task("unseen replicas of known mutants", {**PEPTIDES_DATA, "known": True}),
    ),
    methods=_methods(
        (40, 20),
        (8,),
        ("residues",),
        ours={"candidates": _CANDIDATES},
        extra=(
            Method(
                "helix",
                "helix content + logistic regression",
                "helix content",
                {},
                "reference",
            ),
        ),
    ),
    n_folds=6,
)

# Real simulations of a receptor, of which there are three replicas a class.

_RECEPTORS = {
    "classes": ("apo", "bu72"), "trajectories": "{}_*.xtc",
    "topology": "{}_receptor_top.pdb", "positive": "bu72", "n_windows": 2,
    "n_runs": 5, "n_folds": 3, "validation": 0.0,
}  # fmt: skip
_OF_ALPHA_CARBONS = {"select": "name CA", "superpose": "reference"}


def _with_basepoint(
    atoms: Mapping[str, Any], coarsener: tuple[Any, ...]
) -> tuple[Method, ...]:
    """Return linear models of log-signatures that see the shape, and areas or not.

    How much of an error is due to the areas: without them only the shape is left.
    """
    return tuple(
        Method(name, f"log-signature of depth {depth} with a base point + linear model",
               "log-signature",
               {"atoms": atoms, "coarsener": coarsener, "depth": depth,
                "augmentation": "basepoint"}, "plain")
        for name, depth in (("shape", 1), ("shape-areas", 2))
    )  # fmt: skip


RECEPTORS = Settings(
    tasks=(Task("unseen replicas", _RECEPTORS),),
    methods=_methods(
        (100, 50), (8,), ("eigen",), **_OF_ALPHA_CARBONS,
        extra=(
            Method("ours-shape", "Deep Signature (ours, depth 1)", "deep signature",
                   {"atoms": _OF_ALPHA_CARBONS, **MOLECULES_OURS, "n_clusters": (8,),
                    "depth": 1}, "ours"),
            *_with_basepoint(_OF_ALPHA_CARBONS, ("eigen",)),
        ),
    ),
    n_folds=3,
)  # fmt: skip

# The negative control: five variants, eleven frames a trajectory.

_CONTROL = {
    "classes": ("F49A", "S41A", "V34A", "V34A_S41A", "WT"),
    "trajectories": "{}_II_*.xtc", "topology": "{}_top.pdb", "positive": "WT",
    "n_windows": 1, "n_runs": 5, "n_folds": 5, "validation": 0.0,
}  # fmt: skip
_LEAK = Method("leak", "number of atoms", "number of atoms", {}, "reference")

CONTROL = Settings(
    tasks=(Task("five variants", _CONTROL),),
    methods=(
        # with 20 windows an epoch has three steps: after 60 they had learned nothing
        *_methods(
            (100, 50),
            (8,),
            ("eigen",),
            **_OF_ALPHA_CARBONS,
            baseline={**CALM, "max_epochs": 200},
        ),
        _LEAK,
    ),
    n_folds=5,
)

# Folded against unfolded windows of 50 frames.

_CHIGNOLIN = {
    "n_frames": 50, "stride": 5, "folded": 0.15, "unfolded": 0.4, "n_runs": 5,
    "n_folds": 5, "validation": 0.2,
}  # fmt: skip

_CHIGNOLIN_CLUSTERS = ("eigen", {"n_clusters": 10})

CHIGNOLIN = Settings(
    tasks=(
        Task("every 5th frame", _CHIGNOLIN),
        Task("every frame", {**_CHIGNOLIN, "stride": 1}),
        # 25 samples of 2,000 frames: what length costs
        Task(
            "whole walkers", {**_CHIGNOLIN, "n_frames": None, "stride": 1},
            methods=("ours", "shape", "dihedral", "statistics", "majority"),
        ),
    ),
    methods=_methods(
        (40, 20), (8,), _CHIGNOLIN_CLUSTERS, superpose="reference",
        extra=_with_basepoint(
            {"select": None, "superpose": "reference"}, _CHIGNOLIN_CLUSTERS
        ),
    ),
    n_folds=5,
)  # fmt: skip

# Tables 2 and 3. 24 trajectories of 1,000 frames, 25 windows each.

_EGFR = {"select": None, "n_windows": 25, "n_groups": 5, "n_folds": 5}

EGFR = Settings(
    tasks=(
        Task("18 + 6, IGFR unseen", {**_EGFR, "n_test": 6}),
        Task("20 + 4", {**_EGFR, "n_test": 4}),
        Task("variants C797S and G719S unseen",
             {**_EGFR, "variants": ("C797S", "G719S")}),
    ),
    methods=_methods(
        (400, 200, 50), (100, 20), ("eigen",), superpose="first_frame",
        extra=_losses((400, 200, 50)), ours={"batch_size": 16},
    ),
)  # fmt: skip

# Table 4. 26 trajectories of 2,500 frames, 25 windows each.

_GPCR = {"n_windows": 25, "n_groups": 5, "n_folds": 5}
_RAW_ALPHA_CARBONS = {"select": "name CA", "superpose": False}

GPCR = Settings(
    tasks=(
        Task("20 + 6", _GPCR),
        Task("beta2 unseen", {**_GPCR, "receptors": ("beta2",)}),
        Task("A2A unseen", {**_GPCR, "receptors": ("A2A",)}),
    ),
    methods=_methods(
        (100, 50), (100, 20), ("eigen",), select="name CA", superpose="first_frame",
        extra=_losses((100, 50), atoms=_RAW_ALPHA_CARBONS), ours={"batch_size": 16},
    ),
)  # fmt: skip


def in_small(
    study: Settings, epochs: int, task_name: str | None = None, **changes: Any
) -> Settings:
    """Return the first task with one run and a few epochs.

    Parameters
    ----------
    study : Settings
        The full study.
    epochs : int
        Of every method that has epochs.
    task_name : str, optional
        A name for the task, if not its own.
    **changes
        Of the data of the task.

    Returns
    -------
    Settings
        The study in small.
    """
    task = study.tasks[0]
    methods = tuple(
        Method(m.name, m.label, m.kind, {**m.settings, "max_epochs": epochs}, m.role)
        if "max_epochs" in m.settings
        else m
        for m in study.methods
    )
    data = {**task.data, **changes}
    return Settings((Task(task_name or task.name, data),), methods, 1, study.n_folds)


MOLECULES_QUICK = {
    "peptides": in_small(PEPTIDES, 5, stride=2, n_runs=1),
    "receptors": in_small(RECEPTORS, 5, n_runs=1),
    "control": in_small(CONTROL, 2, n_runs=1),
    "chignolin": in_small(CHIGNOLIN, 2, "every 10th frame", stride=10, n_runs=1),
    "egfr": in_small(EGFR, 1),
    "gpcr": in_small(GPCR, 1),
}

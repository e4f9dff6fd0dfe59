"""All methods on trajectories of molecules: windows, settings, fits that are kept."""

from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_deepsig.estimators import TrajectorySelector
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.experiments.comparison import compare_methods
from sklearn_deepsig.experiments.defaults import (
    default_n_clusters,
    default_n_segments,
    default_n_windows,
)
from sklearn_deepsig.experiments.kept_fits import KeptFits
from sklearn_deepsig.experiments.methods import molecule_methods
from sklearn_deepsig.experiments.results import Comparison, MethodSummary
from sklearn_deepsig.model_selection import make_windows
from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = ["compare_molecules"]


def compare_molecules(
    trajectories: Sequence[Any],
    labels: np.ndarray,
    groups: np.ndarray,
    counts: Sequence[int],
    out: str | Path,
    *,
    select: str | None,
    graph: str = "auto",
    cutoff: float = 0.8,
    n_windows: int | None,
    n_segments: int | None,
    n_clusters: Sequence[int] | None,
    max_epochs: int,
    device: str,
    **protocol: Any,
) -> tuple[Comparison, list[str]]:
    """Cut trajectories into windows, and compare all methods on them.

    Parameters
    ----------
    trajectories : sequence
        Them, of molecules or of a store.
    labels, groups : ndarray
        What each is, and what it belongs to.
    counts : sequence of int
        How many atoms the networks see in each.
    out : path-like
        Folder whose file ``fits.json`` has every fit as soon as it is done.
    select : str or None
        Atoms that the networks see; None for all.
    graph : str, default="auto"
        What connects them; see `TrajectorySelector`.
    cutoff : float, default=0.8
        Largest distance of a contact, in nm.
    n_windows, n_segments : int or None
        Windows a trajectory, and time segments of a window's log-signature; None for
        `default_n_windows` and `default_n_segments`.
    n_clusters : sequence of int or None
        Clusters after each pooling layer; None for `default_n_clusters`.
    max_epochs : int
        Epochs of each network.
    device : str
        Where the networks run.
    **protocol : object
        The rest, for `compare_methods`.

    Returns
    -------
    comparison : Comparison
        The table.
    notes : list of str
        What a reader of the table must know.

    Raises
    ------
    InvalidInputError
        If a sample or a setting cannot be used, or the folder has the fits of another
        comparison.
    """
    sizes = tuple(n_clusters or default_n_clusters(min(counts)))
    if sizes[0] > min(counts):
        raise InvalidInputError(
            f"{sizes[0]} clusters are more than the {min(counts)} atoms "
            f"({select or 'all'}) of the smallest system. Ask for fewer clusters, or "
            "select more atoms."
        )
    shortest = min(trajectory.n_frames for trajectory in trajectories)
    X, y, window_groups = make_windows(
        trajectories, labels, n_windows or default_n_windows(shortest), groups=groups
    )
    atoms = select or "all"
    superpose = "reference" if len(set(counts)) == 1 else "first_frame"
    lengths = [window.n_frames for window in X]
    segments = n_segments or default_n_segments(min(lengths))
    laid: dict[str, Any] = {
        "select": select, "graph": graph, "cutoff": cutoff, "superpose": superpose
    }  # fmt: skip
    methods = molecule_methods(
        sizes,
        **laid,
        n_segments=segments,
        max_epochs=max_epochs,
        device=device,
    )
    # Whatever is wrong with a sample shows here, and not after hours.
    TrajectorySelector(**laid).fit_transform(X)
    settings = {
        **laid,
        "select": atoms,
        "n_segments": segments,
        "n_clusters": list(sizes),
        "max_epochs": max_epochs,
        "frames_per_window": [min(lengths), max(lengths)],
        "device": device,
        "versions": {
            name: version(name) for name in ("sklearn-deepsig", "scikit-learn", "torch")
        },
    }
    file = Path(out) / "fits.json"
    fits = KeptFits(file, settings, _arrays_of(X, y, window_groups))
    before = set(fits)
    comparison = compare_methods(methods, X, y, window_groups, kept=fits, **protocol)
    comparison.settings.update(settings)
    about = (
        f"{len(trajectories)} trajectories, {len(X)} windows of {_range(lengths)} "
        f"frames; networks see {_range(counts)} atoms ({atoms}), superposed on "
        f"{_SUPERPOSITION[superpose]}, clusters {sizes}; log-signatures of {segments} "
        f"time segment{'s' if segments > 1 else ''}."
    )
    notes = [about, *_notes(comparison)]
    seeds, n_splits = (comparison.settings[x] for x in ("seeds", "n_splits"))
    reused = before & {
        (x.method, seeds[x.repeat], x.fold, n_splits) for x in comparison.folds
    }
    if reused:
        notes.append(
            f"{len(reused)} fit{'s were' if len(reused) > 1 else ' was'} already in "
            f"{file}."
        )
    return comparison, notes


def _arrays_of(
    X: Sequence[Any], y: np.ndarray, groups: np.ndarray
) -> Iterator[np.ndarray]:
    """Yield all that a method may read: dihedral angles have atoms of their own."""
    yield y
    yield groups
    for window in X:
        if isinstance(window, GraphTrajectory):
            yield window.positions
            yield window.edge_index
        else:
            yield window.xyz
            yield np.array([str(atom) for atom in window.topology.atoms])


_SUPERPOSITION = {
    "reference": "the first training frame",
    "first_frame": "each window's own first frame, for the atom counts differ (so "
    "the orientation of each simulation stays, which may tell the classes apart)",
}


def _range(counts: Iterable[int]) -> str:
    """Say how many, from the smallest to the largest."""
    distinct = sorted(set(counts))
    ends = distinct if len(distinct) == 1 else [distinct[0], distinct[-1]]
    return " to ".join(map(str, ends))


def _notes(comparison: Comparison) -> list[str]:
    settings = comparison.settings
    notes = [
        f"{settings['n_repeats']} x {settings['n_splits']} folds, whole groups held "
        f"out, {settings['n_groups']} groups, seeds {settings['seeds']}. Scores of "
        "windows: mean ± standard deviation over folds. By group: majority of its "
        "windows, a tie counting half, ± standard error over groups (that of Agresti "
        "and Coull, 1998, which is not zero where all are right).",
    ]
    notes += [
        f"{name} is left out: {reason}" for name, reason in comparison.left_out.items()
    ]
    guessing = 1 / len(settings["classes"])
    notes.append(_best(comparison.rows, guessing))
    notes += _worse_than_guessing(comparison.rows, guessing)
    return notes


def _best(rows: Sequence[MethodSummary], guessing: float) -> str:
    """Say what has the highest score, and whether that is more than guessing."""
    highest = max(row.balanced_accuracy for row in rows)
    best = [row for row in rows if highest - row.balanced_accuracy < 5e-4]
    names = " and ".join(row.method for row in best)
    sentence = (
        f"{names} {'has' if len(best) == 1 else 'have'} the highest balanced accuracy "
        f"here; guessing gives {100 * guessing:.0f} %"
    )
    if all(highest - 2 * row.balanced_accuracy_std <= guessing for row in best):
        sentence += (
            ", which is within two standard deviations over its folds: of "
            f"{len(rows)} methods one may come so far by chance"
        )
    return f"{sentence}."


def _worse_than_guessing(rows: Sequence[MethodSummary], guessing: float) -> list[str]:
    """Say what scores that are clearly below guessing mean."""
    below = [
        row.method
        for row in rows
        if row.balanced_accuracy + row.balanced_accuracy_std < guessing
    ]
    if not below:
        return []
    return [
        f"Below guessing by more than the spread: {', '.join(below)}. Where a method "
        "sees nothing of the classes, few groups give that: the class of those that "
        "are held out is the rarer one among those that are left to train on."
    ]

"""The jobs behind the command line: load, cut, compare, write."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_deepsig.datasets import load_peptide_mutants
from sklearn_deepsig.estimators import TrajectorySelector
from sklearn_deepsig.exceptions import InvalidInputError, MissingDependencyError
from sklearn_deepsig.experiments.comparison import compare_methods
from sklearn_deepsig.experiments.defaults import (
    default_n_clusters,
    default_n_segments,
    default_n_windows,
)
from sklearn_deepsig.experiments.files import write_picture
from sklearn_deepsig.experiments.inputs import load_files, open_store
from sklearn_deepsig.experiments.methods import molecule_methods
from sklearn_deepsig.experiments.results import Comparison
from sklearn_deepsig.model_selection import make_windows
from sklearn_deepsig.plots import ComparisonDisplay
from sklearn_deepsig.storage import make_writable_folder
from sklearn_deepsig.training import resolve_device

__all__ = ["Job", "compare_table", "demo"]


@dataclass(frozen=True)
class Job:
    """What a finished job has to say.

    Parameters
    ----------
    comparison : Comparison
        The table.
    notes : list of str
        What a reader of the table must know.
    files : list of Path
        What was written; the picture is the last.
    """

    comparison: Comparison
    notes: list[str]
    files: list[Path]


def compare_table(
    table: str | Path,
    out: str | Path,
    *,
    select: str | None = "name CA",
    n_windows: int | None = None,
    n_segments: int | None = None,
    n_clusters: Sequence[int] | None = None,
    n_splits: int | None = None,
    n_repeats: int = 3,
    max_epochs: int = 100,
    positive: str | None = None,
    random_state: int = 0,
    device: str = "auto",
) -> Job:
    """Compare the methods on the trajectories that a table lists, or a store holds.

    Parameters
    ----------
    table : path-like
        CSV file with the columns trajectory, topology, label and, optionally, group; or
        a `TrajectoryStore`, on which descriptors of molecules are left out.
    out : path-like
        Folder for the results.
    select : str or None, default="name CA"
        Atoms that the networks see; None for all. A store has its own.
    n_windows : int, optional
        Windows a trajectory; see `default_n_windows`.
    n_segments : int, optional
        Time segments of a window's log-signature; see `default_n_segments`.
    n_clusters : sequence of int, optional
        Clusters after each pooling layer; see `default_n_clusters`.
    n_splits : int, optional
        Number of folds; see `compare_methods`.
    n_repeats, max_epochs : int, default=3, 100
        How often everything is fitted anew; epochs of each network.
    positive : str, optional
        Class whose recall is reported.
    random_state : int, default=0
        Seed of the first repeat.
    device : str, default="auto"
        Where the networks run.

    Returns
    -------
    Job
        The table, notes and files.

    Raises
    ------
    InvalidInputError
        If the table, a file or a setting cannot be used.
    """
    make_writable_folder(out, "--out")
    if Path(table).is_dir():
        trajectories, labels, groups, select, counts = open_store(table)
    else:
        trajectories, labels, groups, counts = load_files(table, select)
    comparison, notes = _compare_molecules(
        trajectories,
        labels,
        groups,
        counts,
        select=select,
        n_windows=n_windows,
        n_segments=n_segments,
        n_clusters=n_clusters,
        n_splits=n_splits,
        n_repeats=n_repeats,
        max_epochs=max_epochs,
        positive=positive,
        random_state=random_state,
        device=device,
    )
    comparison.settings["table"] = str(table)
    if Path(table).is_dir():
        notes.append(
            "A store holds positions, and no molecules that dihedral angles could be "
            "found in. For these methods compare the table that it was made from."
        )
    return _finish(comparison, notes, out, Path(table).stem)


def demo(
    out: str | Path,
    *,
    n_mutants: int | None = None,
    n_repeats: int = 1,
    max_epochs: int = 30,
    random_state: int = 0,
    device: str = "auto",
) -> Job:
    """Compare the methods on the simulated peptides that the package ships.

    Parameters
    ----------
    out : path-like
        Folder for the results.
    n_mutants : int, optional
        Only the first mutants of `load_peptide_mutants`; at least 4.
    n_repeats : int, default=1
        How often everything is fitted anew.
    max_epochs : int, default=30
        Epochs of each network.
    random_state : int, default=0
        Seed of the first repeat.
    device : str, default="auto"
        Where the networks run.

    Returns
    -------
    Job
        The table, notes and files.

    Raises
    ------
    InvalidInputError
        If there are too few mutants to hold any out.
    """
    make_writable_folder(out, "--out")
    if n_mutants is not None and n_mutants < 4:
        raise InvalidInputError(
            f"{n_mutants} mutants cannot be divided: whole mutants are held out, and "
            "each class needs two. Give 4 or more."
        )
    data = load_peptide_mutants()
    mutants = list(dict.fromkeys(data.groups))[:n_mutants]
    kept = np.flatnonzero(np.isin(data.groups, mutants))
    comparison, notes = _compare_molecules(
        [data.X[i] for i in kept],
        data.y[kept],
        data.groups[kept],
        [data.X[i].n_residues for i in kept],
        select="name CA",
        n_windows=5,
        n_segments=None,
        n_clusters=None,
        n_splits=None,
        n_repeats=n_repeats,
        max_epochs=max_epochs,
        positive="stabilising",
        random_state=random_state,
        device=device,
    )
    notes.insert(
        0,
        f"{len(mutants)} mutants of a helical peptide, from load_peptide_mutants. "
        "docs/experiments.md has the careful comparison.",
    )
    return _finish(comparison, notes, out, "peptide mutants (simulated)")


def _compare_molecules(
    trajectories: Sequence[Any],
    labels: np.ndarray,
    groups: np.ndarray,
    counts: Sequence[int],
    *,
    select: str | None,
    n_windows: int | None,
    n_segments: int | None,
    n_clusters: Sequence[int] | None,
    max_epochs: int,
    device: str,
    **protocol: Any,
) -> tuple[Comparison, list[str]]:
    """Cut into windows, and compare all methods; see `compare_methods` for the rest."""
    resolve_device(device)  # what is asked for is an error, and no method left out
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
    methods = molecule_methods(
        sizes,
        n_segments=segments,
        select=select,
        superpose=superpose,
        max_epochs=max_epochs,
        device=device,
    )
    # Whatever is wrong with a sample shows here, and not after hours.
    TrajectorySelector(select, superpose=superpose).fit_transform(X)
    comparison = compare_methods(methods, X, y, window_groups, **protocol)
    frames = _range(lengths)
    comparison.settings.update(
        select=atoms,
        superpose=superpose,
        n_segments=segments,
        n_clusters=list(sizes),
        max_epochs=max_epochs,
        frames_per_window=frames,
        device=device,
    )
    about = (
        f"{len(trajectories)} trajectories, {len(X)} windows of {frames} frames; "
        f"networks see {_range(counts)} atoms ({atoms}), superposed on "
        f"{_SUPERPOSITION[superpose]}, clusters {sizes}; log-signatures of {segments} "
        f"time segment{'s' if segments > 1 else ''}."
    )
    return comparison, [about, *_notes(comparison)]


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
        "windows, ± standard error over groups (Agresti and Coull's, which is not zero "
        "where all are right).",
    ]
    notes += [
        f"{name} is left out: {reason}" for name, reason in comparison.left_out.items()
    ]
    best = max(comparison.rows, key=lambda row: row.balanced_accuracy)
    guessing = 100 / len(settings["classes"])
    notes.append(
        f"{best.method} has the highest balanced accuracy here; guessing gives "
        f"{guessing:.0f} %."
    )
    return notes


def _finish(
    comparison: Comparison, notes: list[str], out: str | Path, title: str
) -> Job:
    comparison.settings["versions"] = {
        name: version(name) for name in ("sklearn-deepsig", "scikit-learn", "torch")
    }
    files = comparison.write(out)
    picture = Path(out) / "comparison.png"
    try:
        display = ComparisonDisplay.from_rows(comparison.rows, title=title).plot()
    except MissingDependencyError as error:
        # the numbers took long and are worth more than their picture
        return Job(comparison, [*notes, f"No picture: {error}"], files)
    write_picture(display, picture)
    return Job(comparison, notes, [*files, picture])

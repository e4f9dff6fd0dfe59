"""The jobs behind the command line: load, cut, compare, write."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sklearn_deepsig.datasets import load_peptide_mutants
from sklearn_deepsig.exceptions import (
    DeepSignatureError,
    InvalidInputError,
    MissingDependencyError,
)
from sklearn_deepsig.experiments.comparison import check_protocol
from sklearn_deepsig.experiments.files import write_picture
from sklearn_deepsig.experiments.inputs import load_files, open_store, read_table
from sklearn_deepsig.experiments.molecules import compare_molecules
from sklearn_deepsig.experiments.results import Comparison
from sklearn_deepsig.plots import ComparisonDisplay
from sklearn_deepsig.storage import lock_folder, make_writable_folder
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
    select: str | None = "auto",
    graph: str = "auto",
    cutoff: float = 0.8,
    n_windows: int | None = None,
    n_segments: int | None = None,
    n_clusters: Sequence[int] | None = None,
    n_splits: int | None = None,
    n_repeats: int = 3,
    max_epochs: int = 100,
    positive: str | None = None,
    random_state: int = 0,
    device: str = "auto",
    tell: Callable[[str], object] | None = None,
) -> Job:
    """Compare the methods on the trajectories that a table lists, or a store holds.

    Every fit is kept in the folder as soon as it is done, so a comparison that was
    stopped goes on where it was, and more repeats add to what is there.

    Parameters
    ----------
    table : path-like
        CSV file with the columns trajectory, topology, label and, optionally, group; or
        a `TrajectoryStore`, on which descriptors of molecules are left out.
    out : path-like
        Folder for the results.
    select : str or None, default="auto"
        Atoms that the networks see, in mdtraj's selection language; None for all;
        "auto" for C-alpha atoms or, of a store, those that it was made of.
    graph : str, default="auto"
        What connects them; see `TrajectorySelector`.
    cutoff : float, default=0.8
        Largest distance of a contact, in nm.
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
    tell : callable, optional
        Called with a line for each trajectory that is loaded, and for each fit.

    Returns
    -------
    Job
        The table, notes and files.

    Raises
    ------
    InvalidInputError
        If the table, a file or a setting cannot be used, the folder has the fits of
        another comparison, or another process writes to it.
    """
    with _own_folder(out):
        resolve_device(device)  # what is asked for is an error, and no method left out
        if Path(table).is_dir():
            trajectories, labels, groups, select, counts = open_store(table, select)
            check_protocol(labels, groups, n_splits, positive)
        else:
            select = "name CA" if select == "auto" else select
            records, labels, groups = read_table(table)
            check_protocol(labels, groups, n_splits, positive)
            trajectories, counts = load_files(table, records, select, tell)
        comparison, notes = compare_molecules(
            trajectories,
            labels,
            groups,
            counts,
            out,
            select=select,
            graph=graph,
            cutoff=cutoff,
            n_windows=n_windows,
            n_segments=n_segments,
            n_clusters=n_clusters,
            n_splits=n_splits,
            n_repeats=n_repeats,
            max_epochs=max_epochs,
            positive=positive,
            random_state=random_state,
            device=device,
            tell=tell,
        )
        comparison.settings["table"] = str(table)
        if Path(table).is_dir():
            notes.append(
                "A store holds positions, and no molecules that dihedral angles could "
                "be found in. For these methods compare the table that it was made "
                "from."
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
    tell: Callable[[str], object] | None = None,
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
    tell : callable, optional
        Called with a line for each trajectory that is loaded, and for each fit.

    Returns
    -------
    Job
        The table, notes and files.

    Raises
    ------
    InvalidInputError
        If there are too few mutants to hold any out, the folder has the fits of
        another comparison, or another process writes to it.
    """
    with _own_folder(out):
        resolve_device(device)
        if n_mutants is not None and n_mutants < 4:
            raise InvalidInputError(
                f"{n_mutants} mutants cannot be divided: whole mutants are held out, "
                "and each class needs two. Give 4 or more."
            )
        data = load_peptide_mutants()
        mutants = list(dict.fromkeys(data.groups))[:n_mutants]
        kept = np.flatnonzero(np.isin(data.groups, mutants))
        comparison, notes = compare_molecules(
            [data.X[i] for i in kept],
            data.y[kept],
            data.groups[kept],
            [data.X[i].n_residues for i in kept],
            out,
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
            tell=tell,
        )
        notes.insert(
            0,
            f"{len(mutants)} mutants of a helical peptide, from load_peptide_mutants. "
            "docs/experiments.md has the careful comparison.",
        )
        return _finish(comparison, notes, out, "peptide mutants (simulated)")


@contextmanager
def _own_folder(out: str | Path) -> Iterator[None]:
    """Make the folder of results, and hold it until all are written."""
    is_new = not Path(out).exists()
    make_writable_folder(out, "--out")
    try:
        with lock_folder(Path(out), "--out"):
            yield
    except DeepSignatureError:
        if is_new:
            with suppress(OSError):  # one that has results stays
                Path(out).rmdir()
        raise


def _finish(
    comparison: Comparison, notes: list[str], out: str | Path, title: str
) -> Job:
    files = comparison.write(out)
    picture = Path(out) / "comparison.png"
    try:
        display = ComparisonDisplay.from_rows(comparison.rows, title=title).plot()
    except MissingDependencyError as error:
        # the numbers took long and are worth more than their picture
        return Job(comparison, [*notes, f"No picture: {error}"], files)
    write_picture(display, picture)
    return Job(comparison, notes, [*files, picture])

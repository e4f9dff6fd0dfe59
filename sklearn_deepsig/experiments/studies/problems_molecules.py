"""Problems of molecules: files, windows, and what is held out whole."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.datasets import load_egfr, load_gpcrmd, load_peptide_mutants
from sklearn_deepsig.exceptions import InvalidInputError, TrajectoryFileError
from sklearn_deepsig.experiments.studies.problems import temporal_splits
from sklearn_deepsig.experiments.studies.settings import Problem, Split
from sklearn_deepsig.model_selection import (
    hold_out_groups,
    make_windows,
    split_by_group,
)
from sklearn_deepsig.trajectory import load_topology, load_trajectory

__all__ = ["chignolin", "egfr", "gpcr", "peptides", "replicas"]


def peptides(data: Mapping[str, Any], folder: Path | None) -> Problem:
    """Cut the mutants of a peptide into windows; whole mutants are held out.

    Every frame is laid, by its C-alpha atoms, which all mutants have, on the first
    frame of the first trajectory.

    Parameters
    ----------
    data : mapping
        ``n_windows`` (a trajectory), ``stride`` (of frames), those of
        `grouped_splits`, and ``known``, by default false: whether the other replica of
        a mutant that is tested on is learned from, which makes the mutants known.
    folder : Path or None
        See `load_peptide_mutants`.

    Returns
    -------
    Problem
        The windows, of heavy atoms. The positive class is stabilising.
    """
    loaded = load_peptide_mutants(folder=folder, stride=data["stride"])
    reference = loaded.X[0][0]
    ours = reference.topology.select("name CA")
    for trajectory in loaded.X:
        atoms = trajectory.topology.select("name CA")
        trajectory.superpose(
            reference, atom_indices=atoms, ref_atom_indices=ours, parallel=False
        )
    names = _replica_names(loaded.groups)
    X, y, groups = make_windows(loaded.X, loaded.y, data["n_windows"], groups=names)
    mutants = np.array([name.split("/")[0] for name in groups])
    splits = grouped_splits(y, mutants, data)
    if data.get("known", False):
        first = np.array([name.endswith("/1") for name in groups])
        splits = [
            _with_other_replica(split, first, fit // data["n_folds"] % 2 == 0)
            for fit, split in enumerate(splits)
        ]
    return Problem(X, y, groups, splits, "stabilising")


def replicas(data: Mapping[str, Any], folder: Path) -> Problem:
    """Cut replicas of several systems into windows; whole replicas are held out.

    Parameters
    ----------
    data : mapping
        ``classes`` (of file names, which are the labels), ``trajectories`` and
        ``topology`` (patterns of file names, with the class in braces),
        ``positive``, ``n_windows`` (a trajectory), and those of `grouped_splits`.
    folder : Path
        Where the files are.

    Returns
    -------
    Problem
        The windows, of all atoms.

    Raises
    ------
    TrajectoryFileError
        If a file is missing or damaged.
    """
    found = {
        label: sorted(folder.glob(data["trajectories"].format(label)))
        for label in data["classes"]
    }
    for label, paths in found.items():
        if len(paths) < data["n_folds"]:
            raise TrajectoryFileError(
                f"{str(folder)!r} has {len(paths)} files such as "
                f"{data['trajectories'].format(label)}, but {data['n_folds']} folds "
                "need as many. Give the folder that has them."
            )
    trajectories, labels, names = [], [], []
    for label, paths in found.items():
        topology = load_topology(folder / data["topology"].format(label))
        trajectories += [load_trajectory(path, topology) for path in paths]
        labels += [label] * len(paths)
        names += [path.stem for path in paths]
    X, y, groups = make_windows(trajectories, labels, data["n_windows"], groups=names)
    return Problem(X, y, groups, grouped_splits(y, groups, data), data["positive"])


def chignolin(data: Mapping[str, Any], folder: Path) -> Problem:
    """Find folded and unfolded windows of chignolin; whole walkers are held out.

    A window is folded if the C-alpha RMSD from the crystal structure 5AWL is less than
    ``folded`` nm in each of its frames, and unfolded if it is more than ``unfolded``
    nm in each. Others are left out. A whole walker is folded if more of its frames are
    so than of the median walker.

    Parameters
    ----------
    data : mapping
        ``n_frames`` (a window; None for whole walkers), ``stride`` (of the frames that
        are then kept), ``folded``, ``unfolded``, and those of `grouped_splits`.
    folder : Path
        Where ``top.pdb`` and ``walker_N.xtc`` are, and ``cln025_5awl.pdb`` or beside
        it, in ``start_structures``.

    Returns
    -------
    Problem
        The windows, of all atoms. The positive class is folded.

    Raises
    ------
    TrajectoryFileError
        If a file is missing or damaged.
    """
    import mdtraj

    paths = sorted(folder.glob("walker_*.xtc"), key=lambda path: (len(path.stem), path))
    if len(paths) < data["n_folds"]:
        raise TrajectoryFileError(
            f"{str(folder)!r} has {len(paths)} files walker_N.xtc, but "
            f"{data['n_folds']} folds need as many. Give the folder that has them."
        )
    crystals = [
        place / "cln025_5awl.pdb"
        for place in (folder, folder.parent / "start_structures")
    ]
    crystal = next((path for path in crystals if path.exists()), None)
    if crystal is None:
        raise TrajectoryFileError(
            f"The crystal structure is neither {str(crystals[0])!r} nor "
            f"{str(crystals[1])!r}. Put the entry 5AWL of the Protein Data Bank there."
        )
    reference = load_trajectory(crystal, select="name CA and chainid 0")
    topology = load_topology(folder / "top.pdb")
    alpha = topology.select("name CA")
    X: list[Any] = [load_trajectory(path, topology) for path in paths]
    names = np.array([path.stem for path in paths])
    if data["n_frames"] is not None:
        X, _, names = make_windows(
            X, np.zeros(len(X)), length=data["n_frames"], groups=names
        )
    rmsds = [
        mdtraj.rmsd(
            window, reference, atom_indices=alpha,
            ref_atom_indices=np.arange(reference.n_atoms), parallel=False,
        )
        for window in X
    ]  # fmt: skip
    labels = _folded(rmsds, data)
    kept = np.flatnonzero(labels != "neither")
    y, units = labels[kept], np.asarray(names)[kept]
    X = [X[i].slice(slice(None, None, data["stride"]), copy=False) for i in kept]
    return Problem(X, y, units, grouped_splits(y, units, data), "folded")


def _folded(
    rmsds: Sequence[NDArray[np.float32]], data: Mapping[str, Any]
) -> NDArray[np.str_]:
    """Say of each window whether it is folded, unfolded or neither."""
    shares = np.array([(rmsd < data["folded"]).mean() for rmsd in rmsds])
    if data["n_frames"] is None:
        return np.where(shares > np.median(shares), "folded", "unfolded")
    lowest = np.array([rmsd.min() for rmsd in rmsds])
    unfolded = np.where(lowest > data["unfolded"], "unfolded", "neither")
    return np.where(shares == 1, "folded", unfolded)


def egfr(data: Mapping[str, Any], folder: Path) -> Problem:
    """Divide the paper's dimers of EGFR as the paper does, or by variant.

    Parameters
    ----------
    data : mapping
        ``select`` (of atoms), ``n_windows``, ``n_groups`` and ``n_folds`` (see
        `TemporalGroupKFold`), and the test: ``n_test``, so many of the last
        trajectories, or ``variants``, all trajectories of these.
    folder : Path
        See `load_egfr`.

    Returns
    -------
    Problem
        The windows. The positive class is sensitive.
    """
    X, y, variants, partners = load_egfr(folder, select=data["select"])
    if "variants" in data:
        is_test = np.isin(variants, data["variants"])
    else:
        is_test = np.arange(len(X)) >= len(X) - data["n_test"]
    names = [
        f"{variant}/{partner}"
        for variant, partner in zip(variants, partners, strict=True)
    ]
    return _as_in_the_paper(data, X, y, names, is_test, "sensitive")


def gpcr(data: Mapping[str, Any], folder: Path) -> Problem:
    """Divide the paper's receptors as its authors do, or hold out whole receptors.

    Parameters
    ----------
    data : mapping
        ``n_windows``, ``n_groups`` and ``n_folds`` (see `TemporalGroupKFold`), and
        ``receptors``, whose simulations are the test; by default the authors' six.
    folder : Path
        See `load_gpcrmd`.

    Returns
    -------
    Problem
        The windows, of backbone atoms. The positive class is active.
    """
    loaded = load_gpcrmd(folder, select=_BACKBONE)
    is_test = loaded.test
    if "receptors" in data:
        is_test = np.isin(loaded.groups, data["receptors"])
    names = [
        f"{receptor}/{number}"
        for receptor, number in zip(loaded.groups, loaded.ids, strict=True)
    ]
    return _as_in_the_paper(data, loaded.X, loaded.y, names, is_test, "active")


# CHARMM's protonated histidine is no protein to mdtraj.
_BACKBONE = "(protein or resname HSP) and (name CA or name N or name C)"


def _as_in_the_paper(
    data: Mapping[str, Any],
    trajectories: Sequence[Any],
    labels: NDArray[Any],
    names: Sequence[str],
    is_test: NDArray[np.bool_],
    positive: str,
) -> Problem:
    """Cut into windows; some trajectories are the test, the others make folds."""
    X, y, groups = make_windows(trajectories, labels, data["n_windows"], groups=names)
    tested = np.isin(groups, np.asarray(names)[is_test])
    splits = temporal_splits(groups, tested, data["n_groups"], data["n_folds"])
    return Problem(X, y, groups, splits, positive)


def _with_other_replica(
    split: Split, is_first: NDArray[np.bool_], first: bool
) -> Split:
    """Test on the first replicas, or the others, and learn from the rest."""
    tested = is_first[split.test] == first
    known = np.sort(np.concatenate([split.train, split.test[~tested]]))
    return Split(known, split.validation, split.test[tested])


def _replica_names(systems: NDArray[np.str_]) -> list[str]:
    """Give each trajectory a name, its system and a number, as in ``A9P/1``."""
    seen: dict[str, int] = {}
    names = []
    for system in systems:
        seen[system] = seen.get(system, 0) + 1
        names.append(f"{system}/{seen[system]}")
    return names


def grouped_splits(
    y: NDArray[Any], units: NDArray[Any], data: Mapping[str, Any]
) -> list[Split]:
    """Cross-validate with whole units held out, shuffled anew in each run.

    Parameters
    ----------
    y : ndarray of shape (n_windows,)
        Labels.
    units : ndarray of shape (n_windows,)
        What is held out whole.
    data : mapping
        ``n_runs``, ``n_folds`` (a run), ``validation``, about which fraction of the
        units that are not tested on is held out too, to choose settings by, and
        ``training_share``, about which fraction of the rest is learned from, by
        default all.

    Returns
    -------
    list of Split
        The folds of the first run, then those of the second, and so on.

    Raises
    ------
    InvalidInputError
        If a class has too few units.
    """
    splits = []
    for run in range(data["n_runs"]):
        try:
            folds = split_by_group(y, units, data["n_folds"], random_state=run)
            for known, test in folds:
                train, validation = known, known[:0]
                if data["validation"]:
                    train, validation = (
                        known[part]
                        for part in hold_out_groups(
                            y[known], units[known], data["validation"], random_state=run
                        )
                    )
                if "training_share" in data:
                    _, part = hold_out_groups(
                        y[train], units[train], data["training_share"], random_state=run
                    )
                    train = train[part]
                splits.append(Split(train, validation, test))
        except ValueError as error:
            raise InvalidInputError(
                f"these files cannot be divided into {data['n_folds']} folds of whole "
                f"units ({error}). Give files of more of them."
            ) from error
    return splits

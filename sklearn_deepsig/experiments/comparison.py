"""Cross-validate methods side by side, with whole groups held out."""

import time
import warnings
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import accuracy_score, recall_score
from tqdm import tqdm

from sklearn_deepsig.exceptions import (
    DeepSignatureError,
    InvalidInputError,
    StoreFileError,
    TrajectoryFileError,
)
from sklearn_deepsig.experiments.results import (
    Comparison,
    FoldResult,
    MethodSummary,
)
from sklearn_deepsig.model_selection import split_by_group
from sklearn_deepsig.training import whole_fits_only

__all__ = ["check_protocol", "compare_methods", "scores"]

# With more folds than this a table takes long and says little more.
_MOST_FOLDS = 5


def compare_methods(
    methods: Mapping[str, Any],
    X: Sequence[Any],
    y: np.ndarray,
    groups: np.ndarray,
    *,
    n_splits: int | None = None,
    n_repeats: int = 3,
    random_state: int = 0,
    positive: Any = None,
    kept: MutableMapping[tuple[str, int, int, int], dict[str, Any]] | None = None,
    tell: Callable[[str], object] | None = None,
) -> Comparison:
    """Cross-validate every method on the same splits, whole groups held out.

    Parameters
    ----------
    methods : mapping of str to estimator
        Unfitted classifiers. Each parameter `random_state` is set anew for each
        repeat.
    X : sequence
        Windows of trajectories.
    y : ndarray of shape (n_windows,)
        Labels.
    groups : ndarray of shape (n_windows,)
        What is held out together, such as the trajectory of each window.
    n_splits : int, optional
        Number of folds; by default 5, or the number of groups of the class that has
        the fewest where that is smaller.
    n_repeats : int, default=3
        How often the groups are shuffled and everything is fitted again.
    random_state : int, default=0
        Repeat r uses the seed ``random_state + r`` for the shuffling and the methods.
    positive : label, optional
        Class whose recall is reported; by default the last of two in sorted order. Of
        more it is the mean over all, which is the balanced accuracy.
    kept : mutable mapping, optional
        Fits of these methods to these samples, by name, seed, fold and `n_splits`.
        Those in it are not repeated, and each new one is put in.
    tell : callable, optional
        Called with a line for each fit; by default a bar shows how far it is, where
        there is a terminal.

    Returns
    -------
    Comparison
        The table and the folds behind it. A method that raises one of our errors,
        such as a featurizer of molecules on samples without them, is left out, with
        the reason.

    Raises
    ------
    InvalidInputError
        If a class has fewer than two groups, or too few for `n_splits`, or
        `positive` is no class.
    StoreFileError, TrajectoryFileError
        If samples are read from files that are damaged.
    """
    y, groups = np.asarray(y), np.asarray(groups)
    classes = np.unique(y)
    n_splits, positive = check_protocol(y, groups, n_splits, positive)
    kept = {} if kept is None else kept
    folds: list[FoldResult] = []
    by_group: dict[str, list[float]] = {name: [] for name in methods}
    left_out: dict[str, str] = {}
    total = len(methods) * n_repeats * n_splits
    hidden = True if tell else None  # None hides it where there is no terminal
    bar = tqdm(total=total, unit="fit", disable=hidden, leave=False)
    n_done = 0
    with whole_fits_only(), bar as progress:
        for repeat in range(n_repeats):
            seed = random_state + repeat
            splits = split_by_group(y, groups, n_splits, random_state=seed)
            for name, method in methods.items():
                progress.set_description(name)
                predicted = np.empty_like(y)
                for fold, (train, test) in enumerate(splits):
                    progress.update()
                    n_done += 1
                    if name in left_out:
                        continue
                    key = (name, seed, fold, n_splits)
                    how = ", kept from before" if key in kept else ""
                    try:
                        model = _seeded_clone(method, seed)
                        fit = kept.get(key) or _fit(model, X, y, train, test)
                    except (StoreFileError, TrajectoryFileError):
                        raise  # the data is damaged, for all methods alike
                    except DeepSignatureError as error:
                        # The others have taken long and stand on their own.
                        left_out[name] = str(error)
                        continue
                    kept.setdefault(key, fit)
                    predicted[test] = fit["predicted"]
                    found = scores(y[test], predicted[test], positive)
                    held_out = ";".join(map(str, np.unique(groups[test])))
                    folds.append(
                        FoldResult(name, repeat, fold, held_out, *found, fit["seconds"])
                    )
                    if tell:
                        tell(
                            f"{n_done}/{total} {name}: balanced accuracy "
                            f"{100 * found[1]:.1f} % of fold {fold + 1}, repeat "
                            f"{repeat + 1}, {fit['seconds']:.1f} s{how}"
                        )
                by_group[name].append(_accuracy_by_group(y, predicted, groups))
    n_groups = len(np.unique(groups))
    return Comparison(
        rows=[
            _summary(name, folds, by_group[name], n_groups)
            for name in methods
            if name not in left_out
        ],
        folds=[fold for fold in folds if fold.method not in left_out],
        left_out=left_out,
        settings={
            "classes": [str(label) for label in classes],
            "positive": "mean over classes" if positive is None else str(positive),
            "n_windows": len(y),
            "n_groups": n_groups,
            "n_splits": n_splits,
            "n_repeats": n_repeats,
            "seeds": [random_state + repeat for repeat in range(n_repeats)],
            "split": "whole groups held out, stratified by class, shuffled",
        },
    )


def check_protocol(
    y: np.ndarray, groups: np.ndarray, n_splits: int | None, positive: Any
) -> tuple[int, Any]:
    """Say how many folds there are, and whose recall is told, before anything long.

    Parameters
    ----------
    y, groups : ndarray of shape (n_samples,)
        Labels, and what is held out together; of windows, or of trajectories.
    n_splits : int or None
        Number of folds that was asked for.
    positive : label or None
        Class that was asked for.

    Returns
    -------
    n_splits : int
        Number of folds.
    positive : label or None
        Class whose recall is told; None for the mean over all classes.

    Raises
    ------
    InvalidInputError
        As `compare_methods` does.
    """
    classes = np.unique(y)
    if len(classes) < 2:
        raise InvalidInputError(
            f"All labels are {str(classes[0])!r}; at least two classes are needed."
        )
    counts = {label: len(np.unique(groups[y == label])) for label in classes}
    rarest = min(counts, key=lambda label: counts[label])
    wanted = n_splits or min(_MOST_FOLDS, counts[rarest])
    if wanted < 2 <= counts[rarest]:
        raise InvalidInputError(f"{wanted} fold was asked for; at least 2 are needed.")
    if counts[rarest] < max(2, wanted):
        raise InvalidInputError(
            f"Class {str(rarest)!r} has too few trajectories, or groups where they "
            f"are named, for {max(2, wanted)} folds that hold out whole ones: "
            f"{counts[rarest]}. Give more of that class, or fewer folds (at least 2)."
        )
    if positive is None:
        return wanted, classes[-1] if len(classes) == 2 else None
    if positive not in classes:
        raise InvalidInputError(
            f"positive={positive!r} is no class; the labels are "
            f"{', '.join(map(str, classes))}."
        )
    return wanted, positive


def _seeded_clone(method: Any, seed: int) -> Any:
    """Clone an estimator and seed each of its steps."""
    model = clone(method)
    seeds = [key for key in model.get_params() if key.endswith("random_state")]
    return model.set_params(**dict.fromkeys(seeds, seed))


def _fit(
    model: Any, X: Sequence[Any], y: np.ndarray, train: np.ndarray, test: np.ndarray
) -> dict[str, Any]:
    """Fit to some samples, and predict others."""
    started = time.perf_counter()
    model.fit([X[i] for i in train], y[train])
    predicted = model.predict([X[i] for i in test])
    seconds = time.perf_counter() - started
    return {"predicted": np.asarray(predicted).tolist(), "seconds": seconds}


def scores(
    truth: np.ndarray, predicted: np.ndarray, positive: Any | None
) -> tuple[float, float, float]:
    """Compute the accuracy, the balanced accuracy and the recall of predictions.

    Parameters
    ----------
    truth, predicted : ndarray of shape (n_windows,)
        True and predicted labels.
    positive : label or None
        Class whose recall is computed; None for the mean over all classes, which is
        the balanced accuracy.

    Returns
    -------
    tuple of float
        The three scores, as fractions; the recall is NaN where no label is positive.
    """

    def recall(labels: Any, of_none: float) -> float:
        return recall_score(
            truth, predicted, labels=labels, average="macro", zero_division=of_none
        )

    balanced = recall(np.unique(truth), 0)
    # Undefined where a fold holds out no positive sample.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        own = balanced if positive is None else recall([positive], np.nan)
    return float(accuracy_score(truth, predicted)), float(balanced), float(own)


def _accuracy_by_group(
    y: np.ndarray, predicted: np.ndarray, groups: np.ndarray
) -> float:
    """Fraction of groups most of whose windows are right; a tie counts half."""
    correct = y == predicted
    shares = np.array([correct[groups == group].mean() for group in np.unique(groups)])
    return float(np.where(shares == 0.5, 0.5, shares > 0.5).mean())


def _summary(
    name: str, folds: list[FoldResult], by_group: list[float], n_groups: int
) -> MethodSummary:
    own = [fold for fold in folds if fold.method == name]

    def mean_and_std(score: str) -> tuple[float, float]:
        values = np.array([getattr(fold, score) for fold in own])
        return float(np.nanmean(values)), float(np.nanstd(values))

    group_accuracy = float(np.mean(by_group))
    adjusted = (group_accuracy * n_groups + 2) / (n_groups + 4)
    return MethodSummary(
        name,
        *mean_and_std("accuracy"),
        *mean_and_std("balanced_accuracy"),
        *mean_and_std("recall"),
        group_accuracy,
        float(np.sqrt(adjusted * (1 - adjusted) / (n_groups + 4))),
        len(own),
        float(np.mean([fold.seconds for fold in own])),
    )

"""Cross-validate methods side by side, with whole groups held out."""

import csv
import json
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import accuracy_score, recall_score
from tqdm import tqdm

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.model_selection import split_by_group

__all__ = ["Comparison", "FoldResult", "MethodSummary", "compare_methods"]

# With more folds than this a table takes long and says little more.
_MOST_FOLDS = 5


class FoldResult(NamedTuple):
    """One method on one fold."""

    method: str
    """Name of the method."""
    repeat: int
    """Which shuffling of the groups."""
    fold: int
    """Which fold of it."""
    held_out: str
    """The groups that were held out, separated by blanks."""
    accuracy: float
    """Fraction of held-out windows that were classified correctly."""
    balanced_accuracy: float
    """Recall averaged over the classes."""
    recall: float
    """Recall of the positive class; with more than two classes as balanced."""
    seconds: float
    """Time to fit and to predict."""


@dataclass(frozen=True)
class MethodSummary:
    """One row of the table: means and standard deviations over all folds.

    Parameters
    ----------
    method : str
        Name of the method.
    accuracy : float
        Fraction of held-out windows classified correctly, mean over all folds.
    accuracy_std : float
        Its standard deviation over folds and repeats.
    balanced_accuracy : float
        Recall averaged over the classes, mean over all folds.
    balanced_accuracy_std : float
        Its standard deviation.
    recall : float
        Recall of the positive class, mean over all folds.
    recall_std : float
        Its standard deviation.
    group_accuracy : float
        Fraction of held-out groups (trajectories) whose windows are classified
        correctly by majority, averaged over repeats.
    group_accuracy_se : float
        Its binomial standard error over groups, which with few trajectories is far
        larger than the spread over windows suggests.
    runs : int
        Folds times repeats.
    seconds : float
        Mean time of one fit with its predictions.
    """

    method: str
    accuracy: float
    accuracy_std: float
    balanced_accuracy: float
    balanced_accuracy_std: float
    recall: float
    recall_std: float
    group_accuracy: float
    group_accuracy_se: float
    runs: int
    seconds: float


@dataclass(frozen=True)
class Comparison:
    """What `compare_methods` found.

    Parameters
    ----------
    rows : list of MethodSummary
        One a method, in the order they were given.
    folds : list of FoldResult
        One a method and fold.
    settings : dict
        How it was measured: classes, positive class, seeds, folds, sizes.
    """

    rows: list[MethodSummary]
    folds: list[FoldResult]
    settings: dict[str, Any] = field(default_factory=dict)

    def to_text(self) -> str:
        """Lay the rows out as a table for a terminal.

        Returns
        -------
        str
            Lines of equal columns: percentages with their spread.
        """
        recall = f"recall ({self.settings['positive']})"
        header = [
            "method", "accuracy", "balanced acc.", recall, "by group", "seconds",
        ]  # fmt: skip
        lines = [header]
        for row in self.rows:
            pairs = [
                (row.accuracy, row.accuracy_std),
                (row.balanced_accuracy, row.balanced_accuracy_std),
                (row.recall, row.recall_std),
                (row.group_accuracy, row.group_accuracy_se),
            ]
            scores = [f"{100 * mean:5.1f} ± {100 * sd:4.1f}" for mean, sd in pairs]
            lines.append([row.method, *scores, f"{row.seconds:.1f}"])
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = []
        for line in lines:
            cells = [line[0].ljust(widths[0])]
            cells += [c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True)]
            text.append("  ".join(cells))
        text.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join(text)

    def write(self, folder: str | Path) -> list[Path]:
        """Write the table, its folds and its settings.

        Parameters
        ----------
        folder : path-like
            Made where absent.

        Returns
        -------
        list of Path
            ``comparison.csv`` and ``comparison.json`` (the rows), ``folds.csv`` and
            ``settings.json``.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        rows = [asdict(row) for row in self.rows]
        paths = [
            folder / name
            for name in (
                "comparison.csv", "comparison.json", "folds.csv", "settings.json"
            )
        ]  # fmt: skip
        _write_csv(paths[0], [f.name for f in fields(MethodSummary)], rows)
        paths[1].write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
        folds = [fold._asdict() for fold in self.folds]
        _write_csv(paths[2], list(FoldResult._fields), folds)
        paths[3].write_text(
            json.dumps(self.settings, indent=2) + "\n", encoding="utf-8"
        )
        return paths


def _write_csv(path: Path, names: list[str], rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)


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
        Class whose recall is reported; by default the last in sorted order.

    Returns
    -------
    Comparison
        The table and the folds behind it.

    Raises
    ------
    InvalidInputError
        If a class has fewer than two groups, or too few for `n_splits`, or
        `positive` is no class.
    """
    y, groups = np.asarray(y), np.asarray(groups)
    classes = np.unique(y)
    n_splits = _number_of_folds(y, groups, classes, n_splits)
    if positive is None:
        positive = classes[-1]
    elif positive not in classes:
        raise InvalidInputError(
            f"positive={positive!r} is no class; the labels are "
            f"{', '.join(map(str, classes))}."
        )
    folds: list[FoldResult] = []
    by_group: dict[str, list[float]] = {name: [] for name in methods}
    total = len(methods) * n_repeats * n_splits
    with tqdm(total=total, unit="fit", disable=None, leave=False) as progress:
        for repeat in range(n_repeats):
            seed = random_state + repeat
            splits = split_by_group(y, groups, n_splits, random_state=seed)
            for name, method in methods.items():
                progress.set_description(name)
                predicted = np.empty_like(y)
                for fold, (train, test) in enumerate(splits):
                    started = time.perf_counter()
                    model = _seeded_clone(method, seed)
                    model.fit([X[i] for i in train], y[train])
                    predicted[test] = model.predict([X[i] for i in test])
                    seconds = time.perf_counter() - started
                    scores = _scores(y[test], predicted[test], classes, positive)
                    held_out = " ".join(map(str, np.unique(groups[test])))
                    folds.append(
                        FoldResult(name, repeat, fold, held_out, *scores, seconds)
                    )
                    progress.update()
                by_group[name].append(_accuracy_by_group(y, predicted, groups))
    n_groups = len(np.unique(groups))
    return Comparison(
        rows=[_summary(name, folds, by_group[name], n_groups) for name in methods],
        folds=folds,
        settings={
            "classes": [str(label) for label in classes],
            "positive": str(positive) if len(classes) == 2 else "mean over classes",
            "n_windows": len(y),
            "n_groups": n_groups,
            "n_splits": n_splits,
            "n_repeats": n_repeats,
            "seeds": [random_state + repeat for repeat in range(n_repeats)],
            "split": "whole groups held out, stratified by class, shuffled",
        },
    )


def _number_of_folds(
    y: np.ndarray, groups: np.ndarray, classes: np.ndarray, n_splits: int | None
) -> int:
    if len(classes) < 2:
        raise InvalidInputError(
            f"All labels are {classes[0]!r}; at least two classes are needed."
        )
    counts = {label: len(np.unique(groups[y == label])) for label in classes}
    rarest = min(counts, key=lambda label: counts[label])
    wanted = n_splits or min(_MOST_FOLDS, counts[rarest])
    if wanted < 2 <= counts[rarest]:
        raise InvalidInputError(f"{wanted} fold was asked for; at least 2 are needed.")
    if counts[rarest] < max(2, wanted):
        raise InvalidInputError(
            f"Class {str(rarest)!r} has {counts[rarest]} trajectories or groups, too "
            f"few for {max(2, wanted)} folds that hold out whole ones. Give more "
            "trajectories of that class, or fewer folds (at least 2)."
        )
    return wanted


def _seeded_clone(method: Any, seed: int) -> Any:
    """Clone an estimator and seed each of its steps."""
    model = clone(method)
    seeds = [key for key in model.get_params() if key.endswith("random_state")]
    return model.set_params(**dict.fromkeys(seeds, seed))


def _scores(
    truth: np.ndarray, predicted: np.ndarray, classes: np.ndarray, positive: Any
) -> tuple[float, float, float]:
    """Accuracy, balanced accuracy and recall of one fold."""
    present = np.unique(truth)
    balanced = recall_score(
        truth, predicted, labels=present, average="macro", zero_division=0
    )
    recall = balanced
    if len(classes) == 2:
        # Undefined where a fold holds out no positive sample.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UndefinedMetricWarning)
            recall = recall_score(
                truth, predicted, labels=[positive], average="macro",
                zero_division=np.nan,
            )  # fmt: skip
    return float(accuracy_score(truth, predicted)), float(balanced), float(recall)


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
    return MethodSummary(
        name,
        *mean_and_std("accuracy"),
        *mean_and_std("balanced_accuracy"),
        *mean_and_std("recall"),
        group_accuracy,
        float(np.sqrt(group_accuracy * (1 - group_accuracy) / n_groups)),
        len(own),
        float(np.mean([fold.seconds for fold in own])),
    )

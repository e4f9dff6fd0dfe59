"""What a comparison found: folds, rows, and the files they go to."""

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

from sklearn_deepsig.experiments.files import to_csv, to_json, write_texts

__all__ = ["Comparison", "FoldResult", "MethodSummary"]


class FoldResult(NamedTuple):
    """One method on one fold."""

    method: str
    """Name of the method."""
    repeat: int
    """Which shuffling of the groups."""
    fold: int
    """Which fold of it."""
    held_out: str
    """The groups that were held out, separated by semicolons."""
    accuracy: float
    """Fraction of held-out windows that were classified correctly."""
    balanced_accuracy: float
    """Recall averaged over the classes."""
    recall: float
    """Recall of the positive class; balanced where more than two have none."""
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
        Recall of the positive class, or of more than two classes the mean over them
        where none was named; mean over all folds.
    recall_std : float
        Its standard deviation.
    group_accuracy : float
        Fraction of held-out groups (trajectories) whose windows are classified
        correctly by majority, averaged over repeats.
    group_accuracy_se : float
        Its standard error over groups, by the plus-four rule (Agresti and Coull,
        1998), so it is not zero where all of a few groups are right.
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
    left_out : dict of str to str
        Methods that cannot be used on these samples, with the reason.
    """

    rows: list[MethodSummary]
    folds: list[FoldResult]
    settings: dict[str, Any] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

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
            ``settings.json``, which is there only if all four belong together.

        Raises
        ------
        StorageError
            If the disk is full, or fails otherwise. What was there before is kept.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        rows = [asdict(row) for row in self.rows]
        folds = [fold._asdict() for fold in self.folds]
        columns = [column.name for column in fields(MethodSummary)]
        settings = folder / "settings.json"
        texts = {
            folder / "comparison.csv": to_csv(columns, rows),
            folder / "comparison.json": to_json(rows),
            folder / "folds.csv": to_csv(FoldResult._fields, folds),
            settings: to_json(self.settings),
        }
        write_texts(texts, seal=settings)
        return list(texts)

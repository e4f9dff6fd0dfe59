"""What a study consists of: problems, methods, and how they go together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.exceptions import InvalidInputError

__all__ = ["Method", "Problem", "Settings", "Split", "Study", "Task"]


@dataclass(frozen=True)
class Method:
    """One method of a table.

    Parameters
    ----------
    name : str
        What the command line and the names of files call it.
    label : str
        What tables call it.
    kind : str
        What builds it: a key of `sklearn_deepsig.experiments.studies.builders`.
    settings : mapping
        Parameters of the estimator.
    role : {"ours", "network", "plain", "reference"}, default="network"
        ``"ours"`` is Deep Signature, in any setting; ``"network"`` another network;
        ``"plain"`` what has no network; ``"reference"`` what knows the answer's form.
    """

    name: str
    label: str
    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    role: str = "network"


@dataclass(frozen=True)
class Task:
    """One problem that all methods of a table are set.

    Parameters
    ----------
    name : str
        What tables call it.
    data : mapping
        Parameters of the study's loader.
    value : float or None, default=None
        Place on the study's axis.
    methods : sequence of str or None, default=None
        The methods that are set it; by default all.
    line : str, default=""
        Which of several curves of one picture it belongs to.
    """

    name: str
    data: Mapping[str, Any]
    value: float | None = None
    methods: Sequence[str] | None = None
    line: str = ""


@dataclass(frozen=True)
class Settings:
    """All that a study is run with.

    Parameters
    ----------
    tasks : sequence of Task
        The problems.
    methods : sequence of Method
        The methods, in the order of the table.
    n_runs : int, default=5
        How often each method is fitted to each problem. Fit i has the seed i.
    n_folds : int, default=1
        Of how many fits a run consists, each of which tests on other trajectories.
    """

    tasks: Sequence[Task]
    methods: Sequence[Method]
    n_runs: int = 5
    n_folds: int = 1

    @property
    def n_fits(self) -> int:
        """Number of fits of each method to each problem."""
        return self.n_runs * self.n_folds

    def chosen_methods(self, names: Sequence[str] | None) -> list[Method]:
        """Return the methods of some names, or all.

        Parameters
        ----------
        names : sequence of str or None
            Which.

        Returns
        -------
        list of Method
            Them, in the order of the table.

        Raises
        ------
        InvalidInputError
            If a name is unknown.
        """
        return _chosen(self.methods, names, "method")

    def chosen_tasks(self, names: Sequence[str] | None) -> list[Task]:
        """Return the tasks of some names, or all.

        Parameters
        ----------
        names : sequence of str or None
            Which.

        Returns
        -------
        list of Task
            Them, in order.

        Raises
        ------
        InvalidInputError
            If a name is unknown.
        """
        return _chosen(self.tasks, names, "task")


class Split(NamedTuple):
    """Which windows a run learns from, is chosen by, and is tested on."""

    train: NDArray[np.intp]
    """To fit on."""

    validation: NDArray[np.intp]
    """To choose settings by."""

    test: NDArray[np.intp]
    """To report. Nothing is chosen by them."""


@dataclass(frozen=True)
class Problem:
    """Windows of trajectories, and how each run divides them.

    Parameters
    ----------
    X : list
        The windows.
    y : ndarray of shape (n_windows,)
        Their labels.
    groups : ndarray of shape (n_windows,)
        Their trajectories, or what else is a unit of its own. Where several are always
        held out together, what comes before a slash names these, as in "A9P/1".
    splits : sequence of Split
        Fit i uses split i modulo their number.
    positive : str
        The class whose recall is reported.
    node_groups : ndarray of int, shape (n_nodes,), or None, default=None
        The true group of each node, where it is known.
    """

    X: list[Any]
    y: NDArray[Any]
    groups: NDArray[Any]
    splits: Sequence[Split]
    positive: str
    node_groups: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class Study:
    """One experiment of the command line.

    Parameters
    ----------
    name : str
        What the command line calls it.
    title : str
        Title of its tables and pictures.
    text : str
        What is done and why in the full study, for the page of results, in markdown.
    load : callable
        Makes a `Problem` from the parameters of a task and, where `folder` is given,
        the folder of the data.
    full, quick : Settings
        The study, and one of the same form that takes a minute or two.
    axis : str or None, default=None
        What the values of tasks are, where they lie along a line.
    task_field : str, default="task"
        What the rows of the table call the task.
    look_into : callable or None, default=None
        Called with a fitted model, the problem and the split; gives further numbers
        for the record, None where it can say nothing.
    folder : str, default=""
        Of files that are read: what the folder must hold.
    ships : bool, default=False
        Whether the package has such files of its own.
    score : {"accuracy", "balanced_accuracy"}, default="accuracy"
        What methods are compared by.
    chance : float or None, default=None
        The score of guessing, where it is asked whether anything is better.
    measures_memory : bool, default=False
        Whether to record the most memory that each fit takes.
    findings : str, default=""
        What the results of the full study say, and why they may be so, for the page.
    """

    name: str
    title: str
    text: str
    load: Callable[..., Problem]
    full: Settings
    quick: Settings
    axis: str | None = None
    task_field: str = "task"
    look_into: Callable[[Any, Problem, Split], dict[str, float] | None] | None = None
    folder: str = ""
    ships: bool = False
    score: str = "accuracy"
    chance: float | None = None
    measures_memory: bool = False
    findings: str = ""

    @property
    def needs_data(self) -> bool:
        """Whether it reads files that the package does not have."""
        return bool(self.folder) and not self.ships


def _chosen(known: Sequence[Any], names: Sequence[str] | None, what: str) -> list[Any]:
    if names is None:
        return list(known)
    unknown = set(names) - {item.name for item in known}
    if unknown:
        raise InvalidInputError(
            f"There is no {what} {sorted(unknown)[0]!r} here; there are "
            f"{', '.join(item.name for item in known)}."
        )
    return [item for item in known if item.name in names]

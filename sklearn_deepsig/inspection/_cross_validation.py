"""attribute_cv: attribution over folds and seeds."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, check_cv
from sklearn.utils import _safe_indexing
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import has_fit_parameter

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.inspection._attribute import attribute
from sklearn_deepsig.inspection._attribution_cv import AttributionCV
from sklearn_deepsig.inspection._pair_scores import PairScores
from sklearn_deepsig.inspection._residues import (
    attribute_by_system,
    combine_residues,
    unite_residues,
)

__all__ = ["attribute_cv"]

_LEVELS = ("atoms", "residues")
_EXPLAINED = ("true", "predicted")


def attribute_cv(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    groups: Any = None,
    cv: Any = None,
    random_states: Sequence[int] = (0,),
    level: str = "atoms",
    explain: str = "true",
    method: str = "gradient_input",
    n_steps: int = 64,
    target: int | None = None,
    shares: str = "assignment",
    n_jobs: int | None = None,
) -> AttributionCV:
    """Attribute the predictions for held-out samples, over folds and seeds.

    A clone of the estimator is fitted for each fold and seed, and the samples that are
    held out from it are explained.

    Parameters
    ----------
    estimator : estimator
        Not fitted; of a kind that `attribute` explains.
    X : samples
        Trajectories.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Labels or numbers.
    groups : array-like of shape (n_samples,), default=None
        Trajectory or system of each sample, for `cv`, and for ``fit`` where it takes
        groups.
    cv : int, splitter, iterable or None, default=None
        How to split; see `sklearn.model_selection.check_cv`. A number of folds, or None
        for 5, holds out whole groups where these are given.
    random_states : sequence of int, default=(0,)
        Seeds. Each in turn is every ``random_state`` of the estimator and its steps.
    level : {"atoms", "residues"}, default="atoms"
        What is compared over the runs. ``"residues"`` is for samples that differ in
        their atoms, such as mutants; see `combine_residues`.
    explain : {"true", "predicted"}, default="true"
        The class of each held-out sample that is explained. Noise that speaks for the
        predicted class is part of why it is predicted; for the true class it averages
        out. Of regressors the prediction is explained.
    method : {"gradient_input", "integrated_gradients"}, default="gradient_input"
        As in `attribute`.
    n_steps : int, default=64
        As in `attribute`.
    target : int or None, default=None
        As in `attribute`.
    shares : {"assignment", "columns"}, default="assignment"
        As in `attribute`.
    n_jobs : int or None, default=None
        Processes that fit at the same time.

    Returns
    -------
    AttributionCV
        Tables with means, standard errors and frequencies.

    Raises
    ------
    InvalidInputError
        If a setting cannot be used, or samples differ in their atoms where
        ``level="atoms"``.
    """
    for name, value, known in (
        ("level", level, _LEVELS),
        ("explain", explain, _EXPLAINED),
    ):
        if value not in known:
            raise InvalidInputError(f"{name}={value!r} is unknown; choose of {known}.")
    if not len(random_states):
        raise InvalidInputError("random_states is empty; give at least one seed.")
    y = np.asarray(y)
    splits = list(_splitter(cv, estimator, y, groups).split(X, y, groups))
    options = {
        "method": method, "n_steps": n_steps, "target": target, "shares": shares,
    }  # fmt: skip
    is_of_class = explain == "true" and is_classifier(estimator)

    def fit_and_explain(fold: int, seed: int) -> _Run:
        train, test = splits[fold]
        model = _with_seed(estimator, seed)
        fitting = {}
        if groups is not None and has_fit_parameter(model, "groups"):
            fitting["groups"] = np.asarray(groups)[train]
        model.fit(_safe_indexing(X, train), y[train], **fitting)
        held_out, labels = _safe_indexing(X, test), y[test]
        explained = labels if is_of_class else None
        score = model.score(held_out, labels)
        if level == "residues":
            systems = attribute_by_system(model, held_out, explained, **options)
            found = combine_residues(systems)
            return _Run(found.residue_names, found.node_pairs, score)
        result = attribute(model, held_out, explained, **options)
        names = result.node_names or result.residue_names
        return _Run(names, result.node_pairs, score)

    plan = [(fold, seed) for fold in range(len(splits)) for seed in random_states]
    runs = Parallel(n_jobs=n_jobs)(delayed(fit_and_explain)(*one) for one in plan)
    names, parts = runs[0].names, [run.scores for run in runs]
    if level == "residues":
        names, _, _, parts = unite_residues([run.names for run in runs], parts)
    for (fold, _), run in zip(plan, runs, strict=True):
        if level == "atoms" and run.names != names:
            raise InvalidInputError(
                f"The samples held out in fold {fold} have other atoms than those of "
                'fold 0. Set level="residues", which compares residues by number.'
            )
    return AttributionCV(
        list(names),
        level,
        tuple(parts),
        np.array([fold for fold, _ in plan]),
        np.array([seed for _, seed in plan]),
        np.array([run.test_score for run in runs]),
    )


class _Run(NamedTuple):
    names: Sequence[str]
    scores: PairScores
    test_score: float


def _splitter(cv: Any, estimator: Any, y: NDArray[Any], groups: Any) -> Any:
    is_of_classes = is_classifier(estimator)
    if groups is None or not (cv is None or isinstance(cv, Integral)):
        return check_cv(cv, y, classifier=is_of_classes)
    kind = StratifiedGroupKFold if is_of_classes else GroupKFold
    return kind(5 if cv is None else cv)


def _with_seed(estimator: Any, seed: int) -> Any:
    model = clone(estimator)
    names = [
        name
        for name in model.get_params()
        if name == "random_state" or name.endswith("__random_state")
    ]
    return model.set_params(**dict.fromkeys(names, seed))

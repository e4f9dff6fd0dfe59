"""What the explanations of networks and of linear models have in common."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional.feature_pairs import FeaturePairs
from sklearn_deepsig.inspection._attribution import Attribution
from sklearn_deepsig.trajectory import GraphTrajectory, describe_sample

__all__ = ["Explanation", "check_same_nodes", "contrasts", "to_attribution", "which"]


class Explanation(NamedTuple):
    """Contributions of coordinates, and what these are made of."""

    coordinates: NDArray[np.floating]
    """Shape (n_samples, n_segments * width)."""

    feature_names: list[str]
    """Names of the coordinates."""

    targets: NDArray[np.int64]
    """Number of the explained class or output of each sample."""

    outputs: NDArray[np.float64]
    """Explained output of each sample."""

    baseline_outputs: NDArray[np.float64]
    """That of a path that stands still."""

    folding: FeaturePairs
    """To which clusters the coordinates of one segment belong."""

    memberships: Any
    """Assignment of nodes to clusters, averaged over the samples."""

    samples: Sequence[GraphTrajectory]
    """The trajectories of the nodes."""


def to_attribution(
    found: Explanation, classes: NDArray[Any] | None, method: str, shares: str
) -> Attribution:
    """Fold the coordinates to clusters.

    Parameters
    ----------
    found : Explanation
        Of coordinates.
    classes : ndarray of shape (n_classes,), or None
        Labels of the classes; None for numbers.
    method : str
        How it was computed.
    shares : str
        How atoms share in clusters.

    Returns
    -------
    Attribution
        The contributions at every level.
    """
    own, pairs = found.folding
    mean = found.coordinates.mean(axis=0, dtype=np.float64)
    of_segment = mean.reshape(-1, own.shape[0]).sum(axis=0)
    upper = (pairs.multiply(of_segment[:, None])).sum(axis=0)
    return Attribution(
        coordinates=found.coordinates,
        feature_names=found.feature_names,
        targets=found.targets if classes is None else classes[found.targets],
        outputs=found.outputs,
        baseline_outputs=found.baseline_outputs,
        pairs=_symmetric(upper, own.shape[1]),
        own=of_segment @ own,
        memberships=found.memberships,
        samples=tuple(found.samples),
        method=method,
        shares=shares,
    )


def which(
    y: Any,
    target: int | None,
    classes: NDArray[Any] | None,
    n_samples: int,
    n_outputs: int,
) -> NDArray[np.int64] | None:
    """Find what is to be explained of each sample.

    Parameters
    ----------
    y : array-like of shape (n_samples,), label or None
        Classes to explain; None for the predicted ones.
    target : int or None
        Number of the output; None for classes, or where there is only one.
    classes : ndarray of shape (n_classes,), or None
        Labels of the classes; None for numbers.
    n_samples, n_outputs : int
        Number of samples, and of scores or outputs of the model.

    Returns
    -------
    ndarray of int, shape (n_samples,), or None
        Numbers of the classes or outputs; None for the predicted classes.

    Raises
    ------
    InvalidInputError
        If `y` or `target` does not go with the model.
    """
    if classes is None:
        return _which_number(y, target, n_samples, n_outputs)
    if target is not None:
        raise InvalidInputError(
            f"target={target!r} chooses an output of a regressor; give the class to "
            f"explain as y, one of {classes.tolist()}."
        )
    if y is None:
        return None
    given = np.asarray(y)
    if given.ndim == 0:
        given = np.full(n_samples, given)
    if given.shape != (n_samples,):
        raise InvalidInputError(
            f"y has shape {given.shape}, but X has {n_samples} samples; give one class "
            "a sample, or one for all."
        )
    unknown = ~np.isin(given, classes)
    if unknown.any():
        index = int(unknown.argmax())
        raise InvalidInputError(
            f"y[{index}]={given.tolist()[index]!r} is no class of the model; choose "
            f"from {classes.tolist()}."
        )
    return np.searchsorted(classes, given)


def contrasts(targets: NDArray[np.int64], n_classes: int) -> NDArray[np.float64]:
    """Weigh scores so that their sum is the target's less the mean of the others.

    Parameters
    ----------
    targets : ndarray of int, shape (n_samples,)
        Numbers of the classes.
    n_classes : int
        Number of classes.

    Returns
    -------
    ndarray of shape (n_samples, n_classes)
        The weights.
    """
    is_target = targets[:, None] == np.arange(n_classes)
    return np.where(is_target, 1.0, -1.0 / (n_classes - 1))


def check_same_nodes(samples: Sequence[GraphTrajectory]) -> None:
    """Refuse samples of different nodes, whose contributions cannot be averaged.

    Parameters
    ----------
    samples : sequence of GraphTrajectory
        The samples.

    Raises
    ------
    InvalidInputError
        If one has other nodes than the first; the message names it.
    """
    first = samples[0]
    remedy = (
        "Attribute the samples of each system by themselves, and put the results "
        "together by residue number with combine_residues."
    )
    for index, sample in enumerate(samples):
        name = describe_sample(index, sample.source)
        if sample.n_nodes != first.n_nodes:
            raise InvalidInputError(
                f"{name} has {sample.n_nodes} nodes, but "
                f"{describe_sample(0, first.source)} has {first.n_nodes}. {remedy}"
            )
        if sample.node_names != first.node_names:
            names = [s.node_names or [None] * s.n_nodes for s in (sample, first)]
            pairs = enumerate(zip(*names, strict=True))
            node, (found, expected) = next(p for p in pairs if p[1][0] != p[1][1])
            raise InvalidInputError(
                f"{name} calls node {node} {found!r}, but "
                f"{describe_sample(0, first.source)} calls it {expected!r}. {remedy}"
            )


def _which_number(
    y: Any, target: int | None, n_samples: int, n_outputs: int
) -> NDArray[np.int64]:
    if y is not None:
        raise InvalidInputError(
            "y chooses the class that is explained, but of a regressor the prediction "
            "is; leave y out."
        )
    if target is None and n_outputs > 1:
        raise InvalidInputError(
            f"The model predicts {n_outputs} numbers; say which by target=, from 0 to "
            f"{n_outputs - 1}."
        )
    number = 0 if target is None else target
    if not 0 <= number < n_outputs:
        raise InvalidInputError(
            f"target={target!r} is none of the {n_outputs} outputs of the model; "
            f"choose one from 0 to {n_outputs - 1}."
        )
    return np.full(n_samples, number)


def _symmetric(upper: NDArray[np.float64], n: int) -> Any:
    """Give half of each pair n < m to (m, n); upper holds the pairs n <= m."""
    places = np.flatnonzero(upper)
    row, column, value = places // n, places % n, upper[places] / 2
    entries = (
        np.append(value, value),
        (np.append(row, column), np.append(column, row)),
    )
    return coo_array(entries, shape=(n, n)).tocsr()

"""What parameters of networks mean, and which of them make a fit the same."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from torch import Tensor

from sklearn_deepsig._constraints import LARGEST_SIZE
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional.augmentation import augmentation_steps
from sklearn_deepsig.training import TrainingData, fingerprint

__all__ = [
    "architecture",
    "check_rotation_invariant",
    "check_same_architecture",
    "identify_fit",
    "layer_sizes",
    "plain_arguments",
    "refuse_what_needs_an_end",
    "weights_of_losses",
]

# Parameters that change where or how visibly a fit runs, but not what it gives. The
# weights that a warm start begins with are part of a fit's identity themselves.
_WITHOUT_EFFECT_ON_RESULT = {
    "checkpoint_dir",
    "device",
    "max_epochs",
    "verbose",
    "warm_start",
}

# Parameters that a network is built with, beside n_clusters.
_ARCHITECTURE = (
    "hidden_dim",
    "depth",
    "n_segments",
    "augmentation",
    "batch_norm",
    "center",
    "lstm_hidden_dim",
    "transformer_dim",
    "n_heads",
    "mlp_hidden_dim",
    "dropout",
    "rotation_invariant",
    "skip_connection",
)


def layer_sizes(n_clusters: Any) -> tuple[int, ...]:
    """Return `n_clusters` as a tuple, one number a pooling layer.

    Parameters
    ----------
    n_clusters : int or sequence of int
        The parameter of an estimator.

    Returns
    -------
    tuple of int
        Clusters after each pooling layer.

    Raises
    ------
    InvalidInputError
        If they are no positive whole numbers, or increase.
    """
    sizes = _as_numbers(n_clusters, "iu")
    decreasing = all(a >= b for a, b in pairwise(sizes))
    if not sizes or min(sizes) < 1 or max(sizes) > LARGEST_SIZE or not decreasing:
        raise InvalidInputError(
            f"n_clusters={n_clusters!r}: give one positive number a pooling layer, up "
            f"to {LARGEST_SIZE}, none greater than the one before it, such as "
            "(100, 50)."
        )
    return sizes


def weights_of_losses(loss_weights: Any, names: Sequence[str]) -> tuple[float, ...]:
    """Return `loss_weights` as a tuple, one number a loss.

    Parameters
    ----------
    loss_weights : sequence of float
        The parameter of an estimator.
    names : sequence of str
        What the losses are called.

    Returns
    -------
    tuple of float
        The weights.

    Raises
    ------
    InvalidInputError
        If there is not one weight a loss, one is negative, or all are zero.
    """
    weights = tuple(map(float, _as_numbers(loss_weights, "fiub")))
    allowed = all(0 <= weight < np.inf for weight in weights) and any(weights)
    if len(weights) != len(names) or not allowed:
        raise InvalidInputError(
            f"loss_weights={loss_weights!r}: give {len(names)} weights, zero "
            f"or positive and not all zero, for the losses {', '.join(names)}."
        )
    return weights


def _as_numbers(values: Any, kinds: str) -> tuple[Any, ...]:
    """Return a number or a sequence of them as a tuple, empty for anything else."""
    with suppress(ValueError):  # of rows that differ in length
        array = np.atleast_1d(np.asarray(values))
        if array.ndim == 1 and array.dtype.kind in kinds:
            return tuple(array.tolist())
    return ()


def architecture(estimator: Any) -> dict[str, Any]:
    """Return the parameters that a network is built with.

    Parameters
    ----------
    estimator : estimator
        Whose parameters.

    Returns
    -------
    dict of str to object
        Their values; None for those that the estimator lacks.
    """
    own = {name: getattr(estimator, name, None) for name in _ARCHITECTURE}
    return {"n_clusters": layer_sizes(estimator.n_clusters), **own}


def plain_arguments(build: "partial[Any]") -> "partial[Any]":
    """Turn the numbers of NumPy, which torch takes for no sizes, into Python's.

    Parameters
    ----------
    build : functools.partial
        A network with all its arguments.

    Returns
    -------
    functools.partial
        The same network.
    """
    arguments = {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in build.keywords.items()
    }
    return partial(build.func, *build.args, **arguments)


def check_same_architecture(estimator: Any, built_with: Mapping[str, Any]) -> None:
    """Refuse to go on with a network of another architecture.

    Parameters
    ----------
    estimator : estimator
        Which is to go on.
    built_with : mapping of str to object
        What `architecture` gave when the network was built.

    Raises
    ------
    InvalidInputError
        If a parameter was changed since.
    """
    for name, value in architecture(estimator).items():
        if value != built_with[name]:
            raise InvalidInputError(
                f"{name}={value!r}, but the network to go on with was built with "
                f"{built_with[name]!r}. Fit a clone, or set it back."
            )


def check_rotation_invariant(estimator: Any) -> None:
    """Refuse `rotation_invariant` where it has no meaning.

    Parameters
    ----------
    estimator : estimator
        Whose parameter, with `n_dims_in_` known.

    Raises
    ------
    InvalidInputError
        Unless dimensions are 3, the depth is 2, and samples are centred, not augmented.
    """
    if not estimator.rotation_invariant:
        return
    if estimator.n_dims_in_ != 3:
        raise InvalidInputError(
            "rotation_invariant=True needs positions in 3 dimensions, but X has "
            f"{estimator.n_dims_in_} a node. Give molecules, or an array of shape "
            "(n_samples, n_frames, n_nodes, 3), or set it to False."
        )
    if not estimator.center:
        raise InvalidInputError(
            "rotation_invariant=True turns samples about their centre: it needs "
            "center=True."
        )
    if getattr(estimator, "depth", 2) != 2:
        raise InvalidInputError(
            "rotation_invariant=True is made of displacements and areas: it needs "
            f"depth=2, not {estimator.depth}."
        )
    augmentation = getattr(estimator, "augmentation", None)
    if augmentation_steps(augmentation):
        raise InvalidInputError(
            "rotation_invariant=True is made of the clusters' own path: it needs "
            f"augmentation=None, not {augmentation!r}."
        )


def refuse_what_needs_an_end(estimator: Any) -> None:
    """Refuse parameters that `partial_fit` cannot heed.

    Parameters
    ----------
    estimator : estimator
        Whose parameters.

    Raises
    ------
    InvalidInputError
        If one of them needs to know when training ends.
    """
    for name, allowed in (
        ("early_stopping", False),
        ("learning_rate_schedule", "constant"),
        ("checkpoint_dir", None),
    ):
        value = getattr(estimator, name)
        if value != allowed:
            raise InvalidInputError(
                f"partial_fit cannot heed {name}={value!r}: it does not know how "
                f"many calls will follow. Use {name}={allowed!r}, or fit."
            )


def identify_fit(
    estimator: Any,
    seed: int,
    weights: Mapping[str, Tensor],
    parts: Sequence[TrainingData | None],
) -> str:
    """Identify a fit, so that a checkpoint of another one is refused.

    Parameters
    ----------
    estimator : estimator
        Whose parameters count, but for those without effect on the result.
    seed : int
        The seed that its ``random_state`` gave.
    weights : mapping of str to Tensor
        What a warm start begins with; otherwise empty.
    parts : sequence of TrainingData or None
        The samples.

    Returns
    -------
    str
        The identity.
    """
    without_effect = set(_WITHOUT_EFFECT_ON_RESULT)
    if estimator.learning_rate_schedule != "constant":
        without_effect.remove("max_epochs")  # where the rate ends
    relevant = {
        name: value
        for name, value in estimator.get_params().items()
        if name not in without_effect
    }
    kind = type(estimator).__name__
    return fingerprint(
        {**relevant, "random_state": seed, "class": kind}, _arrays_of(weights, parts)
    )


def _arrays_of(
    weights: Mapping[str, Tensor], parts: Sequence[TrainingData | None]
) -> Iterator[np.ndarray]:
    """Yield all that is digested, one at a time: positions may lie in files."""
    for weight in weights.values():
        yield weight.cpu().numpy()
    for part in parts:
        if part is not None:
            yield part.target
            yield part.sample_weight
            for sample in part.samples:
                yield sample.positions
                yield sample.edge_index

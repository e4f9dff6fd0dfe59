"""A network and an optimizer as arrays and numbers, which any file can hold."""

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from numbers import Real
from typing import Any

import numpy as np
import torch

from sklearn_deepsig import nn
from sklearn_deepsig._constraints import LARGEST_DEPTH
from sklearn_deepsig.exceptions import InvalidInputError

__all__ = [
    "describe_network",
    "network_state",
    "rebuild_network",
    "to_plain",
    "to_tensors",
]

# A network has a number or two a setting, and a few for its layers.
_MOST_NUMBERS = 64


def describe_network(build: "partial[torch.nn.Module]") -> dict[str, Any]:
    """Say what a network is built with.

    Parameters
    ----------
    build : functools.partial
        A class of `sklearn_deepsig.nn` with all its arguments, which are numbers,
        strings, None, or sequences of them.

    Returns
    -------
    dict of str to object
        The name of the class and its ``"arguments"``, by name.

    Raises
    ------
    TypeError
        If it is anything else: it could not be built again from a file.
    """
    name = getattr(getattr(build, "func", None), "__name__", None)
    if name is None or _networks().get(name) is not build.func:
        raise TypeError(
            f"{build!r} is no functools.partial of a network that sklearn_deepsig.nn "
            "exports."
        )
    bound = inspect.signature(build.func).bind(*build.args, **build.keywords)
    return {"network": name, "arguments": dict(bound.arguments)}


def network_state(
    module: torch.nn.Module, description: Mapping[str, Any]
) -> dict[str, Any]:
    """Turn a network into arrays and numbers.

    Parameters
    ----------
    module : torch.nn.Module
        The network.
    description : mapping
        What `describe_network` said of it.

    Returns
    -------
    dict of str to object
        The description with the ``"weights"``, as arrays, by name.
    """
    return {**description, "weights": to_plain(dict(module.state_dict()))}


def rebuild_network(state: Mapping[str, Any]) -> torch.nn.Module:
    """Undo `network_state`.

    Nothing is allocated for what the arguments say, only for the weights that are
    there, and no random number is drawn.

    Parameters
    ----------
    state : mapping
        What `network_state` gave, or a file that claims so.

    Returns
    -------
    torch.nn.Module
        The network, on the CPU, ready to predict.

    Raises
    ------
    InvalidInputError
        If the network is unknown, or its weights do not fit its arguments.
    """
    kinds = _networks()
    name, arguments = state["network"], state["arguments"]
    if name not in kinds:
        raise InvalidInputError(f"no network is called {name!r}.")
    for argument, value in arguments.items():
        if isinstance(value, tuple | list) and len(value) > _MOST_NUMBERS:
            raise InvalidInputError(
                f"{argument} has {len(value)} entries; no network has more than "
                f"{_MOST_NUMBERS}."
            )
    depth = arguments.get("depth")
    if isinstance(depth, Real) and depth > LARGEST_DEPTH:
        raise InvalidInputError(f"no log-signature has depth={depth!r}.")
    weights = {key: to_tensors(value) for key, value in state["weights"].items()}
    try:
        with torch.device("meta"):
            module = kinds[name](**arguments)
        module.load_state_dict(weights, assign=True)
    except (RuntimeError, TypeError, ValueError, OverflowError) as error:
        raise InvalidInputError(
            f"the weights do not fit the {name} that they are said to be of: {error}"
        ) from error
    kinds_of_numbers = {parameter.dtype for parameter in module.parameters()}
    if not kinds_of_numbers <= {torch.float32} and kinds_of_numbers != {torch.float64}:
        raise InvalidInputError(
            f"the weights are of type {kinds_of_numbers}; give float32 or float64."
        )
    return module.eval()


def to_plain(state: Any) -> Any:
    """Turn the tensors of a state into arrays.

    Parameters
    ----------
    state : object
        Tensors, on any device, and lists, tuples and dictionaries of them.

    Returns
    -------
    object
        The same, with arrays in their place.
    """
    if isinstance(state, torch.Tensor):
        return state.detach().cpu().numpy()
    return _over_leaves(to_plain, state)


def to_tensors(state: Any) -> Any:
    """Turn the arrays of a state into tensors, in memory of their own.

    Parameters
    ----------
    state : object
        Arrays, and lists, tuples and dictionaries of them.

    Returns
    -------
    object
        The same, with tensors on the CPU in their place.
    """
    if isinstance(state, np.ndarray):
        # torch aligns what it allocates: sums are then made in the same order
        return torch.tensor(state)
    return _over_leaves(to_tensors, state)


def _over_leaves(function: Callable[[Any], Any], state: Any) -> Any:
    if isinstance(state, dict):
        return {key: function(value) for key, value in state.items()}
    if isinstance(state, list | tuple):
        return type(state)(function(value) for value in state)
    return state


def _networks() -> dict[str, type[torch.nn.Module]]:
    """Return the networks that a state may name."""
    named = {name: getattr(nn, name) for name in nn.__all__}
    return {
        name: value
        for name, value in named.items()
        if inspect.isclass(value) and issubclass(value, torch.nn.Module)
    }

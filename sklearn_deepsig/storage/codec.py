"""Nested values as JSON, with what JSON cannot hold put aside."""

import json
import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NoReturn

__all__ = ["decode", "encode", "parse_json"]

_NOT_FINITE = ("nan", "inf", "-inf")


def encode(value: Any, set_aside: Callable[[Any, str], Any], where: str) -> Any:
    """Turn a value into what strict JSON can hold.

    Parameters
    ----------
    value : object
        None, numbers, strings, and lists, tuples and dictionaries of them. Subclasses
        of these, which would not come back as what they are, are set aside.
    set_aside : callable
        Called with anything else and where it was found; returns an object of one
        key, which names its kind and is none of ``"tuple"``, ``"dict"`` and
        ``"float"``, or raises TypeError.
    where : str
        What the value is called, for messages.

    Returns
    -------
    object
        None, numbers, strings, lists, and dictionaries of one key.

    Examples
    --------
    >>> from sklearn_deepsig.storage import encode
    >>> encode({"a": (1, float("inf"))}, set_aside=None, where="value")
    {'dict': [['a', {'tuple': [1, {'float': 'inf'}]}]]}
    """
    kind = type(value)
    if kind is float and not math.isfinite(value):
        return {"float": repr(value)}
    if value is None or kind in (bool, int, float, str):
        return value
    if kind in (list, tuple):
        items = [encode(x, set_aside, f"{where}[{i}]") for i, x in enumerate(value)]
        return items if kind is list else {"tuple": items}
    if kind in (dict, OrderedDict):
        # as pairs, for keys may be numbers
        return {
            "dict": [
                [encode(key, set_aside, f"a key of {where}"), encode(x, set_aside, at)]
                for key, x in value.items()
                for at in [f"{where}[{key!r}]"]
            ]
        }
    return set_aside(value, where)


def decode(value: Any, bring_back: Callable[[str, Any], Any]) -> Any:
    """Undo `encode`.

    Parameters
    ----------
    value : object
        What `encode` gave, or a file that claims so.
    bring_back : callable
        Called with the kind and the content of what was set aside; returns it, or
        raises ValueError.

    Returns
    -------
    object
        The value.

    Raises
    ------
    ValueError
        If `encode` gives no such thing.

    Examples
    --------
    >>> from sklearn_deepsig.storage import decode
    >>> decode({"dict": [["a", {"tuple": [1, {"float": "inf"}]}]]}, bring_back=None)
    {'a': (1, inf)}
    """
    if isinstance(value, list):
        return [decode(x, bring_back) for x in value]
    if not isinstance(value, dict):
        return value
    if len(value) != 1:
        raise ValueError(f"an object of {len(value)} keys in place of one")
    [(kind, content)] = value.items()
    if kind == "tuple":
        return tuple(decode(x, bring_back) for x in content)
    if kind == "dict":
        return {decode(k, bring_back): decode(x, bring_back) for k, x in content}
    if kind == "float":
        if content not in _NOT_FINITE:
            raise ValueError(f"the number {content!r}")
        return float(content)
    return bring_back(kind, content)


def parse_json(text: str | bytes) -> Any:
    """Read strict JSON, which says one thing to every reader.

    Parameters
    ----------
    text : str or bytes
        The text.

    Returns
    -------
    object
        What it says.

    Raises
    ------
    ValueError
        If it is no JSON, an object has a key twice, or a number is not finite.

    Examples
    --------
    >>> from sklearn_deepsig.storage import parse_json
    >>> parse_json('{"a": [1, 2.5]}')
    {'a': [1, 2.5]}
    >>> parse_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ...
    ValueError: an object has the key 'a' twice
    """
    return json.loads(
        text,
        object_pairs_hook=_unique,
        parse_constant=_refuse_constant,
        parse_float=_finite,
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    items: dict[str, Any] = {}
    for key, value in pairs:
        if key in items:
            raise ValueError(f"an object has the key {key!r} twice")
        items[key] = value
    return items


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"it holds {name}")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text} is too large")
    return number

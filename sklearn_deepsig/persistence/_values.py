"""What fitted attributes and parameters hold, as JSON with arrays beside it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sklearn_deepsig.baselines._keys import Dihedral, Pair, Site
from sklearn_deepsig.exceptions import InvalidInputTypeError
from sklearn_deepsig.storage import decode, encode

__all__ = ["ValueReader", "ValueWriter"]

_NUMBERS = frozenset(
    ["bool", "float16", "float32", "float64"]
    + [f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)]
)
# Classes that are values of a parameter.
_TYPES = {"float32": np.float32, "float64": np.float64}
# Named tuples that are fitted attributes.
_RECORDS = {record.__name__: record for record in (Dihedral, Pair, Site)}
_LAST_CODE_POINT = 0x10FFFF
_STATE_LENGTH = 624  # of the Mersenne Twister


class ValueWriter:
    """Turn values into JSON, and collect their arrays.

    Attributes
    ----------
    arrays : dict of str to ndarray
        The arrays so far, of numbers, named after where they were.
    """

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}

    def write(self, value: Any, where: str) -> Any:
        """Turn one value into JSON.

        Parameters
        ----------
        value : object
            None, numbers, strings, arrays of them, `numpy.random.RandomState`, and
            lists, tuples and dictionaries of all these.
        where : str
            What the value is called; no two values may be called the same.

        Returns
        -------
        object
            What strict JSON can hold.

        Raises
        ------
        InvalidInputTypeError
            If the value is of another kind.
        """
        return encode(value, self._set_aside, where)

    def _set_aside(self, value: Any, where: str) -> dict[str, Any]:
        kind = type(value).__name__
        if isinstance(value, np.ndarray) and not isinstance(value, np.ma.MaskedArray):
            return self._set_array_aside(np.asarray(value), where)
        if isinstance(value, np.generic):
            if isinstance(value, np.str_):
                return {"scalar": ["str", str(value)]}
            if value.dtype.name in _NUMBERS:
                item = self.write(value.item(), where)
                return {"scalar": [value.dtype.name, item]}
        if isinstance(value, np.random.RandomState):
            state = value.get_state(legacy=False)
            if state["bit_generator"] == "MT19937":
                return {"random_state": self.write(dict(state), where)}
        if isinstance(value, type) and value in _TYPES.values():
            return {"type": value.__name__}
        if _RECORDS.get(kind) is type(value):
            return {"record": [kind, self.write(tuple(value), where)]}
        raise InvalidInputTypeError(
            f"{where} is a {kind}, which a saved model cannot hold: it holds numbers, "
            "strings, arrays of these, and lists, tuples and dictionaries of all that. "
            "Set something else with set_params, or pickle the estimator."
        )

    def _set_array_aside(self, array: np.ndarray, where: str) -> dict[str, Any]:
        if array.dtype.kind == "O":
            items = list(array.ravel())
            return {"objects": [list(array.shape), self.write(items, where)]}
        if array.dtype.kind == "U" and array.dtype.itemsize:
            text = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("=")))
            codes = text.reshape(-1).view(np.uint32)
            width = array.dtype.itemsize // codes.itemsize
            self.arrays[where] = codes.reshape(*array.shape, width)
            return {"text": where}
        if array.dtype.name not in _NUMBERS:
            raise InvalidInputTypeError(
                f"{where} is an array of {array.dtype}, which a saved model cannot "
                "hold. Give numbers, or strings as str or object."
            )
        native = array.dtype.newbyteorder("=")
        self.arrays[where] = np.array(array, dtype=native, order="C")
        return {"array": where}


class ValueReader:
    """Undo `ValueWriter`.

    Every value is checked, for the file may be anybody's, and nothing is allocated
    that the file does not hold.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        The arrays of the file.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._arrays = arrays
        self._kinds: dict[str, Callable[[Any], Any]] = {
            "array": self._array,
            "text": self._text,
            "objects": self._objects,
            "scalar": self._scalar,
            "random_state": self._random_state,
            "record": self._record,
            "type": lambda name: _TYPES[name],
        }

    def read(self, value: Any) -> Any:
        """Turn JSON back into a value.

        Parameters
        ----------
        value : object
            What `ValueWriter.write` gave, or a file that claims so.

        Returns
        -------
        object
            The value.

        Raises
        ------
        ValueError, TypeError, LookupError
            If it is nothing that `ValueWriter.write` gives.
        """
        return decode(value, self._bring_back)

    def _bring_back(self, kind: str, content: Any) -> Any:
        if kind not in self._kinds:
            raise ValueError(f"a value of the unknown kind {kind!r}")
        return self._kinds[kind](content)

    def _array(self, name: str) -> np.ndarray:
        if name not in self._arrays:
            raise ValueError(f"the array {name!r} is missing")
        return self._arrays[name].copy()

    def _text(self, name: str) -> np.ndarray:
        codes = self._array(name)
        if codes.dtype != np.uint32 or not codes.ndim or not codes.shape[-1]:
            raise ValueError(f"the array {name!r} is no text")
        if codes.max(initial=0) > _LAST_CODE_POINT:
            raise ValueError(f"the array {name!r} holds what is no letter")
        *shape, width = codes.shape
        return codes.reshape(-1).view(f"U{width}").reshape(shape)

    def _objects(self, content: Any) -> np.ndarray:
        shape, items = content
        items = self.read(items)
        array = np.empty(len(items), dtype=object)
        for index, item in enumerate(items):
            array[index] = item
        return array.reshape(shape)

    def _scalar(self, content: Any) -> np.generic:
        name, item = content
        if name == "str" and isinstance(item, str):
            return np.str_(item)
        item = self.read(item)
        if name not in _NUMBERS or not isinstance(item, bool | int | float):
            raise ValueError(f"{item!r} is no {name}")
        scalar: np.generic = np.asarray(item).astype(name).reshape(1)[0]
        if scalar != item and item == item:  # NaN is equal to nothing
            raise ValueError(f"{item!r} is no {name}")
        return scalar

    def _random_state(self, content: Any) -> np.random.RandomState:
        state = self.read(content)
        key, position = state["state"]["key"], state["state"]["pos"]
        # NumPy would read outside of the key without asking.
        fits = (
            state["bit_generator"] == "MT19937"
            and isinstance(key, np.ndarray)
            and key.shape == (_STATE_LENGTH,)
            and key.dtype == np.uint32
            and type(position) is int
            and 0 <= position <= _STATE_LENGTH
            and state["has_gauss"] in (0, 1)
            and isinstance(state["gauss"], float)
        )
        if not fits:
            raise ValueError("a random state that is none")
        random_state = np.random.RandomState()
        random_state.set_state(state)
        return random_state

    def _record(self, content: Any) -> Any:
        name, values = content
        return _RECORDS[name](*self.read(values))

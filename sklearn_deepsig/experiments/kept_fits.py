"""What a comparison has fitted so far, whatever stopped it."""

import json
from collections import UserDict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.storage import changes, parse_json, remove_left_over, write_whole
from sklearn_deepsig.training import fingerprint

__all__ = ["KeptFits"]

_KEY = ("method", "seed", "fold", "n_splits")


class KeptFits(UserDict[tuple[str, int, int, int], dict[str, Any]]):
    """Fits by method, seed, fold and number of folds, in a file written after each.

    A fit has the labels ``"predicted"`` for the windows that were held out, in their
    order, and the ``"seconds"`` it took.

    Parameters
    ----------
    file : path-like
        Where they are; read if it is there.
    settings : mapping of str to object
        What a fit depends on beside the key, as JSON can hold it.
    arrays : iterable of array-like
        The data, of which the file has a digest.

    Raises
    ------
    InvalidInputError
        If the file is damaged, or has fits of other settings or data.
    StorageError
        If the disk is full, or fails otherwise, when a fit is put in. What the file
        held before is kept.
    """

    def __init__(
        self, file: str | Path, settings: Mapping[str, Any], arrays: Iterable[Any]
    ) -> None:
        super().__init__()
        self._file = Path(file)
        self._settings = json.loads(json.dumps(settings))
        self._digest = fingerprint({}, arrays)
        if self._file.exists():
            self.data = self._read()

    def __setitem__(self, key: tuple[str, int, int, int], fit: dict[str, Any]) -> None:
        super().__setitem__(key, fit)
        fits = [{**dict(zip(_KEY, k, strict=True)), **f} for k, f in self.data.items()]
        kept = {"settings": self._settings, "data": self._digest, "fits": fits}
        text = json.dumps(kept) + "\n"
        remove_left_over(self._file.parent)
        write_whole(self._file, lambda new: new.write_text(text, encoding="utf-8"))

    def _read(self) -> dict[tuple[str, int, int, int], dict[str, Any]]:
        try:
            kept = parse_json(self._file.read_bytes())
            settings, digest = dict(kept["settings"]), kept["data"]
            fits = {
                tuple(fit[name] for name in _KEY): {
                    "predicted": list(fit["predicted"]),
                    "seconds": float(fit["seconds"]),
                }
                for fit in kept["fits"]
            }
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInputError(
                f"{self._file} is damaged ({type(error).__name__}: {error}). Remove "
                "it, and everything is fitted anew, or give another folder."
            ) from error
        other = changes(settings, self._settings)
        if digest != self._digest:
            other.append("the trajectories, labels or groups were others")
        if other:
            raise InvalidInputError(
                f"{self._file} has the fits of another comparison: {'; '.join(other)}. "
                "Give another folder, or remove this one if it is not needed."
            )
        return fits

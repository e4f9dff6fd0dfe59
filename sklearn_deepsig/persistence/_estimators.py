"""Save and load the estimators of this package."""

import inspect
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sklearn.base import BaseEstimator

import sklearn_deepsig
from sklearn_deepsig.exceptions import InvalidInputTypeError, ModelFileError
from sklearn_deepsig.persistence._folder import MANIFEST, read_folder, write_folder
from sklearn_deepsig.persistence._requests import (
    metadata_requests,
    set_metadata_requests,
)
from sklearn_deepsig.persistence._values import ValueReader, ValueWriter

__all__ = ["load", "save"]

# What scikit-learn keeps while a fit is watched. Callbacks are code, and no part of
# what was learned.
_OF_CALLBACKS = {
    "_callback_fit_ctx",
    "_parent_callback_ctx",
    "_skl_callbacks",
    "_skl_callbacks_to_teardown",
}
_REQUESTS = "_metadata_request"
# Fitted attributes that say what the samples were like.
_INPUT = (
    "n_features_in_",
    "n_dims_in_",
    "n_channels_",
    "feature_names_in_",
    "classes_",
)
_LONGEST_DESCRIPTION = 1000


def save(
    estimator: Any, path: str | os.PathLike[str], *, overwrite: bool = False
) -> None:
    """Save a fitted estimator of this package as a folder of JSON and arrays.

    Reading it runs no code, so that it can be shared, and it can be read by later
    versions of this package. It holds the parameters, what was learned, also by
    Adam, so that ``partial_fit`` goes on, the versions of the packages, and a
    description of the input. Callbacks are left out.

    Parameters
    ----------
    estimator : estimator
        Of a public class of this package. For a Pipeline of these and scikit-learn's
        own use ``skops.io.dump``.
    path : path-like
        The folder, which is made. It appears when it is whole.
    overwrite : bool, default=False
        Whether a saved model that is there is replaced. If that is cut short, the
        folder holds the old model or the new one. One process may write at a time.

    Raises
    ------
    InvalidInputError
        If `path` exists, unless it is a saved model and `overwrite` is true, or
        cannot be written to.
    InvalidInputTypeError
        If the estimator is of another class, or a parameter is of a kind that cannot
        be stored, such as a function. The message names it.
    StorageError
        If the disk is full, or fails otherwise. What was there before is kept.

    See Also
    --------
    load : Reads it.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import sklearn_deepsig
    >>> X = np.random.default_rng(0).normal(size=(5, 100, 3)).cumsum(axis=1)
    >>> transformer = sklearn_deepsig.LogSignatureTransformer().fit(X)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sklearn_deepsig.save(transformer, Path(folder) / "model")
    ...     again = sklearn_deepsig.load(Path(folder) / "model")
    >>> bool((again.transform(X) == transformer.transform(X)).all())
    True
    """
    name = type(estimator).__name__
    if _public_estimator(name) is not type(estimator):
        raise InvalidInputTypeError(
            f"sklearn_deepsig.save stores the public estimators of sklearn_deepsig, "
            f"but this is a {name}. For Pipelines and estimators of other packages "
            "use skops.io.dump."
        )
    state = estimator.__getstate__()
    parameters = {key: state[key] for key in estimator.get_params(deep=False)}
    fitted = {
        key: value
        for key, value in state.items()
        if key not in parameters and key not in _OF_CALLBACKS
    }
    requests = fitted.pop(_REQUESTS, None)
    writer = ValueWriter()
    content = {
        "class": name,
        "versions": _versions(),
        "input": _describe_input(fitted),
        "parameters": {k: writer.write(v, k) for k, v in parameters.items()},
        "fitted": {k: writer.write(v, k) for k, v in fitted.items()},
        "requests": None if requests is None else metadata_requests(requests),
    }
    write_folder(Path(path), content, writer.arrays, overwrite=overwrite)


def load(path: str | os.PathLike[str]) -> Any:
    """Load an estimator that `save` wrote, without running any code of the folder's.

    Parameters
    ----------
    path : path-like
        The folder.

    Returns
    -------
    estimator
        As it was saved: predictions are the same to the bit, and ``partial_fit`` and
        ``warm_start`` go on from there.

    Raises
    ------
    ModelFileError
        If the folder is missing, incomplete or damaged, was written by a later version
        in a newer format, or holds something else. The message names the file.

    See Also
    --------
    save : Writes it.

    Notes
    -----
    A model may come from anybody: links out of the folder are not followed, only
    classes of this package are made, and memory is taken for what the files hold, not
    for what they say. What is not checked is whether the model is any good, nor whether
    its parameters, such as ``checkpoint_dir``, are those you would choose.
    """
    folder = Path(path)
    document, arrays = read_folder(folder)
    try:
        return _rebuild(document, ValueReader(arrays))
    except (
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise ModelFileError(
            f"{folder / MANIFEST} does not describe an estimator of this version "
            f"({error}). Save the model again, or install the version that wrote it: "
            f"{document.get('versions')}."
        ) from error


def _rebuild(document: dict[str, Any], reader: ValueReader) -> Any:
    """Make the estimator that a manifest describes."""
    name = document["class"]
    kind = _public_estimator(name) if isinstance(name, str) else None
    if kind is None:
        raise ValueError(f"sklearn_deepsig has no estimator {name!r}")
    parameters = {k: reader.read(v) for k, v in document["parameters"].items()}
    unknown = sorted(parameters.keys() - kind().get_params(deep=False).keys())
    if unknown:
        raise ValueError(f"{name} has no parameter {unknown[0]!r}")
    estimator = kind(**parameters)
    fitted = {k: reader.read(v) for k, v in document["fitted"].items()}
    for attribute in fitted:
        # what a class or the constructor defines is not for a file to replace
        if attribute.startswith("__") or hasattr(estimator, attribute):
            raise ValueError(f"{attribute!r} is no fitted attribute of {name}")
    estimator.__setstate__(fitted)
    if document["requests"] is not None:
        set_metadata_requests(estimator, document["requests"])
    return estimator


def _public_estimator(name: str) -> Any:
    """Return the public estimator of a name, or None."""
    if name not in sklearn_deepsig.__all__:
        return None
    found = getattr(sklearn_deepsig, name)
    is_estimator = inspect.isclass(found) and issubclass(found, BaseEstimator)
    return found if is_estimator else None


def _versions() -> dict[str, str]:
    packages = ("numpy", "scikit-learn", "torch", "safetensors")
    return {
        "sklearn_deepsig": sklearn_deepsig.__version__,
        "python": platform.python_version(),
        **{package: version(package) for package in packages},
    }


def _describe_input(fitted: dict[str, Any]) -> dict[str, Any]:
    """Describe the input for a human reader; nothing is read back from this."""
    described: dict[str, Any] = {}
    for attribute in _INPUT:
        value = fitted.get(attribute)
        if value is None:
            continue
        if isinstance(value, int):
            described[attribute] = value
        else:
            described[attribute] = [str(x) for x in value[:_LONGEST_DESCRIPTION]]
    if fitted.get("reference_") is not None:
        described["n_nodes"] = len(fitted["reference_"])
    return described

"""Tell the accepted kinds of data apart without importing their packages."""

import sys
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.exceptions import InvalidInputTypeError

__all__ = [
    "as_array",
    "is_array",
    "is_graph_data",
    "is_md_trajectory",
    "is_path",
    "refuse_nested_table",
]


def is_md_trajectory(item: Any) -> bool:
    """Tell whether something is an `mdtraj.Trajectory`.

    Parameters
    ----------
    item : object
        Anything.

    Returns
    -------
    bool
        Whether it is one, or of a class derived from it.
    """
    # Nobody can hold a trajectory of mdtraj without having imported mdtraj.
    mdtraj = sys.modules.get("mdtraj")
    return mdtraj is not None and isinstance(item, mdtraj.Trajectory)


def is_graph_data(item: Any) -> bool:
    """Tell whether something looks like a `torch_geometric.data.Data`.

    Parameters
    ----------
    item : object
        Anything.

    Returns
    -------
    bool
        Whether it has positions and edges under the names they have there.
    """
    return hasattr(item, "pos") and hasattr(item, "edge_index")


def is_path(item: Any) -> bool:
    """Tell whether something is the name of a file.

    Parameters
    ----------
    item : object
        Anything.

    Returns
    -------
    bool
        Whether it is text, bytes or a path.
    """
    return isinstance(item, str | bytes | PathLike)


def is_array(item: Any) -> bool:
    """Tell whether something is an array, a tensor or a data frame.

    Parameters
    ----------
    item : object
        Anything.

    Returns
    -------
    bool
        Whether it converts itself to an array; lists do not.
    """
    return hasattr(item, "__array__")


def refuse_nested_table(X: Any) -> None:
    """Refuse a data frame whose cells are series, as sktime nests them.

    Parameters
    ----------
    X : object
        Anything.

    Raises
    ------
    InvalidInputTypeError
        If it is one.
    """
    if not (hasattr(X, "iloc") and getattr(X, "ndim", 0) == 2 and len(X)):
        return
    if any(getattr(cell, "ndim", 0) for cell in X.iloc[0]):
        raise InvalidInputTypeError(
            "X is a data frame whose cells are series. Give a list with a data frame "
            "or an array (n_frames, n_channels) for each sample; sktime's "
            'convert_to(X, "df-list") makes one.'
        )


def as_array(values: Any) -> NDArray[Any]:
    """Make an array of numbers.

    Parameters
    ----------
    values : array-like or tensor
        Numbers; a tensor may require a gradient. Not copied where avoidable.

    Returns
    -------
    ndarray
        The numbers, with NaN where a masked array masks them.

    Raises
    ------
    InvalidInputTypeError
        If there is something else than numbers in it.
    """
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    try:
        array: NDArray[Any] = np.asanyarray(values)
        if array.dtype.kind == "O":
            array = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInputTypeError(
            f"a {type(values).__name__} cannot be read as numbers ({error})."
        ) from error
    if isinstance(array, np.ma.MaskedArray):
        array = np.ma.filled(array.astype(np.float64), np.nan)
    return array

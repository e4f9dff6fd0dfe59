"""Selecting atoms by mdtraj's selection language."""

import ast
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.exceptions import InvalidInputError

__all__ = ["select_atoms"]

# Words of the language that name no atom and no residue.
_LANGUAGE = frozenset(
    "and or not name resname resid residue index element type mass chainid backbone "
    "sidechain protein water".split()
)


def select_atoms(topology: Any, selection: str) -> NDArray[np.int64]:
    """Find the atoms that a selection names.

    Parameters
    ----------
    topology : mdtraj.Topology
        Where to look.
    selection : str
        In mdtraj's selection language, such as ``"name CA"`` or ``"backbone"``.

    Returns
    -------
    ndarray of int64, shape (n_selected,)
        Indices of the atoms, ascending, at least one.

    Raises
    ------
    InvalidInputError
        If the selection cannot be read, has a word of the language where a name should
        be, as after a misspelled ``and``, or selects nothing.
    """
    from mdtraj.core.selection import parse_selection

    try:
        listed = _listed_names(parse_selection(selection).source)
        indices = np.asarray(topology.select(selection), dtype=np.int64)
    except Exception as error:  # the parser and the code it makes raise of all kinds
        raise InvalidInputError(
            f"select={selection!r} is no selection that mdtraj can read: "
            f"{_first_words(error)} See the atom selection reference at "
            "https://mdtraj.org."
        ) from error
    misread = next((word for word in listed if word.lower() in _LANGUAGE), None)
    if misread is not None:
        raise InvalidInputError(
            f"select={selection!r}: mdtraj reads {misread!r} as one of the names "
            f"{', '.join(map(repr, listed))}. Is the word before it misspelled?"
        )
    if len(indices) == 0:
        raise InvalidInputError(
            f"select={selection!r} selects none of the {topology.n_atoms} atoms. Their "
            f"names are {_some_names(topology)}."
        )
    return indices


def _listed_names(source: str) -> list[str]:
    """Return the names of all lists of names in the code that mdtraj makes."""
    return [
        name.value
        for node in ast.walk(ast.parse(source, mode="eval"))
        if isinstance(node, ast.List)
        for name in node.elts
        if isinstance(name, ast.Constant) and isinstance(name.value, str)
    ]


def _first_words(error: Exception) -> str:
    # The parser lists its whole grammar, over thousands of characters.
    text = " ".join(str(error).split())
    return text if len(text) <= 200 else f"{text[:200]}..."


def _some_names(topology: Any) -> str:
    names = sorted({atom.name for atom in topology.atoms})
    shown = ", ".join(names[:10])
    return shown if len(names) <= 10 else f"{shown} and {len(names) - 10} more"

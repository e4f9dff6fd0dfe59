"""Residues and atoms, read from the names of nodes."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["NodeLabels", "label_nodes", "residue_number"]

# Names as `sklearn_deepsig.trajectory` makes them: "ALA 86 CA", or, where several
# chains have such an atom, "ALA 86 CA chain 1"; of equal names the second ends in "#2".
_ATOM = re.compile(r"(\S+ -?\d+) (\S+?)((?: chain \d+)?)(?: #\d+)?")
_RESIDUE = re.compile(r"(\S+) (-?\d+)((?: chain \d+)?)")


class NodeLabels(NamedTuple):
    """Residues and atoms of nodes."""

    residues: list[str]
    """Names of the residues, in the order in which they first occur."""

    residue_of: NDArray[np.int64]
    """Place of each node's residue among them."""

    atoms: list[str]
    """Name of each node within its residue."""


def label_nodes(names: Sequence[str] | None, n_nodes: int) -> NodeLabels:
    """Read residues and atoms from the names of nodes.

    Parameters
    ----------
    names : sequence of str, or None
        Such as ``"ALA 86 CA"``. None for nodes without names.
    n_nodes : int
        Number of nodes.

    Returns
    -------
    NodeLabels
        Nodes that are no named atoms are residues of their own, called as they are,
        or ``"node 3"``.

    Examples
    --------
    >>> label_nodes(["ALA 86 N", "ALA 86 CA", "GLY 87 N"], 3)
    NodeLabels(residues=['ALA 86', 'GLY 87'], residue_of=array([0, 0, 1]), \
atoms=['N', 'CA', 'N'])
    """
    if names is None:
        names = [f"node {i}" for i in range(n_nodes)]
    known: dict[str, int] = {}
    places, atoms = [], []
    for name in names:
        match = _ATOM.fullmatch(name)
        residue = match[1] + match[3] if match else name
        places.append(known.setdefault(residue, len(known)))
        atoms.append(match[2] if match else name)
    return NodeLabels(list(known), np.array(places), atoms)


def residue_number(residue: str) -> tuple[str, str]:
    """Take the name of a residue apart.

    Parameters
    ----------
    residue : str
        Such as ``"ALA 86"`` or ``"ALA 86 chain 1"``.

    Returns
    -------
    number : str
        What mutants share, such as ``"86"`` or ``"86 chain 1"``; the whole name where
        it is that of no residue.
    kind : str
        What they may not share, such as ``"ALA"``; empty where there is none.
    """
    match = _RESIDUE.fullmatch(residue)
    return (match[2] + match[3], match[1]) if match else (residue, "")

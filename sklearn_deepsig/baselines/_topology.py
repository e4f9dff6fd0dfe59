"""Which atoms of a topology turn which dihedral angle."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

__all__ = [
    "ALPHA_CARBON_TYPE",
    "TYPES",
    "Dihedral",
    "Quadruple",
    "alpha_carbon_dihedrals",
    "dihedrals",
]

TYPES = ("phi", "psi", "omega", "chi1", "chi2", "chi3", "chi4", "chi5")
ALPHA_CARBON_TYPE = "CA"


class Dihedral(NamedTuple):
    """What a dihedral angle is called in every molecule that has it.

    Parameters
    ----------
    type : str
        One of `TYPES`, or `ALPHA_CARBON_TYPE`.
    chain : int
        Index of the chain.
    residue : int
        Number of the residue in its chain, as the file gives it (`resSeq`).
    copy : int
        How many residues of the chain before it have the same number: 0 unless
        there are insertions, or a file without chains repeats its numbers.
    """

    type: str
    chain: int
    residue: int
    copy: int


class Quadruple(NamedTuple):
    """The atoms of a dihedral in one molecule, and the name of its residue there."""

    atoms: tuple[int, ...]
    residue_name: str


def dihedrals(topology: Any, types: Iterable[str]) -> dict[Dihedral, Quadruple]:
    """Find the dihedrals of the given types, by mdtraj.

    Parameters
    ----------
    topology : mdtraj.Topology
        The molecule.
    types : iterable of str
        Some of `TYPES`.

    Returns
    -------
    dict of Dihedral to Quadruple
        The four atoms of each dihedral, by residue, none of them across a break of
        the chain.
    """
    from mdtraj.geometry import dihedral as finders

    atoms = list(topology.atoms)
    place = _places(topology)
    follows = _follows(topology)
    found = {}
    for name in types:
        find: Callable[[Any], Any] = getattr(finders, f"indices_{name}")
        for quadruple in find(topology).tolist():
            # The second atom is in the residue that a dihedral is named after.
            first, named, _, last = (atoms[index].residue for index in quadruple)
            if first is last or follows[last.index]:
                key = Dihedral(name, *place[named.index])
                found[key] = Quadruple(tuple(quadruple), named.name)
    return dict(sorted(found.items(), key=lambda item: item[1].atoms[1]))


def alpha_carbon_dihedrals(topology: Any) -> dict[Dihedral, Quadruple]:
    """Find the dihedrals of four consecutive C-alpha atoms.

    Parameters
    ----------
    topology : mdtraj.Topology
        The molecule, all-atom or C-alpha only.

    Returns
    -------
    dict of Dihedral to Quadruple
        The four atoms of each dihedral, none of them across a break of the chain.
        It is named after the residue of the second.
    """
    place = _places(topology)
    follows = _follows(topology)
    found = {}
    stretch: list[Any] = []  # the last C-alpha atoms in a row
    for residue in topology.residues:
        atom = next((a for a in residue.atoms if _is_alpha_carbon(a)), None)
        if atom is None or not follows[residue.index]:
            stretch = []
        if atom is None:
            continue
        stretch = [*stretch[-3:], atom]
        if len(stretch) == 4:
            named = stretch[1].residue
            key = Dihedral(ALPHA_CARBON_TYPE, *place[named.index])
            found[key] = Quadruple(tuple(a.index for a in stretch), named.name)
    return found


def _is_alpha_carbon(atom: Any) -> bool:
    return atom.name == "CA" and atom.element.symbol != "Ca"


def _places(topology: Any) -> list[tuple[int, int, int]]:
    """Give each residue its chain, its number, and its copy of that number."""
    seen: dict[tuple[int, int], int] = {}
    places = []
    for residue in topology.residues:
        key = (residue.chain.index, residue.resSeq)
        copy = seen.get(key, 0)
        seen[key] = copy + 1
        places.append((*key, copy))
    return places


def _follows(topology: Any) -> list[bool]:
    """Tell of each residue whether the one before it is its neighbour in the chain."""
    follows = []
    before = None
    for residue in topology.residues:
        # Numbers rise by one, or stay, where residues have been inserted.
        follows.append(
            before is not None
            and before.chain.index == residue.chain.index
            and residue.resSeq - before.resSeq in (0, 1)
        )
        before = residue
    return follows

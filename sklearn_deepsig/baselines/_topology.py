"""What a topology has to measure, by names that are the same in every molecule."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sklearn_deepsig.baselines._keys import (
    ALPHA_CARBON_TYPE,
    Dihedral,
    Found,
    Pair,
    Site,
)
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory import describe_sample

__all__ = [
    "alpha_carbon_dihedrals",
    "atom_sites",
    "common_keys",
    "dihedrals",
    "pairs_of",
    "residue_sites",
]


def dihedrals(topology: Any, types: Iterable[str]) -> dict[Dihedral, Found]:
    """Find the dihedrals of the given types, by mdtraj.

    Parameters
    ----------
    topology : mdtraj.Topology
        The molecule.
    types : iterable of str
        Some of `TYPES`.

    Returns
    -------
    dict of Dihedral to Found
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
                found[key] = Found(tuple(quadruple), (named.name,))
    return dict(sorted(found.items(), key=lambda item: item[1].indices[1]))


def alpha_carbon_dihedrals(topology: Any) -> dict[Dihedral, Found]:
    """Find the dihedrals of four consecutive C-alpha atoms.

    Parameters
    ----------
    topology : mdtraj.Topology
        The molecule, all-atom or C-alpha only.

    Returns
    -------
    dict of Dihedral to Found
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
            found[key] = Found(tuple(a.index for a in stretch), (named.name,))
    return found


def atom_sites(topology: Any, atoms: Iterable[int]) -> dict[Site, Found]:
    """Name atoms.

    Parameters
    ----------
    topology : mdtraj.Topology
        The molecule.
    atoms : iterable of int
        Some of its atoms.

    Returns
    -------
    dict of Site to Found
        The atoms in their order. Of several of one name in a residue, the first.
    """
    place = _places(topology)
    found: dict[Site, Found] = {}
    for index in atoms:
        atom = topology.atom(int(index))
        site = Site(*place[atom.residue.index], atom.name)
        found.setdefault(site, Found((int(index),), (atom.residue.name,)))
    return found


def residue_sites(topology: Any) -> dict[Site, Found]:
    """Name the residues of proteins, which are those with a C-alpha atom.

    Parameters
    ----------
    topology : mdtraj.Topology
        The molecule.

    Returns
    -------
    dict of Site to Found
        The residues in their order.
    """
    place = _places(topology)
    return {
        Site(*place[residue.index], ""): Found((residue.index,), (residue.name,))
        for residue in topology.residues
        if any(_is_alpha_carbon(atom) for atom in residue.atoms)
    }


def pairs_of(
    sites: Mapping[Site, Found], *, min_separation: int = 1
) -> dict[Pair, Found]:
    """Pair atoms or residues.

    Parameters
    ----------
    sites : mapping of Site to Found
        What to pair.
    min_separation : int, default=1
        How many places apart two of one chain must be at least.

    Returns
    -------
    dict of Pair to Found
        Every pair once, in the order of the first and then of the second.
    """
    named = list(sites.items())
    return {
        Pair(first, second): Found(
            one.indices + other.indices, one.residue_names + other.residue_names
        )
        for i, (first, one) in enumerate(named)
        for j, (second, other) in enumerate(named[i + 1 :], start=i + 1)
        if j - i >= min_separation or first.chain != second.chain
    }


def common_keys(tables: Sequence[Mapping[Any, Found]], what: str) -> list[Any]:
    """Find what all samples have.

    Parameters
    ----------
    tables : sequence of mapping to Found
        For each sample what it has.
    what : str
        What that is, in the plural, for the message.

    Returns
    -------
    list
        The common keys, in the order of the first sample.

    Raises
    ------
    InvalidInputError
        If there are none.
    """
    common = list(tables[0])
    for index, table in enumerate(tables):
        if table is tables[0]:
            continue
        shared = [key for key in common if key in table]
        if not shared:
            raise InvalidInputError(
                f"{describe_sample(index)} has none of the {what} of those before it: "
                f"they have {common[0].describe()}, it has "
                f"{next(iter(table)).describe()}. They are matched by chain index and "
                "residue number; number the same residues alike."
            )
        common = shared
    return common


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

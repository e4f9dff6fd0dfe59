"""Which atoms of a topology turn which dihedral angle."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory import describe_sample

__all__ = [
    "ALPHA_CARBON_TYPE",
    "TYPES",
    "Dihedral",
    "Quadruple",
    "alpha_carbon_dihedrals",
    "common_dihedrals",
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

    def describe(
        self, residue_name: str | None = None, *, with_chain: bool = True
    ) -> str:
        """Name the dihedral.

        Parameters
        ----------
        residue_name : str, optional
            Name of the residue, if it has one.
        with_chain : bool, default=True
            Whether the name says the chain.

        Returns
        -------
        str
            Such as ``"phi ALA 86 chain 0"``.
        """
        parts = [self.type, residue_name or "", str(self.residue)]
        parts += [f"#{self.copy + 1}"] if self.copy else []
        parts += [f"chain {self.chain}"] if with_chain else []
        return " ".join(part for part in parts if part)


class Quadruple(NamedTuple):
    """What a dihedral is in one molecule.

    Parameters
    ----------
    atoms : tuple of int
        Its four atoms.
    residue_name : str
        The name of its residue.
    """

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


def common_dihedrals(
    tables: Sequence[Mapping[Dihedral, Quadruple]],
) -> list[Dihedral]:
    """Find the dihedrals that all samples have.

    Parameters
    ----------
    tables : sequence of dict of Dihedral to Quadruple
        For each sample what it has.

    Returns
    -------
    list of Dihedral
        The common ones, in the order of the first sample.

    Raises
    ------
    InvalidInputError
        If there are none.
    """
    common = list(tables[0])
    for index, table in enumerate(tables):
        shared = [key for key in common if key in table]
        if not shared:
            raise InvalidInputError(
                f"{describe_sample(index)} has no dihedral in common with those "
                f"before it: they have {common[0].describe()}, it has "
                f"{next(iter(table)).describe()}. Dihedrals are matched by chain "
                "index and residue number; number the same residues alike."
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

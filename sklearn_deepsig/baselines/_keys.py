"""What is measured of molecules is called, the same in every one that has it."""

from collections.abc import Sequence
from typing import NamedTuple

__all__ = [
    "ALPHA_CARBON_TYPE",
    "TYPES",
    "Dihedral",
    "Found",
    "Pair",
    "Site",
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

    @property
    def chains(self) -> tuple[int, ...]:
        """The chain."""
        return (self.chain,)

    def describe(
        self, residue_names: Sequence[str | None] = (None,), *, with_chain: bool = True
    ) -> str:
        """Name the dihedral.

        Parameters
        ----------
        residue_names : sequence of str or None
            The name of the residue, if it has one.
        with_chain : bool, default=True
            Whether the name says the chain.

        Returns
        -------
        str
            Such as ``"phi ALA 86 chain 0"``.
        """
        parts = [self.type, residue_names[0] or "", str(self.residue)]
        parts += [f"#{self.copy + 1}"] if self.copy else []
        parts += [f"chain {self.chain}"] if with_chain else []
        return " ".join(part for part in parts if part)


class Site(NamedTuple):
    """What an atom, or a residue, is called in every molecule that has it.

    Parameters
    ----------
    chain : int
        Index of the chain.
    residue : int
        Number of the residue in its chain, as the file gives it (`resSeq`).
    copy : int
        As in `Dihedral`.
    atom : str
        Name of the atom, empty for the residue.
    """

    chain: int
    residue: int
    copy: int
    atom: str

    @property
    def chains(self) -> tuple[int, ...]:
        """The chain."""
        return (self.chain,)

    def describe(
        self, residue_names: Sequence[str | None] = (None,), *, with_chain: bool = True
    ) -> str:
        """Name the atom or the residue.

        Parameters
        ----------
        residue_names : sequence of str or None
            The name of the residue, if it has one.
        with_chain : bool, default=True
            Whether the name says the chain.

        Returns
        -------
        str
            Such as ``"ALA 86 CA chain 0"``.
        """
        parts = [residue_names[0] or "", str(self.residue)]
        parts += [f"#{self.copy + 1}"] if self.copy else []
        parts += [self.atom, f"chain {self.chain}" if with_chain else ""]
        return " ".join(part for part in parts if part)


class Pair(NamedTuple):
    """Two atoms or residues.

    Parameters
    ----------
    first, second : Site
        The two.
    """

    first: Site
    second: Site

    @property
    def chains(self) -> tuple[int, ...]:
        """The chains of both."""
        return (self.first.chain, self.second.chain)

    def describe(
        self,
        residue_names: Sequence[str | None] = (None, None),
        *,
        with_chain: bool = True,
    ) -> str:
        """Name the pair.

        Parameters
        ----------
        residue_names : sequence of str or None
            The names of both residues, if they have one.
        with_chain : bool, default=True
            Whether the name says the chains.

        Returns
        -------
        str
            Such as ``"ALA 86 - GLY 91"``.
        """
        return " - ".join(
            site.describe([name], with_chain=with_chain)
            for site, name in zip(self, residue_names, strict=True)
        )


class Found(NamedTuple):
    """What a thing that is measured is in one molecule.

    Parameters
    ----------
    indices : tuple of int
        Its atoms, or residues.
    residue_names : tuple of str
        The names of the residues that it is named after.
    """

    indices: tuple[int, ...]
    residue_names: tuple[str, ...]

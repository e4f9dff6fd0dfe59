"""Names of atoms and residues, each different from all others."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from typing import Any

__all__ = ["atom_names", "distinct_names"]


def atom_names(topology: Any) -> tuple[str, ...]:
    """Name the atoms of a topology.

    Parameters
    ----------
    topology : mdtraj.Topology
        Whose atoms.

    Returns
    -------
    tuple of str
        Such as ``"ALA 86 CA"``; see `distinct_names`.
    """
    names = [f"{a.residue.name} {a.residue.resSeq} {a.name}" for a in topology.atoms]
    return distinct_names(names, [a.residue.chain.index for a in topology.atoms])


def distinct_names(names: Sequence[str], chains: Sequence[Hashable]) -> tuple[str, ...]:
    """Tell apart what has the same name: by its chain, and then by counting.

    Parameters
    ----------
    names : sequence of str
        Names, of which some may be the same.
    chains : sequence of int
        The chain of each.

    Returns
    -------
    tuple of str
        The names; those that occur in several chains with their chain, and those that
        occur in a chain again with a number.

    Examples
    --------
    >>> from sklearn_deepsig.trajectory.names import distinct_names
    >>> distinct_names(["ALA 1", "ALA 1", "ALA 2", "ALA 2"], [0, 1, 0, 0])
    ('ALA 1 chain 0', 'ALA 1 chain 1', 'ALA 2', 'ALA 2 #2')
    """
    chains_of = defaultdict(set)
    for name, chain in zip(names, chains, strict=True):
        chains_of[name].add(chain)
    seen: Counter[str] = Counter()
    result = []
    for name, chain in zip(names, chains, strict=True):
        if len(chains_of[name]) > 1:
            name = f"{name} chain {chain}"
        seen[name] += 1
        result.append(f"{name} #{seen[name]}" if seen[name] > 1 else name)
    return tuple(result)

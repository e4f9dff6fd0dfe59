"""The mutants of a helical peptide, and the rule that says which ones are stable.

The wild type is a short alanine helix with two Glu-Lys pairs. A mutant's label is not
taken from any simulation. It follows from an estimate, in kcal/mol, of how much the
mutations change the free energy of the helix:

- the helix propensity of each residue, from the scale of Pace and Scholtz [1]_,
- minus `PAIR` for each pair of opposite charges three or four residues apart, plus
  `PAIR` for each pair of like charges. Both spacings and both orders of Glu and Lys
  stabilise a helix about equally [2]_; `PAIR` is the size of such an interaction,
  rounded.

A mutant is stabilising if the change is `STABILISING` or lower, destabilising if it is
`DESTABILISING` or higher; what lies between would have no label and is not simulated.
The charges of the chain's ends and of the helix dipole are left out.

References
----------
.. [1] C. N. Pace and J. M. Scholtz, "A helix propensity scale based on experimental
   studies of peptides and proteins", Biophys. J. 75, 422-427 (1998).
.. [2] J. M. Scholtz, H. Qian, V. H. Robbins and R. L. Baldwin, "The energetics of
   ion-pair and hydrogen-bonding interactions in a helical peptide", Biochemistry 32,
   9668-9676 (1993).
"""

import re

__all__ = [
    "DESTABILISING",
    "MUTANTS",
    "PROPENSITY",
    "STABILISING",
    "WILD_TYPE",
    "free_energy_change",
    "label",
    "mutate",
]

WILD_TYPE = "AEAAAKEAAAKEA"

# kcal/mol, relative to alanine; a high value means a poor helix former.
PROPENSITY = {
    "A": 0.0,
    "L": 0.21,
    "R": 0.21,
    "M": 0.24,
    "K": 0.26,
    "Q": 0.39,
    "E": 0.40,
    "I": 0.41,
    "W": 0.49,
    "S": 0.50,
    "Y": 0.53,
    "F": 0.54,
    "H": 0.61,
    "V": 0.61,
    "N": 0.65,
    "T": 0.66,
    "C": 0.68,
    "D": 0.69,
    "G": 1.0,
    "P": 3.16,
}
CHARGE = {"D": -1, "E": -1, "K": 1, "R": 1}
PAIR = 0.5
STABILISING = -0.2
DESTABILISING = 0.5

# The classes alternate, stabilising first, and overlap in their numbers of atoms.
MUTANTS = (
    "E12A",
    "E7G",
    "A5K",
    "A9P",
    "A8E-E12R",
    "A5T-A9V",
    "A4R",
    "A8D-A9G",
    "A9E-E12A",
    "A9T-A10K",
    "A5R-E12L",
    "A4E-A8N",
    "A9E-E12K",
    "A3D-A9P",
    "A4K-E12M",
    "A9G-K11E",
)


def mutate(name: str) -> str:
    """Write the sequence of a mutant, such as `A9G`, `A9E-E12A` or `wild-type`."""
    if name == "wild-type":
        return WILD_TYPE
    residues = list(WILD_TYPE)
    for mutation in name.split("-"):
        found = re.fullmatch(r"([A-Z])(\d+)([A-Z])", mutation)
        if found is None or found[3] not in PROPENSITY:
            raise ValueError(f"{mutation!r} of {name!r} is no mutation such as A9G.")
        position = int(found[2]) - 1
        if WILD_TYPE[position : position + 1] != found[1]:
            raise ValueError(
                f"{WILD_TYPE} has no {found[1]} at {found[2]}, for {name}."
            )
        residues[position] = found[3]
    return "".join(residues)


def free_energy_change(name: str) -> float:
    """Estimate how much a mutant's helix is less stable, in kcal/mol."""
    return _free_energy(mutate(name)) - _free_energy(WILD_TYPE)


def label(name: str) -> str:
    """Say whether a mutant is `stabilising` or `destabilising`, by the rule."""
    change = free_energy_change(name)
    if change <= STABILISING:
        return "stabilising"
    if change >= DESTABILISING:
        return "destabilising"
    raise ValueError(f"{name} changes the free energy by {change:.2f}: no label.")


def _free_energy(sequence: str) -> float:
    total = sum(PROPENSITY[residue] for residue in sequence)
    charges = [CHARGE.get(residue, 0) for residue in sequence]
    for distance in (3, 4):
        pairs = zip(charges[:-distance], charges[distance:], strict=True)
        total += PAIR * sum(first * second for first, second in pairs)
    return total

"""Coordinates that can be used, and are hardly what they are meant to be.

They need a molecule: lengths of bonds tell the unit, and the unit cell tells a jump
over its border from a motion.
"""

import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sklearn_deepsig.exceptions import ImplausibleTrajectoryWarning
from sklearn_deepsig.trajectory._kinds import is_md_trajectory
from sklearn_deepsig.trajectory.coercion import describe_sample

__all__ = ["warn_of_implausible", "warn_of_implausible_pieces"]

# Median lengths, in nm. Covalent bonds have 0.07 to 0.25, neighbouring C-alpha atoms
# 0.38, and beads of coarse-grained force fields up to 0.5.
_LONGEST_BOND, _SHORTEST_BOND = 0.7, 0.02
# Displacements are looked at in blocks of about this many numbers.
_BLOCK_SIZE = 1 << 22


def warn_of_implausible(
    X: Sequence[Any], *, periodic: bool = False, superposed: bool = False
) -> None:
    """Warn of molecules in other units, at rest, or jumping over the cell's border.

    Samples that are no `mdtraj.Trajectory` with a topology are passed over.

    Parameters
    ----------
    X : sequence
        Samples, with finite coordinates.
    periodic : bool, default=False
        Whether jumps do not matter, because what follows takes the nearest image.
    superposed : bool, default=False
        Whether jumps of a sample that is one molecule do not matter, because every
        frame is superposed.

    Warns
    -----
    ImplausibleTrajectoryWarning
        If the median bond of a sample (for C-alpha atoms alone, the median distance of
        neighbours in a chain) is longer than 0.7 nm or shorter than 0.02 nm in its
        first frame; if all frames of a sample are the same; or if two such neighbours
        are more than half a cell apart, or the mean position of a molecule moves by as
        much from one frame to the next. The message names the first such sample and
        frame.

    Notes
    -----
    Jumps are found only where there is a unit cell. A path that jumps has an increment
    of the size of the cell, which outweighs all motion in its log-signature.
    """
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    pairs_of: dict[int, tuple[Any, NDArray[np.int64]]] = {}
    for index, item in enumerate(X):
        if not is_md_trajectory(item) or item.topology is None:
            continue
        key = id(item.topology)  # which is kept, so that its id stays its own
        if key not in pairs_of:
            pairs_of[key] = item.topology, _neighbours(item.topology)
        pairs = pairs_of[key][1]
        if unit := _describe_unit(item, pairs):
            found["unit"].append((index, unit))
        elif item.n_frames > 1 and not _moves(item.xyz[1:], item.xyz[0]):
            found["rest"].append((index, _describe_rest(item.n_frames)))
        elif not periodic and (jump := _describe_jump(item, pairs, superposed)):
            found["jump"].append((index, jump))
    for doubt in ("unit", "rest", "jump"):
        for index, text in found[doubt][:1]:
            count = len(found[doubt])
            also = f" (so do {count - 1} more samples)" if count > 1 else ""
            warnings.warn(
                f"{describe_sample(index)} {text}{also}.",
                ImplausibleTrajectoryWarning,
                stacklevel=3,
            )


def warn_of_implausible_pieces(
    pieces: Iterable[Any], source: str, known: set[str]
) -> Iterator[Any]:
    """Yield the pieces of a file, and warn of what `warn_of_implausible` warns of.

    Parameters
    ----------
    pieces : iterable of mdtraj.Trajectory
        The frames in order of time, all of one topology.
    source : str
        The file.
    known : set of str
        The doubts that were told of other files, which are not told again; those of
        this file are added.

    Yields
    ------
    mdtraj.Trajectory
        The pieces.

    Warns
    -----
    ImplausibleTrajectoryWarning
        As of `warn_of_implausible`, but each doubt of the first such file only.
    """

    def tell(doubt: str, text: str) -> None:
        if text and doubt not in known:
            known.add(doubt)
            warnings.warn(
                f"{source!r} {text}. Only the first such file is named.",
                ImplausibleTrajectoryWarning,
                stacklevel=3,
            )

    before: Any = None  # the last frame of the pieces so far, to see a jump from it
    n_before = 0
    other_unit = moves = False
    for piece in pieces:
        if before is None:
            pairs = _neighbours(piece.topology)
            unit = _describe_unit(piece, pairs)
            other_unit = bool(unit)
            tell("unit", unit)
            start = piece.xyz[0].copy()
        moves = moves or _moves(piece.xyz, start)
        if not other_unit and "jump" not in known:
            seen = piece if before is None else _join(before, piece)
            first = n_before + piece.n_frames - seen.n_frames
            tell("jump", _describe_jump(seen, pairs, False, first))
        before = piece.slice([-1], copy=False)
        n_before += piece.n_frames
        yield piece
    if n_before > 1 and not moves and not other_unit:
        tell("rest", _describe_rest(n_before))


def _join(before: Any, piece: Any) -> Any:
    """Put frames together, without the copy of the topology that mdtraj makes."""
    cells = {}
    if piece.unitcell_lengths is not None:
        for name in ("unitcell_lengths", "unitcell_angles"):
            cells[name] = np.concatenate([getattr(before, name), getattr(piece, name)])
    xyz = np.concatenate([before.xyz, piece.xyz])
    return type(piece)(xyz, piece.topology, **cells)


def _describe_unit(item: Any, pairs: NDArray[np.int64]) -> str:
    """Say that the first frame is in another unit than nm, if it seems so."""
    length = _median_distance(item.xyz[0], pairs)
    if 0 < length < _SHORTEST_BOND:
        return (
            f"has bonds of {length:.2g} nm, as if its coordinates were in a longer "
            "unit, such as metres. Multiply them: mdtraj reads and keeps nm"
        )
    if length <= _LONGEST_BOND:
        return ""
    return (
        f"has bonds of {length:.2g} nm, as if its coordinates were in angstrom. Divide "
        "them by 10: mdtraj reads and keeps nm"
    )


def _moves(frames: NDArray[Any], start: NDArray[Any]) -> bool:
    """Say whether a frame differs from another one; most do, so this is soon known."""
    return any((frame != start).any() for frame in frames)


def _describe_rest(n_frames: int) -> str:
    return f"has {n_frames} frames that are all the same: nothing moves in it"


def _describe_jump(
    item: Any, pairs: NDArray[np.int64], superposed: bool, n_before: int = 0
) -> str:
    """Say which frame is the first to jump or broken, `n_before` being ahead of all."""
    place = None
    if item.unitcell_lengths is not None:
        place = _first_jump(item, pairs, superposed)
    if place is None:
        return ""
    frame, atom, other = place
    jump = _describe_atoms(item, n_before + frame, atom, other)
    return (
        f"jumps over the border of its periodic cell: {jump}, before atoms are selected"
    )


def _neighbours(topology: Any) -> NDArray[np.int64]:
    """List pairs of atoms that are near: bonded, or C-alpha atoms in a row."""
    bonds = [(first.index, second.index) for first, second in topology.bonds]
    if not bonds:
        atoms = list(topology.atoms)
        bonds = [
            (first.index, second.index)
            for first, second in pairwise(atoms)
            if first.name == second.name == "CA"
            and first.residue.chain is second.residue.chain
            and second.residue.resSeq - first.residue.resSeq == 1
        ]
    return np.array(bonds, dtype=np.int64).reshape(-1, 2)


def _median_distance(frame: NDArray[Any], pairs: NDArray[np.int64]) -> float:
    if len(pairs) == 0:
        return 0.0
    steps = frame[pairs[:, 1]] - frame[pairs[:, 0]]
    return float(np.median(np.linalg.norm(steps, axis=1)))


def _first_jump(
    item: Any, pairs: NDArray[np.int64], superposed: bool
) -> tuple[int, int, int | None] | None:
    """Find the first frame in which a molecule is broken, or has jumped.

    Returns the frame and the two neighbours that are far apart, or the frame, the first
    atom of a molecule, and None.
    """
    # positions in units of the edges of the cell: x = s @ cell
    cells = item.unitcell_vectors.astype(np.float64)
    if not (np.abs(np.linalg.det(cells)) > 0).all():
        return None  # a cell without volume, as some programs write for none
    inverse = np.linalg.inv(cells)
    labels, mean_of = _molecules(item.n_atoms, pairs)
    may_move = superposed and mean_of.shape[0] == 1
    n_block = max(1, _BLOCK_SIZE // max(1, item.xyz[0].size + 3 * len(pairs)))
    for start in range(0, item.n_frames, n_block):
        stop = min(start + n_block, item.n_frames)
        first = max(start - 1, 0)  # for the displacement from the frame before
        frames = item.xyz[first:stop]
        bonds = frames[:, pairs[:, 1]] - frames[:, pairs[:, 0]]
        apart = _shares(bonds, inverse[first:stop])
        # a molecule may tumble, so that single atoms move far
        flat = frames.transpose(1, 0, 2).reshape(item.n_atoms, -1)
        means = (mean_of @ flat).reshape(-1, len(frames), 3).transpose(1, 0, 2)
        moved = _shares(np.diff(means, axis=0), inverse[first + 1 : stop])
        for offset in range(len(frames)):
            if len(pairs) and apart[offset].max() > 0.5:
                one, other = pairs[int(apart[offset].argmax())]
                return first + offset, int(one), int(other)
            if offset and not may_move and moved[offset - 1].max() > 0.5:
                molecule = int(moved[offset - 1].argmax())
                return first + offset, int(np.argmax(labels == molecule)), None
    return None


def _molecules(
    n_atoms: int, pairs: NDArray[np.int64]
) -> tuple[NDArray[np.int64], csr_array]:
    """Find connected parts: their numbers, and the matrix that averages over each."""
    ones = np.ones(len(pairs))
    ends = pairs.T.astype(np.int32)  # csgraph of SciPy 1.11 takes no int64
    graph = csr_array((ones, (ends[0], ends[1])), shape=(n_atoms, n_atoms))
    n_parts, labels = connected_components(graph, directed=False)
    shares = 1.0 / np.bincount(labels)[labels]
    places = labels, np.arange(n_atoms)
    return labels, csr_array((shares, places), shape=(n_parts, n_atoms))


def _shares(steps: NDArray[Any], inverse: NDArray[Any]) -> NDArray[Any]:
    """Return the largest share of an edge of the cell that each step covers."""
    shares: NDArray[Any] = np.abs(steps @ inverse.astype(steps.dtype)).max(axis=-1)
    return shares


def _describe_atoms(item: Any, frame: int, atom: int, other: int | None) -> str:
    name = str(item.topology.atom(atom))
    if other is None:
        return (
            f"the molecule of atom {name} moves by half of it before frame {frame}. "
            "Superpose the frames, or keep the molecule in place with mdtraj's "
            "trajectory.image_molecules(anchor_molecules=[...]), whose anchors are "
            "sets of atoms, such as set(trajectory.topology.atoms) of one molecule"
        )
    return (
        f"in frame {frame} atoms {name} and {item.topology.atom(other)}, which are "
        "neighbours, are more than half of it apart. Make molecules whole with "
        "mdtraj's trajectory.make_molecules_whole()"
    )

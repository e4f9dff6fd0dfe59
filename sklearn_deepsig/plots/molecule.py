"""An attribution in three dimensions: a page for browsers, and a PDB."""

import tempfile
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.inspection import Attribution
from sklearn_deepsig.plots._page import molecule_page
from sklearn_deepsig.storage import make_writable_folder, write_whole
from sklearn_deepsig.trajectory import is_md_trajectory
from sklearn_deepsig.trajectory.names import atom_names

__all__ = ["ViewFiles", "view"]

# mdtraj writes B-factors above -10 only, with two decimals.
_LARGEST_B = 9.99
# Browsers without a graphics card take minutes for the bonds of more atoms.
_MOST_STICKS = 2000
# Blue, grey and red: white would not be seen on white.
_COLORS = np.array([(33, 102, 172), (224, 224, 224), (178, 24, 43)], dtype=float)


class ViewFiles(NamedTuple):
    """What :func:`view` wrote.

    Parameters
    ----------
    html : pathlib.Path
        The page.
    pdb : pathlib.Path
        The molecule, with contributions as B-factors.
    scale : float
        Contribution of an atom whose B-factor is 1.
    """

    html: Path
    pdb: Path
    scale: float


def view(
    attribution: Attribution,
    trajectory: Any,
    file: str | PathLike[str],
    *,
    frame: int = 0,
    n_atoms: int = 3,
    n_interactions: int = 10,
    by: str = "score",
    title: str = "Contributions to the prediction",
    library: str | PathLike[str] | None = None,
) -> ViewFiles:
    """Write a page that shows an attribution on the molecule, and a PDB beside it.

    The page stands by itself. Atoms are coloured by their contribution, those that
    matter most are named, and the interactions that matter most are dashed lines. In
    PyMOL, ``spectrum b, blue_white_red, minimum=-9.99, maximum=9.99`` colours the PDB
    in the same way; in VMD, colour by beta.

    Parameters
    ----------
    attribution : Attribution
        What `sklearn_deepsig.inspection.attribute` returns.
    trajectory : mdtraj.Trajectory
        The molecule, in nm. It may have more atoms than the model saw, such as all
        where the model saw the C-alpha atoms; those contribute nothing. Atoms are
        found by their names, or, where the nodes have none, by their order.
    file : path-like
        Where to write the page, which ends in ``.html``. The PDB gets the same name
        with ``.pdb``. Existing files are replaced.
    frame : int, default=0
        Which frame to show.
    n_atoms : int, default=3
        How many atoms to name (paper, section 4.2: three).
    n_interactions : int, default=10
        How many interactions to draw.
    by : {"score", "magnitude"}, default="score"
        Which: those that speak most for what is explained, or those that count most,
        for it or against it.
    title : str, default="Contributions to the prediction"
        Heading of the page.
    library : path-like, optional
        A copy of ``3Dmol-min.js``, to be embedded, so that the page works without a
        network. By default the page loads version 2.5.5 of 3Dmol.js from
        https://cdn.jsdelivr.net/npm/3dmol@2.5.5/build/3Dmol-min.js and checks its hash.

    Returns
    -------
    ViewFiles
        What was written, and the scale of the B-factors: mdtraj writes them from
        -9.99 on with two decimals, so the largest magnitude becomes 9.99.

    Raises
    ------
    InvalidInputTypeError
        If `trajectory` is no `mdtraj.Trajectory` with a topology.
    InvalidInputError
        If its atoms are not those of the attribution, it has no such frame, a number
        or the ending of `file` cannot be used, or a file cannot be read or written.
    MissingDependencyError
        If pandas is not installed.

    Warns
    -----
    UninformativeFeaturesWarning
        If no pair contributes anything, or all named are negative by their score.
    """
    page = Path(file).expanduser()
    if page.suffix.lower() not in (".html", ".htm"):
        raise InvalidInputError(f"file={str(file)!r} must end in .html.")
    if not is_md_trajectory(trajectory) or trajectory.topology is None:
        raise InvalidInputTypeError(
            f"trajectory is of type {type(trajectory).__name__}; the PDB needs the "
            "topology of an mdtraj.Trajectory."
        )
    if not -trajectory.n_frames <= frame < trajectory.n_frames:
        raise InvalidInputError(
            f"frame={frame}, but the trajectory has {trajectory.n_frames} frames."
        )
    script = None if library is None else _read_library(library)
    molecule = trajectory[frame]
    names = atom_names(molecule.topology)
    atoms = _atoms_of_nodes(attribution, names)
    scores = np.zeros(len(names))
    scores[atoms] = attribution.node_scores
    limit = float(np.abs(scores).max()) or 1.0
    scale = limit / _LARGEST_B
    pdb = _pdb_text(molecule, scores / scale, scale)
    best = attribution.critical_atoms(n_atoms, by=by)
    pairs = attribution.critical_interactions(n_interactions, by=by)
    positions = molecule.xyz[0]
    data = {
        "pdb": pdb,
        "names": names,
        "scores": scores.tolist(),
        "colors": [_color(value / limit) for value in scores],
        "limit": limit,
        "how": "raise the output" if by == "score" else "contribute",
        "backbone": _backbone(molecule.topology),
        "sticks": len(names) <= _MOST_STICKS or _backbone(molecule.topology) is None,
        "spheres": [int(atom) for atom in atoms],
        "atoms": [
            {"index": int(atoms[node]), "score": float(score)}
            for node, score in zip(best["node"], best["score"], strict=True)
        ],
        "interactions": [
            _interaction(int(atoms[first]), int(atoms[second]), float(score), positions)
            for first, second, score in zip(
                pairs["node_1"], pairs["node_2"], pairs["score"], strict=True
            )
        ],
    }
    make_writable_folder(page.parent, "the folder of file")
    text = molecule_page(title, data, script)
    beside = page.with_suffix(".pdb")
    write_whole(beside, lambda path: path.write_text(pdb, encoding="utf-8"))
    write_whole(page, lambda path: path.write_text(text, encoding="utf-8"))
    return ViewFiles(page, beside, scale)


def _read_library(library: str | PathLike[str]) -> bytes:
    path = Path(library).expanduser()
    try:
        script = path.read_bytes()
    except OSError as error:
        raise InvalidInputError(
            f"library={str(library)!r} cannot be read ({error.strerror}). Give a copy "
            "of 3Dmol-min.js, or None to load it from the network."
        ) from error
    if b"3Dmol" not in script:
        raise InvalidInputError(
            f"library={str(library)!r} is not 3Dmol.js. Give a copy of 3Dmol-min.js, "
            "or None to load it from the network."
        )
    return script


def _atoms_of_nodes(
    attribution: Attribution, names: tuple[str, ...]
) -> NDArray[np.int64]:
    """Find the atom that each node is."""
    nodes = attribution.node_names
    n_nodes = len(attribution.node_scores)
    if nodes is None:
        if n_nodes != len(names):
            raise InvalidInputError(
                f"the trajectory has {len(names)} atoms, but the attribution {n_nodes} "
                "nodes without names. Select the atoms that the model saw."
            )
        return np.arange(n_nodes)
    places = {name: index for index, name in enumerate(names)}
    for name in nodes:
        if name not in places:
            raise InvalidInputError(
                f"the trajectory has no atom {name!r}, which is a node of the "
                "attribution. Give the trajectory that was attributed, or one of the "
                "same molecule."
            )
    return np.array([places[name] for name in nodes])


def _pdb_text(molecule: Any, factors: NDArray[np.float64], scale: float) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "molecule.pdb"
        molecule.save_pdb(str(path), bfactors=factors.round(2) + 0.0)  # no -0.00
        text = path.read_text(encoding="utf-8")
    return f"REMARK   1 CONTRIBUTION = B-FACTOR * {scale:.6E}\n{text}"


def _color(value: float) -> str:
    """Return the colour of a contribution from -1 to 1."""
    end = _COLORS[2 if value > 0 else 0]
    mixed = _COLORS[1] + abs(value) * (end - _COLORS[1])
    return "#" + "".join(f"{round(part):02x}" for part in mixed)


def _backbone(topology: Any) -> str | None:
    """Say how to draw the chain: as a ribbon, through C-alpha atoms alone, or not."""
    names = {atom.name for atom in topology.atoms}
    if {"N", "CA", "C", "O"} <= names:
        return "cartoon"
    return "trace" if "CA" in names else None


def _interaction(
    first: int, second: int, score: float, positions: NDArray[np.floating]
) -> dict[str, Any]:
    distance = np.linalg.norm(positions[first] - positions[second])
    return {
        "first": first,
        "second": second,
        "score": score,
        "distance": float(distance),
        "color": _color(1.0 if score > 0 else -1.0),
    }

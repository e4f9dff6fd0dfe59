"""Small molecules with known geometry, made without the package under test."""

import mdtraj as md
import numpy as np

ATOMS = (("N", "N"), ("CA", "C"), ("C", "C"), ("O", "O"), ("CB", "C"))


def make_peptide(n_residues=5, n_frames=10, seed=0, *, phi=None, psi=None, bonds=True):
    """Polyalanine of heavy atoms (N, CA, C, O, CB) with ideal bonds and angles, in nm.

    phi and psi, shape (n_frames, n_residues) in radians, default to an alpha helix
    whose torsions walk at random; phi of the first and psi of the last residue turn
    no four backbone atoms. Frames are 1 ps apart.
    """
    rng = np.random.default_rng(seed)
    shape = (n_frames, n_residues)
    if phi is None:
        phi = np.radians(-57) + rng.normal(scale=0.05, size=shape).cumsum(axis=0)
    if psi is None:
        psi = np.radians(-47) + rng.normal(scale=0.05, size=shape).cumsum(axis=0)
    xyz = np.zeros((n_frames, n_residues, len(ATOMS), 3))
    n, ca, c, o, cb = np.moveaxis(xyz, 2, 0)  # views, (n_frames, n_residues, 3)
    for i in range(n_residues):
        if i == 0:
            ca[:, 0] = [0.1458, 0, 0]
            c[:, 0] = _place(np.array([0.0, 1, 0]), n[:, 0], ca[:, 0], 0.1525, 111, 0.3)
        else:
            n[:, i] = _place(
                n[:, i - 1], ca[:, i - 1], c[:, i - 1], 0.1329, 116.2, psi[:, i - 1]
            )
            ca[:, i] = _place(ca[:, i - 1], c[:, i - 1], n[:, i], 0.1458, 121.7, np.pi)
            c[:, i] = _place(c[:, i - 1], n[:, i], ca[:, i], 0.1525, 111, phi[:, i])
        o[:, i] = _place(n[:, i], ca[:, i], c[:, i], 0.1231, 120.1, psi[:, i] + np.pi)
        cb[:, i] = _place(c[:, i], n[:, i], ca[:, i], 0.153, 110.5, np.radians(-122.8))
    topology = _topology(n_residues, bonds)
    return md.Trajectory(
        xyz.reshape(n_frames, -1, 3).astype(np.float32),
        topology,
        time=np.arange(n_frames, dtype=float),
    )


def alpha_carbons(trajectory):
    """Keep the C-alpha atoms."""
    return trajectory.atom_slice(trajectory.topology.select("name CA"))


def windows_of(trajectory, n_windows):
    """Cut into windows of equal length that share the topology."""
    length = trajectory.n_frames // n_windows
    return [
        trajectory.slice(slice(i * length, (i + 1) * length), copy=False)
        for i in range(n_windows)
    ]


def _topology(n_residues, bonds):
    topology = md.Topology()
    chain = topology.add_chain()
    previous = None
    for i in range(n_residues):
        residue = topology.add_residue("ALA", chain, resSeq=i + 1)
        n, ca, c, o, cb = (
            topology.add_atom(name, md.element.get_by_symbol(symbol), residue)
            for name, symbol in ATOMS
        )
        if bonds:
            for first, second in [(n, ca), (ca, c), (c, o), (ca, cb)]:
                topology.add_bond(first, second)
            if previous is not None:
                topology.add_bond(previous, n)
        previous = c
    return topology


def _place(a, b, c, length, angle, torsion):
    """Atom at a distance from c, a bond angle (degrees) at c and a torsion a-b-c-."""
    angle = np.radians(180 - angle)
    torsion = np.asarray(torsion)[..., None]
    bc = _unit(c - b)
    normal = _unit(np.cross(b - a, bc))
    side = np.cross(normal, bc)
    direction = (
        np.cos(angle) * bc
        + np.sin(angle) * np.cos(torsion) * side
        + np.sin(angle) * np.sin(torsion) * normal
    )
    return c + length * direction


def _unit(vector):
    return vector / np.linalg.norm(vector, axis=-1, keepdims=True)

"""Reading files in a process of its own, because some of them crash the reader.

The C libraries behind xtc, h5 and other binary formats can end the whole process at a
damaged file. One server, `_read_server.py`, is started at the first such file, kept for
all others, and ends with this process. A file that is read piece by piece has the
server for itself until its end; a file that is read meanwhile starts another server.
"""

import atexit
import os
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.trajectory._read_process import ReadError, Refused, Server

__all__ = ["ARRAYS", "ReadError", "read_file", "read_pieces", "read_topology"]

# A file, or a piece of one, may take this many seconds, and one more for each megabyte.
SECONDS = 60


def read_file(
    path: Path,
    n_atoms: int | None,
    *,
    stride: int = 1,
    atoms: NDArray[np.int64] | None = None,
) -> dict[str, NDArray[Any] | None]:
    """Read a trajectory file by mdtraj, in the other process.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    n_atoms : int or None
        Number of atoms of its topology; None for formats that hold a topology.
    stride : int
        Read every stride-th frame.
    atoms : ndarray of int64, shape (n_selected,), optional
        Read these atoms only.

    Returns
    -------
    dict
        ``xyz``, ``time``, ``unitcell_lengths`` and ``unitcell_angles``, as they are in
        an `mdtraj.Trajectory`; None for what the file does not have.

    Raises
    ------
    ReadError
        If mdtraj cannot read the file, or crashes or takes too long while it does.
    DeepSignatureError
        If the other process cannot be started.
    """
    arrays: dict[str, NDArray[Any] | None] = dict.fromkeys(ARRAYS)
    arrays.update(_ask(path, n_atoms=n_atoms, stride=stride, atoms=atoms)["arrays"])
    return arrays


def read_pieces(
    path: Path, n_atoms: int | None, n_frames: int, n_bytes: int
) -> Generator[dict[str, NDArray[Any] | None], None, None]:
    """Read a trajectory file piece by piece by mdtraj, in the other process.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    n_atoms : int or None
        As for :func:`read_file`.
    n_frames : int
        Frames of a piece; the last may have fewer.
    n_bytes : int
        Size of the coordinates of a piece, which its time limit is made from.

    Yields
    ------
    dict
        As of :func:`read_file`, of the next frames. The other process reads one piece
        ahead, and then waits until it is asked for.

    Raises
    ------
    ReadError
        If mdtraj cannot read the file, or crashes or takes too long for a piece.
    DeepSignatureError
        As for :func:`read_file`.
    """
    request = _request(path, n_bytes, n_atoms=n_atoms, chunk=n_frames)
    server = _take_server()
    in_order = False
    try:
        server.ask(request)
        while not (answer := server.answer()).get("end"):
            arrays: dict[str, NDArray[Any] | None] = dict.fromkeys(ARRAYS)
            arrays.update(answer["arrays"])
            yield arrays
        in_order = True
    except Refused:
        in_order = True
        raise
    finally:
        # Closed before the end, its pipe holds pieces that nobody will read.
        _give_back(server, keep=in_order)


def read_topology(path: Path) -> Any:
    """Read the topology that a binary trajectory file holds, in the other process.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    mdtraj.Topology
        The topology.

    Raises
    ------
    ReadError
        If mdtraj cannot read the file, or crashes or takes too long while it does.
    DeepSignatureError
        As for :func:`read_file`.
    """
    import mdtraj
    from mdtraj.core.topology import float_to_bond_type

    described = _ask(path, topology_only=True)["topology"]
    topology = mdtraj.Topology()
    for chain_id, residues in described["chains"]:
        chain = topology.add_chain()
        chain.chain_id = chain_id
        for name, number, segment, atoms in residues:
            residue = topology.add_residue(name, chain, number, segment)
            for atom_name, symbol, serial, charge in atoms:
                element = mdtraj.element.get_by_symbol(symbol)
                atom = topology.add_atom(atom_name, element, residue, serial)
                atom.formal_charge = charge
    atoms = list(topology.atoms)
    for first, second, value, order in described["bonds"]:
        kind = None if value is None else float_to_bond_type(value)
        topology.add_bond(atoms[first], atoms[second], kind, order)
    return topology


def _ask(
    path: Path, *, atoms: NDArray[np.int64] | None = None, **options: Any
) -> dict[str, Any]:
    n_selected = 0 if atoms is None else len(atoms)
    request = _request(path, path.stat().st_size, n_selected=n_selected, **options)
    with _lock:
        server = _running_server()
        server.ask(request, atoms)
        return server.answer()


def _request(path: Path, n_bytes: int, **options: Any) -> dict[str, Any]:
    seconds = SECONDS + n_bytes // 2**20
    file = str(path.absolute())
    return _WHOLE_FILE | {"file": file, "seconds": seconds} | options


ARRAYS = ("xyz", "time", "unitcell_lengths", "unitcell_angles")
_WHOLE_FILE = {
    "n_atoms": None,
    "stride": 1,
    "n_selected": 0,
    "topology_only": False,
    "chunk": None,
}
_lock = threading.Lock()
_server: Server | None = None
# Those that read a file piece by piece.
_taken: set[Server] = set()


def _running_server() -> Server:
    global _server
    if _server is None or _server.process.poll() is not None:
        if _server is not None:
            _server.stop()
        _server = Server()
    return _server


def _take_server() -> Server:
    global _server
    with _lock:
        server, _server = _running_server(), None
        _taken.add(server)
    return server


def _give_back(server: Server, keep: bool) -> None:
    """Keep one server for the next file, and stop what is more."""
    global _server
    if keep:  # never in a generator that the garbage collector closes: it must not wait
        with _lock:
            if _server is None:
                _server = server
            else:
                keep = False
    if not keep:
        server.stop()
    _taken.discard(server)


def _after_fork() -> None:
    global _lock, _server
    _lock = threading.Lock()
    for server in _all_servers():
        server.let_go()
    _server = None
    _taken.clear()


def _at_exit() -> None:
    for server in _all_servers():
        server.stop()


def _all_servers() -> list[Server]:
    return [*_taken, *([] if _server is None else [_server])]


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

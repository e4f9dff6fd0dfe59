"""Reading files in a process of its own, because some of them crash the reader.

The C libraries behind xtc, h5 and other binary formats can end the whole process at a
damaged file. One server, `_read_server.py`, is started at the first such file, kept for
all others, and ends with this process.
"""

import atexit
import contextlib
import json
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.exceptions import DeepSignatureError

__all__ = ["ReadError", "read_file", "read_topology"]

# A file may take this many seconds, and one more for each megabyte.
SECONDS = 60


class ReadError(Exception):
    """What went wrong with a file in the other process, or how the process ended.

    Parameters
    ----------
    message : str
        The error.
    atoms_differ : bool
        Whether the file does not have the number of atoms that was asked for.
    """

    def __init__(self, message: str, atoms_differ: bool = False) -> None:
        super().__init__(message)
        self.atoms_differ = atoms_differ


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
    arrays: dict[str, NDArray[Any] | None] = dict.fromkeys(_ARRAYS)
    arrays.update(_ask(path, n_atoms=n_atoms, stride=stride, atoms=atoms)["arrays"])
    return arrays


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
    for first, second, kind, order in described["bonds"]:
        topology.add_bond(atoms[first], atoms[second], float_to_bond_type(kind), order)
    return topology


def _ask(
    path: Path,
    *,
    n_atoms: int | None = None,
    stride: int = 1,
    atoms: NDArray[np.int64] | None = None,
    topology_only: bool = False,
) -> dict[str, Any]:
    request = {
        "file": str(path.absolute()),
        "n_atoms": n_atoms,
        "stride": stride,
        "n_selected": 0 if atoms is None else len(atoms),
        "topology_only": topology_only,
        "seconds": SECONDS + path.stat().st_size // 2**20,
    }
    with _lock:
        return _running_server().ask(request, atoms)


class _Server:
    """The other process, and the two pipes to it."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("_read_server.py")
        try:
            # -P: not the script's folder, whose names are too common
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-W", "ignore", str(script)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # so that it can be stopped with what it forks, and Ctrl-C is ours
                start_new_session=True,
            )
        except OSError as error:
            raise DeepSignatureError(_NO_SERVER.format(error)) from error
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.requests, self.answers = self.process.stdin, self.process.stdout
        try:
            with self._stopped_if_interrupted():
                path = [entry for entry in sys.path if isinstance(entry, str)]
                self._send({"path": path})
                started = self._receive()
        except ReadError as error:
            raise DeepSignatureError(_NO_SERVER.format(error)) from error
        if started["error"] is not None:
            self.stop()
            raise DeepSignatureError(_NO_SERVER.format(started["error"]))

    def ask(self, request: Any, atoms: NDArray[np.int64] | None) -> dict[str, Any]:
        with self._stopped_if_interrupted():
            self._send(request, b"" if atoms is None else atoms.tobytes())
            answer = self._receive()
            if answer["error"] is not None:
                raise _Refused(answer["error"], answer.get("atoms_differ", False))
            arrays = answer.get("arrays", {})
            for name, (dtype, shape) in arrays.items():
                arrays[name] = np.empty(shape, dtype)
                self._fill(memoryview(arrays[name]).cast("B"))
            return dict(answer)

    def stop(self) -> None:
        if self.process.poll() is None:
            self._kill()
        self._close()
        self.process.wait()

    def let_go(self) -> None:
        """Forget the process of a parent that was forked."""
        self._close()
        self.process.returncode = 0  # it is not ours to wait for

    def _kill(self) -> None:
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()

    def _close(self) -> None:
        for stream in (self.requests, self.answers):
            with contextlib.suppress(OSError):
                stream.close()

    def _send(self, request: Any, rest: bytes = b"") -> None:
        head = json.dumps(request).encode()
        try:
            self.requests.write(struct.pack("<Q", len(head)) + head + rest)
            self.requests.flush()
        except OSError as error:
            raise self._ended() from error

    def _receive(self) -> Any:
        size = self.answers.read(8)
        if len(size) < 8:
            raise self._ended()
        head = self.answers.read(struct.unpack("<Q", size)[0])
        try:
            return json.loads(head)
        except ValueError as error:
            raise self._ended() from error

    def _fill(self, buffer: memoryview) -> None:
        while len(buffer):
            n_read = self.answers.readinto(buffer)  # type: ignore[attr-defined]
            if not n_read:
                raise self._ended()
            buffer = buffer[n_read:]

    def _ended(self) -> ReadError:
        """Say how the process ended, by its exit status."""
        self._close()
        try:
            status = self.process.wait(5)
        except subprocess.TimeoutExpired:
            self._kill()
            status = self.process.wait()
        number = -status if status < 0 else status - 128
        try:
            name = signal.Signals(number).name
        except ValueError:
            return ReadError(f"the reading process ended with status {status}")
        if name == "SIGALRM":
            return ReadError("reading took too long and was stopped")
        return ReadError(f"the reading process crashed with {name}")

    @contextlib.contextmanager
    def _stopped_if_interrupted(self) -> Iterator[None]:
        """Leave no process whose pipes hold half an answer, also after Ctrl-C."""
        try:
            yield
        except _Refused:
            raise
        except BaseException:
            self.stop()
            raise


class _Refused(ReadError):
    """The file was refused in good order, so that the process can go on."""


_NO_SERVER = (
    "the process that reads trajectory files cannot be started ({}). It runs "
    "sys.executable and imports mdtraj; see that both work, or load the file by "
    "mdtraj.load."
)
_ARRAYS = ("xyz", "time", "unitcell_lengths", "unitcell_angles")
_lock = threading.Lock()
_server: _Server | None = None


def _running_server() -> _Server:
    global _server
    if _server is None or _server.process.poll() is not None:
        if _server is not None:
            _server.stop()
        _server = _Server()
    return _server


def _after_fork() -> None:
    global _lock, _server
    _lock = threading.Lock()
    if _server is not None:
        _server.let_go()
    _server = None


def _at_exit() -> None:
    if _server is not None:
        _server.stop()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

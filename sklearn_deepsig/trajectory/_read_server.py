"""A process of its own that reads files by mdtraj, so that a crash ends only it.

It is run as a script and imports nothing of the package: it starts as fast as mdtraj
does. On its standard input it gets requests, on its standard output it answers; both
are a length (8 bytes), JSON of this length, and then the arrays that the JSON names.
A file that is asked for in chunks is answered by one answer for each, and one that says
that it was the last; the pipe makes it wait for whoever reads them.
It forks for each request, where the system can: what a damaged file does to the memory
of one process is gone before the next file is read. At the end of its input it ends.
"""

import importlib
import json
import os
import signal
import struct
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

_ARRAYS = ("xyz", "time", "unitcell_lengths", "unitcell_angles")


def main() -> None:
    """Answer requests until the input ends."""
    requests, answers = _own_streams()
    received = _receive(requests)
    if received is None:
        return
    sys.path[:] = received[0]["path"]
    warnings.simplefilter("ignore")
    try:
        import mdtraj  # noqa: F401
    except Exception as error:
        _send(answers, {"error": f"{type(error).__name__}: {error}"})
        return
    _send(answers, {"error": None})
    while (received := _receive(requests)) is not None:
        request, atoms = received
        _prepare(request)
        if not hasattr(os, "fork"):
            _answer(answers, request, atoms)
            continue
        process = os.fork()
        if process == 0:
            try:
                _limit()
                _answer(answers, request, atoms)
                os._exit(0)
            finally:
                os._exit(1)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        if status != 0:
            # Half an answer may have been written: whoever asks starts another server,
            # and learns from this one's status what happened.
            os._exit(-status + 128 if status < 0 else status)


def _own_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keep the standard streams for us: libraries print to them, also from C."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    return requests, answers


def _receive(requests: BinaryIO) -> tuple[Any, bytes] | None:
    head = requests.read(8)
    if len(head) < 8:
        return None
    request = json.loads(requests.read(struct.unpack("<Q", head)[0]))
    return request, requests.read(8 * request.get("n_selected", 0))


def _send(answers: BinaryIO, answer: Any, arrays: Sequence[Any] = ()) -> None:
    head = json.dumps(answer).encode()
    answers.write(struct.pack("<Q", len(head)) + head)
    for array in arrays:
        answers.write(memoryview(array).cast("B"))
    answers.flush()


def _limit() -> None:
    """Refuse memory that there is not."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with open("/proc/meminfo") as file:
            sizes = dict(line.split(":") for line in file)
        with open("/proc/self/statm") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
    except OSError:  # no Linux
        return
    free = int(sizes["MemAvailable"].split()[0]) * 1024
    limit = used + free
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _answer(answers: BinaryIO, request: Any, atoms: bytes) -> None:
    import numpy as np

    pieces = _load(request, np.frombuffer(atoms, np.int64))
    more = True
    while more:
        # The limit is on the reading of a piece, not on whoever waits to take it.
        _set_alarm(request["seconds"])
        try:
            answer, arrays = _next(pieces, request)
        except MemoryError:
            error = "MemoryError: it needs more memory than there is"
            answer, arrays = {"error": error}, []
        except Exception as error:
            answer, arrays = _describe_error(error), []
        _set_alarm(0)
        _send(answers, answer, arrays)
        more = request["chunk"] is not None and "arrays" in answer


def _set_alarm(seconds: int) -> None:
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


def _next(pieces: Iterator[Any], request: Any) -> tuple[dict[str, Any], list[Any]]:
    """Read a piece, and return an answer and its arrays."""
    import numpy as np

    loaded = next(pieces, None)
    if loaded is None:
        return {"error": None, "end": True}, []
    if request["topology_only"]:
        return {"error": None, "topology": _describe(loaded.topology)}, []
    arrays, described = [], {}
    for name in _ARRAYS:
        array = getattr(loaded, name)
        if array is not None:
            arrays.append(np.ascontiguousarray(array))
            described[name] = (arrays[-1].dtype.str, arrays[-1].shape)
    return {"error": None, "arrays": described}, arrays


def _describe_error(error: Exception) -> dict[str, Any]:
    cause = error.__cause__ or error
    atoms_differ = isinstance(cause, AssertionError) or (
        "xyz must be shape" in f"{error} {cause}"
    )
    text = f"{type(error).__name__}: {error}"
    return {"error": text, "atoms_differ": atoms_differ}


def _load(request: Any, atoms: Any) -> Iterator[Any]:
    """Yield what is asked for, at once or in chunks."""
    import mdtraj

    path, options = request["file"], {}
    if request["n_atoms"] is not None:
        options["top"] = _anonymous_topology(request["n_atoms"])
    if request["chunk"] is not None:
        yield from mdtraj.iterload(path, chunk=request["chunk"], **options)
        return
    if request["topology_only"]:
        yield mdtraj.load_frame(path, 0, **options)
        return
    if request["n_selected"]:
        # mdtraj compares the numbers of atoms only when it reads all of them.
        mdtraj.load_frame(path, 0, **options)
        options["atom_indices"] = atoms
    if request["stride"] > 1:
        options["stride"] = request["stride"]
    yield mdtraj.load(path, **options)


_anonymous: dict[int, Any] = {}


# What mdtraj imports when it reads such a file; the first one that is there.
_IMPORTS = {
    **dict.fromkeys((".nc", ".ncdf", ".netcdf", ".ncrst"), ("netCDF4", "scipy.io")),
    **dict.fromkeys((".h5", ".hdf5", ".lh5"), ("tables",)),
}


def _prepare(request: Any) -> None:
    """Do before the fork what other files will need again."""
    if request["n_atoms"] is not None:
        _anonymous_topology(request["n_atoms"])
    for name in _IMPORTS.get(os.path.splitext(request["file"])[1], ()):
        try:
            importlib.import_module(name)
        except ImportError:
            continue
        break


def _anonymous_topology(n_atoms: int) -> Any:
    """Make a topology that has only a size: whoever asks knows what the atoms are."""
    import mdtraj

    if n_atoms not in _anonymous:
        _anonymous.clear()
        topology = _anonymous[n_atoms] = mdtraj.Topology()
        residue = topology.add_residue("X", topology.add_chain())
        for _ in range(n_atoms):
            topology.add_atom("X", mdtraj.element.virtual, residue)
    return _anonymous[n_atoms]


def _describe(topology: Any) -> dict[str, Any]:
    """Describe a topology as lists."""
    chains = [
        (
            getattr(chain, "chain_id", None),
            [
                (residue.name, residue.resSeq, residue.segment_id, _atoms(residue))
                for residue in chain.residues
            ],
        )
        for chain in topology.chains
    ]
    bonds = [
        (
            bond[0].index,
            bond[1].index,
            None if bond.type is None else float(bond.type),
            bond.order,
        )
        for bond in topology.bonds
    ]
    return {"chains": chains, "bonds": bonds}


def _atoms(residue: Any) -> list[Any]:
    return [
        (atom.name, atom.element.symbol, atom.serial, _charge(atom))
        for atom in residue.atoms
    ]


def _charge(atom: Any) -> Any:
    return getattr(atom, "formal_charge", None)


if __name__ == "__main__":
    main()

"""The process that reads files: what ends it, and that nothing is left of it."""

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import joblib
import mdtraj as md
import numpy as np
import pytest

from sklearn_deepsig._optional import import_optional
from sklearn_deepsig.exceptions import DeepSignatureError, MissingDependencyError
from sklearn_deepsig.trajectory import _read_client, load_topology, load_trajectory
from tests.helpers.molecules import make_peptide

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="it forks")


@pytest.fixture
def files(tmp_path):
    peptide = make_peptide(10, 12, seed=1)
    for extension in ("xtc", "trr", "dcd", "h5", "pdb"):
        peptide.save(tmp_path / f"a.{extension}")
    return tmp_path


@pytest.fixture
def reader(tmp_path, monkeypatch):
    """Start reading processes that import an mdtraj of one function, `load`."""
    monkeypatch.setattr(_read_client, "_server", None)

    def prepare(body, after=""):
        folder = tmp_path / "fake"
        folder.mkdir()
        body = textwrap.indent(textwrap.dedent(body), "    ")
        (folder / "mdtraj.py").write_text(f"def load(path):\n{body}\n{after}\n")
        monkeypatch.syspath_prepend(folder)
        (tmp_path / "a.xtc").write_bytes(b"1")
        return lambda: _read_client.read_file(tmp_path / "a.xtc", None)

    yield prepare
    if _read_client._server is not None:
        _read_client._server.stop()


@pytest.mark.parametrize("extension", ["xtc", "trr", "dcd", "h5"])
def test_numbers_are_those_of_mdtraj(files, extension):
    top = md.load_topology(str(files / "a.pdb"))
    path = files / f"a.{extension}"
    expected = md.load(str(path), **({} if extension == "h5" else {"top": top}))
    loaded = load_trajectory(path, top)
    for name in ("xyz", "time"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(expected, name))
        assert getattr(loaded, name).dtype == getattr(expected, name).dtype
    assert loaded.xyz.flags.writeable


def test_the_topology_of_an_h5_file(files):
    topology = make_peptide(3, 1).topology
    next(topology.chains).chain_id = "Q"
    next(topology.residues).segment_id = "SEG"
    a, b, *_ = topology.atoms
    topology.add_bond(a, b, type=md.core.topology.Double, order=2)
    md.Trajectory(np.zeros((1, 15, 3)), topology).save(files / "b.h5")
    expected = md.load(str(files / "b.h5")).topology
    loaded = load_topology(files / "b.h5")
    assert loaded == expected
    # "Q", but None from mdtraj 1.10
    assert [x.chain_id for x in loaded.chains] == [x.chain_id for x in expected.chains]
    assert next(loaded.residues).segment_id == "SEG"
    assert [(x.type, x.order) for x in loaded.bonds] == [
        (x.type, x.order) for x in expected.bonds
    ]


def test_a_missing_package_is_named(files, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)  # noqa: ARG005
    monkeypatch.setitem(sys.modules, "tables", None)
    with pytest.raises(MissingDependencyError, match=r"a\.h5.*pip install .*hdf5"):
        load_trajectory(files / "a.h5")
    with pytest.raises(MissingDependencyError):
        import_optional("tables", purpose="this")


# What can go wrong in the other process


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGKILL"])
def test_a_crash_is_an_error(reader, name):
    read = reader(f"import os, signal; os.kill(os.getpid(), signal.{name})")
    for _ in range(2):  # the second time in a new process
        with pytest.raises(_read_client.ReadError, match=f"crashed with {name}"):
            read()


def test_an_exit_is_an_error(reader):
    with pytest.raises(_read_client.ReadError, match="ended with status 7"):
        reader("import os; os._exit(7)")()


def test_a_hang_is_an_error(reader, monkeypatch):
    monkeypatch.setattr(_read_client, "SECONDS", 1)
    with pytest.raises(_read_client.ReadError, match="took too long"):
        reader("while True: pass")()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_endless_allocation_is_an_error(reader):
    read = reader(
        """
        import numpy
        kept = []
        while True:
            kept.append(numpy.empty(2**33))
        """
    )
    with pytest.raises(_read_client.ReadError, match="more memory than there is"):
        read()


def test_an_mdtraj_that_cannot_be_imported(reader):
    read = reader("pass", after="raise ImportError('broken')")
    with pytest.raises(DeepSignatureError, match=r"cannot be started.*broken"):
        read()


def test_what_libraries_print_is_no_answer(reader):
    read = reader(
        """
        import os, types
        os.write(1, b"dcdplugin) hello")
        print("hello", flush=True)
        names = ("xyz", "time", "unitcell_lengths", "unitcell_angles")
        return types.SimpleNamespace(**dict.fromkeys(names))
        """
    )
    assert read()["xyz"] is None


@pytest.fixture
def interruptible():
    """Heed Ctrl-C, which background jobs of a shell begin with ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_leaves_no_half_answer(reader):
    read = reader("import time; time.sleep(60)")
    main = threading.main_thread().ident
    timer = threading.Timer(1.0, signal.pthread_kill, [main, signal.SIGINT])
    timer.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        read()
    timer.join()
    assert time.monotonic() - began < 30
    assert _read_client._server.process.poll() is not None


# Where it runs, and what is left


def load(folder):
    loaded = load_trajectory(folder / "a.xtc", folder / "a.pdb")
    return loaded.n_frames, os.getpid(), _read_client._server.process.pid


@pytest.mark.parametrize("backend", ["loky", "multiprocessing", "threading"])
def test_in_workers_of_joblib(files, backend):
    own = load(files)  # the parent has one too
    found = joblib.Parallel(n_jobs=2, backend=backend)(
        joblib.delayed(load)(files) for _ in range(4)
    )
    assert all(n_frames == 12 for n_frames, *_ in found)
    servers = {worker: server for _, worker, server in found}
    if backend == "threading":
        assert set(servers.values()) == {own[2]}
    else:
        assert own[2] not in servers.values()
        assert len(set(servers.values())) == len(servers)
    assert load(files) == own


def test_a_fork_has_a_process_of_its_own(files):
    own = load(files)
    context = multiprocessing.get_context("fork")
    with context.Pool(1) as pool:
        other = pool.apply(load, [files])
    assert other[2] != own[2]
    assert load(files) == own


@pytest.mark.parametrize("ending", ["", "os.kill(os.getpid(), 9)", "os._exit(0)"])
def test_nothing_is_left_of_it(files, ending):
    code = textwrap.dedent(
        f"""
        import os, sys
        from pathlib import Path
        from tests.trajectory.test_read_process import load
        print(load(Path(sys.argv[1]))[2], flush=True)
        {ending}
        """
    )
    process = subprocess.run(
        [sys.executable, "-c", code, str(files)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    server = int(process.stdout)
    deadline = time.monotonic() + 20
    while is_running(server):
        assert time.monotonic() < deadline, "it is still there"
        time.sleep(0.05)


def is_running(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    try:  # a process that nobody has waited for is none
        return Path(f"/proc/{process_id}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False

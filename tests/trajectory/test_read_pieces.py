"""Reading piece by piece in the other process: crashes, early ends, two at a time."""

import gc
import multiprocessing
import os
import re
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from sklearn_deepsig.exceptions import (
    TrajectoryFileError,
    TrajectoryFileWarning,
)
from sklearn_deepsig.trajectory import (
    _read_client,
    iterate_trajectory,
    load_trajectory,
)
from tests.helpers.molecules import make_peptide
from tests.trajectory.test_bad_files import patched
from tests.trajectory.test_read_process import is_running

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="it forks")

N_ATOMS = 50
CHUNK = 5 * 12 * N_ATOMS  # five frames


@pytest.fixture
def files(tmp_path):
    for seed, name in enumerate("ab"):
        peptide = make_peptide(10, 23, seed=seed)
        for extension in ("xtc", "trr", "dcd", "h5"):
            peptide.save(tmp_path / f"{name}.{extension}")
    peptide[0].save(tmp_path / "top.pdb")
    return tmp_path


def iterate(folder, name, **options):
    options = {"chunk_bytes": CHUNK} | options
    return iterate_trajectory(folder / name, folder / "top.pdb", **options)


def positions(pieces):
    return np.concatenate([piece.xyz for piece in pieces])


def expected(folder, name):
    return load_trajectory(folder / name, folder / "top.pdb").xyz


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Start reading processes that import an mdtraj of one function, `iterload`.

    Its body may use `piece()`, which makes frames that do not fit into a pipe.
    """
    monkeypatch.setattr(_read_client, "_server", None)
    topology = make_peptide(10, 1).topology

    def prepare(body):
        folder = tmp_path / "fake"
        folder.mkdir(exist_ok=True)
        code = """
        import os, signal, time, types
        import numpy
        def piece(n_frames=500):
            xyz = numpy.zeros((n_frames, 50, 3), numpy.float32)
            return types.SimpleNamespace(
                xyz=xyz, time=numpy.arange(n_frames, dtype=numpy.float32),
                unitcell_lengths=None, unitcell_angles=None,
            )
        def iterload(path, chunk):
        """
        body = textwrap.indent(textwrap.dedent(body), "    ")
        (folder / "mdtraj.py").write_text(textwrap.dedent(code) + body)
        monkeypatch.syspath_prepend(folder)
        # h5: of it, nothing is looked at before mdtraj does
        (tmp_path / "a.h5").write_bytes(b"1")
        # a small chunk, for its size adds to the time limit
        return iterate_trajectory(tmp_path / "a.h5", topology, chunk_bytes=1)

    yield prepare
    if _read_client._server is not None:
        _read_client._server.stop()


# What ends it


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGKILL"])
def test_a_crash_while_iterating_is_an_error(fake, name):
    pieces = fake(f"yield piece(); os.kill(os.getpid(), signal.{name})")
    assert next(pieces).n_frames == 500
    with pytest.raises(TrajectoryFileError, match=rf"a\.h5.*crashed with {name}"):
        next(pieces)
    assert not _read_client._taken


def test_an_error_while_iterating_leaves_the_process(fake):
    pieces = fake("yield piece(); raise OSError('no more')")
    next(pieces)
    with pytest.raises(TrajectoryFileError, match=r"a\.h5.*OSError: no more"):
        next(pieces)
    server = _read_client._server
    with pytest.raises(TrajectoryFileError):
        list(fake("raise OSError('none')"))
    assert _read_client._server is server
    assert server.process.poll() is None


def test_a_piece_that_hangs_is_an_error(fake, monkeypatch):
    monkeypatch.setattr(_read_client, "SECONDS", 1)
    pieces = fake("yield piece()\nwhile True: pass")
    next(pieces)
    with pytest.raises(TrajectoryFileError, match=r"a\.h5.*took too long"):
        next(pieces)


def test_a_slow_consumer_or_a_long_file_is_no_hang(fake, monkeypatch):
    monkeypatch.setattr(_read_client, "SECONDS", 1)
    pieces = fake("for _ in range(4): time.sleep(0.4); yield piece()")
    next(pieces)
    time.sleep(1.5)
    assert len(list(pieces)) == 3


def test_the_reader_waits_for_who_takes_the_pieces(fake, tmp_path):
    read = tmp_path / "read"
    pieces = fake(
        f"""
        while True:
            with open({str(read)!r}, "a") as file:
                file.write("x")
            yield piece()
        """
    )
    for _ in range(10):
        next(pieces)
    time.sleep(0.5)
    assert 10 <= read.stat().st_size <= 12
    pieces.close()


# Iterations and other files


@pytest.mark.parametrize("ending", ["close", "delete", "raise"])
def test_an_iteration_that_is_left_early_confuses_nothing(files, ending):
    whole = {name: expected(files, name) for name in ("a.xtc", "b.dcd")}
    pieces = iterate(files, "a.xtc")
    np.testing.assert_array_equal(next(pieces).xyz, whole["a.xtc"][:5])
    (server,) = _read_client._taken
    if ending == "close":
        pieces.close()
    elif ending == "raise":
        with pytest.raises(TrajectoryFileError, match="mine"):
            pieces.throw(TrajectoryFileError("mine"))
    else:
        del pieces
        gc.collect()
    assert not _read_client._taken
    assert server.process.poll() is not None
    for name, xyz in whole.items():
        np.testing.assert_array_equal(expected(files, name), xyz)
        np.testing.assert_array_equal(positions(iterate(files, name)), xyz)


def test_interleaved_iterations_and_whole_files(files):
    whole = {name: expected(files, name) for name in ("a.xtc", "b.xtc", "a.trr")}
    found = {"a.xtc": [], "b.xtc": []}
    for a, b in zip(iterate(files, "a.xtc"), iterate(files, "b.xtc"), strict=True):
        found["a.xtc"].append(a)
        found["b.xtc"].append(b)
        np.testing.assert_array_equal(expected(files, "a.trr"), whole["a.trr"])
    assert not np.array_equal(whole["a.xtc"], whole["b.xtc"])
    for name, pieces in found.items():
        np.testing.assert_array_equal(positions(pieces), whole[name])
    assert not _read_client._taken


def test_files_that_follow_each_other_share_a_process(files):
    servers = set()
    for name in ("a.xtc", "a.dcd", "b.h5"):
        list(iterate(files, name))
        servers.add(_read_client._server.process.pid)
    assert len(servers) == 1


def rest_of_an_iteration(_):
    try:
        return len(list(unfinished))
    except TrajectoryFileError as error:
        return str(error)


def test_a_fork_does_not_take_pieces_of_its_parent(files):
    global unfinished
    whole = expected(files, "a.xtc")
    unfinished = iterate(files, "a.xtc")
    first = next(unfinished)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        (other,) = pool.map(rest_of_an_iteration, [None])
    assert "forked from" in other
    np.testing.assert_array_equal(positions([first, *unfinished]), whole)


@pytest.mark.parametrize("ending", ["", "os.kill(os.getpid(), 9)", "os._exit(0)"])
def test_nothing_is_left_of_an_unfinished_iteration(files, ending):
    code = textwrap.dedent(
        f"""
        import os, sys
        from pathlib import Path
        from sklearn_deepsig.trajectory import _read_client
        from tests.trajectory.test_read_pieces import iterate
        pieces = iterate(Path(sys.argv[1]), "a.dcd", chunk_bytes=1)
        next(pieces)
        print([server.process.pid for server in _read_client._taken][0], flush=True)
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


# What is checked of a piece


def xtc_frame_starts(content):
    starts = [0]
    while (at := content.find(content[:8], starts[-1] + 8)) > 0:
        starts.append(at)
    return starts


@pytest.fixture
def broken(files):
    """Change a compressed byte of frame 12 so that an atom leaves its bounds."""
    content = (files / "a.xtc").read_bytes()
    start = xtc_frame_starts(content)[12]
    for at in range(start + 92, start + 200):
        patched(files / "a.xtc", at, bytes([content[at] ^ 0x55]))
        try:
            load_trajectory(files / "a.xtc", files / "top.pdb")
        except TrajectoryFileError as error:
            if re.search(r" frame 12 .*bounds", str(error)):
                return files
        except TrajectoryFileWarning:
            pass
        (files / "a.xtc").write_bytes(content)
    raise AssertionError("no byte moves an atom out of its bounds")


@pytest.mark.parametrize("stride", [None, 2, 3])
@pytest.mark.parametrize("select", [None, "index 0"])
def test_frames_outside_their_bounds_are_told_by_their_number(broken, stride, select):
    with pytest.raises(TrajectoryFileError, match=r"a\.xtc.* frame 12 .*bounds"):
        list(iterate(broken, "a.xtc", stride=stride, select=select))


def test_damage_of_a_frame_that_is_not_kept_is_no_matter(broken):
    assert len(positions(iterate(broken, "a.xtc", stride=5))) == 5


@pytest.mark.parametrize(("stride", "frame"), [(None, 7), (7, 14)])
def test_what_is_no_number_is_told_by_its_frame(files, stride, frame):
    peptide = make_peptide(10, 23)
    peptide.xyz[frame, 4, 1] = np.inf
    peptide.save(files / "a.dcd")
    given = {"stride": stride, "select": "index 4 to 9"}
    with pytest.raises(TrajectoryFileError, match=rf"a\.dcd.* y .*frame {frame} \("):
        list(iterate(files, "a.dcd", **given))
    assert len(positions(iterate(files, "a.dcd", select="index 5 to 9"))) == 23

"""Conversion: what it reads, what it refuses, what it keeps when it is cut short."""

import json
import os
import subprocess
import sys
import time

import mdtraj as md
import numpy as np
import pytest

from sklearn_deepsig import TrajectoryStore, load_trajectory
from sklearn_deepsig.exceptions import (
    InvalidInputError,
    InvalidInputTypeError,
    StoreFileError,
    TrajectoryFileError,
)
from sklearn_deepsig.trajectory import as_trajectories, iterate_trajectory
from tests.helpers.molecules import make_peptide
from tests.helpers.stores import LABELS, contents, write_files

FORMATS = ["xtc", "trr", "dcd", "nc", "h5", "xyz", "lammpstrj", "mdcrd", "pdb", "gro"]


@pytest.fixture
def files(tmp_path):
    return write_files(tmp_path / "files")


# What is read


# mdtraj finds a faster reader missing
@pytest.mark.filterwarnings("ignore:Warning. The 'netCDF4' Python package")
@pytest.mark.parametrize("extension", FORMATS)
def test_formats_are_read_in_pieces_as_they_are_at_once(tmp_path, extension):
    peptide = make_peptide(6, 23)
    peptide.unitcell_lengths = np.full((23, 3), 5.0)
    peptide.unitcell_angles = np.full((23, 3), 90.0)
    peptide[0].save(tmp_path / "top.pdb")
    peptide.save(tmp_path / f"a.{extension}")
    for options in ({}, {"select": "name CA or name N", "stride": 3}):
        given = tmp_path / f"a.{extension}", tmp_path / "top.pdb"
        if extension == "h5":  # which holds its own topology
            expected = peptide[:: options.get("stride", 1)]
            if options:
                expected = expected.atom_slice(peptide.top.select(options["select"]))
        else:
            expected = load_trajectory(*given, **options)
        pieces = [*iterate_trajectory(*given, chunk_bytes=5 * 12 * 30, **options)]
        xyz = np.concatenate([piece.xyz for piece in pieces])
        np.testing.assert_array_equal(xyz, expected.xyz, strict=True)
        times = np.concatenate([piece.time for piece in pieces])
        np.testing.assert_array_equal(times, expected.time)
        for name in ("unitcell_lengths", "unitcell_angles"):
            of_file = getattr(expected, name)
            if of_file is None:
                assert all(getattr(piece, name) is None for piece in pieces)
            else:
                cells = np.concatenate([getattr(piece, name) for piece in pieces])
                np.testing.assert_array_equal(cells, of_file)
        assert len({id(piece.topology) for piece in pieces}) == 1
        assert pieces[0].topology == expected.topology
        if extension not in ("pdb", "gro"):
            assert max(piece.n_frames for piece in pieces) <= 5


@pytest.mark.parametrize(
    "settings",
    [
        {"select": None},
        {"select": "backbone", "stride": 7},
        {"graph": "knn", "n_neighbors": 2},
        {"graph": "contacts", "cutoff": 0.7},
        {"graph": [[0, 1], [1, 2]]},
    ],
)
def test_settings_mean_what_they_mean_in_memory(files, tmp_path, settings):
    store = TrajectoryStore.convert(tmp_path / "store", **files, **settings)
    loading = {k: v for k, v in settings.items() if k in ("select", "stride")}
    loading = {"select": "name CA"} | loading
    loaded = [
        load_trajectory(file, files["topology"], **loading)
        for file in files["trajectories"]
    ]
    graph = {k: v for k, v in settings.items() if k not in loading}
    for sample, expected in zip(store, as_trajectories(loaded, **graph), strict=True):
        np.testing.assert_array_equal(sample.positions, expected.positions)
        np.testing.assert_array_equal(sample.edge_index, expected.edge_index)
        assert sample.node_names == expected.node_names
        assert sample.time_step == expected.time_step


def test_the_store_does_not_depend_on_the_chunks(files, tmp_path):
    for chunk in (1, 5000, 1 << 24):
        TrajectoryStore.convert(tmp_path / str(chunk), **files, chunk_bytes=chunk)
    expected = contents(tmp_path / "1")
    assert contents(tmp_path / "5000") == contents(tmp_path / str(1 << 24)) == expected


@pytest.mark.usefixtures("files")
def test_a_table_gives_labels_and_groups(tmp_path):
    lines = ["trajectory,topology,label,group"]
    for index, label in enumerate(LABELS):
        lines.append(f"files/{index}.xtc,files/top.pdb,{label},")
    table = tmp_path / "table.csv"
    table.write_text("\n".join(lines).replace(",\n", ",g\n"))
    with pytest.raises(TrajectoryFileError, match="no value in column 'group'"):
        TrajectoryStore.convert_table(tmp_path / "store", table)
    table.write_text("\n".join(line.rpartition(",")[0] for line in lines))
    lines = []
    store = TrajectoryStore.convert_table(
        tmp_path / "store", table, select="name N", graph="chain", tell=lines.append
    )
    assert store.y.tolist() == LABELS
    assert store.groups.tolist() == ["0.xtc", "1.xtc", "2.xtc", "3.xtc"]
    assert store.settings["select"] == "name N"
    assert len(lines) == 4
    assert lines[0].endswith("0.xtc: 60 frames of 8 nodes, converted")


@pytest.mark.parametrize("y", [[1, 2, 3, 4], [0.5, 1, 2, 3], [True, False] * 2, LABELS])
def test_labels_keep_their_type(files, tmp_path, y):
    store = TrajectoryStore.convert(tmp_path / "store", **(files | {"y": y}))
    np.testing.assert_array_equal(store.y, np.array(y), strict=True)


# What is refused


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"y": ["a", "b"]}, InvalidInputError, r"y has shape \(2,\) for 4 traj"),
        ({"groups": [[0, 1]] * 4}, InvalidInputError, r"groups has shape \(4, 2\)"),
        ({"y": [0.0, 1.0, np.nan, 2.0]}, InvalidInputError, "y holds NaN"),
        ({"y": [1j, 2j, 3j, 4j]}, InvalidInputError, "y holds values of type complex"),
        ({"trajectories": []}, InvalidInputError, "is empty"),
        ({"trajectories": "a.xtc"}, InvalidInputTypeError, "give a list of files"),
        ({"topology": ["a.pdb"]}, InvalidInputError, "1 files for 4 trajectories"),
        ({"topology": "no.pdb"}, TrajectoryFileError, "'no.pdb' cannot be read"),
        ({"select": "name ZZ"}, InvalidInputError, "selects none of the 40 atoms"),
        ({"select": "nonsense)"}, InvalidInputError, "0.xtc.*no selection"),
        ({"stride": 0}, InvalidInputError, "stride=0"),
        ({"graph": "delaunay"}, InvalidInputError, "graph='delaunay' is unknown"),
        ({"graph": [[0], [99]]}, InvalidInputError, "0.xtc.*refers to node 99"),
    ],
)
def test_arguments_that_cannot_be_used(files, tmp_path, changes, error, message):
    with pytest.raises(error, match=message):
        TrajectoryStore.convert(tmp_path / "store", **(files | changes))


def test_numbers_of_dimensions_and_non_finite_numbers_are_refused(files, tmp_path):
    for frame in (0, 41):  # also where the graph would be made from it
        bad = make_peptide(8, 60)
        bad.xyz[frame, 11, 2] = np.nan
        bad.save(tmp_path / "bad.dcd")
        given = files | {"trajectories": [tmp_path / "bad.dcd"] * 4}
        with pytest.raises(InvalidInputError, match=rf"bad\.dcd.*frame {frame} "):
            TrajectoryStore.convert(
                tmp_path / "store", **given, select="name CB CA", chunk_bytes=5000
            )


# Cut short


def test_a_bad_file_stops_a_conversion_that_goes_on_when_it_is_mended(files, tmp_path):
    bad = files["trajectories"][2]
    whole = bad.read_bytes()
    bad.write_bytes(whole[:-100])
    with pytest.raises(TrajectoryFileError, match=r"2\.xtc.*is truncated"):
        TrajectoryStore.convert(tmp_path / "store", **files)
    with pytest.raises(StoreFileError, match="has not ended; start it again"):
        TrajectoryStore(tmp_path / "store")
    bad.write_bytes(whole)
    told = []
    TrajectoryStore.convert(tmp_path / "store", **files, tell=told.append)
    assert [line.rpartition(" ")[2] for line in told] == [
        "kept",
        "kept",
        "converted",
        "converted",
    ]
    TrajectoryStore.convert(tmp_path / "whole", **files)
    assert contents(tmp_path / "store") == contents(tmp_path / "whole")


def test_a_file_that_has_changed_is_converted_again(files, tmp_path):
    last = files["trajectories"][3]
    whole = last.read_bytes()
    last.write_bytes(b"")
    with pytest.raises(TrajectoryFileError, match="empty"):
        TrajectoryStore.convert(tmp_path / "store", **files)
    make_peptide(8, 30, seed=9).save(files["trajectories"][0])
    last.write_bytes(whole)
    store = TrajectoryStore.convert(tmp_path / "store", **files)
    assert store[0].n_frames == 30


def test_damage_is_repaired_by_converting_again(files, tmp_path):
    store = TrajectoryStore.convert(tmp_path / "store", **files)
    expected = contents(store.folder)
    for name in expected:
        if name.endswith(".lock"):
            continue
        path = store.folder / name
        spoiled = bytearray(path.read_bytes())
        spoiled[len(spoiled) // 2] ^= 1
        path.write_bytes(spoiled)
    TrajectoryStore.convert(store.folder, **files)
    assert contents(store.folder) == expected


def test_what_a_conversion_has_done_is_not_lost_by_another_setting(files, tmp_path):
    last, folder = files["trajectories"][3], tmp_path / "store"
    whole = last.read_bytes()
    last.write_bytes(b"")
    with pytest.raises(TrajectoryFileError, match="empty"):
        TrajectoryStore.convert(folder, **files)
    with pytest.raises(InvalidInputError, match=r"beginning of .*: stride was 1"):
        TrajectoryStore.convert(folder, **files, stride=2)
    last.write_bytes(whole)
    # what is damaged says nothing, and is written anew
    for index, damaged in enumerate((b"", b"[]", b"{}")):
        (folder / f"00000{index}.json").write_bytes(damaged)
    TrajectoryStore.convert(folder, **files, stride=2)
    TrajectoryStore.convert(tmp_path / "whole", **files, stride=2)
    assert contents(folder) == contents(tmp_path / "whole")


def test_another_conversion_does_not_take_the_place_of_a_store(files, tmp_path):
    store = TrajectoryStore.convert(tmp_path / "store", **files)
    expected = contents(store.folder)
    with pytest.raises(InvalidInputError, match="another store: stride was 1, now 2"):
        TrajectoryStore.convert(store.folder, **files, stride=2)
    names = "trajectories", "y", "groups"
    shorter = {**files, **{name: files[name][:2] for name in names}}
    with pytest.raises(InvalidInputError, match="the trajectories are others"):
        TrajectoryStore.convert(store.folder, **shorter)
    assert contents(store.folder) == expected
    relabelled = files | {"y": LABELS[::-1]}
    assert TrajectoryStore.convert(store.folder, **relabelled).y.tolist() != LABELS


def test_kill_9_at_random_moments_leaves_what_is_gone_on_from(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "tests.helpers.kill_while_converting", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    log = json.loads(result.stdout)
    assert len(log) == 20
    assert all(kill["same"] for kill in log)
    # some were cut short amid the trajectories
    assert any(0 < kill["done"] < 3 for kill in log)


def run_in_tmpfs(folder, size, arguments):
    """Convert onto a file system of so many kB, in a namespace of its own."""
    code = (
        "import json, sys; from sklearn_deepsig import TrajectoryStore\n"
        "from sklearn_deepsig.exceptions import StoreFileError, InvalidInputError\n"
        "given = json.load(sys.stdin)\n"
        "try: TrajectoryStore.convert(sys.argv[1] + '/store', **given)\n"
        "except (StoreFileError, InvalidInputError) as error: print(error)\n"
        "import shutil; shutil.copytree(sys.argv[1], sys.argv[2])\n"
    )
    script = f'mount -t tmpfs -o size={size}k none "$1" && exec "$0" -c "$3" "$1" "$2"'
    mounted = folder / "mounted"
    mounted.mkdir()
    kept = folder / "kept"
    command = ["unshare", "--mount", "--map-root-user", "sh", "-c", script]
    return subprocess.run(
        [*command, sys.executable, mounted, kept, code],
        input=json.dumps(arguments, default=str),
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_full_disk_is_told_and_what_was_done_is_kept(files, tmp_path):
    try:
        probe = subprocess.run(
            ["unshare", "--mount", "--map-root-user", "true"], capture_output=True
        )
    except FileNotFoundError:
        pytest.skip("no unshare here")
    if probe.returncode:
        pytest.skip("no file systems of one's own here")
    result = run_in_tmpfs(tmp_path, 60, files)
    assert "No space left on device). Free some space" in result.stdout, result.stderr
    store = tmp_path / "kept" / "store"
    assert 1 <= len(list(store.glob("*.json"))) < 4
    assert not list(store.glob("*.partial"))
    told = []
    TrajectoryStore.convert(store, **files, tell=told.append).verify()
    assert told[0].endswith("kept")
    assert told[3].endswith("converted")


def test_a_second_conversion_into_a_folder_is_refused(files, tmp_path):
    code = (
        "import sys, time; from pathlib import Path\n"
        "from sklearn_deepsig.storage import lock_folder\n"
        "with lock_folder(Path(sys.argv[1]), 'a test'):\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    folder = tmp_path / "store"
    folder.mkdir()
    command = [sys.executable, "-c", code, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        with pytest.raises(InvalidInputError, match="is in use by process"):
            TrajectoryStore.convert(folder, **files)
        other.kill()
    TrajectoryStore.convert(folder, **files).verify()


def test_conversion_needs_little_memory(tmp_path):
    """Peak memory grows by the times, 8 bytes a frame, and not by the positions."""
    code = (
        "import resource, sys, time; from sklearn_deepsig import TrajectoryStore\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "small, large, top, out = sys.argv[1:]\n"
        "TrajectoryStore.convert(out + '/a', [small], top, select=None,"
        " chunk_bytes=1 << 20)\n"
        "before = peak()\n"
        "store = TrajectoryStore.convert(out + '/b', [large], top, select=None,"
        " chunk_bytes=1 << 20)\n"
        "print(peak() - before, store.nbytes // 1024)"
    )
    peptide = make_peptide(100, 1)
    peptide.save(tmp_path / "top.pdb")
    for name, n_frames in (("small", 1000), ("large", 20_000)):
        xyz = np.tile(peptide.xyz, (n_frames, 1, 1))
        md.Trajectory(xyz, peptide.topology).save(str(tmp_path / f"{name}.dcd"))
    names = [tmp_path / name for name in ("small.dcd", "large.dcd", "top.pdb")]
    started = time.perf_counter()
    result = subprocess.run(
        [sys.executable, "-c", code, *names, tmp_path],
        capture_output=True,
        text=True,
        check=True,
    )
    grown, stored = map(int, result.stdout.splitlines()[-1].split())
    assert stored > 110_000
    assert grown < 8_000, (grown, time.perf_counter() - started)

"""Loading files: real ones, and every way in which a file can be unusable."""

import mdtraj as md
import numpy as np
import pytest

from sklearn_deepsig.exceptions import InvalidInputError, TrajectoryFileError
from sklearn_deepsig.trajectory import (
    as_trajectories,
    iterate_trajectory,
    load_table,
    load_topology,
    load_trajectory,
)
from tests.helpers.molecules import alpha_carbons, make_peptide


@pytest.fixture
def folder(tmp_path):
    """A peptide of 50 atoms and 12 frames in several formats."""
    peptide = make_peptide(10, 12, seed=1)
    for extension in ("xtc", "trr", "dcd", "xyz", "pdb", "gro"):
        peptide.save(tmp_path / f"a.{extension}")
    peptide[0].save(tmp_path / "top.pdb")
    return tmp_path


def cut(path, n_bytes):
    content = path.read_bytes()
    path.write_bytes(content[:n_bytes])
    return path


# Loading


@pytest.mark.parametrize("extension", ["xtc", "trr", "dcd", "xyz", "gro"])
@pytest.mark.parametrize("stride", [None, 1, 5])
@pytest.mark.parametrize("select", [None, "name CA"])
def test_formats_strides_and_selections(folder, extension, stride, select):
    expected = make_peptide(10, 12, seed=1)[::stride]
    if select:
        expected = alpha_carbons(expected)
    loaded = load_trajectory(
        folder / f"a.{extension}", folder / "top.pdb", select=select, stride=stride
    )
    # the coarsest of the formats keeps three digits
    np.testing.assert_allclose(loaded.xyz, expected.xyz, atol=6e-4)
    assert [atom.name for atom in loaded.topology.atoms] == [
        atom.name for atom in expected.topology.atoms
    ]


@pytest.mark.parametrize("extension", ["pdb", "gro"])
def test_a_format_with_topology_needs_no_other(folder, extension):
    loaded = load_trajectory(str(folder / f"a.{extension}"), select="name CA", stride=2)
    assert (loaded.n_frames, loaded.n_atoms) == (6, 10)


def test_a_loaded_topology_is_shared(folder):
    topology = load_topology(folder / "top.pdb")
    first, second = (
        load_trajectory(folder / f"a.{e}", topology) for e in ("xtc", "trr")
    )
    assert first.topology is topology
    assert second.topology is topology


def test_a_loaded_trajectory_says_what_the_atoms_are(folder):
    whole = md.load(folder / "top.pdb")
    assert load_trajectory(folder / "a.xtc", whole).topology is whole.topology
    (piece,) = iterate_trajectory(folder / "a.xtc", whole)
    assert piece.topology == whole.topology


@pytest.mark.parametrize("extension", ["xtc", "dcd", "xyz"])
def test_trajectory_and_topology_in_each_others_place(folder, extension):
    swapped = folder / "top.pdb", folder / f"a.{extension}"
    with pytest.raises(TrajectoryFileError, match="in each other's place"):
        load_trajectory(*swapped)
    table = folder / "table.csv"
    table.write_text(
        f"trajectory,topology,label\ntop.pdb,a.{extension},x\ntop.pdb,a.dcd,y\n"
    )
    with pytest.raises(TrajectoryFileError, match=rf"line 2 .*a\.{extension}.*swapped"):
        load_table(table)


@pytest.mark.parametrize(
    ("select", "words"),
    [
        ("resname ALA andd name CA", "'name' as one of the names 'ALA', 'andd', 'na"),
        ("name CA CB Not resname ALA", "'Not' as one of the names 'CA', 'CB', 'Not'"),
    ],
)
def test_a_word_of_the_language_among_names(folder, select, words):
    with pytest.raises(InvalidInputError, match=f"{words}.*misspelled"):
        load_trajectory(folder / "a.xtc", folder / "top.pdb", select=select)
    # names alone are a list, be there such atoms or not
    kept = {"select": "resname ALA GLY and (name CA CB XX)"}
    loaded = load_trajectory(folder / "a.xtc", folder / "top.pdb", **kept)
    assert {atom.name for atom in loaded.topology.atoms} <= {"CA", "CB"}


def test_real_files(shared_data):
    extras = shared_data / "extras_single_class"
    rhodopsin = load_trajectory(
        extras / "rhodopsin_1u19.xtc", extras / "rhodopsin_1u19.gro", stride=10
    )
    assert (rhodopsin.n_frames, rhodopsin.n_atoms) == (16, 5547)
    mor = shared_data / "mor_apo_bu72"
    receptor = load_trajectory(
        mor / "apo_1.xtc", mor / "apo_receptor_top.pdb", select="name CA"
    )
    expected = np.load(mor / "ca.npz")
    positions = next(expected[k] for k in expected.files if expected[k].ndim == 4)
    np.testing.assert_allclose(receptor.xyz, positions[0], atol=1e-3)
    chignolin = shared_data / "chignolin_metad_walkers"
    walker = load_trajectory(chignolin / "walker_0.xtc", chignolin / "top.pdb")
    assert as_trajectories([rhodopsin, receptor, walker])[2].n_frames == 2000


# Missing and unusable files


def test_a_missing_file(folder):
    with pytest.raises(
        TrajectoryFileError, match=r"no file .*nowhere\.xtc.*trajectory"
    ):
        load_trajectory(folder / "nowhere.xtc", folder / "top.pdb")
    with pytest.raises(TrajectoryFileError, match=r"no file .*nowhere\.pdb.*topology"):
        load_trajectory(folder / "a.xtc", folder / "nowhere.pdb")


def test_a_folder(folder):
    with pytest.raises(TrajectoryFileError, match=r"\(the trajectory\) is a folder"):
        load_trajectory(folder, folder / "top.pdb")


def test_something_else_than_a_name(folder):
    with pytest.raises(TrajectoryFileError, match="trajectory is of type int"):
        load_trajectory(5)
    with pytest.raises(TrajectoryFileError, match=r"type list; .* by mdtraj\.join"):
        load_trajectory([folder / "a.xtc"], folder / "top.pdb")
    with pytest.raises(TrajectoryFileError, match="topology is of type list"):
        load_trajectory(folder / "a.xtc", [1])


@pytest.mark.parametrize("extension", ["xtc", "trr", "dcd", "xyz", "pdb", "gro"])
def test_an_empty_file(folder, extension):
    path = cut(folder / f"a.{extension}", 0)
    with pytest.raises(
        TrajectoryFileError, match=rf"a\.{extension}.* is an empty file"
    ):
        load_trajectory(path, folder / "top.pdb")


def test_an_unknown_ending(folder):
    path = (folder / "a.xtc").rename(folder / "a.dat")
    with pytest.raises(TrajectoryFileError, match=r"a\.dat.*not known.*\.xtc"):
        load_trajectory(path, folder / "top.pdb")
    with pytest.raises(TrajectoryFileError, match=r"topology .*a\.dat.*\.pdb"):
        load_topology(path)


@pytest.mark.parametrize("extension", ["xtc", "trr", "dcd", "xyz", "gro"])
def test_garbage(folder, extension, rng):
    path = folder / f"a.{extension}"
    path.write_bytes(rng.bytes(5000))
    with pytest.raises(TrajectoryFileError, match=rf"a\.{extension}'"):
        load_trajectory(path, folder / "top.pdb")


# mdtraj does not close a pdb file in which it fails
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_topology_of_garbage(folder, rng):
    (folder / "top.pdb").write_bytes(rng.bytes(5000))
    with pytest.raises(
        TrajectoryFileError, match=r"topology .*top\.pdb.*cannot be read"
    ):
        load_trajectory(folder / "a.xtc", folder / "top.pdb")


def test_a_topology_without_atoms(folder):
    (folder / "top.pdb").write_text("MODEL 1\nENDMDL\nEND\n")
    with pytest.raises(TrajectoryFileError, match=r"top\.pdb"):
        load_trajectory(folder / "a.xtc", folder / "top.pdb")


def test_a_topology_that_is_needed(folder):
    with pytest.raises(
        TrajectoryFileError, match=r"no topology was given for .*a\.xtc"
    ):
        load_trajectory(folder / "a.xtc")


@pytest.mark.parametrize("extension", ["xtc", "trr", "dcd", "xyz", "gro", "pdb"])
@pytest.mark.parametrize("select", [None, "name CA"])
def test_a_topology_of_other_atoms(folder, extension, select):
    make_peptide(9, 1).save(folder / "other.pdb")
    with pytest.raises(TrajectoryFileError, match=rf"a\.{extension}.*45.*same atoms"):
        load_trajectory(folder / f"a.{extension}", folder / "other.pdb", select=select)


# Truncated files


@pytest.mark.parametrize("stride", [None, 4])
@pytest.mark.parametrize("extension", ["xtc", "trr", "dcd"])
def test_a_file_cut_within_a_frame(folder, extension, stride):
    path = folder / f"a.{extension}"
    size = path.stat().st_size
    for n_bytes in (size - 1, size - 50, size // 2 + 17, size // 3 + 5):
        cut(path, n_bytes)
        with pytest.raises(TrajectoryFileError, match=rf"a\.{extension}' is truncated"):
            load_trajectory(path, folder / "top.pdb", stride=stride)


def test_a_dcd_file_cut_between_frames(folder):
    path = folder / "a.dcd"
    make_peptide(10, 11, seed=1).save(folder / "shorter.dcd")
    cut(path, (folder / "shorter.dcd").stat().st_size)
    with pytest.raises(TrajectoryFileError, match=r"announces 12 frames.*it has 11"):
        load_trajectory(path, folder / "top.pdb")


@pytest.mark.parametrize("select", [None, "name CA"])
@pytest.mark.parametrize("stride", [None, 2, 3])
def test_a_real_file_cut_anywhere(shared_data, tmp_path, stride, select):
    folder = shared_data / "mor_apo_bu72"
    content = (folder / "apo_1.xtc").read_bytes()
    topology = load_topology(folder / "apo_receptor_top.pdb")
    with md.formats.XTCTrajectoryFile(str(folder / "apo_1.xtc")) as file:
        borders = [int(offset) for offset in file.offsets]
    path = tmp_path / "cut.xtc"
    for n_bytes in (1, 60, 500, borders[1] + 4, borders[5] + 80, borders[9] + 4, -1):
        path.write_bytes(content[:n_bytes])
        with pytest.raises(TrajectoryFileError, match=r"cut\.xtc"):
            load_trajectory(path, topology, stride=stride, select=select)
    # What is cut exactly between two frames is a whole, shorter file.
    path.write_bytes(content[: borders[6]])
    assert load_trajectory(path, topology).n_frames == 6


def test_a_text_file_cut_within_a_line(folder):
    path = cut(folder / "a.xyz", (folder / "a.xyz").stat().st_size - 3)
    with pytest.raises(TrajectoryFileError, match=r"a\.xyz.*"):
        load_trajectory(path, folder / "top.pdb")


# Settings


@pytest.mark.parametrize("stride", [0, -1, 1.5])
def test_a_stride_must_be_a_positive_integer(folder, stride):
    with pytest.raises(InvalidInputError, match="stride="):
        load_trajectory(folder / "a.xtc", folder / "top.pdb", stride=stride)


@pytest.mark.parametrize(
    ("select", "words"),
    [
        ("name XX", r"selects none of the 50 atoms.*C, CA, CB, N, O"),
        ("name CA and", "no selection that mdtraj can read"),
        ("no_such_word CA", "no selection that mdtraj can read"),
        ("", "no selection that mdtraj can read"),
    ],
)
def test_a_wrong_selection(folder, select, words):
    with pytest.raises(InvalidInputError, match=rf"a\.xtc.*{words}") as caught:
        load_trajectory(folder / "a.xtc", folder / "top.pdb", select=select)
    assert len(str(caught.value)) < 600 + len(str(folder))


# Tables


@pytest.fixture
def write_table(folder):
    def write(content, name="table.csv"):
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


TABLE = """trajectory,topology,label,group
a.xtc,top.pdb,apo,1
a.trr,top.pdb,bu72,2
"""


@pytest.mark.parametrize(
    "content",
    [
        TABLE,
        TABLE.replace("\n", "\r\n"),
        TABLE.replace("\n", "\r"),
        "\ufeff" + TABLE,
        TABLE.rstrip("\n"),
        TABLE.replace("\n", "\n\n"),
        TABLE.replace(",", " , "),
        TABLE.upper().split("\n")[0] + "\n" + TABLE.split("\n", 1)[1],
        TABLE.replace("apo", '"apo"'),
    ],
)
def test_a_table(write_table, folder, content):
    rows = load_table(write_table(content))
    assert [row.trajectory for row in rows] == [folder / "a.xtc", folder / "a.trr"]
    assert [row.topology for row in rows] == [folder / "top.pdb"] * 2
    assert [row.label for row in rows] == ["apo", "bu72"]
    assert [row.group for row in rows] == ["1", "2"]
    assert load_trajectory(*rows[1][:2]).n_frames == 12


def test_a_table_with_other_columns_in_another_order(write_table, folder):
    rows = load_table(
        write_table(
            "label,note,topology,trajectory\n"
            f'"apo, wet",,{folder / "top.pdb"},{folder / "a.xtc"}\n'
        )
    )
    assert rows == [(folder / "a.xtc", folder / "top.pdb", "apo, wet", None, 2)]


def test_the_topology_of_a_file_that_holds_its_own_may_be_left_empty(
    write_table, folder
):
    molecule = load_trajectory(folder / "a.xtc", folder / "top.pdb")
    molecule.save_hdf5(str(folder / "own.h5"))
    content = "topology,trajectory,label\n,own.h5,apo\n,top.pdb,apo\n"
    rows = load_table(write_table(content))
    assert [row.topology for row in rows] == [folder / "own.h5", folder / "top.pdb"]
    assert [row.trajectory for row in rows] == [row.topology for row in rows]
    assert load_trajectory(*rows[0][:2]).n_frames == molecule.n_frames


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty.*trajectory, topology, label"),
        ("\n\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        ("trajectory,topology,label\n", "has a header and no trajectories"),
        ("trajectory,topology\na.xtc,top.pdb\n", "no column 'label'; it has 'traj"),
        ("a.xtc,top.pdb,apo\n", "no column 'trajectory', 'topology', 'label'"),
        ("trajectory;topology;label\n", "another sign than a comma"),
        (TABLE.replace("group", "label"), "2 columns named 'label'"),
        (TABLE.replace("apo", ""), "line 2 .*no value in column 'label'"),
        (TABLE.replace("top.pdb", "", 1), "line 2 .*no value in column 'topology'"),
        (TABLE.replace("bu72,2", "bu72"), "line 3 .*no value in column 'group'"),
        (TABLE.replace("bu72,2", "bu72,"), "line 3 .*no value in column 'group'"),
        (TABLE.replace("apo,1", "apo,1,2"), "line 2 .*5 values for 4 columns"),
        (TABLE.replace("a.trr", "b.trr"), r"line 3 .*'trajectory'.*no file .*b\.trr"),
        (TABLE.replace("top.pdb", "t.pdb"), r"line 2 .*'topology'.*no file .*t\.pdb"),
        (TABLE.replace("a.trr", "./a.xtc"), "line 3 .*repeats the .*of line 2"),
        (TABLE.replace("apo", '"apo'), "line .*is no CSV"),
        (TABLE.replace("apo", "apó").encode("latin-1"), "line 2 .*not UTF-8"),
        (TABLE.encode("utf-16"), "line 1 .*not UTF-8"),
    ],
)
def test_a_wrong_table(write_table, content, words):
    path = write_table(content, "set.csv")
    with pytest.raises(TrajectoryFileError, match=r"set\.csv") as caught:
        load_table(path)
    assert caught.match(words)


def test_a_table_that_cannot_be_read(folder):
    with pytest.raises(TrajectoryFileError, match=r"table .*none\.csv.*cannot be read"):
        load_table(folder / "none.csv")
    with pytest.raises(TrajectoryFileError, match="cannot be read"):
        load_table(folder)

"""Damaged files: an error that names the file, a warning, or what mdtraj reads."""

import os
from collections import Counter
from importlib.util import find_spec

import mdtraj as md
import numpy as np
import pytest

from benchmarks import badfiles_damage
from benchmarks.badfiles import (
    ERROR,
    LARGE,
    NEVER,
    RIGHT,
    SHORT,
    WARNED,
    read_unprivileged,
)
from sklearn_deepsig.exceptions import TrajectoryFileError, TrajectoryFileWarning
from sklearn_deepsig.trajectory import load_topology, load_trajectory
from tests.helpers.molecules import alpha_carbons, make_peptide

pytestmark = [
    # of mdtraj: it does not close a text file in which it fails, and misses netCDF4
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:.*netCDF4:UserWarning"),
]

# What the format of each lets be told from a whole file.
CUT_IS_TOLD = ("dcd", "nc", "h5")


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples")
    badfiles_damage.write_samples(folder)
    return folder


def outcomes(extension, damage, folder, n_tries=8):
    found = [
        read_unprivileged(attempt)
        for attempt in badfiles_damage.tries(extension, damage, folder, n_tries, 1)
    ]
    return Counter(outcome for outcome, _ in found)


@pytest.mark.parametrize("extension", badfiles_damage.FORMATS)
@pytest.mark.parametrize(
    "damage",
    [
        *("truncated", "empty", "renamed", "other number of atoms"),
        *("NaN and infinity", "a folder", "a dangling link", "no permission"),
    ],
)
def test_damage_that_is_always_an_error(samples, extension, damage):
    allowed = {ERROR}
    if (damage, extension) == ("renamed", "h5") and find_spec("netCDF4"):
        allowed.add(WARNED)  # it reads h5 too, and takes nm for angstrom
    assert set(outcomes(extension, damage, samples)) <= allowed


@pytest.mark.parametrize("extension", badfiles_damage.FORMATS)
def test_what_is_not_damaged_is_what_mdtraj_reads(samples, extension):
    assert set(outcomes(extension, "none", samples)) == {RIGHT}


@pytest.mark.parametrize("extension", badfiles_damage.FORMATS)
def test_a_topology_of_other_atoms_is_warned_of(samples, extension):
    assert set(outcomes(extension, "topology of other atoms", samples)) == {WARNED}


@pytest.mark.parametrize("extension", badfiles_damage.FORMATS)
def test_a_cut_between_frames_is_told_where_the_format_can(samples, extension):
    found = outcomes(extension, "cut between frames", samples)
    if extension in CUT_IS_TOLD:
        assert set(found) == {ERROR}
    else:  # or it is a whole, shorter file; a pdb file of one frame has another head
        assert found[SHORT] >= 6
        assert set(found) <= {SHORT, ERROR}


@pytest.mark.parametrize("extension", badfiles_damage.FORMATS)
@pytest.mark.parametrize("damage", ["bit flipped", "huge sizes in the header"])
def test_random_damage_crashes_nothing_and_moves_no_atom_far(
    samples, extension, damage
):
    found = outcomes(extension, damage, samples, 25)
    assert not any(found[outcome] for outcome in (*NEVER, SHORT))
    # A bit more moves an atom by more than a bond's length changes: measured, not zero.
    assert found[LARGE] <= 2


# What the names of files tell


def test_a_dangling_link(tmp_path):
    link = tmp_path / "a.xtc"
    link.symlink_to(tmp_path / "gone.xtc")
    with pytest.raises(TrajectoryFileError, match=r"a\.xtc.*link to .*gone\.xtc"):
        load_trajectory(link)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a system without pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.xtc")
    with pytest.raises(TrajectoryFileError, match=r"a\.xtc.*no regular file"):
        load_trajectory(tmp_path / "a.xtc")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path):
    make_peptide(3, 1).save(tmp_path / "a.pdb")
    (tmp_path / "a.pdb").chmod(0)
    with pytest.raises(TrajectoryFileError, match=r"a\.pdb.*opened: Permission"):
        load_topology(tmp_path / "a.pdb")


# What the headers tell


def patched(path, place, content):
    changed = bytearray(path.read_bytes())
    changed[place : place + len(content)] = content
    path.write_bytes(changed)
    return path


@pytest.fixture
def peptide(tmp_path):
    peptide = make_peptide(10, 12, seed=1)
    peptide.save(tmp_path / "top.pdb")
    return peptide


def test_bounds_that_an_xtc_frame_does_not_keep(tmp_path, peptide):
    path = tmp_path / "a.xtc"
    peptide.save(path)
    with md.formats.XTCTrajectoryFile(str(path)) as file:
        start = int(file.offsets[4])
    low = int.from_bytes(path.read_bytes()[start + 60 : start + 64], "big", signed=True)
    patched(path, start + 60, (low - 64).to_bytes(4, "big", signed=True))
    for stride in (1, 2, 4):
        with pytest.raises(TrajectoryFileError, match=r"a\.xtc' is damaged.*frame 4 "):
            load_trajectory(path, tmp_path / "top.pdb", stride=stride)


@pytest.mark.parametrize(
    ("extension", "place", "words"),
    [
        ("xtc", 4, "has 1515870810 atoms by one header and 50 by another"),
        ("xtc", 84, "frame 0 has an impossible header"),
        ("trr", 64, "frame 0 has an impossible header"),
        ("dcd", 8, r"announces 1515870810 frames.*it has 12"),
        ("nc", 4, "announces 1515870810 frames"),
    ],
)
def test_huge_numbers_in_a_header(tmp_path, peptide, extension, place, words):
    path = tmp_path / f"a.{extension}"
    peptide.save(path)
    patched(path, place, b"\x5a" * 4)
    with pytest.raises(TrajectoryFileError, match=rf"a\.{extension}.*{words}"):
        load_trajectory(path, tmp_path / "top.pdb")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("MODEL        3", "MODEN        3", "begins with 'MODEN'"),
        ("ENDMDL\nMODEL        3", "MODEL        3", "the model before does not end"),
        ("CA  ALA A   7", "CB  ALA A   7", "does not list the atoms"),
    ],
)
def test_a_damaged_pdb_file(tmp_path, peptide, old, new, words):
    text = (tmp_path / "top.pdb").read_text()
    assert old in text
    (tmp_path / "a.pdb").write_text(text.replace(old, new, 1))
    with pytest.raises(TrajectoryFileError, match=words):
        load_trajectory(tmp_path / "a.pdb", peptide.topology)
    with pytest.raises(TrajectoryFileError, match=words):
        load_topology(tmp_path / "a.pdb")


def test_pdb_frames_that_end_as_those_of_vmd(tmp_path, peptide):
    lines = (tmp_path / "top.pdb").read_text().splitlines()
    lines = [line for line in lines if not line.startswith("MODEL")]
    lines = ["END" if line.startswith("ENDMDL") else line for line in lines]
    (tmp_path / "a.pdb").write_text("\n".join(lines))
    assert load_trajectory(tmp_path / "a.pdb", peptide.topology).n_frames == 12


# What the coordinates tell


def boxed(trajectory, length=3.0):
    trajectory.unitcell_lengths = np.full((trajectory.n_frames, 3), length)
    trajectory.unitcell_angles = np.full((trajectory.n_frames, 3), 90.0)
    return trajectory


def saved(trajectory, folder):
    trajectory.save(folder / "a.trr")
    return folder / "a.trr", trajectory.topology


def test_a_number_that_is_none(tmp_path, peptide):
    peptide.xyz[7, 11, 1] = np.nan
    with pytest.raises(
        TrajectoryFileError,
        match=r"a\.trr.*the y coordinate of atom 11 \(ALA 3 CA\) in frame 7 .*nan",
    ):
        load_trajectory(*saved(peptide, tmp_path))


def test_an_atom_that_is_torn_away(tmp_path, peptide):
    peptide.xyz[6, 11] += 0.9
    with pytest.warns(
        TrajectoryFileWarning, match=r"ALA 3 CA.*apart in frame 6 .*1 of"
    ):
        load_trajectory(*saved(peptide, tmp_path))
    with pytest.raises(TrajectoryFileError, match=r"in frame 6 .*box does not explain"):
        load_trajectory(*saved(boxed(peptide), tmp_path), stride=3)


def test_a_number_far_off_is_not_explained_by_many_boxes(tmp_path, peptide):
    boxed(peptide).xyz[6, 11, 0] += 3.0 * 20_000
    with pytest.raises(TrajectoryFileError, match=r"in frame 6 .*box does not explain"):
        load_trajectory(*saved(peptide, tmp_path))


def test_an_atom_that_moves_less_than_that_is_a_warning(tmp_path, peptide):
    peptide.xyz[6, 11] += 0.1
    with pytest.warns(TrajectoryFileWarning, match="in frame 6 "):
        load_trajectory(*saved(boxed(peptide), tmp_path))


def test_alpha_carbons_are_watched_without_bonds(tmp_path, peptide):
    carbons = alpha_carbons(peptide)
    carbons.xyz[3, 5] += 0.3
    with pytest.warns(TrajectoryFileWarning, match=r"ALA \d CA.*in frame 3 "):
        load_trajectory(*saved(carbons, tmp_path))


@pytest.mark.parametrize("angles", [(90, 90, 90), (70, 80, 65)])
def test_molecules_broken_over_the_box_are_no_damage(tmp_path, peptide, angles):
    boxed(peptide, 1.1)
    peptide.unitcell_angles[:] = angles
    box = peptide.unitcell_vectors[0]
    fractions = peptide.xyz @ np.linalg.inv(box)
    peptide.xyz = ((fractions + 0.3) % 1.0) @ box
    first, second = np.array([[a.index, b.index] for a, b in peptide.topology.bonds]).T
    bonds = np.linalg.norm(peptide.xyz[:, first] - peptide.xyz[:, second], axis=2)
    assert bonds.max() > 0.5  # they are broken
    load_trajectory(*saved(peptide, tmp_path))


def test_angstrom_that_are_taken_for_nm(tmp_path, peptide):
    peptide.xyz *= 10
    with pytest.warns(TrajectoryFileWarning, match=r"49 are longer than 0\.6 or .*nm"):
        load_trajectory(*saved(peptide, tmp_path))


def test_coordinates_that_are_all_the_same(tmp_path, peptide):
    peptide.xyz[:] = 1e-30
    with pytest.warns(TrajectoryFileWarning, match=r"49 are .*shorter than 0\.05 nm"):
        load_trajectory(*saved(peptide, tmp_path))


def test_times_and_boxes_that_jump(tmp_path, peptide):
    peptide.time[5:] += 16
    with pytest.warns(TrajectoryFileWarning, match=r"frames 4 and 5 .*4 and 21 ps"):
        load_trajectory(*saved(peptide, tmp_path))
    peptide.time = np.arange(12)
    boxed(peptide).unitcell_lengths[8, 1] = 12
    with pytest.warns(TrajectoryFileWarning, match=r"box of frame 8 .* 12\. .*nm"):
        load_trajectory(*saved(peptide, tmp_path))


def test_real_files_raise_no_alarm(shared_data):
    extras = shared_data / "extras_single_class"
    chignolin = shared_data / "chignolin_metad_walkers"
    pairs = [
        (extras / "rhodopsin_1u19.xtc", extras / "rhodopsin_1u19.gro"),
        (
            extras / "gs_b2ar_3sn6.noH.stride5.xtc",
            extras / "gs_b2ar_3sn6.noH.pdb",
        ),
        *((file, chignolin / "top.pdb") for file in sorted(chignolin.glob("*.xtc"))),
    ]
    assert len(pairs) == 27
    for pair in pairs:  # warnings are errors here
        load_trajectory(*pair)

"""The command line, from table to picture, and the search on real trajectories."""

import csv
import json
import os
import re
import subprocess
import sys

import mdtraj as md
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_deepsig import (
    LogSignatureTransformer,
    SpectralCoarsener,
    TrajectorySelector,
    TrajectoryStore,
    load_trajectory,
    make_windows,
)
from sklearn_deepsig.__main__ import main
from sklearn_deepsig.experiments import commands, molecules
from sklearn_deepsig.experiments.results import MethodSummary
from tests.helpers.molecules import make_peptide
from tests.helpers.stores import write_files

METHODS = [
    "Deep Signature",
    "log-signature + logistic regression",
    "eigenvector clusters + log-signature + LR",
    "dihedral + PCA + SVM",
    "C-alpha dihedral + PCA + SVM",
    "majority class",
]
FAST = ["--repeats", "1", "--epochs", "2", "--clusters", "6", "3"]


@pytest.fixture
def receptors(shared_data):
    """Files of the real mu-opioid receptor, three replicas of each class."""
    folder = shared_data / "mor_apo_bu72"
    return [
        (folder / f"{name}_{k}.xtc", folder / f"{name}_receptor_top.pdb", name)
        for name in ("apo", "bu72")
        for k in (1, 2, 3)
    ]


def write_table(path, rows, header=("trajectory", "topology", "label")):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def test_compare_on_real_receptors(receptors, tmp_path, capsys):
    table = write_table(tmp_path / "receptors.csv", receptors)
    out = tmp_path / "out"
    assert main(["compare", str(table), "--out", str(out), *FAST]) == 0
    rows = json.loads((out / "comparison.json").read_text())
    assert [row["method"] for row in rows] == METHODS
    # two classes of equal size: the majority is right half the time
    assert rows[-1]["balanced_accuracy"] == 0.5
    # dihedral angles of these receptors differ between the classes in every replica
    assert rows[3]["balanced_accuracy"] > 0.9
    settings = json.loads((out / "settings.json").read_text())
    assert (settings["n_groups"], settings["n_splits"]) == (6, 3)
    assert (settings["n_clusters"], settings["max_epochs"]) == ([6, 3], 2)
    with (out / "folds.csv").open(newline="") as file:
        folds = list(csv.DictReader(file))
    for fold in folds:  # one whole replica of each class
        assert {name.split("_")[0] for name in fold["held_out"].split(";")} == {
            "apo",
            "bu72",
        }
    assert (out / "comparison.png").stat().st_size > 5000
    printed = capsys.readouterr().out
    for method in METHODS:
        assert method in printed
    assert str(out / "comparison.png") in printed


def test_depth_of_coarsening_is_searched_on_real_receptors(receptors):
    trajectories = [load_trajectory(xtc, pdb) for xtc, pdb, _ in receptors]
    labels = [label for _, _, label in receptors]
    X, y, groups = make_windows(trajectories, labels, 2)
    pipeline = make_pipeline(
        TrajectorySelector("name CA", superpose=True),
        SpectralCoarsener(max_epochs=2, random_state=0),
        LogSignatureTransformer(depth=2, n_segments=2),
        StandardScaler(),
        LogisticRegression(C=0.01),
    )
    grid = {"spectralcoarsener__n_clusters": [(10,), (30, 10), (60, 30, 10)]}
    search = GridSearchCV(pipeline, grid, cv=GroupKFold(3), error_score="raise")
    search.fit(X, y, groups=groups)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert set(search.predict(X)) <= {"apo", "bu72"}
    signatures = search.best_estimator_["logsignaturetransformer"]
    names = signatures.get_feature_names_out()
    # 10 clusters in 3 dimensions, in two segments
    assert len(names) == 2 * (30 + 30 * 29 // 2)
    assert names[0] == "seg0:x0"


def test_demo_writes_everything(tmp_path, capsys):
    arguments = ["--out", str(tmp_path), "--epochs", "1", "--mutants", "4"]
    assert main(["demo", *arguments]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "comparison.csv",
        "comparison.json",
        "comparison.png",
        "fits.json",
        "folds.csv",
        "settings.json",
    }
    printed = capsys.readouterr().out
    assert "Deep Signature" in printed
    assert "dihedral + PCA + SVM" in printed
    assert "4 mutants of a helical peptide" in printed


def test_demo_needs_mutants_to_hold_out(tmp_path, capsys):
    assert main(["demo", "--out", str(tmp_path / "out"), "--mutants", "3"]) == 2
    assert "Give 4 or more" in capsys.readouterr().err


@pytest.fixture
def peptides(tmp_path):
    """Six peptides on disk; those of class "long" have two residues more."""
    rows = []
    for index in range(6):
        label, n_residues = ("long", 14) if index % 2 else ("short", 12)
        molecule = make_peptide(n_residues, n_frames=12, seed=index)
        molecule.save_xtc(str(tmp_path / f"t{index}.xtc"))
        molecule[0].save_pdb(str(tmp_path / f"t{index}.pdb"))
        rows.append([f"t{index}.xtc", f"t{index}.pdb", label, f"g{index}"])
    return rows


HEADER = ("trajectory", "topology", "label", "group")


def test_systems_of_different_size_and_relative_names(peptides, tmp_path, capsys):
    table = write_table(tmp_path / "table.csv", peptides, HEADER)
    out = tmp_path / "out"
    assert main(["compare", str(table), "--out", str(out), *FAST]) == 0
    printed = capsys.readouterr().out
    assert "12 to 14 atoms" in printed
    # no terminal is there to show a bar
    lines = printed.splitlines()
    assert lines[0] == f"1/6 {tmp_path / 't0.xtc'}: 12 frames of 60 atoms, loaded"
    told = [
        line for line in lines if re.match(r"\d+/\d+ Deep Sig.*: balanced acc", line)
    ]
    assert len(told) == 3
    # windows of six frames: four segments would have a step each, and no areas
    assert "log-signatures of 1 time segment." in printed
    assert "guessing gives 50 %" in printed
    settings = json.loads((out / "settings.json").read_text())
    assert settings["n_segments"] == 1
    assert settings["frames_per_window"] == [6, 6]
    assert "the atom counts differ" in printed


def write_replicas(folder, names):
    """The same peptides under other names; the first half are of class a."""
    rows = []
    for index, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        molecule = make_peptide(6, n_frames=10, seed=index)
        molecule.save_xtc(str(path.with_suffix(".xtc")))
        molecule[0].save_pdb(str(path.with_suffix(".pdb")))
        label = "a" if index < len(names) // 2 else "b"
        rows.append([f"{name}.xtc", f"{name}.pdb", label])
    return write_table(folder / "t.csv", rows)


@pytest.mark.parametrize(
    "names",
    [
        [f"{folder}/rep{k}" for folder in "ab" for k in range(3)],
        [f"r{k}/traj" for k in range(6)],
    ],
)
def test_equal_file_names_in_other_folders_are_other_trajectories(tmp_path, names):
    job = commands.compare_table(
        write_replicas(tmp_path, names),
        tmp_path / "out",
        n_clusters=(3,),
        n_repeats=1,
        max_epochs=1,
    )
    assert job.comparison.settings["n_groups"] == 6


def test_alpha_carbons_only_leave_out_the_dihedrals_and_keep_the_rest(tmp_path, capsys):
    table = write_replicas(tmp_path, [f"m{k}" for k in range(6)])
    for path in tmp_path.glob("*.pdb"):
        whole = md.load(str(path.with_suffix(".xtc")), top=str(path))
        carbons = whole.atom_slice(whole.topology.select("name CA"))
        carbons.save_xtc(str(path.with_suffix(".xtc")))
        carbons[0].save_pdb(str(path))
    out = tmp_path / "out"
    assert main(["compare", str(table), "--out", str(out), *FAST[:4]]) == 0
    rows = json.loads((out / "comparison.json").read_text())
    assert [row["method"] for row in rows] == [
        METHODS[0],
        METHODS[1],
        METHODS[2],
        METHODS[4],
        METHODS[5],
    ]
    assert "dihedral + PCA + SVM is left out: sample 0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--clusters", "13"], "13 clusters are more than the 12 atoms (name CA)"),
        (["--device", "abacus"], "abacus"),
    ],
)
def test_what_was_asked_for_is_not_left_out(
    peptides, tmp_path, capsys, option, message
):
    table = write_table(tmp_path / "table.csv", peptides, HEADER)
    out = tmp_path / "out"
    assert main(["compare", str(table), "--out", str(out), *option]) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()


def test_a_device_that_is_not_there_is_noticed_before_files_are_read(
    peptides, tmp_path, capsys
):
    table = write_table(tmp_path / "table.csv", peptides, HEADER)
    for path in tmp_path.rglob("*.xtc"):
        path.write_bytes(b"damaged")
    assert main(["compare", str(table), "--device", "abacus"]) == 2
    assert "abacus" in capsys.readouterr().err


def test_atoms_without_bonds_can_be_given_another_graph(peptides, tmp_path, capsys):
    table = write_table(tmp_path / "table.csv", peptides, HEADER)
    out = tmp_path / "out"
    command = ["compare", str(table), "--out", str(out), "--select", "name CB"]
    assert main([*command, *FAST]) == 2
    assert 'no bonds. Choose another graph, such as graph="contacts"' in (
        capsys.readouterr().err
    )
    assert main([*command, *FAST, "--graph", "contacts", "--cutoff", "1.2"]) == 0
    settings = json.loads((out / "settings.json").read_text())
    assert (settings["graph"], settings["cutoff"]) == ("contacts", 1.2)


def test_a_warning_is_told_once_and_without_code(peptides, tmp_path):
    table = write_table(tmp_path / "table.csv", peptides, HEADER)
    command = ["compare", str(table), "--out", str(tmp_path / "out"), *FAST]
    # six frames in five segments have no areas, which every fit says
    told = subprocess.run(
        [sys.executable, "-m", "sklearn_deepsig", *command, "--segments", "5"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    assert told.count("warning: ") == 1
    assert "n_segments" in told
    assert ".py" not in told


@pytest.mark.parametrize(
    ("scores", "sentence"),
    [
        ([(0.9, 0.1), (0.6, 0.2)], "a has the highest balanced accuracy here; guessing "
         "gives 50 %."),
        ([(0.6, 0.2), (0.6, 0.04)], "a and b have the highest balanced accuracy here; "
         "guessing gives 50 %."),
        ([(0.7, 0.11), (0.5, 0.0)], "a has the highest balanced accuracy here; "
         "guessing gives 50 %, which is within two standard deviations over its folds: "
         "of 2 methods one may come so far by chance."),
    ],
)  # fmt: skip
def test_the_best_is_set_against_guessing(scores, sentence):
    rows = [
        MethodSummary(name, mean, 0, mean, spread, 0, 0, 0, 0, 1, 0)
        for name, (mean, spread) in zip("ab", scores, strict=True)
    ]
    assert molecules._best(rows, 0.5) == sentence


def test_scores_below_guessing_are_explained():
    rows = [
        MethodSummary(name, mean, 0, mean, spread, 0, 0, 0, 0, 1, 0)
        for name, mean, spread in (("a", 0.2, 0.1), ("b", 0.5, 0.0), ("c", 0.4, 0.1))
    ]
    (sentence,) = molecules._worse_than_guessing(rows, 0.5)
    assert sentence.startswith("Below guessing by more than the spread: a. ")
    assert molecules._worse_than_guessing(rows[1:], 0.5) == []


def test_a_folder_that_cannot_be_written_is_noticed_first(peptides, tmp_path, capsys):
    table = write_table(tmp_path / "t.csv", peptides, HEADER)
    (tmp_path / "file").write_text("in the way")
    assert main(["compare", str(table), "--out", str(tmp_path / "file")]) == 2
    assert "cannot be written to" in capsys.readouterr().err


@pytest.mark.parametrize("seed", ["-1", "99999999999"])
def test_bad_seed_is_refused(capsys, seed):
    with pytest.raises(SystemExit):
        main(["demo", "--seed", seed])
    assert "is not a whole number from 0 to" in capsys.readouterr().err


def single_frame(rows, folder):
    make_peptide(14, n_frames=1, seed=3).save_xtc(str(folder / "t3.xtc"))
    return write_table(folder / "t.csv", rows, HEADER)


def not_a_number(rows, folder):
    molecule = make_peptide(14, n_frames=12, seed=3)
    molecule.xyz[5, 16] = np.nan  # the alpha carbon of the fourth residue
    molecule.save_dcd(str(folder / "t3.dcd"))
    rows[3][0] = "t3.dcd"
    return write_table(folder / "t.csv", rows, HEADER)


def missing_column(rows, folder):
    return write_table(folder / "t.csv", [row[:2] for row in rows], HEADER[:2])


def truncated_file(rows, folder):
    path = folder / "t3.xtc"
    path.write_bytes(path.read_bytes()[:700])
    return write_table(folder / "t.csv", rows, HEADER)


def wrong_topology(rows, folder):
    rows[2][1] = "t3.pdb"
    return write_table(folder / "t.csv", rows, HEADER)


def one_group(rows, folder):
    return write_table(folder / "t.csv", [[*r[:3], r[2]] for r in rows], HEADER)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda _, folder: folder / "none.csv", "none.csv"),
        (missing_column, "label"),
        (truncated_file, "t3.xtc"),
        (wrong_topology, "t2.xtc"),
        (not_a_number, "is nan nm"),
        (single_frame, "t3.xtc has 1 frame, which is no path. Take it out of"),
        (one_group, "for 2 folds that hold out whole ones: 1."),
    ],
)
def test_bad_tables_end_with_a_clear_error_before_any_fit(
    peptides, tmp_path, capsys, monkeypatch, spoil, message
):
    monkeypatch.setattr(
        "sklearn_deepsig.experiments.comparison.clone",
        lambda _: pytest.fail("a method was fitted"),
    )
    table = spoil(peptides, tmp_path)
    assert main(["compare", str(table), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (["--select", "name XX"], "t0.pdb: select='name XX' selects none"),
        (["--select", "name CA and and"], "'name CA and and' is no selection"),
        (["--folds", "9"], "too few trajectories"),
        (["--positive", "none"], "positive='none' is no class"),
    ],
)
def test_bad_options_are_noticed_before_trajectories_are_loaded(
    peptides, tmp_path, capsys, monkeypatch, option, words
):
    monkeypatch.setattr(
        "sklearn_deepsig.experiments.inputs.load_trajectory",
        lambda *_: pytest.fail("a trajectory was loaded"),
    )
    table = write_table(tmp_path / "t.csv", peptides, HEADER)
    assert main(["compare", str(table), "--out", str(tmp_path / "out"), *option]) == 2
    assert words in capsys.readouterr().err


def test_a_folder_of_files_is_no_table(tmp_path, capsys):
    assert main(["compare", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "Give a CSV table that lists the files" in capsys.readouterr().err


def test_the_table_survives_a_missing_matplotlib(peptides, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise commands.MissingDependencyError("no matplotlib")

    monkeypatch.setattr(commands.ComparisonDisplay, "plot", fail)
    table = write_table(tmp_path / "t.csv", peptides, HEADER)
    job = commands.compare_table(
        table, tmp_path / "out", n_clusters=(4,), n_repeats=1, max_epochs=1
    )
    assert (tmp_path / "out" / "comparison.csv").exists()
    assert "no matplotlib" in job.notes[-1]


def test_the_module_runs_and_help_is_quick_to_import():
    code = "import sys, sklearn_deepsig.__main__ as m; m.build_parser(); "
    code += "print('torch' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "False"
    version = subprocess.run(
        [sys.executable, "-m", "sklearn_deepsig", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert version.stdout.strip().startswith("0.")


def test_peptides_are_what_the_test_thinks(peptides, tmp_path):
    sizes = [md.load(str(tmp_path / row[1])).n_residues for row in peptides]
    np.testing.assert_array_equal(sizes, [12, 14] * 3)


def test_a_store_is_converted_verified_and_compared(tmp_path, capsys):
    files = write_files(tmp_path / "files")
    rows = zip(
        files["trajectories"],
        [files["topology"]] * 4,
        files["y"],
        ["a", "b", "c", "d"],
        strict=True,
    )
    header = ("trajectory", "topology", "label", "group")
    table = write_table(tmp_path / "table.csv", rows, header)
    store = tmp_path / "store"
    convert = ["store", "convert", str(table), str(store), "--stride", "2"]
    assert main([*convert, "--cutoff", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert lines[3].endswith("3.xtc: 30 frames of 8 nodes, converted")
    assert main([*convert, "--cutoff", "1.1"]) == 2  # another store
    assert "cutoff was 1.0, now 1.1" in capsys.readouterr().err
    assert main(["store", "info", str(store)]) == 0
    info = capsys.readouterr().out
    assert "'stride': 2" in info
    assert "bound d GraphTrajectory(n_frames=30, n_nodes=8" in info
    assert main(["store", "verify", str(store)]) == 0
    assert "as its checksums say" in capsys.readouterr().out

    out = tmp_path / "out"
    fast = ["--windows", "2", "--folds", "2", "--segments", "2", *FAST]
    compare = ["compare", str(store), "--out", str(out), *fast]
    assert main([*compare, "--select", "all"]) == 2
    assert "was made of 'name CA'" in capsys.readouterr().err
    assert main(compare) == 0
    printed = capsys.readouterr().out
    assert "4 trajectories, 8 windows of 15 frames" in printed
    assert "log-signatures of 2 time segments." in printed
    assert "dihedral + PCA + SVM is left out" in printed
    assert "compare the table that it was made from" in printed
    found = [r["method"] for r in json.loads((out / "comparison.json").read_text())]
    assert found == [name for name in METHODS if "dihedral" not in name]

    content = bytearray((store / "000001.positions").read_bytes())
    content[7] ^= 1
    (store / "000001.positions").write_bytes(content)
    assert main(["store", "verify", str(store)]) == 2
    error = capsys.readouterr().err
    assert "000001.positions has another checksum in frames 0 to 29" in error
    assert main([*convert, "--cutoff", "1"]) == 0  # repairs it
    assert "1.xtc: 30 frames of 8 nodes, converted" in capsys.readouterr().out
    assert main(["store", "verify", str(store)]) == 0


def test_a_store_without_labels_is_not_compared(tmp_path, capsys):
    files = write_files(tmp_path / "files", 2)
    store = TrajectoryStore.convert(tmp_path / "store", **(files | {"y": None}))
    assert main(["compare", str(store.folder), "--out", str(tmp_path / "out")]) == 2
    assert "has no labels" in capsys.readouterr().err


def test_output_that_nobody_reads_on_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "sklearn_deepsig", "experiments", "list"],
        stdout=writer,
        stderr=subprocess.PIPE,
    )
    os.close(writer)
    assert done.returncode == 141
    assert done.stderr == b""

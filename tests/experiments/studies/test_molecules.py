"""Studies of files, on tiny ones of the same layout, from the command line on."""

import json
from dataclasses import replace
from pathlib import Path

import mdtraj as md
import numpy as np
import pytest
import sklearn
from sklearn.utils.fixes import parse_version

from sklearn_deepsig.__main__ import main
from sklearn_deepsig.exceptions import InvalidInputError, TrajectoryFileError
from sklearn_deepsig.experiments.studies import STUDIES, read_records, run_study
from sklearn_deepsig.experiments.studies.builders import build
from sklearn_deepsig.experiments.studies.folders import fingerprint
from sklearn_deepsig.experiments.studies.problems_molecules import _folded
from sklearn_deepsig.experiments.studies.settings import Method
from tests.experiments.studies import molecule_files as files
from tests.experiments.studies.conftest import miniature
from tests.helpers.molecules import make_peptide

SHARED = Path(__file__).parents[4] / "shared" / "data"
NAMES = [name for name, study in STUDIES.items() if study.folder]
# what is held out whole, from the name of a trajectory
UNITS = {
    "peptides": lambda name: name.split("/")[0],
    "receptors": str,
    "control": str,
    "chignolin": str,
}


def small(name, n_runs=1):
    """The study with two folds and one epoch."""
    study = miniature(STUDIES[name], n_runs=n_runs)
    (task,) = study.full.tasks
    data = {**task.data, "n_folds": 2}
    if name in ("peptides", "ablation-peptides", "receptors", "control"):
        data["n_windows"] = 2
    if name == "chignolin":
        data |= {"n_frames": 6, "stride": 1}  # for the paper's four segments
    n_folds = 2 if STUDIES[name].full.n_folds > 1 else 1
    methods = [
        replace(m, settings={**m.settings, "coarsener": ("eigen", {"n_clusters": 4})})
        if m.settings.get("coarsener", ("",))[0] == "eigen"
        else m
        for m in study.full.methods
    ]
    settings = replace(
        study.full,
        tasks=[replace(task, data=data)],
        methods=methods,
        n_folds=n_folds,
    )
    return replace(study, full=settings, quick=settings)


def write(name, folder):
    data = STUDIES[name].full.tasks[0].data
    if name in ("receptors", "control"):
        patterns = data["trajectories"], data["topology"]
        files.write_replicas(folder, data["classes"], *patterns, 2, n_frames=24)
    else:
        {
            "peptides": lambda: files.write_peptides(folder, n_frames=24),
            "ablation-peptides": lambda: files.write_peptides(folder, n_frames=24),
            "chignolin": lambda: files.write_walkers(folder, n_frames=24),
            "egfr": lambda: files.write_egfr(folder, n_frames=24),
            "gpcr": lambda: files.write_gpcr(folder, n_frames=24),
        }[name]()
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_a_study_of_files_runs_from_the_command_line(
    name, tmp_path, monkeypatch, capsys
):
    study = small(name)
    monkeypatch.setitem(STUDIES, name, study)
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    write(name, data)
    arguments = ["experiments", name, "--data", str(data), "--out", str(out)]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    records = read_records(out, name)
    n_fits = study.full.n_folds
    assert len(records) == n_fits * len(study.full.methods)
    rows = json.loads((out / f"{name}.json").read_text())
    assert [row["method"] for row in rows] == [m.label for m in study.full.methods]
    for row in rows:
        assert row["runs"] == 1
        assert f"| {row['method']} | {100 * row['accuracy']:.2f} |" in printed
    settings = (out / f"{name}-settings.json").read_text()
    assert f"experiments {name} --data FOLDER" in settings
    # of the folder, tables say nothing but which files
    assert str(tmp_path) not in settings
    for record in records:
        assert record.settings["data"]["files"] == fingerprint(data)
    # nothing is left to do
    assert run_study(study, study.full, out, data_folder=data) == 0


@pytest.mark.parametrize("name", UNITS)
def test_whole_units_are_held_out_and_each_is_tested_once_a_run(name, tmp_path):
    study = small(name)
    data = {**study.full.tasks[0].data, "n_runs": 3}
    problem = study.load(data, write(name, tmp_path))
    units = np.array([UNITS[name](group) for group in problem.groups])
    n_folds = study.full.n_folds
    assert len(problem.splits) == 3 * n_folds
    orders = set()
    for run in range(3):
        splits = problem.splits[run * n_folds : (run + 1) * n_folds]
        tested = np.concatenate([split.test for split in splits])
        np.testing.assert_array_equal(np.sort(tested), np.arange(len(problem.X)))
        orders.add(tuple(tested))
        for split in splits:
            parts = [set(units[part]) for part in split]
            assert not parts[0] & parts[1]
            assert not parts[0] & parts[2]
            assert not parts[1] & parts[2]
            assert set(problem.y[split.train]) == set(problem.y)
    # Before 1.7 StratifiedGroupKFold, which serves where units are of several classes,
    # hardly shuffled.
    if parse_version(sklearn.__version__) >= parse_version("1.7"):
        assert len(orders) > 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["egfr"], "Give --data FOLDER, a folder with the folders cMet-dimer"),
        (["gpcr", "--data", "nowhere"], r"'nowhere' does not exist. Give a folder"),
        (["gpcr", "--data", "empty"], "no trajectory of the simulations 12, 30"),
        (["egfr", "--data", "empty"], "cMet-dimer' does not exist"),
        (["receptors", "--data", "empty"], "has 0 files such as apo_*.xtc, but 3"),
        (["control", "--data", "empty"], "has 0 files such as F49A_II_*.xtc"),
        (["chignolin", "--data", "empty"], "has 0 files walker_N.xtc, but 5 folds"),
        (["peptides", "--data", "empty"], "mutants.csv"),
        (["genes", "--data", "empty"], "simulates its data. Leave --data out"),
    ],
)
def test_a_missing_or_wrong_folder_is_an_error_before_any_fit(
    arguments, message, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    assert main(["experiments", *arguments, "--out", "out"]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.json"))


def test_too_few_mutants_are_an_error(tmp_path):
    files.write_peptides(tmp_path, n_mutants=4)
    task = STUDIES["peptides"].full.tasks[0]
    with pytest.raises(InvalidInputError, match="6 folds of whole units"):
        STUDIES["peptides"].load(task.data, tmp_path)


def test_a_whole_walker_is_folded_if_it_is_so_for_longer_than_the_median(tmp_path):
    folded = np.full(10, 0.1, np.float32)
    unfolded = np.full(10, 0.5, np.float32)
    between = np.full(10, 0.3, np.float32)
    walkers = [
        np.concatenate(parts)
        for parts in (
            (folded, folded, unfolded), (folded, unfolded, unfolded),
            (unfolded, unfolded, between),
        )
    ]  # fmt: skip
    whole, windows = (STUDIES["chignolin"].full.tasks[place].data for place in (2, 0))
    assert _folded(walkers, whole).tolist() == ["folded", "unfolded", "unfolded"]
    mixed = np.concatenate([folded, between])
    assert _folded([folded, unfolded, between, mixed], windows).tolist() == [
        "folded", "unfolded", "neither", "neither",
    ]  # fmt: skip
    folder = write("chignolin", tmp_path)
    problem = STUDIES["chignolin"].load({**whole, "n_folds": 2}, folder)
    assert {len(walker) for walker in problem.X} == {24}
    assert len(problem.X) == len(set(problem.groups))


def test_known_mutants_are_tested_by_their_other_replica(tmp_path):
    files.write_peptides(tmp_path, n_mutants=8, n_replicas=2)
    unseen, known = (
        STUDIES["peptides"].load({**task.data, "n_runs": 2, "n_folds": 4}, tmp_path)
        for task in STUDIES["peptides"].full.tasks
    )
    replicas = np.array([int(name.split("/")[1]) for name in known.groups])
    mutants = np.array([name.split("/")[0] for name in known.groups])
    for fit, (strict, split) in enumerate(
        zip(unseen.splits, known.splits, strict=True)
    ):
        # the first replica in the first run, the second in the second
        assert set(replicas[split.test]) == {fit // 4 + 1}
        assert set(mutants[split.test]) == set(mutants[strict.test])
        other = mutants[split.train][replicas[split.train] != fit // 4 + 1]
        assert set(mutants[split.test]) <= set(other)
        assert not set(known.groups[split.test]) & set(known.groups[split.train])
        assert set(split.test) | set(split.train) == set(strict.test) | set(
            strict.train
        )
        np.testing.assert_array_equal(split.validation, strict.validation)


def test_of_the_mutants_that_are_learned_from_a_share_is_kept(tmp_path):
    files.write_peptides(tmp_path, n_mutants=8, n_replicas=2)
    whole, half = (
        STUDIES["ablation-peptides"].load(
            {**task.data, "n_runs": 2, "n_folds": 4}, tmp_path
        )
        for task in STUDIES["ablation-peptides"].full.tasks
    )
    mutants = np.array([name.split("/")[0] for name in half.groups])
    for all_of_them, split in zip(whole.splits, half.splits, strict=True):
        np.testing.assert_array_equal(split.test, all_of_them.test)
        np.testing.assert_array_equal(split.validation, all_of_them.validation)
        known = set(mutants[all_of_them.train])
        kept = set(mutants[split.train])
        assert kept < known
        assert len(kept) == len(known) // 2
        # both classes, and no mutant by half
        assert set(half.y[split.train]) == set(half.y)
        assert set(split.train) == {i for i in all_of_them.train if mutants[i] in kept}


def test_helix_content_sees_helices_alone():
    """Helices and strands, which differ in nothing else, are told apart."""
    angles = {"helix": (-57.0, -47.0), "strand": (-120.0, 120.0)}
    windows, labels = [], []
    for seed in range(4):
        for label, (phi, psi) in angles.items():
            torsions = {
                "phi": np.full((3, 12), np.radians(phi)),
                "psi": np.full((3, 12), np.radians(psi)),
            }
            windows.append(make_peptide(12, 3, seed=seed, **torsions))
            labels.append(label)
    helical = [(md.compute_dssp(w, simplified=True) == "H").mean() for w in windows]
    assert min(helical[::2]) > 0.5 > max(helical[1::2])
    model = build(Method("helix", "", "helix content"), None, 0)
    model.fit(windows, labels)
    np.testing.assert_allclose(model[:-2].transform(windows)[:, 0], helical)
    assert list(model.predict(windows)) == labels


def test_records_of_other_files_are_refused(tmp_path):
    study = small("receptors")
    folders = []
    for place in ("a", "b"):
        folder = tmp_path / place
        folder.mkdir()
        folders.append(write("receptors", folder))
    (folders[1] / "elsewhere.pdb").symlink_to(tmp_path / "nowhere")  # no file of ours
    assert fingerprint(folders[0]) == fingerprint(folders[1])
    out, names = tmp_path / "out", ["majority"]
    run_study(study, study.full, out, data_folder=folders[0], methods=names)
    assert run_study(study, study.full, out, data_folder=folders[1], methods=names) == 0
    (folders[1] / "apo_3.xtc").write_bytes((folders[1] / "apo_2.xtc").read_bytes())
    with pytest.raises(InvalidInputError, match="of other files"):
        run_study(study, study.full, out, data_folder=folders[1], methods=names)


def test_the_crystal_may_lie_beside_the_walkers(tmp_path):
    (tmp_path / "walkers").mkdir()
    folder = write("chignolin", tmp_path / "walkers")
    study = small("chignolin")
    crystal, beside = folder / "cln025_5awl.pdb", tmp_path / "start_structures"
    beside.mkdir()
    task = study.full.tasks[0]
    within = study.load(task.data, folder)
    crystal.rename(beside / crystal.name)
    np.testing.assert_array_equal(study.load(task.data, folder).y, within.y)
    (beside / crystal.name).unlink()
    with pytest.raises(TrajectoryFileError, match=r"start_structures.*entry 5AWL"):
        study.load(task.data, folder)


def test_chignolin_is_labelled_by_every_frame_of_a_window(tmp_path):
    write("chignolin", tmp_path)
    data = {
        **STUDIES["chignolin"].full.tasks[0].data,
        **{"n_frames": 6, "stride": 2, "n_folds": 2, "n_runs": 1},
    }
    problem = STUDIES["chignolin"].load(data, tmp_path)
    expected = []
    for number in range(5):
        rmsd = files.rmsd_to(tmp_path, tmp_path / f"walker_{number}.xtc")
        for window in rmsd.reshape(4, 6):
            if (window < 0.15).all():
                expected.append((f"walker_{number}", "folded"))
            elif (window > 0.4).all():
                expected.append((f"walker_{number}", "unfolded"))
    assert list(zip(problem.groups, problem.y, strict=True)) == expected
    assert {label for _, label in expected} == {"folded", "unfolded"}
    assert {window.n_frames for window in problem.X} == {3}


def test_peptides_are_laid_on_each_other(tmp_path):
    write("peptides", tmp_path)
    problem = STUDIES["peptides"].load(STUDIES["peptides"].full.tasks[0].data, tmp_path)
    alpha = problem.X[0].topology.select("name CA")
    reference = problem.X[0].atom_slice(alpha)[0]
    for window in problem.X:
        own = window.atom_slice(alpha)
        squares = ((own.xyz - reference.xyz) ** 2).sum(axis=-1)
        # rmsd moves what it compares
        least = md.rmsd(own, reference[:])
        np.testing.assert_allclose(np.sqrt(squares.mean(axis=1)), least, atol=1e-3)
    assert problem.positive == "stabilising"


def test_the_papers_tests_are_those_of_its_authors(tmp_path):
    (tmp_path / "egfr").mkdir()
    (tmp_path / "gpcr").mkdir()
    write("egfr", tmp_path / "egfr")
    write("gpcr", tmp_path / "gpcr")
    small_windows = {"n_windows": 4, "n_groups": 2, "n_folds": 2}
    tested = {}
    for name in ("egfr", "gpcr"):
        for task in STUDIES[name].full.tasks:
            data = {**task.data, **small_windows}
            problem = STUDIES[name].load(data, tmp_path / name)
            assert len(problem.splits) == 2
            for split in problem.splits:
                known = set(problem.groups[split.train])
                found = set(problem.groups[split.test])
                assert not known & found
                assert known == set(problem.groups[split.validation])
                assert len(known | found) == {"egfr": 24, "gpcr": 26}[name]
                tested[task.name] = found
    assert tested["18 + 6, IGFR unseen"] == {f"{v}/IGFR" for v in files.VARIANTS}
    assert len(tested["20 + 4"]) == 4
    assert len(tested["variants C797S and G719S unseen"]) == 8
    numbers = {name.split("/")[1] for name in tested["20 + 6"]}
    assert numbers == {"61", "68", "73", "96", "116", "151"}
    assert {name.split("/")[0] for name in tested["A2A unseen"]} == {"A2A"}


def test_the_losses_of_table_3_are_rows():
    for name in ("egfr", "gpcr"):
        weights = {
            method.name: method.settings["loss_weights"]
            for method in STUDIES[name].full.methods
            if "loss_weights" in method.settings
        }
        assert weights == {
            "error-only": (0, 0, 10), "no-cut": (0, 0.01, 10),
            "no-consistency": (1, 0, 10),
        }  # fmt: skip


def test_the_number_of_atoms_leaks_the_class_and_c_alpha_atoms_do_not(tmp_path):
    """Variants with more residues than the others, of which networks see as many."""
    study = small("control")
    (task,) = study.full.tasks
    problem = study.load(task.data, write("control", tmp_path))
    for place, window in enumerate(problem.X):
        label = list(task.data["classes"]).index(problem.y[place])
        kept = window.n_atoms - label  # side chains of the last residues
        problem.X[place] = window.atom_slice(np.arange(window.n_atoms)[:kept])
    (leak,) = study.full.chosen_methods(["leak"])
    model = build(leak, problem, 0)
    split = problem.splits[0]
    model.fit([problem.X[i] for i in split.train], problem.y[split.train])
    predicted = model.predict([problem.X[i] for i in split.test])
    assert (predicted == problem.y[split.test]).all()
    seen = {
        name: dict(method.settings).get("atoms", {}).get("select")
        for name, method in ((m.name, m) for m in study.full.methods)
        if method.kind not in ("majority", "number of atoms")
    }
    # dihedrals name their own atoms: of the backbone
    assert {name for name, select in seen.items() if select != "name CA"} == {
        "dihedral", "ca-dihedral",
    }  # fmt: skip


@pytest.mark.skipif(
    not (SHARED / "b2ar_dimer_mutants").exists(), reason="needs ../shared/data"
)
def test_nothing_that_moves_is_told_apart_on_the_real_control(tmp_path):
    study = STUDIES["control"]
    full = replace(study.full, n_runs=1)
    names = ["ours", "ca-dihedral", "statistics", "leak"]
    run_study(
        study, full, tmp_path, methods=names,
        data_folder=SHARED / "b2ar_dimer_mutants",
    )  # fmt: skip
    by_method = {}
    for record in read_records(tmp_path, "control"):
        by_method.setdefault(record.method, []).append(record.balanced_accuracy)
    assert np.mean(by_method.pop("leak")) == 1
    # of 26 trajectories, three standard errors are 24 %
    for values in by_method.values():
        assert np.mean(values) < 0.2 + 0.24


@pytest.mark.skipif(
    not (SHARED / "mor_apo_bu72").exists(), reason="needs ../shared/data"
)
def test_the_real_receptors_are_read_and_told_apart_by_shape(tmp_path):
    study = STUDIES["receptors"]
    one = replace(study.full, n_runs=1)
    run_study(
        study, one, tmp_path, methods=["ca-dihedral"],
        data_folder=SHARED / "mor_apo_bu72",
    )  # fmt: skip
    records = read_records(tmp_path, "receptors")
    assert [record.n_test for record in records] == [4, 4, 4]
    assert np.mean([record.accuracy for record in records]) > 0.8

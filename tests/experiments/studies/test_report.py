"""The page: written from files alone, and the one of the repository is such a page."""

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from sklearn_deepsig.__main__ import main
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.experiments.studies import (
    STUDIES,
    experiment_names,
    run_experiment,
    summarise,
    write_report,
)
from sklearn_deepsig.experiments.studies.archive import archive_path, read_archive

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.usefixtures("genes")
def test_an_experiment_writes_its_tables_and_the_report_a_page(tmp_path, capsys):
    out = tmp_path / "out"
    options = ["--out", str(out), "--methods", "statistics", "majority"]
    assert main(["experiments", "genes", *options, "--tasks", "A", "--runs", "1"]) == 0
    printed = capsys.readouterr().out
    assert "genes | 2 fits to run" in printed
    assert "genes | A | majority class | run 1 of 1 | accuracy" in printed
    assert {path.name for path in out.iterdir()} == {
        "records", "genes.csv", "genes.json", "genes.md", "genes.png",
        "genes-settings.json", "genes-fits.jsonl",
    }  # fmt: skip
    rows = json.loads((out / "genes.json").read_text())
    assert [row["method"] for row in rows] == [
        "11 statistics + logistic regression",
        "majority class",
    ]
    docs = tmp_path / "docs"
    assert main(["experiments", "report", str(out), "--out", str(docs)]) == 0
    page = (docs / "experiments.md").read_text()
    assert "$ python -m sklearn_deepsig experiments genes\n" in page
    assert "](experiments/genes.png)" in page
    assert (docs / "experiments" / "genes.png").exists()
    # what was not run is told
    assert (
        "- 1 of 2 runs (A): 11 statistics + logistic regression; majority class\n"
        in page
    )
    for row in rows:
        assert f"| {row['method']} | {100 * row['accuracy']:.2f} |" in page
    # what is known of data that are not at hand is told without results
    assert "$ python -m sklearn_deepsig experiments gpcr --data FOLDER\n" in page
    assert page.count("Not run here: FOLDER must hold") == sum(
        study.needs_data for study in STUDIES.values()
    )
    assert page.count("Not run here") == len(STUDIES) - 1


@pytest.mark.usefixtures("genes")
def test_quick_runs_the_quick_settings(tmp_path, capsys, monkeypatch):
    assert (
        main(
            ["experiments", "genes", "--quick", "--out", str(tmp_path)]
            + ["--methods", "majority"]
        )
        == 0
    )
    capsys.readouterr()
    settings = json.loads((tmp_path / "genes-settings.json").read_text())
    assert settings["quick"]
    assert settings["command"].endswith("genes --quick")
    assert "**Run in small, with `--quick`**" in (tmp_path / "genes.md").read_text()
    # what the full experiment found is not said of it
    monkeypatch.setitem(
        STUDIES, "genes", replace(STUDIES["genes"], findings="All is known.")
    )
    for quick in (True, False):
        path = tmp_path / "genes-settings.json"
        path.write_text(json.dumps({**settings, "quick": quick}))
        page = write_report(tmp_path, tmp_path / "docs")[0].read_text()
        assert ("**Run in small, with `--quick`**" in page) == quick
        assert ("All is known." in page) != quick


@pytest.mark.usefixtures("genes")
def test_what_was_not_run_is_listed(tmp_path):
    n_runs = STUDIES["genes"].full.n_runs
    out = tmp_path / "out"
    options = ["--out", str(out), "--tasks", "A", "--methods"]
    assert main(["experiments", "genes", *options, "statistics", "majority"]) == 0
    assert main(["experiments", "genes", *options, "head", "--runs", "1"]) == 0
    page = write_report(out, tmp_path / "docs")[0].read_text()
    lines = [line for line in page.splitlines() if f" of {n_runs} runs (" in line]
    everything = [m.label for m in STUDIES["genes"].full.methods]
    never = [
        label
        for label in everything
        if label
        not in ("Head", "11 statistics + logistic regression", "majority class")
    ]
    assert lines == [
        f"- {n_runs} of {n_runs} runs (all tasks): {'; '.join(never)}",
        f"- {n_runs - 1} of {n_runs} runs (A): Head",
        f"- {n_runs} of {n_runs} runs (B): Head; 11 statistics + logistic regression; "
        "majority class",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "there are genes, scaling"),
        (["genes", "--methods", "nothing"], "there are ours, single"),
        (["report", "no-such-folder"], "no-such-folder has no results"),
        (["genes", "results"], "only 'report' takes a folder"),
        (["all", "--methods", "statistics"], "'ablation': There is no method"),
        (["all", "--tasks", "noise 4"], "'genes': There is no task 'noise 4'"),
    ],
)
def test_what_cannot_be_run_is_an_error(
    arguments, message, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert main(["experiments", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())  # nothing has been run


def test_what_is_listed_can_be_asked_for(capsys):
    assert main(["experiments", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line.split(":")[0] for line in lines if not line.startswith(" ")]
    assert names == list(STUDIES)
    for name, study in STUDIES.items():
        start = lines.index(f"{name}: {study.title}") + 1
        options = dict(line.strip().split(" ", 1) for line in lines[start : start + 3])
        assert ("--data" in options) == study.needs_data
        asked = {
            "tasks": shlex.split(options["--tasks"]),
            "methods": shlex.split(options["--methods"]),
        }
        assert experiment_names(name, **asked) == [name]


def test_all_is_no_experiment_of_its_own(tmp_path):
    with pytest.raises(InvalidInputError, match="There is no experiment 'all'"):
        run_experiment("all", tmp_path)


@pytest.mark.usefixtures("genes")
def test_the_page_cannot_be_written_to_a_file(tmp_path, capsys):
    out = tmp_path / "out"
    options = ["--out", str(out), "--methods", "majority", "--runs", "1"]
    assert main(["experiments", "genes", *options]) == 0
    place = tmp_path / "file"
    place.touch()
    assert main(["experiments", "report", str(out), "--out", str(place)]) == 2
    assert f"--out='{place}' cannot be written to" in capsys.readouterr().err


@pytest.mark.usefixtures("genes")
def test_a_page_never_loses_fits_or_studies(tmp_path, capsys):
    docs, part = tmp_path / "docs", tmp_path / "part"
    command = ["experiments", "genes", "--methods", "majority"]
    assert main([*command, "--out", str(docs / "experiments")]) == 0
    assert main([*command, "--runs", "1", "--out", str(part)]) == 0
    report = ["experiments", "report"]
    assert main([*report, str(docs / "experiments"), "--out", str(docs)]) == 0
    page = (docs / "experiments.md").read_text()
    fits = (docs / "experiments" / "genes-fits.jsonl").read_text()
    capsys.readouterr()
    assert main([*report, str(part), "--out", str(docs)]) == 2
    told = capsys.readouterr().err
    assert "has 2 fits that" in told
    assert "run 2 of 'majority' to 'A'; they would be lost" in told
    assert (docs / "experiments.md").read_text() == page
    assert (docs / "experiments" / "genes-fits.jsonl").read_text() == fits
    # another study is added
    for path in part.glob("genes*"):
        if path.suffix == ".json":
            path.write_text(path.read_text().replace("recipe", "task"))
        path.rename(path.with_name(path.name.replace("genes", "control")))
    assert main([*report, str(part), "--out", str(docs)]) == 0
    both = (docs / "experiments.md").read_text()
    for name in ("genes", "control"):
        assert f"](experiments/{name}.png)" in both


@pytest.mark.usefixtures("genes")
def test_tables_of_another_version_are_an_error(tmp_path, capsys):
    options = ["--out", str(tmp_path), "--methods", "majority", "--runs", "1"]
    assert main(["experiments", "genes", *options]) == 0
    path = tmp_path / "genes.json"
    rows = [
        {name: value for name, value in row.items() if name != "key"}
        for row in json.loads(path.read_text())
    ]
    path.write_text(json.dumps(rows))
    docs = ["--out", str(tmp_path / "docs")]
    assert main(["experiments", "report", str(tmp_path), *docs]) == 2
    assert "was written by another version" in capsys.readouterr().err


def test_what_ctrl_c_stopped_has_tables_and_says_how_to_go_on(
    genes, tmp_path, capsys, monkeypatch
):
    def load(data, n_loaded=[]):  # noqa: B006
        n_loaded.append(data)
        if len(n_loaded) == 2:
            raise KeyboardInterrupt
        return genes.load(data)

    monkeypatch.setitem(STUDIES, "genes", replace(genes, load=load))
    out = tmp_path / "out"
    command = ["experiments", "genes", "--methods", "majority", "--out", str(out)]
    assert main(command) == 130
    assert "The same command goes on where it was" in capsys.readouterr().err
    rows = json.loads((out / "genes.json").read_text())
    assert [(row["recipe"], row["runs"]) for row in rows] == [("A", 2)]
    # killed, it has written records alone
    for path in out.glob("genes*"):
        path.unlink()
    assert main(["experiments", "report", str(out)]) == 2
    assert "has records of fits, but no tables" in capsys.readouterr().err


@pytest.mark.skipif(
    not (DOCS / "experiments.md").exists(), reason="the page is not written yet"
)
def test_the_page_in_the_repository_is_that_of_its_files(tmp_path):
    write_report(DOCS / "experiments", tmp_path)
    expected = (tmp_path / "experiments.md").read_text(encoding="utf-8")
    assert (DOCS / "experiments.md").read_text(encoding="utf-8") == expected
    for study in STUDIES.values():
        path = DOCS / "experiments" / f"{study.name}.json"
        if path.exists():
            settings = DOCS / "experiments" / f"{study.name}-settings.json"
            told = json.loads(settings.read_text())["methods"]
            frozen = {
                method.name: json.loads(
                    json.dumps({"kind": method.kind, **method.settings})
                )
                for method in study.full.methods
            }
            assert told == frozen
        fits = archive_path(DOCS / "experiments", study.name)
        if fits.exists():
            rows = summarise(study, study.full, read_archive(fits))
            assert json.loads(path.read_text()) == rows

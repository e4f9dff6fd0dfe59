"""Published fits: all of them in one file, from which an experiment goes on."""

import json
import shutil

import pytest

from sklearn_deepsig.__main__ import main
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.experiments.studies import archive, read_records, run_study
from sklearn_deepsig.experiments.studies.archive import (
    archive_path,
    read_archive,
    to_archive,
    unpack,
)

CHEAP = ["statistics", "majority"]


def by_name(records):
    return sorted(records, key=lambda r: (r.task, r.method, r.run))


def experiment(folder, *methods):
    return main(["experiments", "genes", "--out", str(folder), "--methods", *methods])


@pytest.fixture
def published(genes, tmp_path):  # noqa: ARG001
    """A folder with results as they are published: without records."""
    folder = tmp_path / "published"
    assert experiment(folder, *CHEAP) == 0
    shutil.rmtree(folder / "records")
    return folder


def test_an_archive_has_all_of_each_record(genes, tmp_path):
    run_study(genes, genes.full, tmp_path, methods=CHEAP)
    records = read_records(tmp_path, "genes")
    assert len(records) == 8
    path = archive_path(tmp_path, "genes")
    text = to_archive(records)
    path.write_text(text)
    assert by_name(read_archive(path)) == by_name(records)
    # a line for each task and method, which two runs share
    assert [len(json.loads(line)["fits"]) for line in text.splitlines()] == [2] * 4


def test_an_experiment_goes_on_from_published_fits(published, capsys):
    before = {path.name: path.read_bytes() for path in published.iterdir()}
    assert experiment(published, *CHEAP) == 0
    assert "genes | 0 fits to run" in capsys.readouterr().out
    assert {
        path.name: path.read_bytes() for path in published.iterdir() if path.is_file()
    } == before
    assert experiment(published, "head", "majority") == 0
    assert "genes | 4 fits to run" in capsys.readouterr().out
    fits = read_archive(archive_path(published, "genes"))
    assert {fit.method for fit in fits} == {"head", *CHEAP}


def test_removed_records_do_not_come_back(published, capsys):
    unpack(published, "genes")
    shutil.rmtree(published / "records" / "genes" / "A" / "majority")
    assert experiment(published, *CHEAP) == 0
    assert "genes | 2 fits to run" in capsys.readouterr().out


def test_a_crash_leaves_no_part_of_the_records(published, monkeypatch):
    written = []

    def fail_at_the_third(_, record):
        written.append(record)
        if len(written) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(archive, "write_record", fail_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            unpack(published, "genes")
    assert not (published / "records").exists()
    assert not list(published.glob("*.partial"))
    unpack(published, "genes")
    assert len(read_records(published, "genes")) == 8


@pytest.mark.parametrize("damage", ["half", "[]", '{"fits": [{"run": 0}]}', "1"])
def test_a_damaged_archive_is_named(published, damage, capsys):
    path = archive_path(published, "genes")
    lines = path.read_text().splitlines()
    lines[2] = lines[2][:50] if damage == "half" else damage
    path.write_text("\n".join(lines))
    with pytest.raises(InvalidInputError, match="Line 3 of"):
        read_archive(path)
    assert experiment(published, *CHEAP) == 2
    assert "Fetch the file again" in capsys.readouterr().err
    assert not (published / "records").exists()


def test_tables_without_their_fits_are_not_written_over(published, capsys):
    archive_path(published, "genes").unlink()
    before = {path.name: path.read_bytes() for path in published.iterdir()}
    assert experiment(published, "majority") == 2
    assert "genes.json tells of fits that are not in" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in published.iterdir()} == before
    (published / "genes.json").unlink()
    assert experiment(published, "majority") == 0

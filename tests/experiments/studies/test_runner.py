"""Studies run, are recorded fit by fit, and go on where they were stopped."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyClassifier

from sklearn_deepsig import HeadClassifier
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.experiments.memory import watch_memory
from sklearn_deepsig.experiments.studies import STUDIES, read_records, run_study, runner
from sklearn_deepsig.experiments.studies.builders import build
from tests.experiments.studies.conftest import SIMULATED, miniature

CHEAP = ["statistics", "majority"]


@pytest.mark.parametrize("name", SIMULATED)
def test_every_method_of_every_study_runs_and_is_recorded(name, tmp_path):
    study = miniature(STUDIES[name], n_runs=1)
    n_fits = run_study(study, study.full, tmp_path)
    records = read_records(tmp_path, name)
    assert n_fits == len(records) == len(study.full.methods)
    assert {r.method for r in records} == {m.name for m in study.full.methods}
    for record in records:
        assert 0 <= record.accuracy <= 1
        assert 0 <= record.validation_accuracy <= 1
        assert record.seconds > 0
        assert record.environment["cpu"]
        assert record.n_test == round(
            sum(record.n_test / len(record.by_group) for _ in record.by_group)
        )
        # windows of a trajectory are as many as of any other
        assert record.accuracy == pytest.approx(np.mean(list(record.by_group.values())))


@pytest.mark.skipif(
    watch_memory()() is None, reason="this system does not tell the peak"
)
def test_memory_is_recorded_where_the_study_asks_for_it(genes, tmp_path):
    for asked in (False, True):
        folder = tmp_path / str(asked)
        study = replace(genes, measures_memory=asked)
        run_study(study, study.full, folder, methods=["majority"])
        for record in read_records(folder, "genes"):
            assert ("peak GB" in record.extra) == asked
    assert record.extra["peak GB"] > 0.05  # the libraries alone


def test_a_stopped_study_goes_on_and_ends_like_one_that_was_not(genes, tmp_path):
    class Stopped(Exception):
        pass

    def stop_after_three(line, told=[]):  # noqa: B006
        told.append(line)
        if len(told) == 4:  # the first line says how many there are
            raise Stopped

    names = [*CHEAP, "head"]
    with pytest.raises(Stopped):
        run_study(
            genes, genes.full, tmp_path / "a", methods=names, tell=stop_after_three
        )
    before = {p: p.read_bytes() for p in (tmp_path / "a").rglob("*.json")}
    assert len(before) == 3
    assert run_study(genes, genes.full, tmp_path / "a", methods=names) == 9
    assert all(path.read_bytes() == content for path, content in before.items())
    assert run_study(genes, genes.full, tmp_path / "b", methods=names) == 12
    results = [
        [
            (r.task, r.method, r.run, r.accuracy, r.by_group, r.validation_accuracy)
            for r in read_records(tmp_path / folder, "genes")
        ]
        for folder in "ab"
    ]
    assert results[0] == results[1]
    assert run_study(genes, genes.full, tmp_path / "a", methods=names) == 0


def test_more_runs_add_to_those_that_there_are(genes, tmp_path):
    one = replace(genes.full, n_runs=1)
    assert run_study(genes, one, tmp_path, methods=CHEAP, tasks=["A"]) == 2
    assert run_study(genes, genes.full, tmp_path, methods=CHEAP, tasks=["A"]) == 2


def test_tasks_of_the_same_data_share_their_fits(genes, tmp_path, monkeypatch):
    a, *others = genes.full.tasks
    twice = replace(genes.full, n_runs=1, tasks=(a, replace(a, name="again"), *others))
    built = []
    monkeypatch.setattr(
        runner, "build", lambda *given, **kw: built.append(given) or build(*given, **kw)
    )
    run_study(genes, twice, tmp_path, methods=["statistics"], tasks=[a.name, "again"])
    first, again = read_records(tmp_path, "genes")
    assert len(built) == 1
    assert {first.task, again.task} == {a.name, "again"}
    assert replace(first, task="") == replace(again, task="")
    run_study(genes, twice, tmp_path, methods=["statistics"])
    assert len(built) == 1 + len(others)


def test_records_of_other_settings_are_refused(genes, tmp_path):
    run_study(genes, genes.full, tmp_path, methods=["statistics"])
    changed = [
        replace(m, settings={"C": 3.0}) if m.name == "statistics" else m
        for m in genes.full.methods
    ]
    with pytest.raises(InvalidInputError, match="made with other settings"):
        run_study(genes, replace(genes.full, methods=changed), tmp_path)


def test_a_damaged_record_is_named(genes, tmp_path):
    run_study(genes, genes.full, tmp_path, methods=["majority"], tasks=["A"])
    path = next(tmp_path.rglob("run1.json"))
    path.write_text(path.read_text()[:100])
    with pytest.raises(InvalidInputError, match=r"run1\.json is no record"):
        run_study(genes, genes.full, tmp_path, methods=["majority"])


@pytest.mark.parametrize("what", ["methods", "tasks"])
def test_unknown_names_are_refused_with_those_that_there_are(genes, tmp_path, what):
    with pytest.raises(InvalidInputError, match="there are"):
        run_study(genes, genes.full, tmp_path, **{what: ["nothing"]})
    assert not list(tmp_path.rglob("*.json"))


def test_only_the_training_windows_are_fitted(genes, tmp_path, monkeypatch):
    problem = genes.load(genes.full.tasks[0].data)
    fitted = []

    class Watched(DummyClassifier):
        def fit(self, X, y):
            fitted.append([window.positions.copy() for window in X])
            return super().fit(X, y)

    monkeypatch.setattr(
        "sklearn_deepsig.experiments.studies.runner.build", lambda *_, **__: Watched()
    )
    run_study(genes, genes.full, tmp_path, methods=["majority"], tasks=["A"])
    for run, windows in enumerate(fitted):
        train = problem.splits[run].train
        assert len(windows) == len(train)
        for window, index in zip(windows, train, strict=True):
            np.testing.assert_array_equal(window, problem.X[index].positions)


def test_scores_are_those_of_a_fit_by_hand(genes, tmp_path):
    run_study(genes, genes.full, tmp_path, methods=["head"], tasks=["B"])
    problem = genes.load(genes.full.tasks[1].data)
    (method,) = genes.full.chosen_methods(["head"])
    for run, record in enumerate(read_records(tmp_path, "genes")):
        split = problem.splits[run]
        model = HeadClassifier(**method.settings, random_state=run, verbose=False)
        model.fit([problem.X[i] for i in split.train], problem.y[split.train])
        predicted = model.predict([problem.X[i] for i in split.test])
        right = predicted == problem.y[split.test]
        positive = problem.y[split.test] == "dimerization"
        assert record.accuracy == pytest.approx(right.mean())
        assert record.recall == pytest.approx(right[positive].mean())


def test_records_are_plain_json(genes, tmp_path):
    run_study(genes, genes.full, tmp_path, methods=["majority"], tasks=["A"])
    record = json.loads(next(tmp_path.rglob("run0.json")).read_text())
    assert record["settings"]["data"]["recipe"] == "A"
    assert record["study"] == "genes"


def test_the_seed_reaches_the_estimator(genes):
    problem = genes.load(genes.full.tasks[0].data)
    (method,) = genes.full.chosen_methods(["single"])
    assert build(method, problem, seed=3).random_state == 3


@pytest.mark.parametrize("name", ["genes", "irreversible", "ablation"])
def test_no_plain_method_draws_from_what_others_share(name):
    """Seeds come from the run: NumPy's global state is neither read nor changed."""
    study = miniature(STUDIES[name])
    problem = study.load(study.full.tasks[0].data)
    split = problem.splits[0]
    X = [problem.X[i] for i in split.train]
    plain = [m for m in study.full.methods if m.role in ("plain", "reference")]
    assert len(plain) >= 3
    for method in plain:
        before = np.random.get_state()  # noqa: NPY002
        build(method, problem, seed=1).fit(X, problem.y[split.train])
        after = np.random.get_state()  # noqa: NPY002
        np.testing.assert_array_equal(before[1], after[1], err_msg=method.name)
        assert before[2] == after[2], method.name


def test_several_networks_differ_in_their_seed_and_the_best_are_averaged(genes):
    problem = genes.load(genes.full.tasks[0].data)
    ours, single = (genes.full.chosen_methods([name])[0] for name in ("ours", "single"))
    split = problem.splits[1]
    X, y = [problem.X[i] for i in split.train], problem.y[split.train]
    ensembles = [build(ours, problem, seed) for seed in range(2)]
    seeds = [m.random_state for e in ensembles for m in e.candidates]
    assert len(set(seeds)) == len(seeds) == 2 * ours.settings["n_networks"]
    # by the validation windows of this run, and no others
    chosen = ensembles[1].fit(X, y)
    for window, index in zip(chosen.X_validation, split.validation, strict=True):
        assert window is problem.X[index]
    right = [
        (m.predict(chosen.X_validation) == problem.y[split.validation]).mean()
        for m in chosen.candidates
    ]
    best = [place for place, share in enumerate(right) if share == max(right)]
    assert chosen.chosen_ == best
    own = [m.predict_proba(X) for m in chosen.candidates]
    assert not np.allclose(own[0], own[1])
    mean = np.mean([own[place] for place in best], axis=0)
    np.testing.assert_array_equal(
        chosen.predict(X), chosen.classes_[mean.argmax(axis=1)]
    )
    alone = clone(build(single, problem, 0)).set_params(random_state=seeds[-1])
    np.testing.assert_array_equal(alone.fit(X, y).predict_proba(X), own[-1])

"""How trajectories are divided: table 1's counts, and no test window ever learned."""

import numpy as np
import pytest

from sklearn_deepsig.datasets import make_gene_regulation, make_irreversible_dynamics
from sklearn_deepsig.experiments.studies import STUDIES

GENES = STUDIES["genes"]


@pytest.fixture(scope="module")
def table_1():
    """The full protocol, of networks that are small enough to simulate at once."""
    data = dict(GENES.full.tasks[2].data)
    return GENES.load({**data, "n_nodes": 8})


def test_the_frozen_settings_are_those_of_the_paper():
    assert [task.name for task in GENES.full.tasks] == ["A", "B", "S"]
    assert GENES.full.n_runs == 5
    for task in GENES.full.tasks:
        assert task.data["recipe"] == task.name
        assert task.data["n_trajectories"] == 100
        assert task.data["n_nodes"] == 100
    methods = {method.name: method.settings for method in GENES.full.methods}
    paper = methods["paper"]
    assert paper["n_clusters"] == (60, 30)
    assert paper["hidden_dim"] == 10
    assert paper["max_epochs"] == 100
    assert paper["batch_size"] == 48
    assert paper["learning_rate"] == 5e-4
    assert paper["weight_decay"] == 1e-4


def test_table_1_has_2500_windows_of_20_frames(table_1):
    assert len(table_1.X) == 2500
    assert {window.n_frames for window in table_1.X} == {20}
    assert table_1.positive == "dimerization"
    assert (table_1.y == "dimerization").sum() == 1250


def test_the_test_is_trajectories_90_to_99_and_nothing_learns_from_them(table_1):
    assert len(table_1.splits) == 5
    for split in table_1.splits:
        assert len(split.test) == 250
        assert set(table_1.groups[split.test]) == set(range(90, 100))
        assert set(table_1.groups[split.train]) == set(range(90))
        assert set(table_1.groups[split.validation]) == set(range(90))
        # 5 + 5 trajectories of the two classes
        assert (table_1.y[split.test] == "dimerization").sum() == 125


def test_each_run_validates_on_every_fifth_window_of_the_others(table_1):
    places = np.tile(np.arange(25), 100)  # of a window in its trajectory
    for run, split in enumerate(table_1.splits):
        assert len(split.train) == 1800
        assert len(split.validation) == 450
        assert set(places[split.validation]) == {run, run + 5, run + 10, run + 15, run + 20}  # fmt: skip # noqa: E501
        everything = np.concatenate(split)
        assert len(np.unique(everything)) == 2500
    validated = np.concatenate([split.validation for split in table_1.splits])
    np.testing.assert_array_equal(np.sort(validated), np.arange(2250))


def test_windows_are_the_simulation_cut(table_1):
    X, y = make_gene_regulation(100, n_nodes=8, recipe="S", random_state=0)
    np.testing.assert_array_equal(table_1.X[2476].positions, X[99].positions[20:40])
    assert table_1.y[2476] == y[99]


@pytest.fixture(scope="module")
def currents():
    study = STUDIES["irreversible"]
    data = {**study.full.tasks[0].data, "n_frames": 5, "group_size": 2}
    return study.load(data)


def test_whole_trajectories_are_validated_and_tested_on(currents):
    assert len(currents.X) == 450
    assert len(currents.splits) == 5
    for split in currents.splits:
        assert [len(part) for part in split] == [200, 50, 200]
        np.testing.assert_array_equal(np.sort(np.concatenate(split)), np.arange(450))
        assert split.test.min() == 250
        for part in split:
            assert (currents.y[part] == "forward").mean() == 0.5
    first, second = currents.splits[:2]
    assert not np.array_equal(first.validation, second.validation)


def test_trajectories_are_the_simulation(currents):
    study = STUDIES["irreversible"]
    X, y, groups = make_irreversible_dynamics(
        450, n_frames=5, group_size=2, noise=study.full.tasks[0].data["noise"],
        random_state=0,
    )  # fmt: skip
    np.testing.assert_array_equal(currents.X[-1].positions, X[-1].positions)
    np.testing.assert_array_equal(currents.y, y)
    np.testing.assert_array_equal(currents.node_groups, groups)


@pytest.mark.parametrize("study", STUDIES.values(), ids=lambda study: study.name)
@pytest.mark.parametrize("quick", [False, True])
def test_names_are_unique_and_every_table_has_what_it_must(study, quick):
    settings = study.quick if quick else study.full
    for items in (settings.tasks, settings.methods):
        assert len({item.name for item in items}) == len(items)
    if study.name.startswith(("ablation", "learning")):
        return
    assert {
        "ours", "invariant", "paper", "head", "tail", "head-tail", "graph-lstm",
        "logsignature", "statistics", "majority",
    } <= {method.name for method in settings.methods}  # fmt: skip


@pytest.mark.parametrize(
    "study",
    # those of files know their nodes only when the files are read, and check them then
    [study for study in STUDIES.values() if not study.folder],
    ids=lambda study: study.name,
)
@pytest.mark.parametrize("quick", [False, True])
def test_every_problem_has_nodes_enough_for_every_method(study, quick):
    settings = study.quick if quick else study.full
    for task in settings.tasks:
        n_nodes = task.data.get("n_nodes") or (
            task.data["n_groups"] * task.data["group_size"]
        )
        for method in settings.methods:
            assert max(method.settings.get("n_clusters", [1])) <= n_nodes


def test_the_learning_curve_has_as_many_trajectories_as_it_says_and_one_test():
    study = STUDIES["learning-curve"]
    sizes, tests = [], []
    for task in study.full.tasks:
        problem = study.load({**task.data, "n_frames": 5, "n_runs": 1})
        (split,) = problem.splits
        sizes.append(len(split.train))
        assert len(split.validation) == task.data["n_validation"]
        assert task.name == f"{sizes[-1]} trajectories"
        assert task.value == sizes[-1]
        assert len(split.test) == 200
        assert split.test.min() > max(split.train.max(), split.validation.max())
        tests.append([problem.X[i].positions for i in split.test])
    assert sizes == [25, 50, 100, 200, 400]
    for other in tests[1:]:
        np.testing.assert_array_equal(other, tests[0])


def test_figure_4_grows_the_time_at_the_same_number_of_frames_a_second():
    tasks = [task for task in STUDIES["scaling"].full.tasks if "duration" in task.line]
    assert [task.data["duration"] for task in tasks] == [1, 2, 3, 4, 5]
    assert [task.data["n_frames"] for task in tasks] == [250, 500, 750, 1000, 1250]
    sizes = [task.data["n_nodes"] for task in STUDIES["scaling"].full.tasks[5:]]
    assert min(sizes) == 50
    assert max(sizes) == 500

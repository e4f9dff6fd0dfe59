"""Every example runs, with small settings."""

import importlib.util
import os
import subprocess
import sys
import tempfile
from ast import literal_eval
from collections import Counter
from dataclasses import replace
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.container import BarContainer

import sklearn_deepsig
from sklearn_deepsig import SpectralCoarsener, make_windows
from sklearn_deepsig.datasets import make_gene_regulation
from tests.helpers.molecules import make_peptide

EXAMPLES = Path(__file__).parents[2] / "examples"

matplotlib.use("Agg")  # no window, wherever the tests run


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def load(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def table(tmp_path):
    """Peptides of two classes that differ in shape: the turn of their backbone."""
    lines = ["trajectory,topology,label"]
    for index in range(6):
        label, phi = [("helix", -60.0), ("strand", -140.0)][index % 2]
        torsions = np.radians(phi + np.random.default_rng(index).normal(size=(12, 8)))
        molecule = make_peptide(8, n_frames=12, seed=index, phi=torsions)
        molecule.save_xtc(str(tmp_path / f"{index}.xtc"))
        molecule[0].save_pdb(str(tmp_path / f"{index}.pdb"))
        lines.append(f"{index}.xtc,{index}.pdb,{label}")
    path = tmp_path / "table.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_every_example_has_a_test():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {
        "attribution",
        "clusters",
        "grid_search",
        "leakage",
        "one_large_fit",
        "pictures",
        "static_or_dynamic",
        "symmetry",
    }


def test_static_or_dynamic(table, capsys):
    example = load("static_or_dynamic")
    comparison = example.main(table, n_clusters=(4,), n_repeats=1)
    by_name = {row.method: row for row in comparison.rows}
    assert by_name["shape: mean of dihedrals"].balanced_accuracy == 1.0
    said = capsys.readouterr().out
    assert "motion: log-signature" in said
    assert said.splitlines()[-1].startswith(("Shape tells", "Both"))
    for right, begins in (("shape", "Shape"), ("motion", "Motion"), ("x", "Neither")):
        rows = [
            replace(row, group_accuracy=0.9 if row.method.startswith(right) else 0.7)
            for row in comparison.rows
        ]
        made_up = replace(
            comparison, rows=[replace(row, group_accuracy_se=0.15) for row in rows]
        )
        assert example.conclude(made_up, chance=0.5).startswith(begins)
    (ax,) = example.draw(comparison).axes
    assert [label.get_text() for label in ax.get_yticklabels()] == list(by_name)
    assert [bar.get_width() for bar in ax.patches[:4]] == pytest.approx(
        [100 * row.accuracy for row in comparison.rows]
    )
    assert "%" in ax.get_xlabel()


def test_static_or_dynamic_without_a_table_takes_the_peptides():
    example = load("static_or_dynamic")
    trajectories, labels, mutants = example.load(None, stride=100)
    assert len(trajectories) == len(labels) == len(mutants) == 24
    assert len(set(mutants)) == 12


def test_groups_of_a_table_are_held_out_together(table):
    lines = table.read_text().splitlines()
    rows = [f"{line},{number // 2}" for number, line in enumerate(lines[1:])]
    table.write_text("\n".join([f"{lines[0]},group", *rows]))
    assert load("static_or_dynamic").load(table, 1)[2] == list("001122")


@pytest.mark.slow
def test_one_large_fit(tmp_path):
    """Two processes under torchrun end with the model of one."""
    options = ["--trajectories", "4", "--epochs", "2"]
    alone = load("one_large_fit").main([str(tmp_path / "alone"), *options])
    script, shared = str(EXAMPLES / "one_large_fit.py"), str(tmp_path / "shared")
    result = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone"]
        + ["--nproc-per-node=2", script, shared, *options]
        + ["--checkpoints", str(tmp_path / "checkpoints")],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(EXAMPLES.parent)},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("saved in") == 1
    model = sklearn_deepsig.load(shared)
    # but for dropout, which each process draws itself
    np.testing.assert_allclose(
        model.history_["loss"], alone.history_["loss"], rtol=0.05
    )
    assert len(list((tmp_path / "checkpoints").glob("*/checkpoint.safetensors"))) == 1


def test_clusters(capsys):
    example = load("clusters")
    table = example.main([(12,), (16, 8)], 2, n_nodes=40, max_epochs=3)
    used = table.set_index(["n_clusters", "cluster_init"])["used"]
    for sizes in [(12,), (16, 8)]:
        assert used[sizes, "k-means++"] > used[sizes, "random"]
    assert "largest" in capsys.readouterr().out
    (ax,) = example.draw(table).axes
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["(12,)", "(16, 8)"]
    drawn = {
        bars.get_label(): [bar.get_height() for bar in bars] for bars in ax.containers
    }
    for init in ("k-means++", "random"):
        assert drawn[init] == [used[(12,), init], used[(16, 8), init]]
    limits = [lines.get_segments()[0][0, 1] for lines in ax.collections]
    assert limits == [12, 8]


def test_attribution(capsys):
    """Of both models the sums agree where they should, and pairs are found."""
    means = load("attribution").main([0], n_train=40, n_held_out=12, max_epochs=2)
    assert len(means) == 8
    missing = means["missing of the sum"]
    assert missing["eigenvectors + linear"].max() < 1e-9
    network = missing["Deep Signature"]
    assert network["integrated_gradients"].max() < network["gradient_input"].min()
    found = means["precision at 10"]["eigenvectors + linear"]
    assert found.min() >= 0.8
    printed = capsys.readouterr().out
    assert "frequency" in printed
    assert "group 0 node" in printed


class Counted(SpectralCoarsener):
    """Leaves a file in `checkpoint_dir` for each fit, in whatever process it is."""

    def fit(self, X, y=None, groups=None, sample_weight=None):
        folder = Path(self.checkpoint_dir)
        handle, _ = tempfile.mkstemp(prefix=f"{self.n_clusters}-", dir=folder)
        os.close(handle)
        checkpoint_dir, self.checkpoint_dir = self.checkpoint_dir, None
        super().fit(X, y, groups, sample_weight)
        self.checkpoint_dir = checkpoint_dir
        return self


def count_fits(folder, memory, n_jobs):
    """Fit the search of the example; return it, and the fits of each `n_clusters`."""
    search = load("grid_search").make_search(memory, max_epochs=1, n_jobs=n_jobs)
    folder.mkdir()
    counted = Counted(max_epochs=1, random_state=0, checkpoint_dir=str(folder))
    search.estimator.steps[0] = ("spectralcoarsener", counted)
    simulated = make_gene_regulation(6, n_nodes=20, n_frames=24, random_state=0)
    X, y, groups = make_windows(*simulated, n_windows=2)
    # without the whole model, which trains no coarsener
    search.set_params(param_grid=search.param_grid[0], error_score="raise")
    search.fit(X, y, groups=groups)
    fits = Counter(path.name.rpartition("-")[0] for path in folder.iterdir())
    return search, {literal_eval(name): count for name, count in fits.items()}


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_search_trains_each_coarse_graining_once_a_fold(tmp_path, n_jobs):
    found, fits = count_fits(tmp_path / "a", str(tmp_path / "memory"), n_jobs)
    assert len(found.cv_results_["params"]) == 12
    expected = dict.fromkeys([(8,), (16, 8), (20, 16, 8)], 3)
    expected[found.best_params_["spectralcoarsener__n_clusters"]] += 1  # on all of it
    if n_jobs is None:
        assert fits == expected
    else:
        # joblib's memory has no locks: two processes that want the same at the same
        # time may both train it, which depends on how fast the machine lets them run.
        assert fits.keys() == expected.keys()
        assert all(expected[sizes] <= fits[sizes] for sizes in expected)
        assert sum(fits.values()) <= 1.5 * sum(expected.values())
    # Without memory each of four settings trains it anew, and learns the same.
    again, fits = count_fits(tmp_path / "b", None, n_jobs)
    assert sum(fits.values()) == 12 * 3 + 1
    for key in ("mean_test_score", "std_test_score"):
        np.testing.assert_array_equal(found.cv_results_[key], again.cv_results_[key])


def test_grid_search(capsys):
    example = load("grid_search")
    search = example.main(**example.QUICK)
    assert search.n_jobs == 2
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 12 + 6
    assert lines[0].split()[:4] == ["model", "n_clusters", "depth", "n_segments"]
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    (ax,) = example.draw(search).axes
    drawn = np.concatenate([bars[0].get_ydata(orig=False) for bars in ax.containers])
    scores = 100 * search.cv_results_["mean_test_score"]
    np.testing.assert_allclose(np.sort(drawn), np.sort(scores))
    assert len(ax.get_legend().get_texts()) == 2 * 3
    assert (ax.get_xscale(), ax.get_xlabel()) == ("log", "seconds a fit")


def test_leakage(capsys):
    """Labels by lot are recalled for known trajectories, and for no others."""
    example = load("leakage")
    table = example.main(**example.QUICK)
    assert len(table) == 2 * 2 * 2 * 3
    means = table.groupby(["label", "method", "split"])["accuracy %"].mean()
    by_lot = means["by lot"]["log-signature + logistic regression"]
    assert by_lot["same trajectories"] > 80
    assert by_lot["same, with gap"] > 70
    assert by_lot["whole held out"] < 60
    printed = capsys.readouterr().out
    for name in ("Deep Signature", "by lot", "true", "mean", "std"):
        assert name in printed
    figure = example.draw(table)
    for ax, label in zip(figure.axes, ["by lot", "true"], strict=True):
        assert label in ax.get_title()
        splits = [tick.get_text() for tick in ax.get_xticklabels()]
        bars = [c for c in ax.containers if isinstance(c, BarContainer)]
        drawn = {
            (bar.get_label(), split): patch.get_height()
            for bar in bars
            for split, patch in zip(splits, bar, strict=True)
        }
        assert drawn == pytest.approx(means[label].to_dict())
        assert ax.lines[-1].get_ydata() == [50, 50]
    assert len(figure.legends[0].get_texts()) == 3


def test_lots_say_nothing_of_the_class():
    truth = np.repeat(["a", "b"], [6, 8])
    lots = [load("leakage").draw_lots(truth, seed) for seed in range(20)]
    for labels in lots:
        assert [labels[truth == name].mean() for name in ("a", "b")] == [0.5, 0.5]
    assert len({tuple(labels) for labels in lots}) > 10


def test_pictures(tmp_path, capsys):
    folder = tmp_path / "pictures"
    displays, files = load("pictures").main(folder, max_epochs=2, stride=10)
    written = {path.name for path in folder.iterdir()}
    assert written == {
        *(f"{name}.png" for name in displays),
        "molecule.html",
        "molecule.pdb",
    }
    assert len(displays) == 8
    assert capsys.readouterr().out.splitlines()[-1] == str(files.pdb)
    assert len(displays["comparison"].methods) == 3
    # whole mutants are held out, and the page shows one of them with all its atoms
    is_test = displays["features-pca"].is_test
    assert 0 < is_test.sum() < len(is_test) == 4 * 24
    assert len(files.pdb.read_text().split("CB")) > 10


def test_symmetry(capsys):
    """What docs/symmetry.md calls exact is exact, and what it calls not so is not."""
    example = load("symmetry")
    table = example.main(**example.QUICK)
    exact = {
        "translation": set(table["translation"]),
        "rotation": {
            "rotation invariants",
            "superposed first",
            "rotation_invariant=True",
        },
        "mirror image": {"rotation invariants"},
        "order of the atoms": set(table["rotation"]) - {"superposed first"},
        "twice the frames": {"log-signature", "rotation invariants"},
        "uneven time": {"log-signature", "rotation invariants"},
        "time reversal": set(),
    }
    assert set(exact) == set(table)
    for change, row in table.items():
        for name, value in row.items():
            assert (value < 1e-10) == (name in exact[change]), (change, name)
    assert table["time reversal"]["log-signature"] == pytest.approx(2)
    assert "changed: 0 of 21" in capsys.readouterr().out
    ax, bar = example.draw(table).axes
    assert [label.get_text() for label in ax.get_yticklabels()] == list(table)
    assert ax.images[0].get_array().shape == (7, 6)
    assert len(ax.texts) == 7 * 6
    assert "log10" in bar.get_ylabel()


def test_every_example_says_what_it_is_and_how_to_run_it():
    for path in EXAMPLES.glob("*.py"):
        text = path.read_text()
        title, line = text.splitlines()[1:3]
        assert line == "=" * len(title), path
        assert f"python examples/{path.name}" in text
        assert ("--quick" in text) == ("def draw(" in text), path

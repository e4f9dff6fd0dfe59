"""Every example runs, with small settings."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.molecules import make_peptide

EXAMPLES = Path(__file__).parents[2] / "examples"


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
        "static_or_dynamic",
        "symmetry",
    }


def test_static_or_dynamic(table, capsys):
    comparison = load("static_or_dynamic").main(table, n_clusters=(4,), n_repeats=1)
    by_name = {row.method: row for row in comparison.rows}
    assert by_name["shape: mean of dihedrals"].balanced_accuracy == 1.0
    assert "motion: log-signature" in capsys.readouterr().out


def test_symmetry(capsys):
    """What docs/symmetry.md calls exact is exact, and what it calls not so is not."""
    table = load("symmetry").main(n_samples=6, max_epochs=2, n_clusters=(4, 2))
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

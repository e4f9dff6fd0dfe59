"""The picture of a comparison, by its structure."""

import numpy as np
import pytest

from sklearn_deepsig.exceptions import MissingDependencyError
from sklearn_deepsig.plots import ComparisonDisplay

METHODS = ["Deep Signature", "majority class"]
SCORES = {"accuracy": ([0.8, 0.5], [0.1, 0.0]), "recall": ([0.7, 0.0], [0.2, 0.0])}


def test_bars_have_the_means_and_the_spread():
    display = ComparisonDisplay(METHODS, SCORES, title="receptors").plot()
    ax = display.ax_
    widths = [bar.get_width() for container in ax.containers for bar in container
              if hasattr(bar, "get_width")]  # fmt: skip
    np.testing.assert_allclose(sorted(widths), [0, 50, 70, 80])
    assert [label.get_text() for label in ax.get_yticklabels()] == METHODS
    assert ax.get_xlabel() == "held-out score (%)"
    assert ax.get_title() == "receptors"
    assert [t.get_text() for t in ax.get_legend().get_texts()] == list(SCORES)


def test_draws_into_the_axes_it_gets_and_writes_a_file(tmp_path):
    figure = pytest.importorskip("matplotlib.figure")
    ax = figure.Figure().subplots()
    display = ComparisonDisplay(METHODS, SCORES).plot(ax)
    assert display.ax_ is ax
    display.save(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_it_says_how_to_install_it(monkeypatch):
    def fail(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name="matplotlib")

    monkeypatch.setattr("importlib.import_module", fail)
    with pytest.raises(MissingDependencyError, match=r"sklearn-deepsig\[plots\]"):
        ComparisonDisplay(METHODS, SCORES).plot()

"""What Displays have in common: computing draws nothing, drawing computes nothing."""

import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_deepsig import DeepSignatureClassifier
from sklearn_deepsig.exceptions import (
    InvalidInputError,
    InvalidInputTypeError,
    MissingDependencyError,
)
from sklearn_deepsig.plots import (
    AssignmentDisplay,
    AttributionDisplay,
    CoarseGraphDisplay,
    ComparisonDisplay,
    FeatureSpaceDisplay,
    LossCurveDisplay,
    RMSDDisplay,
)

# Those that show a coarse graining of one sample.
OF_COARSENERS = [AssignmentDisplay, CoarseGraphDisplay, RMSDDisplay]

FROM_ESTIMATOR = [
    *OF_COARSENERS,
    AttributionDisplay,
    FeatureSpaceDisplay,
    LossCurveDisplay,
]
FROM_ARRAYS = {
    "AssignmentDisplay": lambda: AssignmentDisplay([[1.0, 0.0], [0.5, 0.5]]),
    "AttributionDisplay": lambda: AttributionDisplay([[0.0, 1.0], [1.0, 0.0]]),
    "CoarseGraphDisplay": lambda: CoarseGraphDisplay(
        [[0.0, 0, 0], [1, 0, 0]], [[1, 0], [0, 1]], [[0], [1]]
    ),
    "ComparisonDisplay": lambda: ComparisonDisplay(["a"], {"s": ([0.5], [0.1])}),
    "FeatureSpaceDisplay": lambda: FeatureSpaceDisplay([[0, 0], [1, 1]], [0, 1]),
    "LossCurveDisplay": lambda: LossCurveDisplay({"loss": [2.0, 1.0]}),
    "RMSDDisplay": lambda: RMSDDisplay([0.0, 0.1], [0.0, 0.2]),
}


def of_classifier(display, model, peptides):
    given = [peptides.X, peptides.y]
    takes = {LossCurveDisplay: 0, FeatureSpaceDisplay: 2}
    return display.from_estimator(model, *given[: takes.get(display, 1)])


@pytest.mark.parametrize("display", FROM_ESTIMATOR)
@pytest.mark.usefixtures("no_drawing")
def test_computing_draws_nothing(display, classifier, peptides):
    display = of_classifier(display, classifier, peptides)
    assert not hasattr(display, "ax_")
    assert not hasattr(display, "figure_")
    with pytest.raises(AssertionError, match="this draws"):
        display.plot()


@pytest.mark.parametrize("display", FROM_ESTIMATOR)
def test_drawing_computes_nothing(display, classifier, peptides, request):
    display = of_classifier(display, classifier, peptides)
    request.getfixturevalue("no_computing")
    assert display.plot() is display
    assert display.figure_.axes[0] is display.ax_


@pytest.mark.parametrize("name", FROM_ARRAYS)
def test_draws_into_the_axes_it_gets_and_nowhere_else(name, ax, tmp_path):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    display = FROM_ARRAYS[name]()
    with pytest.raises(InvalidInputError, match=r"call plot\(\) first"):
        display.save(tmp_path / "picture.png")
    assert display.plot(ax) is display
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert ax.has_data()
    assert ax.get_xlabel()
    display.save(tmp_path / "new" / "picture.png")
    with pytest.raises(InvalidInputError, match=r"foo' does not end as .*\.png"):
        display.save(tmp_path / "picture.foo")
    assert (tmp_path / "new" / "picture.png").read_bytes().startswith(b"\x89PNG")
    # a second drawing has a figure of its own, which no window shows
    assert display.plot().figure_ is not ax.figure
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("name", FROM_ARRAYS)
def test_what_is_no_axes_is_refused(name):
    with pytest.raises(InvalidInputTypeError, match="ax is of type str"):
        FROM_ARRAYS[name]().plot("axes")


@pytest.mark.parametrize("name", FROM_ARRAYS)
def test_without_matplotlib_it_says_how_to_install_it(name, monkeypatch):
    display = FROM_ARRAYS[name]()

    def fail(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name="matplotlib")

    monkeypatch.setattr("importlib.import_module", fail)
    with pytest.raises(MissingDependencyError, match=r"sklearn-deepsig\[plots\]"):
        display.plot()


@pytest.mark.parametrize("display", FROM_ESTIMATOR)
def test_an_unfitted_estimator_is_refused(display, peptides):
    with pytest.raises(NotFittedError):
        of_classifier(display, DeepSignatureClassifier(), peptides)


@pytest.mark.parametrize("display", OF_COARSENERS)
def test_an_estimator_without_clusters_is_refused(display, peptides):
    model = make_pipeline(LogisticRegression())
    with pytest.raises(InvalidInputTypeError, match="Give one of SpectralCoarsener"):
        display.from_estimator(model, peptides.X)


@pytest.mark.parametrize("display", OF_COARSENERS)
@pytest.mark.parametrize("sample", [8, -1])
def test_a_sample_that_is_not_there_is_refused(display, sample, coarsener, peptides):
    with pytest.raises(InvalidInputError, match=r"X holds 8 samples, 0 to 7"):
        display.from_estimator(coarsener, peptides.X, sample=sample)

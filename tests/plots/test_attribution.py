"""The map of an attribution, by its structure."""

import numpy as np
import pytest

from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.inspection import attribute, combine_residues
from sklearn_deepsig.plots import AttributionDisplay

RESIDUES = [f"ALA {i}" for i in range(1, 7)]


def test_pairs_of_residues_in_colours_centred_on_zero(classifier, peptides, ax):
    found = attribute(classifier, peptides.X[:3])
    display = AttributionDisplay.from_attribution(found, title="active").plot(ax)
    (image,) = ax.images
    assert image is display.image_
    np.testing.assert_allclose(image.get_array(), found.residue_pairs)
    low, high = image.get_clim()
    assert -low == high == np.abs(found.residue_pairs).max() > 0
    # the colour of zero is white, and both ends are as far from it
    assert min(image.cmap(image.norm(0.0))[:3]) > 0.95
    assert image.cmap(image.norm(high))[0] > 0.3 > image.cmap(image.norm(high))[1]
    assert image.cmap(image.norm(low))[2] > 0.3 > image.cmap(image.norm(low))[0]
    for axis in (ax.xaxis, ax.yaxis):
        assert [label.get_text() for label in axis.get_ticklabels()] == RESIDUES
        assert axis.get_label_text() == "residue"
    assert image.colorbar.ax.get_ylabel() == "contribution to the output"
    assert ax.get_title() == "active"


def test_from_estimator_is_the_attribution(classifier, peptides):
    X, y = peptides.X[:3], peptides.y[:3]
    method = "integrated_gradients"
    found = attribute(classifier, X, y, method=method)
    display = AttributionDisplay.from_estimator(classifier, X, y, method=method)
    np.testing.assert_allclose(display.pairs, found.residue_pairs)
    assert display.title == "integrated gradients"
    clusters = AttributionDisplay.from_estimator(
        classifier, X, y, method=method, level="clusters"
    )
    np.testing.assert_allclose(clusters.pairs, found.cluster_pairs)
    assert clusters.plot().ax_.get_xlabel() == "cluster"
    assert clusters.names == ["0", "1", "2", "3"]


def test_several_systems_are_shown_by_their_residues(classifier, peptides):
    parts = [
        attribute(classifier, peptides.X[:2]),
        attribute(classifier, peptides.X[2:]),
    ]
    found = combine_residues(parts)
    display = AttributionDisplay.from_attribution(found)
    np.testing.assert_allclose(display.pairs, found.residue_pairs)
    assert display.names == found.residue_names
    with pytest.raises(InvalidInputTypeError, match="clusters need Attribution"):
        AttributionDisplay.from_attribution(found, level="clusters")


def test_zeros_are_drawn_too(ax):
    AttributionDisplay(np.zeros((2, 2))).plot(ax)
    assert ax.images[0].get_clim() == (-1, 1)


def test_without_the_diagonal_colours_are_those_of_the_pairs(ax):
    AttributionDisplay([[9.0, 0.5], [0.5, -9.0]]).plot(ax, diagonal=False)
    (image,) = ax.images
    assert image.get_clim() == (-0.5, 0.5)
    assert image.get_array().mask.tolist() == [[True, False], [False, True]]


def test_many_residues_get_few_labels(ax):
    AttributionDisplay(np.eye(400), [f"ALA {i}" for i in range(400)]).plot(ax)
    assert 13 <= len(ax.get_xticks()) == len(ax.get_yticks()) <= 25


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((2, 3)),), r"pairs have shape \(2, 3\)"),
        ((np.zeros(3),), r"pairs have shape \(3,\)"),
        (([[np.inf]],), "finite contributions"),
        ((np.eye(2), ["a"]), "1 names were given for 2 rows"),
    ],
)
def test_bad_pairs_are_refused(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        AttributionDisplay(*arguments)


def test_other_bad_input_is_refused(classifier, coarsener, peptides):
    found = attribute(classifier, peptides.X[:1])
    with pytest.raises(InvalidInputError, match="level='atoms' must be one of"):
        AttributionDisplay.from_attribution(found, level="atoms")
    with pytest.raises(InvalidInputTypeError, match="from_attribution"):
        AttributionDisplay(found)
    with pytest.raises(InvalidInputTypeError):
        AttributionDisplay.from_estimator(coarsener, peptides.X[:1])

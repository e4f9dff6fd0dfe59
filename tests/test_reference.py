"""The numbers that the models gave before, and the models that were saved before."""

import json

import numpy as np
import pytest

import sklearn_deepsig
from tests.helpers.reference import (
    FOLDER,
    MODELS,
    PREDICTIONS,
    SAVED,
    fit,
    fit_fresh,
    predictions,
    samples,
)

# Machines add in different orders, which changes float64 by 1e-16 and, through three
# epochs of training, by less than 1e-12. Any change of the method shows above this;
# where it was meant, `python -m tests.helpers.reference` renews the numbers.
RTOL = 1e-9
# First weights are drawn in float32, whose logarithms machines round differently.
RTOL_FRESH = 1e-4

REFERENCE = json.loads(PREDICTIONS.read_text())


def assert_as_before(found, expected, rtol=RTOL):
    assert found.keys() == expected.keys()
    for method, values in expected.items():
        if isinstance(values[0], str):
            assert found[method] == values
        else:
            np.testing.assert_allclose(found[method], values, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("name", MODELS)
def test_a_fit_gives_the_numbers_of_before(name):
    assert_as_before(predictions(fit(name)), REFERENCE[name]["trained"])


@pytest.mark.parametrize("name", MODELS)
def test_first_weights_are_those_of_before(name):
    assert_as_before(
        predictions(fit_fresh(name)), REFERENCE[name]["fresh"], rtol=RTOL_FRESH
    )


def test_every_reference_belongs_to_a_model():
    assert REFERENCE.keys() == MODELS.keys()


@pytest.mark.parametrize("folder", sorted(FOLDER.glob("model-*")), ids=lambda f: f.name)
def test_a_model_saved_before_is_read_and_says_the_same(folder):
    model = sklearn_deepsig.load(folder)
    assert_as_before(predictions(model), REFERENCE[SAVED]["trained"])
    X, y, _ = samples()
    model.partial_fit(X, y)
    assert model.n_iter_ == 4


def test_a_model_of_the_present_format_is_kept():
    name = f"model-format-{sklearn_deepsig.persistence.FORMAT_VERSION}"
    assert (FOLDER / name).is_dir()

"""One random_state, one answer: whatever the workers, threads and order."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import cross_val_predict

from sklearn_deepsig import (
    DeepSignatureClassifier,
    DeepSignatureRegressor,
    SpectralCoarsener,
)
from tests.helpers.graphs import random_sample

SMALL = {
    "n_clusters": (4, 2),
    "hidden_dim": 5,
    "n_segments": 2,
    "lstm_hidden_dim": 12,
    "mlp_hidden_dim": 8,
    "max_epochs": 4,
    "batch_size": 5,
    "random_state": 0,
}
CLASSIFIER = DeepSignatureClassifier(**SMALL)
REGRESSOR = DeepSignatureRegressor(**SMALL)
COARSENER = SpectralCoarsener((4, 2), hidden_dim=5, max_epochs=4, random_state=0)
y = np.arange(14) % 2


@pytest.fixture
def X(rng):
    return [
        random_sample(rng, 9 + i % 3, 6 + i % 4, dtype=np.float32) for i in range(14)
    ]


def outputs(model, X):
    """What a model says of samples, one array a sample."""
    if isinstance(model, DeepSignatureClassifier):
        return list(model.predict_proba(X))
    if isinstance(model, DeepSignatureRegressor):
        return list(model.predict(X))
    return list(model.transform(X))


every_estimator = pytest.mark.parametrize(
    "model", [CLASSIFIER, REGRESSOR, COARSENER], ids=lambda m: type(m).__name__
)


def test_the_number_of_workers_changes_nothing(X):
    alone, together = (
        cross_val_predict(CLASSIFIER, X, y, cv=2, method="predict_proba", n_jobs=n_jobs)
        for n_jobs in (1, 2)
    )
    np.testing.assert_allclose(together, alone, atol=1e-5)


@every_estimator
def test_the_number_of_threads_changes_nothing_that_counts(X, model):
    before = torch.get_num_threads()
    found = []
    try:
        for n_threads in (1, 2, 4):
            torch.set_num_threads(n_threads)
            found.append(outputs(clone(model).fit(X, y), X))
    finally:
        torch.set_num_threads(before)
    for other in found[1:]:
        for a, b in zip(other, found[0], strict=True):
            np.testing.assert_allclose(a, b, atol=1e-5)


@every_estimator
def test_the_order_and_size_of_batches_change_no_prediction(X, rng, model):
    model = clone(model).fit(X, y)
    expected = outputs(model, X)
    order = rng.permutation(len(X))
    for batch_size in (1, 4, 100):
        model.set_params(batch_size=batch_size)
        shuffled = outputs(model, [X[i] for i in order])
        for place, index in enumerate(order):
            np.testing.assert_allclose(shuffled[place], expected[index], atol=1e-5)


@every_estimator
def test_two_fits_are_equal_to_the_last_bit_and_leave_no_trace(X, model):
    state = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    first, second = (outputs(clone(model).fit(X, y), X) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    assert torch.equal(torch.get_rng_state(), state[0])
    assert np.array_equal(np.random.get_state()[1], state[1])  # noqa: NPY002


def test_a_random_state_of_numpy_gives_one_fit_after_another(X):
    def fits():
        shared = np.random.RandomState(3)
        models = [clone(CLASSIFIER).set_params(random_state=shared) for _ in range(2)]
        return [model.fit(X, y).predict_proba(X) for model in models]

    first, again = fits(), fits()
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[0], first[1])

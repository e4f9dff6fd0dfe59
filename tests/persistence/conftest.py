"""A small model, and the folder it is saved in."""

import numpy as np
import pytest

from sklearn_deepsig import DeepSignatureClassifier, save
from tests.helpers.saved_models import X


@pytest.fixture(scope="session")
def model():
    """Fit the model; no test may change it."""
    return DeepSignatureClassifier(
        n_clusters=(2,),
        hidden_dim=3,
        n_segments=2,
        lstm_hidden_dim=4,
        mlp_hidden_dim=3,
        max_epochs=1,
        random_state=np.random.RandomState(0),
    ).fit(X, np.array(["a", "b"] * 3))


@pytest.fixture
def folder(model, tmp_path):
    save(model, tmp_path / "model")
    return tmp_path / "model"

"""Reference predictions of tiny models; ``python -m tests.helpers.reference`` renews.

Each model reads numbers of a formula, in float64, and what it says is kept in
``tests/reference/predictions.json``: with fresh weights, which torch draws in float32
and machines round differently, and, to more digits, after training from weights of a
formula.
``tests/reference/model-format-N`` is a saved model of format N; those of older formats
are never written again.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import torch
from sklearn.base import clone

import sklearn_deepsig
from sklearn_deepsig import (
    DeepSignatureClassifier,
    DeepSignatureRegressor,
    LogSignatureTransformer,
    SpectralCoarsener,
)
from sklearn_deepsig.persistence import FORMAT_VERSION

FOLDER = Path(__file__).parents[1] / "reference"
PREDICTIONS = FOLDER / "predictions.json"
N_SHOWN = 12

NETWORK = {
    "hidden_dim": 4,
    "max_epochs": 3,
    "batch_size": 4,
    "precision": "float64",
    "device": "cpu",
    "random_state": 0,
}
WHOLE = NETWORK | {
    "n_segments": 2,
    "lstm_hidden_dim": 5,
    "mlp_hidden_dim": 4,
    # machines draw it differently
    "dropout": 0.0,
}

MODELS = {
    "SpectralCoarsener": SpectralCoarsener((4, 2), **NETWORK),
    "SpectralCoarsener, rotation invariant": SpectralCoarsener(
        (3,), rotation_invariant=True, **NETWORK
    ),
    "LogSignatureTransformer": LogSignatureTransformer(
        3, 2, augmentation="time", backend="torch"
    ),
    "LogSignatureTransformer, rotation invariant": LogSignatureTransformer(
        2, 2, invariance="rotation", backend="torch"
    ),
    "DeepSignatureClassifier": DeepSignatureClassifier((4, 2), **WHOLE),
    "DeepSignatureClassifier, rotation invariant": DeepSignatureClassifier(
        (3,), rotation_invariant=True, **WHOLE
    ),
    "DeepSignatureRegressor": DeepSignatureRegressor((4, 2), **WHOLE),
    "DeepSignatureRegressor, rotation invariant": DeepSignatureRegressor(
        (3,), rotation_invariant=True, **WHOLE
    ),
}
SAVED = "DeepSignatureClassifier"


def samples():
    """Positions by a formula, for streams of random numbers may change: (8, 9, 5, 3).

    Returns
    -------
    X : ndarray
        Samples that circle faster and wider, the later they come.
    classes : ndarray of str
        What a classifier is to learn.
    numbers : ndarray of float
        What a regressor is to learn.
    """
    sample, frame, node, dim = np.indices((8, 9, 5, 3))
    phase = 0.4 * (1 + sample) * frame + 2.1 * node + 1.3 * dim
    X = 0.3 * node * (dim == 0) + 0.1 * (1 + sample) * np.sin(phase + 0.7 * node * dim)
    return X, np.array(["slow"] * 4 + ["fast"] * 4), np.linspace(-1, 1, 8)


def fit_fresh(name):
    """Fit one of the models in steps too small to change its first weights.

    Returns
    -------
    estimator
        The fitted model.
    """
    X, classes, numbers = samples()
    model = clone(MODELS[name])
    if "max_epochs" in model.get_params():
        model.set_params(max_epochs=1, learning_rate=1e-30)
    return model.fit(X, numbers if "Regressor" in name else classes)


def fit(name):
    """Train one of the models from weights of a formula.

    Returns
    -------
    estimator
        The fitted model.
    """
    X, classes, numbers = samples()
    model = fit_fresh(name)
    if not hasattr(model, "module_"):
        return model
    with torch.no_grad():
        for index, weight in enumerate(model.module_.parameters()):
            places = torch.arange(weight.numel(), dtype=weight.dtype)
            weight.copy_(torch.sin(0.37 * places**2 + index).view(weight.shape))
    model.set_params(**MODELS[name].get_params() | {"warm_start": True})
    return model.fit(X, numbers if "Regressor" in name else classes)


def predictions(model):
    """Say what a model says, as lists of numbers that differ from each other.

    Returns
    -------
    dict of str to list
        By method: the first numbers, their sum and the sum of their squares.
    """
    X, _, _ = samples()
    said = {}
    for name in ("predict_proba", "predict", "transform", "assign"):
        if not hasattr(model, name):
            continue
        result = np.asarray(getattr(model, name)(X))
        if result.dtype.kind == "U":
            said[name] = result.tolist()
        else:
            flat = result.astype(float).ravel()
            shown = flat[:: max(1, flat.size // N_SHOWN)]
            said[name] = [*shown.tolist(), flat.sum(), (flat**2).sum()]
    return said


def main():
    FOLDER.mkdir(exist_ok=True)
    said = {
        name: {"fresh": predictions(fit_fresh(name)), "trained": predictions(fit(name))}
        for name in MODELS
    }
    PREDICTIONS.write_text(json.dumps(said, indent=1) + "\n")
    folder = FOLDER / f"model-format-{FORMAT_VERSION}"
    shutil.rmtree(folder, ignore_errors=True)
    sklearn_deepsig.save(fit(SAVED), folder)


if __name__ == "__main__":
    main()

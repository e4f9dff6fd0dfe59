"""Explaining the networks: gradients from the output to the log-signature."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import is_classifier
from torch import Tensor

from sklearn_deepsig.estimators import DeepSignatureClassifier, DeepSignatureRegressor
from sklearn_deepsig.estimators._names import coordinate_names
from sklearn_deepsig.estimators._node_counts import samples_to_apply
from sklearn_deepsig.functional.attribution import (
    gradient_times_input,
    integrated_gradients,
)
from sklearn_deepsig.functional.feature_pairs import feature_pairs
from sklearn_deepsig.inspection._explanation import (
    Explanation,
    check_same_nodes,
    contrasts,
    which,
)
from sklearn_deepsig.nn import GraphBatch

__all__ = ["explain_network"]


def explain_network(
    model: DeepSignatureClassifier | DeepSignatureRegressor,
    X: Any,
    y: Any,
    *,
    target: int | None,
    method: str,
    n_steps: int,
) -> Explanation:
    """Explain the predictions of a network.

    Parameters
    ----------
    model : DeepSignatureClassifier or DeepSignatureRegressor
        Fitted.
    X : samples
        Trajectories.
    y : array-like, label or None
        Classes to explain.
    target : int or None
        Which number of a regressor that predicts several.
    method : {"gradient_input", "integrated_gradients"}
        How contributions are computed.
    n_steps : int
        Points of the integral.

    Returns
    -------
    Explanation
        Of the coordinates.

    Raises
    ------
    InvalidInputError
        If a sample, `y` or `target` cannot be used.
    NotFittedError
        If the model is not fitted.
    """
    samples = samples_to_apply(model, X)
    check_same_nodes(samples)
    classes = model.classes_ if is_classifier(model) else None
    n_outputs = model._n_outputs()
    chosen = which(y, target, classes, len(samples), n_outputs)
    is_done = 0

    def explain(module: torch.nn.Module, batch: GraphBatch) -> tuple[Any, ...]:
        nonlocal is_done
        coarse = module.coarsening(batch)
        path = coarse.relative_path.flatten(2)
        segments = module.logsignature(path, batch.n_frames)
        still = module.logsignature(torch.zeros_like(path), batch.n_frames)

        def all_outputs(values: Tensor) -> Tensor:
            return module.head(module.sequence(module.batch_norm(values)))

        logits = all_outputs(segments)
        if chosen is None:
            of_batch = logits.argmax(1).cpu().numpy()
        else:
            of_batch = chosen[is_done : is_done + len(logits)]
        is_done += len(logits)
        weights = torch.as_tensor(_weights(model, of_batch, n_outputs)).to(logits)

        def output(values: Tensor) -> Tensor:
            return (all_outputs(values) * weights).sum(1)

        if method == "gradient_input":
            found = gradient_times_input(output, segments, still)
        else:
            found = integrated_gradients(output, segments, still, n_steps=n_steps)
        parts = found.flatten(1), output(segments), output(still), coarse.assignment
        return of_batch, *(part.cpu().numpy() for part in parts)

    parts = zip(*model._apply(samples, explain), strict=True)
    targets, coordinates, outputs, at_rest, assignments = map(np.concatenate, parts)
    n_dims, n_clusters = model.n_dims_in_, model.n_clusters_[-1]
    channels = coordinate_names([f"cluster{i}" for i in range(n_clusters)], n_dims)
    features = model.module_.logsignature.features
    names = features.names(channels)
    origin = _origin(model, targets)
    return Explanation(
        coordinates,
        [f"seg{i}:{name}" for i in range(model.n_segments) for name in names],
        targets,
        outputs.astype(np.float64) + origin,
        at_rest.astype(np.float64) + origin,
        feature_pairs(features, len(channels), n_dims),
        assignments.mean(axis=0, dtype=np.float64),
        samples,
    )


def _weights(
    model: Any, targets: NDArray[np.int64], n_outputs: int
) -> NDArray[np.float64]:
    """Weigh the network's outputs so that their sum is what is explained."""
    if is_classifier(model):
        return contrasts(targets, n_outputs)
    return np.eye(n_outputs)[targets] * model.target_scale_


def _origin(model: Any, targets: NDArray[np.int64]) -> NDArray[np.float64] | float:
    """Return what a regressor adds to the network's outputs."""
    return 0.0 if is_classifier(model) else model.target_mean_[targets]

"""Attribution of predictions to coordinates of the log-signature."""

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from sklearn_deepsig.estimators import DeepSignatureClassifier
from sklearn_deepsig.exceptions import InvalidInputTypeError
from sklearn_deepsig.functional.attribution import gradient_times_input
from sklearn_deepsig.nn import GraphBatch
from sklearn_deepsig.trajectory import as_trajectories

__all__ = ["Attribution", "attribute"]


class Attribution(NamedTuple):
    """How much each coordinate of the log-signature adds to a prediction."""

    contributions: NDArray[np.floating]
    """Shape (n_samples, n_segments, width); positive speaks for the class."""

    names: list[str]
    """Names of the coordinates, by clusters, such as ``"[c0.x, c3.z]"``."""

    classes: NDArray[Any]
    """The predicted class of each sample, for which the contributions are."""


def attribute(estimator: DeepSignatureClassifier, X: Any) -> Attribution:
    """Attribute predictions to log-signature coordinates by gradient times input.

    Parameters
    ----------
    estimator : DeepSignatureClassifier
        A fitted classifier.
    X : samples
        Trajectories; see `sklearn_deepsig.trajectory.as_trajectories`.

    Returns
    -------
    Attribution
        For each sample the contributions to the logit of its predicted class.

    Raises
    ------
    InvalidInputTypeError
        If the estimator is no `DeepSignatureClassifier`.
    NotFittedError
        If the estimator is not fitted.

    Notes
    -----
    The method of the paper's section 4.2. Coordinates belong to clusters, in each
    sample those of `SpectralCoarsening`'s assignment.
    """
    if not isinstance(estimator, DeepSignatureClassifier):
        raise InvalidInputTypeError(
            f"attribute reads a DeepSignatureClassifier, not a "
            f"{type(estimator).__name__}; of a Pipeline give the last step, and X as "
            "the steps before it transform it."
        )
    check_is_fitted(estimator)
    samples = as_trajectories(X, graph=estimator.graph)

    def contributions(module: torch.nn.Module, batch: GraphBatch) -> Any:
        path = module.coarsening(batch).relative_path.flatten(2)
        segments = module.logsignature(path, batch.n_frames)

        def winning_logit(values: torch.Tensor) -> torch.Tensor:
            features = module.sequence(module.batch_norm(values))
            return module.head(features).amax(dim=1)

        return gradient_times_input(winning_logit, segments).cpu().numpy()

    n_clusters, n_dims = estimator.n_clusters_[-1], estimator.n_dims_in_
    dims = "xyz" if n_dims <= 3 else [str(dim) for dim in range(n_dims)]
    channels = [f"c{i}.{dim}" for i in range(n_clusters) for dim in dims[:n_dims]]
    return Attribution(
        np.concatenate(estimator._apply(samples, contributions)),
        estimator.module_.logsignature.features.names(channels),
        estimator.predict(X),
    )

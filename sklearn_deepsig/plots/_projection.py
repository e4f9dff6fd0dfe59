"""From features to two dimensions, by principal components or t-SNE."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from sklearn_deepsig.exceptions import InvalidInputError

__all__ = ["project"]

_METHODS = ("pca", "tsne")


def project(
    features: NDArray[np.floating],
    is_known: NDArray[np.bool_],
    *,
    method: str,
    perplexity: float | None,
    random_state: Any,
) -> tuple[NDArray[np.floating], tuple[str, str]]:
    """Bring features to two dimensions.

    Parameters
    ----------
    features : ndarray of shape (n_samples, n_features)
        Features of each sample.
    is_known : ndarray of bool, shape (n_samples,)
        The samples that principal components are found from.
    method : {"pca", "tsne"}
        Principal components or t-SNE.
    perplexity : float or None
        Of t-SNE; by default 30, or a third of the samples if there are fewer.
    random_state : int or RandomState or None
        Of both methods.

    Returns
    -------
    points : ndarray of shape (n_samples, 2)
        The samples.
    names : tuple of (str, str)
        What the axes are.

    Raises
    ------
    InvalidInputError
        If a value does not fit, or there are too few samples.
    """
    if method not in _METHODS:
        raise InvalidInputError(f"method={method!r} must be one of {_METHODS}.")
    if features.ndim != 2 or not np.isfinite(features).all():
        raise InvalidInputError(
            f"features have shape {features.shape}; expected (n_samples, "
            "n_features), of finite numbers."
        )
    if method == "pca":
        return _principal_components(features, features[is_known], random_state)
    n_samples = len(features)
    if n_samples < 4:
        raise InvalidInputError(
            f"{n_samples} samples are too few for t-SNE; give 4 or more, or "
            "method='pca'."
        )
    if perplexity is None:
        perplexity = min(30.0, (n_samples - 1) / 3)
    if not 0 < perplexity < n_samples:
        raise InvalidInputError(
            f"perplexity={perplexity!r} must lie between 0 and the number of samples, "
            f"{n_samples}."
        )
    tsne = TSNE(
        2,
        perplexity=perplexity,
        init="pca" if features.shape[1] > 1 else "random",
        random_state=random_state,
    )
    points = tsne.fit_transform(features.astype(np.float32))
    return points, ("t-SNE 1", "t-SNE 2")


def _principal_components(
    features: NDArray[np.floating], known: NDArray[np.floating], random_state: Any
) -> tuple[NDArray[np.floating], tuple[str, str]]:
    if min(known.shape) < 2:
        raise InvalidInputError(
            f"{len(known)} samples to find components from, of {known.shape[1]} "
            "features; two of each are needed."
        )
    if not np.ptp(known, axis=0).any():
        raise InvalidInputError(
            "the features of all samples to find components from are the same."
        )
    pca = PCA(2, random_state=random_state).fit(known)
    first, second = (
        f"principal component {index} ({100 * share:.0f} % of variance)"
        for index, share in enumerate(pca.explained_variance_ratio_, start=1)
    )
    return pca.transform(features), (first, second)

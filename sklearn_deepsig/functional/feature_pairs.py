"""To which pairs of points the features of their path belong."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, vstack

from sklearn_deepsig.functional.augmentation import augmentation_steps
from sklearn_deepsig.functional.lyndon import lyndon_table
from sklearn_deepsig.functional.path_features import PathFeatures
from sklearn_deepsig.functional.rotation_kinds import OF_ONE_POINT

__all__ = ["FeaturePairs", "feature_pairs"]


class FeaturePairs(NamedTuple):
    """Shares of features in points and in pairs of points.

    A row sums to one over both matrices, or to zero for a feature of no point, such as
    the time channel's.
    """

    own: csr_array
    """Shares of single points, shape (width, n_points)."""

    pairs: csr_array
    """Shares of the pairs n <= m, in column n * n_points + m, shape (width,
    n_points ** 2)."""


def feature_pairs(
    features: PathFeatures, n_channels: int, n_dims: int = 1
) -> FeaturePairs:
    """Tell to which points, and pairs of points, each feature of a path belongs.

    A word belongs in equal shares to the pairs of its distinct letters; each letter is
    a channel of a point. Letters of the time channel are dropped. A word with one
    distinct letter left belongs to its point alone. A rotation invariant belongs to its
    pair of points.

    Parameters
    ----------
    features : PathFeatures
        What is made of the path.
    n_channels : int
        Channels of the path, before augmentation.
    n_dims : int, default=1
        Channels a point, side by side.

    Returns
    -------
    FeaturePairs
        The shares, as sparse matrices.

    Examples
    --------
    Two points in the plane: the area between the coordinates of the first is a pair
    of that point with itself.

    >>> own, pairs = feature_pairs(PathFeatures(), 4, 2)
    >>> PathFeatures().names(["a.x", "a.y", "b.x", "b.y"])[4:6]
    ['[a.x, a.y]', '[a.x, b.x]']
    >>> pairs.toarray()[4:6]
    array([[1., 0., 0., 0.],
           [0., 1., 0., 0.]])
    """
    if features.kinds:
        return _of_invariants(features.kinds, n_channels // 3)
    n_points = n_channels // n_dims
    point_of = _points_of_letters(features, n_channels, n_dims)
    parts = [
        _of_words(_words(features.basis, len(point_of), length), point_of, n_points)
        for length in range(1, features.depth + 1)
    ]
    return _stack(parts)


def _points_of_letters(
    features: PathFeatures, n_channels: int, n_dims: int
) -> NDArray[np.int64]:
    """Give each channel of the augmented path its point, -1 for time."""
    point_of = np.arange(n_channels) // n_dims
    for step in augmentation_steps(features.augmentation):
        if step == "time":
            point_of = np.append(point_of, -1)
        elif step == "lead_lag":
            point_of = np.tile(point_of, 2)
    return point_of


def _words(basis: str, n_letters: int, length: int) -> NDArray[np.int64]:
    if basis != "expanded":
        return lyndon_table(n_letters, length)
    return np.indices((n_letters,) * length).reshape(length, -1).T


def _of_words(
    words: NDArray[np.int64], point_of: NDArray[np.int64], n_points: int
) -> FeaturePairs:
    n_words, length = words.shape
    points = point_of[words]
    # a letter counts where it occurs first
    counts = points >= 0
    for place in range(1, length):
        earlier = words[:, :place] == words[:, place : place + 1]
        counts[:, place] &= ~earlier.any(axis=1)
    n_distinct = counts.sum(axis=1)
    rows, columns, values = [], [], []
    for first in range(length):
        for second in range(first + 1, length):
            chosen = np.flatnonzero(counts[:, first] & counts[:, second])
            n, m = points[chosen, first], points[chosen, second]
            n_pairs = n_distinct[chosen] * (n_distinct[chosen] - 1) / 2
            rows.append(chosen)
            columns.append(np.minimum(n, m) * n_points + np.maximum(n, m))
            values.append(1 / n_pairs)
    alone = np.flatnonzero(n_distinct == 1)
    letter = counts[alone].argmax(axis=1)
    own = _sparse(
        [alone], [points[alone, letter]], [np.ones(len(alone))], n_words, n_points
    )
    return FeaturePairs(own, _sparse(rows, columns, values, n_words, n_points**2))


def _of_invariants(kinds: tuple[str, ...], n_points: int) -> FeaturePairs:
    parts = []
    for kind in kinds:
        n, m = np.triu_indices(n_points, 0 if kind in OF_ONE_POINT else 1)
        size = len(n)
        shares = np.ones(size), (np.arange(size), n * n_points + m)
        pairs = csr_array(shares, shape=(size, n_points**2))
        parts.append(FeaturePairs(csr_array((size, n_points)), pairs))
    return _stack(parts)


def _sparse(
    rows: list[NDArray[np.int64]],
    columns: list[NDArray[np.int64]],
    values: list[NDArray[np.float64]],
    height: int,
    width: int,
) -> csr_array:
    """Make a sparse matrix; shares of the same place are added up."""
    if not rows:
        return csr_array((height, width))
    entries = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    return coo_array(entries, shape=(height, width)).tocsr()


def _stack(parts: list[FeaturePairs]) -> FeaturePairs:
    own, pairs = zip(*parts, strict=True)
    return FeaturePairs(csr_array(vstack(own)), csr_array(vstack(pairs)))

"""Time segments with shared end points, as frame indices."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklearn_deepsig.exceptions import InvalidInputError

__all__ = ["segment_boundaries", "segment_indices"]


def segment_boundaries(n_frames: ArrayLike, n_segments: int) -> NDArray[np.int64]:
    """Divide frames into intervals of equal length.

    Parameters
    ----------
    n_frames : int or array-like of int, shape (...)
        Frame counts, at least 1.
    n_segments : int
        Number of intervals.

    Returns
    -------
    ndarray of int64, shape (..., n_segments + 1)
        The frames r_0 = 0, ..., r_n = n_frames - 1 between which the intervals
        [r_i, r_{i+1}] lie (paper, section 3.2): equally spaced numbers rounded to
        whole ones, halves to even ones.

    Raises
    ------
    InvalidInputError
        If a number is less than one.

    Examples
    --------
    >>> segment_boundaries(101, 4)
    array([  0,  25,  50,  75, 100])
    """
    counts = np.asarray(n_frames, dtype=np.int64)
    if n_segments < 1 or (counts < 1).any():
        raise InvalidInputError(
            f"n_segments={n_segments} and n_frames={n_frames!r} must be at least 1."
        )
    # In integers, so that halves never depend on how a fraction was rounded.
    last_frame = counts[..., None] - 1
    quotient, remainder = np.divmod(np.arange(n_segments + 1) * last_frame, n_segments)
    is_rounded_up = 2 * remainder + quotient % 2 > n_segments
    boundaries: NDArray[np.int64] = quotient + is_rounded_up
    return boundaries


def segment_indices(n_frames: ArrayLike, n_segments: int) -> NDArray[np.int64]:
    """Tell which frames each segment consists of, also for ragged frame counts.

    Neighbouring segments share an end point, so no step between frames is lost. All
    have the length of the longest: shorter ones repeat their last frame, which leaves
    a signature as it is. For the same reason frames that only pad a sample, behind its
    true ones, are never used. Where a path has fewer steps than segments, some
    segments are a single frame, whose log-signature is zero.

    Parameters
    ----------
    n_frames : int or array-like of int, shape (...)
        Frame counts, at least 1; one a sample of a batch.
    n_segments : int
        Number of segments.

    Returns
    -------
    ndarray of int64, shape (..., n_segments, length)
        Frame indices.

    Raises
    ------
    InvalidInputError
        If a number is less than one.

    Examples
    --------
    >>> segment_indices(6, 2)
    array([[0, 1, 2, 2],
           [2, 3, 4, 5]])
    >>> segment_indices([3, 2], 1)
    array([[[0, 1, 2]],
    <BLANKLINE>
           [[0, 1, 1]]])
    """
    boundaries = segment_boundaries(n_frames, n_segments)
    starts, ends = boundaries[..., :-1, None], boundaries[..., 1:, None]
    length = int((ends - starts).max(initial=0)) + 1
    indices: NDArray[np.int64] = np.minimum(starts + np.arange(length), ends)
    return indices

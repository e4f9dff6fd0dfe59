"""Segments that are too short to enclose an area."""

import warnings

import numpy as np

from sklearn_deepsig.exceptions import UninformativeFeaturesWarning
from sklearn_deepsig.functional.augmentation import augmented_shape
from sklearn_deepsig.functional.path_features import PathFeatures
from sklearn_deepsig.functional.segments import segment_boundaries
from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = ["warn_of_straight_segments"]


def warn_of_straight_segments(
    samples: list[GraphTrajectory],
    n_channels: int,
    n_segments: int,
    features: PathFeatures,
) -> None:
    """Warn if every segment is one straight step, so that all areas are zero.

    Parameters
    ----------
    samples : list of GraphTrajectory
        The samples that are learned from.
    n_channels : int
        Channels of their paths.
    n_segments : int
        Into how many segments each is cut.
    features : PathFeatures
        What is made of each segment.

    Warns
    -----
    UninformativeFeaturesWarning
        If features of depth 2 and more are asked for, and even the longest sample has
        no segment with two steps between frames.
    """
    most = max(sample.n_frames for sample in samples)
    longest = int(np.diff(segment_boundaries(most, n_segments)).max())
    n_frames, _ = augmented_shape(longest + 1, n_channels, features.augmentation)
    if features.depth == 1 or n_channels == 1 or n_frames > 2:
        return
    fewer = max(1, (most - 1) // 4)
    remedy = f"take fewer segments (n_segments={fewer}), " if fewer < n_segments else ""
    warnings.warn(
        f"Cut into n_segments={n_segments}, a sample of {most} frames, the "
        "longest of these, has at most one step between frames a segment. Such "
        "segments are straight lines: their areas, and all else of depth 2 and more, "
        f"are zero, and only displacements are left. Rather {remedy}take longer "
        "samples, or depth=1, which says the same in fewer numbers.",
        UninformativeFeaturesWarning,
        stacklevel=2,
    )

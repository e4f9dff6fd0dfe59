"""How many samples are worked on at once, and how large the output is."""

from collections.abc import Iterator

import numpy as np

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional.augmentation import augmented_shape
from sklearn_deepsig.functional.path_features import PathFeatures
from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = [
    "check_output_size",
    "common_dtype",
    "equal_length_batches",
]

# A batch is cut down where it would need more working memory than this, in bytes.
_WORKING_MEMORY = 1 << 28


def check_output_size(
    samples: list[GraphTrajectory],
    features: PathFeatures,
    n_segments: int,
    itemsize: int,
    max_bytes: int | None,
) -> None:
    """Raise if the output would be larger than allowed, before any work.

    Parameters
    ----------
    samples : list of GraphTrajectory
        The samples, all of the same channels.
    features : PathFeatures
        What is made of each segment.
    n_segments : int
        Number of segments.
    itemsize : int
        Bytes a number.
    max_bytes : int or None
        What is allowed; None for no limit.

    Raises
    ------
    InvalidInputError
        If it would, or if there would be no feature at all.
    """
    n_channels = _n_channels(samples)
    n_rows = len(samples) * n_segments
    width = features.width(n_channels)  # raises where there would be no feature
    if max_bytes is None:
        return
    n_bytes = n_rows * width * itemsize
    if n_bytes <= max_bytes:
        return
    fits = features.largest_fit(n_channels, max_bytes // (n_rows * itemsize))
    if features.kinds:
        kinds = ", ".join(features.kinds)
        what = f"the rotation invariants ({kinds}) of {n_channels // 3} points"
        advice = "Use"
    else:
        what = f"the log-signature of {n_channels} channels at depth={features.depth}"
        if features.augmentation:
            what += f" with augmentation={features.augmentation!r}"
        advice = f"Lower the depth ({fits}), use"
    remedy = f" ({fits})" if features.kinds else ""
    raise InvalidInputError(
        f"{what} has width {width:,}; for {len(samples):,} samples of {n_segments} "
        f"segments these are {n_bytes:,} bytes, more than max_bytes={max_bytes:,}. "
        f"{advice} fewer channels{remedy}, such as C-alpha atoms or the clusters of "
        "SpectralCoarsener, or raise max_bytes."
    )


def equal_length_batches(
    samples: list[GraphTrajectory],
    features: PathFeatures,
    n_segments: int,
    itemsize: int,
    batch_size: int,
) -> Iterator[list[int]]:
    """Yield batches of samples with equal numbers of frames.

    Parameters
    ----------
    samples : list of GraphTrajectory
        The samples, all of the same channels.
    features : PathFeatures
        What is made of each segment.
    n_segments : int
        Number of segments.
    itemsize : int
        Bytes a number.
    batch_size : int
        Most samples at once.

    Yields
    ------
    list of int
        Rows of one batch.
    """
    by_length: dict[int, list[int]] = {}
    for row, sample in enumerate(samples):
        by_length.setdefault(sample.n_frames, []).append(row)
    n_channels = _n_channels(samples)
    # The top level may stand as a whole tensor, which has about depth times as many
    # coordinates as Lyndon words; the path is needed in several copies.
    n_output = n_segments * features.logsignature_width(n_channels) * features.depth
    for length, rows in by_length.items():
        frames, channels = augmented_shape(length, n_channels, features.augmentation)
        n_bytes = itemsize * (n_output + 8 * frames * channels)
        size = min(batch_size, max(1, _WORKING_MEMORY // n_bytes))
        for start in range(0, len(rows), size):
            yield rows[start : start + size]


def common_dtype(samples: list[GraphTrajectory]) -> np.dtype:
    """Find the type that holds the positions of all samples.

    Parameters
    ----------
    samples : list of GraphTrajectory
        The samples.

    Returns
    -------
    dtype
        The type.
    """
    return np.result_type(*{sample.positions.dtype for sample in samples})


def _n_channels(samples: list[GraphTrajectory]) -> int:
    return samples[0].n_nodes * samples[0].n_dims

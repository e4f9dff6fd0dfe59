"""The one door for data: every accepted X becomes a list of GraphTrajectory."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse

from sklearn_deepsig.exceptions import (
    DeepSignatureError,
    InvalidInputError,
    InvalidInputTypeError,
)
from sklearn_deepsig.trajectory._form import LARGEST
from sklearn_deepsig.trajectory._frames import Frames
from sklearn_deepsig.trajectory._kinds import (
    as_array,
    is_array,
    is_graph_data,
    is_md_trajectory,
    is_path,
)
from sklearn_deepsig.trajectory._reader import (
    ACCEPTED,
    HOW_TO_LOAD,
    SampleReader,
)
from sklearn_deepsig.trajectory.graph_trajectory import GraphTrajectory

__all__ = ["as_trajectories", "describe_sample", "samples_of"]

# Coordinates that cannot be used are looked for in blocks of about this many numbers,
# so that the search in a memory map of any size needs little memory.
_BLOCK_SIZE = 1 << 22
# Areas are products of two coordinates, and float32 ends at 3.4e38.


def as_trajectories(
    X: Any,
    *,
    graph: str | ArrayLike = "auto",
    min_frames: int = 2,
    cutoff: float = 0.8,
    n_neighbors: int = 8,
) -> list[GraphTrajectory]:
    """Turn every accepted X into a list of samples, or say why it is none.

    Parameters
    ----------
    X : sequence or ndarray
        A list, object array or other sequence with ``__len__`` and ``__getitem__``
        of samples, which may be of different kinds:

        - `mdtraj.Trajectory`;
        - :class:`~sklearn_deepsig.trajectory.GraphTrajectory`;
        - `torch_geometric.data.Data` with ``pos`` of shape (n_nodes, n_frames,
          n_dims), or (n_nodes, n_frames) for one dimension, and ``edge_index``;
        - array (n_frames, n_nodes, n_dims); (n_frames, n_channels), where every
          channel is a node with one dimension; or (n_frames,), a single node;
        - a data frame of pandas or polars, whose columns are channels with names.

        Or one array or tensor whose rows are such arrays: (n_samples, n_frames,
        n_nodes, n_dims), (n_samples, n_frames, n_channels) or (n_samples, n_frames).
        float32 and float64 are kept, other dtypes become float32; arrays are not
        copied where avoidable, and never written to.
    graph : str or array-like of int, shape (2, n_edges), default="auto"
        What connects the nodes:

        - ``"auto"``: a sample's own edges; for an `mdtraj.Trajectory` of C-alpha
          atoms only the contacts, for any other the topology's bonds; for arrays
          the chain;
        - ``"bonds"``: the topology's bonds, for `mdtraj.Trajectory` only;
        - ``"contacts"``, ``"knn"``: nodes within `cutoff` of each other, or nearest
          to each other, in the first frame of each sample;
        - ``"chain"``, ``"complete"``: the next node, or all other nodes;
        - edges, which then hold for every sample.
    min_frames : int, default=2
        Smallest number of frames that a sample may have.
    cutoff : float, default=0.8
        Largest distance of a contact, in nm.
    n_neighbors : int, default=8
        Number of neighbours of ``graph="knn"``.

    Returns
    -------
    list of GraphTrajectory
        One for each sample, in order. Samples with the same topology object share
        one copy of its bonds and names.

    Raises
    ------
    InvalidInputError
        If X is empty, a sample has too few frames, a coordinate is not finite or
        larger than 1e18, a graph cannot be built or does not fit, or the samples
        differ in the number of dimensions. The message names the sample.
    InvalidInputTypeError
        If X is one bare sample or a file name, or it or a sample is of a kind that
        is not accepted.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_deepsig.trajectory import as_trajectories
    >>> as_trajectories(np.zeros((2, 10, 4, 3)))[0]
    GraphTrajectory(n_frames=10, n_nodes=4, n_dims=3, n_edges=3)
    """
    reader = SampleReader(graph, cutoff, n_neighbors)
    result: list[GraphTrajectory] = []
    for index, item in enumerate(samples_of(X)):
        source = None
        try:
            frames = reader.read(item)
            source = frames.source
            _check_frames(frames, min_frames)
            sample = reader.connect(frames)
        except DeepSignatureError as error:
            name = describe_sample(index, source)
            raise type(error)(f"{name}: {error}") from error
        if result and sample.n_dims != result[0].n_dims:
            first = result[0]
            raise InvalidInputError(
                f"{describe_sample(index, source)} has n_dims={sample.n_dims} "
                f"coordinates a node, but {describe_sample(0, first.source)} has "
                f"n_dims={first.n_dims}; all samples need the same number. (An array "
                "(n_frames, n_channels) has one coordinate a node, an array "
                "(n_frames, n_nodes, n_dims) has n_dims.)"
            )
        result.append(sample)
    return result


def samples_of(X: Any) -> Sequence[Any]:
    """Take X apart into its samples, of whatever kinds they are.

    Parameters
    ----------
    X : sequence or ndarray
        As in :func:`as_trajectories`.

    Returns
    -------
    sequence
        The samples, at least one, not looked at any further.

    Raises
    ------
    InvalidInputError
        If X is empty, or an array that has no axis of frames.
    InvalidInputTypeError
        If X is one bare sample, a file name or otherwise no sequence of samples.
    """
    kind = type(X).__name__
    if is_path(X):
        raise InvalidInputTypeError(f"X is the name of a file, {X!r}. {HOW_TO_LOAD}")
    if isinstance(X, GraphTrajectory) or is_md_trajectory(X) or is_graph_data(X):
        raise InvalidInputTypeError(
            f"X is one bare {kind}, but a list of samples is needed. Pass [X] for a "
            "single sample; sklearn_deepsig.model_selection.make_windows cuts a long "
            "trajectory into several."
        )
    if issparse(X):
        raise InvalidInputTypeError(
            f"X is a sparse {kind}, but positions are dense: pass X.toarray()."
        )
    samples: Any = X
    if is_array(X):
        array = X if hasattr(X, "detach") else np.asanyarray(X)
        if array.ndim == 1 and getattr(array.dtype, "kind", None) in ("O", "U", "S"):
            samples = array  # of samples, or of file names, which get their own error
        else:
            samples = as_array(array)
            if not 2 <= samples.ndim <= 4:
                raise InvalidInputError(
                    f"X is an array of shape {samples.shape}. Expected {ACCEPTED}."
                )
    elif isinstance(X, Mapping) or not (
        hasattr(X, "__len__") and hasattr(X, "__getitem__")
    ):
        raise InvalidInputTypeError(f"X is of type {kind}. Expected {ACCEPTED}.")
    elif not isinstance(X, Sequence | np.ndarray):
        samples = [X[index] for index in range(len(X))]
    if len(samples) == 0:
        raise InvalidInputError("X is empty; give at least one sample.")
    return samples  # type: ignore[no-any-return]


def describe_sample(index: int, source: str | None = None) -> str:
    """Name a sample, for a message.

    Parameters
    ----------
    index : int
        Its place in X.
    source : str, optional
        Where it comes from.

    Returns
    -------
    str
        The name.

    Examples
    --------
    >>> from sklearn_deepsig.trajectory import describe_sample
    >>> describe_sample(3, "apo_1.xtc")
    'sample 3 (apo_1.xtc)'
    """
    return f"sample {index} ({source})" if source else f"sample {index}"


def _check_frames(frames: Frames, min_frames: int) -> None:
    """Refuse too few frames, and coordinates that nothing can be computed of."""
    if frames.n_frames < min_frames:
        reason = (
            "a path needs at least two frames"
            if min_frames == 2
            else f"at least {min_frames} are needed"
        )
        raise InvalidInputError(
            f"it has n_frames={frames.n_frames}, but {reason}. Remove the sample or "
            "give it more frames."
        )
    if frames.whole is not None and frames.whole._is_usable:
        return
    positions = frames.read()
    place = _first_unusable(positions)
    if place is None:
        return
    frame, node, _ = place
    name = f" ({frames.node_names[node]})" if frames.node_names else ""
    value = positions[place]
    reason = (
        f"Coordinates may be no larger than {LARGEST:g}, of which areas can be "
        "computed; scale them down"
        if np.isfinite(value)
        else "Input contains NaN or infinity; remove or repair such frames"
    )
    raise InvalidInputError(
        f"the coordinate in frame {frame}, node {node}{name}, is {value}. {reason}."
    )


def _first_unusable(positions: NDArray[Any]) -> tuple[int, int, int] | None:
    """Find the first coordinate that is NaN, infinite, or too large."""
    if positions.dtype.kind not in "fiu" or positions.size == 0:
        return None
    # what a NaN is compared with is false; this needs no array of flags
    if positions.max() <= LARGEST and positions.min() >= -LARGEST:
        return None
    n_block = max(1, _BLOCK_SIZE // positions[0].size)
    for start in range(0, len(positions), n_block):
        block = positions[start : start + n_block]
        usable = (block <= LARGEST) & (block >= -LARGEST)
        if not usable.all():
            frame, node, dim = (int(place) for place in np.argwhere(~usable)[0])
            return start + frame, node, dim
    return None

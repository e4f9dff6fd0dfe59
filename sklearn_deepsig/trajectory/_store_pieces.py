"""Trajectories that are to be stored, piece by piece, and their blocks."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory._form import LARGEST
from sklearn_deepsig.trajectory.graph_trajectory import GraphTrajectory

__all__ = ["Block", "Piece", "Recording", "in_blocks"]


class Piece(NamedTuple):
    """Some frames of a trajectory, in the order of time.

    Parameters
    ----------
    frames : GraphTrajectory
        Positions in nm, and the graph: that of the first piece holds for all.
    times : ndarray of shape (n_frames,)
        The time of each frame, in ps.
    """

    frames: GraphTrajectory
    times: NDArray[Any]


class Recording(NamedTuple):
    """A trajectory that is to be stored.

    Parameters
    ----------
    source : str
        Where it comes from, for messages.
    identity : str
        What two recordings share only if they are the same: a conversion that goes on
        keeps those that it finds done.
    read : callable
        Returns an iterator of `Piece`; called when it is this trajectory's turn.
    """

    source: str
    identity: str
    read: Callable[[], Iterator[Piece]]


class Block(NamedTuple):
    """Frames that get one checksum.

    Parameters
    ----------
    frames : ndarray of float32, shape (n_frames, n_nodes, n_dims)
        Positions; valid until the next block is asked for.
    times : ndarray of float64, shape (n_frames,)
        Times, in ps.
    """

    frames: NDArray[np.float32]
    times: NDArray[np.float64]


def in_blocks(
    pieces: Iterable[Piece],
    recording: Recording,
    shape: tuple[int, int],
    block_frames: int,
) -> Iterator[Block]:
    """Cut pieces of any length into blocks of one length; the last may be shorter.

    Parameters
    ----------
    pieces : iterable of Piece
        A trajectory.
    recording : Recording
        Which, for messages.
    shape : tuple of int
        Nodes, and dimensions a node.
    block_frames : int
        Frames a block.

    Yields
    ------
    Block
        The next frames.

    Raises
    ------
    InvalidInputError
        If a piece has another shape, or a coordinate or a time is not finite.
    """
    frames = np.empty((block_frames, *shape), dtype="<f4")
    times = np.empty(block_frames)
    n_filled = n_before = 0
    for piece in pieces:
        positions = _checked(piece, recording, shape, n_before)
        n_before += len(positions)
        start = 0
        while start < len(positions):
            n_taken = min(block_frames - n_filled, len(positions) - start)
            place = slice(n_filled, n_filled + n_taken)
            frames[place] = positions[start : start + n_taken]
            times[place] = piece.times[start : start + n_taken]
            start, n_filled = start + n_taken, n_filled + n_taken
            if n_filled == block_frames:
                yield Block(frames, times.copy())
                n_filled = 0
    if n_filled:
        yield Block(frames[:n_filled], times[:n_filled].copy())


def _checked(
    piece: Piece, recording: Recording, shape: tuple[int, int], n_before: int
) -> NDArray[np.floating]:
    positions = piece.frames.positions
    if positions.shape[1:] != shape or len(piece.times) != len(positions):
        raise InvalidInputError(
            f"{recording.source!r} has frames of shape {positions.shape[1:]} and "
            f"{len(piece.times)} times for {len(positions)} frames from frame "
            f"{n_before} on, but began with {shape}."
        )
    # what a NaN is compared with is false
    finite = (np.abs(positions) <= LARGEST).all(axis=(1, 2))
    if not (finite.all() and np.isfinite(piece.times).all()):
        frame = n_before + int(np.argmin(finite & np.isfinite(piece.times)))
        raise InvalidInputError(
            f"{recording.source!r} has a coordinate or a time that is NaN, infinite or "
            f"larger than {LARGEST:g} in frame {frame} of those that are kept. Remove "
            "or repair such frames."
        )
    return positions

"""Tell which samples are windows of one array, without comparing numbers."""

import weakref
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Origin", "origin_of"]


class Origin(NamedTuple):
    """The trajectory that a sample was cut from.

    Parameters
    ----------
    owner : weakref.ref
        The array that owns the memory.
    place : int
        The place of the trajectory in it, where it is a stack of trajectories.
    """

    owner: weakref.ref[Any]
    place: int

    @property
    def key(self) -> tuple[int, int]:
        """What is equal for windows of one trajectory, as long as they live.

        An array has one reference, which its windows share and keep alive, so that
        its id is its own also after the array was freed. The references themselves
        would be compared by the numbers in the arrays.
        """
        return id(self.owner), self.place


def origin_of(item: Any) -> Origin | None:
    """Find the trajectory that an array of frames was cut from.

    Parameters
    ----------
    item : ndarray or Tensor
        Frames along the first axis, or a tensor (n_nodes, n_frames, ...).

    Returns
    -------
    Origin or None
        None where the array was reshaped, so that nothing can be said.
    """
    if hasattr(item, "_base"):  # a tensor, whose views know their tensor
        return Origin(weakref.ref(item if item._base is None else item._base), 0)
    if not isinstance(item, np.ndarray):
        return None
    if item.size == 0:  # its place in another cannot be told, and will be refused
        return None
    owner = item
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    # pandas keeps columns as rows
    if item.shape[1:] in (owner.shape[1:], owner.shape[::-1][1:]):
        return Origin(weakref.ref(owner), 0)
    if owner.shape[2:] == item.shape[1:] and owner.ndim == item.ndim + 1:
        if owner.strides[0] and item.strides[0] % owner.strides[0] == 0:
            return Origin(weakref.ref(owner), 0)  # one node of a trajectory
        offset = _address(item) - _address(owner)
        return Origin(weakref.ref(owner), offset // owner.strides[0])
    return None


def _address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])

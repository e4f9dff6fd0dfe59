"""What the layouts of binary trajectory files have in common."""

from typing import Any, NamedTuple

from numpy.typing import NDArray

__all__ = ["Layout", "LayoutError"]


class Layout(NamedTuple):
    """What a file says of itself.

    Parameters
    ----------
    n_frames : int
        Number of frames.
    n_atoms : int or None
        Number of atoms in each of them, None if it does not say.
    bounds : tuple of two ndarray, shape (n_frames, 3), or None
        Smallest and largest coordinate of each frame, in nm, where the format says it.
    precision : float
        How many steps a nm is divided into, 0 if it is not.
    """

    n_frames: int
    n_atoms: int | None
    bounds: tuple[NDArray[Any], ...] | None = None
    precision: float = 0.0


class LayoutError(Exception):
    """A header is not possible, or the file ends too early.

    Parameters
    ----------
    message : str
        What is wrong, as a sentence about the file without an end.
    n_good : int
        How many frames before it are whole.
    """

    def __init__(self, message: str, n_good: int = 0) -> None:
        super().__init__(message)
        self.n_good = n_good

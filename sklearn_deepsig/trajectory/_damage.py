"""Finding damage that mdtraj passes over in silence."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig.exceptions import TrajectoryFileError
from sklearn_deepsig.trajectory._layout import (
    Layout,
    LayoutError,
    outside_bounds,
    read_layout,
)
from sklearn_deepsig.trajectory._plausible import check_plausible

__all__ = ["check_bounds", "check_headers", "check_loaded"]

# Text formats without an end mark, whose last frame mdtraj drops if it is incomplete.
_LINE_FORMATS = (".xyz", ".lammpstrj", ".mdcrd", ".crd", ".gro")


def check_headers(path: Path) -> Layout | None:
    """Refuse a trajectory file that is not whole, as far as its format tells.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    Layout or None
        Its frames and atoms, where the format is known here.

    Raises
    ------
    TrajectoryFileError
        If the file ends within a frame or a line, is not of the format that its ending
        says, or announces something else than it has.
    """
    try:
        layout = read_layout(path)
    except LayoutError as error:
        remedy = "Copy or write it again"
        if error.n_good:
            remedy += f", or leave out what comes after its first {error.n_good} frames"
        raise TrajectoryFileError(
            f"{str(path)!r} is truncated or damaged, or not of the format that its "
            f"ending says: {error}. {remedy}."
        ) from error
    if path.suffix.lower() in _LINE_FORMATS and not _ends_with_a_line(path):
        raise TrajectoryFileError(
            f"{str(path)!r} is truncated: its last line does not end. Copy it again, "
            "or remove the incomplete last frame."
        )
    return layout


def check_loaded(path: Path, layout: Layout | None, loaded: Any, stride: int) -> None:
    """Refuse or warn of what was loaded if it is not all, or not plausible.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    layout : Layout or None
        What the file says of itself.
    loaded : mdtraj.Trajectory
        What was loaded.
    stride : int
        Stride that it was loaded with.

    Raises
    ------
    TrajectoryFileError
        If frames are missing, or numbers are damaged without doubt.

    Warns
    -----
    TrajectoryFileWarning
        If numbers are probably damaged.
    """
    n_loaded = loaded.n_frames
    if n_loaded == 0:
        raise TrajectoryFileError(
            f"{str(path)!r} has no frames; copy or write it again."
        )
    if layout is not None:
        expected = -(-layout.n_frames // stride)
        if n_loaded != expected:
            raise TrajectoryFileError(
                f"{str(path)!r} has {layout.n_frames} frames, but mdtraj found "
                f"{n_loaded} instead of {expected} (stride {stride}). The file is "
                "damaged: copy or write it again."
            )
        check_bounds(path, layout, loaded.xyz, stride)
    check_plausible(path, loaded, stride)


def check_bounds(
    path: Path, layout: Layout, xyz: NDArray[np.float32], stride: int, first: int = 0
) -> None:
    """Refuse frames that do not keep the bounds that their headers state.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    layout : Layout
        What the file says of itself.
    xyz : ndarray of float32, shape (n_frames, n_atoms, 3)
        Coordinates that were read, in nm; of all atoms or some of them.
    stride : int
        Stride that they were read with.
    first : int
        Which frame of the file is the first of them.

    Raises
    ------
    TrajectoryFileError
        If a frame does not keep its bounds.
    """
    if layout.bounds is not None:
        end = first + len(xyz) * stride
        here = tuple(bound[first:end] for bound in layout.bounds)
        layout = layout._replace(bounds=here)
    outside = outside_bounds(xyz, layout, stride)
    if outside.any():
        raise TrajectoryFileError(
            f"{str(path)!r} is damaged: the coordinates of frame "
            f"{first + int(outside.argmax()) * stride} (counted from 0) do not keep "
            "the bounds that its header states. Copy or write it again."
        )


def _ends_with_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read() == b"\n"

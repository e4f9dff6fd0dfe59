"""Augmentations: what a path is given before its log-signature is taken.

``"time"`` adds a channel that goes from 0 to 1, so that speed counts; ``"basepoint"``
adds a frame of zeros in front, so that the place counts; ``"lead_lag"`` runs every
channel against itself one step later, so that its quadratic variation counts. They
are applied in the order in which they are given.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional._checks import as_path, texts_of

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "AUGMENTATIONS",
    "AugmentedPath",
    "augment",
    "augmentation_steps",
    "augmented_names",
    "augmented_shape",
]

AUGMENTATIONS = ("time", "basepoint", "lead_lag")


class AugmentedPath(NamedTuple):
    """Augmented paths and how many frames of them are true."""

    path: "Tensor"
    """The paths, shape (..., n_frames, n_channels)."""

    n_frames: "Tensor"
    """True frame counts, int64, shape (...); later frames repeat the last one."""


def augmentation_steps(augmentation: str | Sequence[str] | None) -> tuple[str, ...]:
    """Check a choice of augmentations.

    Parameters
    ----------
    augmentation : {"time", "basepoint", "lead_lag"}, sequence of these or None
        The choice.

    Returns
    -------
    tuple of str
        The augmentations in the order in which they are applied.

    Raises
    ------
    InvalidInputError
        If one is unknown or given twice.

    Examples
    --------
    >>> augmentation_steps("time"), augmentation_steps(None)
    (('time',), ())
    """
    if augmentation is None:
        return ()
    steps = texts_of(augmentation)
    if steps is None or not {*steps} <= {*AUGMENTATIONS} or len({*steps}) < len(steps):
        raise InvalidInputError(
            f"augmentation={augmentation!r} cannot be used; choose from "
            f"{AUGMENTATIONS}, each once at most."
        )
    return steps


def augment(
    path: "Tensor",
    augmentation: str | Sequence[str] | None,
    n_frames: "Tensor | None" = None,
) -> AugmentedPath:
    """Augment paths.

    Parameters
    ----------
    path : Tensor, shape (..., n_frames, n_channels)
        The paths.
    augmentation : {"time", "basepoint", "lead_lag"}, sequence of these or None
        What to do, in this order.
    n_frames : Tensor of int64, shape (...), optional
        True frame counts, where the paths are padded to one length by frames at the
        end, whatever these hold.

    Returns
    -------
    AugmentedPath
        The paths, padded by repeating their last frame, which leaves a signature as
        it is, and their frame counts.

    Raises
    ------
    InvalidInputError
        If a shape, a frame count or an augmentation cannot be used.
    InvalidInputTypeError
        If the path is no tensor of floating-point numbers.

    Examples
    --------
    >>> import torch
    >>> augment(torch.tensor([[5.0], [7.0]]), ["time", "basepoint"]).path.tolist()
    [[0.0, 0.0], [5.0, 0.0], [7.0, 1.0]]
    >>> augment(torch.tensor([[5.0], [7.0]]), "lead_lag").path.tolist()
    [[5.0, 5.0], [7.0, 5.0], [7.0, 7.0]]
    """
    import torch

    path = as_path(path)
    if n_frames is None:
        counts = torch.full(path.shape[:-2], path.shape[-2], device=path.device)
    else:
        counts = n_frames.to(path.device)
        path = _repeat_last_frame(path, counts)
    for step in augmentation_steps(augmentation):
        if step == "time":
            path = torch.cat([path, _time(path, counts)], dim=-1)
        elif step == "basepoint":
            path = torch.nn.functional.pad(path, (0, 0, 1, 0))
            counts = counts + 1
        else:
            doubled = path.repeat_interleave(2, dim=-2)
            path = torch.cat([doubled[..., 1:, :], doubled[..., :-1, :]], dim=-1)
            counts = 2 * counts - 1
    return AugmentedPath(path, counts)


def augmented_shape(
    n_frames: int, n_channels: int, augmentation: str | Sequence[str] | None
) -> tuple[int, int]:
    """Tell what shape an augmented path has.

    Parameters
    ----------
    n_frames, n_channels : int
        The path's numbers of frames and channels.
    augmentation : {"time", "basepoint", "lead_lag"}, sequence of these or None
        The augmentations.

    Returns
    -------
    n_frames : int
        Frames of the augmented path.
    n_channels : int
        Its channels.

    Raises
    ------
    InvalidInputError
        If an augmentation is unknown or given twice.

    Examples
    --------
    >>> augmented_shape(100, 3, ["basepoint", "time", "lead_lag"])
    (201, 8)
    """
    for step in augmentation_steps(augmentation):
        if step == "time":
            n_channels += 1
        elif step == "basepoint":
            n_frames += 1
        else:
            n_frames, n_channels = 2 * n_frames - 1, 2 * n_channels
    return n_frames, n_channels


def augmented_names(
    channels: Sequence[str], augmentation: str | Sequence[str] | None
) -> list[str]:
    """Name the channels of an augmented path.

    Parameters
    ----------
    channels : sequence of str
        Names of the path's channels.
    augmentation : {"time", "basepoint", "lead_lag"}, sequence of these or None
        The augmentations.

    Returns
    -------
    list of str
        The names.

    Raises
    ------
    InvalidInputError
        If an augmentation is unknown or given twice.

    Examples
    --------
    >>> augmented_names(["x"], ["time", "lead_lag"])
    ['lead(x)', 'lead(time)', 'lag(x)', 'lag(time)']
    """
    names = list(channels)
    for step in augmentation_steps(augmentation):
        if step == "time":
            names.append("time")
        elif step == "lead_lag":
            names = [f"{side}({name})" for side in ("lead", "lag") for name in names]
    return names


def _time(path: "Tensor", counts: "Tensor") -> "Tensor":
    """Go from 0 in the first frame to 1 in the last true one, and stay there."""
    import torch

    last = counts[..., None, None] - 1
    frames = torch.arange(path.shape[-2], device=path.device)[:, None]
    return torch.minimum(frames, last).to(path.dtype) / last.clamp(min=1)


def _repeat_last_frame(path: "Tensor", counts: "Tensor") -> "Tensor":
    """Put the last true frame in the place of the padding."""
    import torch

    length = path.shape[-2]
    if counts.shape != path.shape[:-2] or bool(
        ((counts < 1) | (counts > length)).any()
    ):
        raise InvalidInputError(
            f"n_frames={counts.tolist()} does not fit paths of shape "
            f"{tuple(path.shape)}; give one count a path, from 1 to {length}."
        )
    frames = torch.arange(length, device=path.device)
    index = torch.minimum(frames, counts[..., None] - 1)
    return path.gather(-2, index[..., None].expand(path.shape))

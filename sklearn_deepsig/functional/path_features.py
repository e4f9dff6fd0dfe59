"""Which features are made of a path: the choices in one record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional.augmentation import (
    augment,
    augmentation_steps,
    augmented_names,
    augmented_shape,
)
from sklearn_deepsig.functional.logsignature import logsignature
from sklearn_deepsig.functional.lyndon import (
    largest_depth,
    logsignature_names,
    logsignature_width,
)
from sklearn_deepsig.functional.rotation import rotation_invariants
from sklearn_deepsig.functional.rotation_kinds import (
    invariance_kinds,
    largest_points,
    point_names,
    rotation_invariants_names,
    rotation_invariants_width,
)

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["PathFeatures"]


@dataclass(frozen=True)
class PathFeatures:
    """Log-signatures with their augmentation, or their rotation invariants.

    Parameters
    ----------
    depth : int, default=2
        Length of the longest words.
    basis : {"words", "lyndon", "expanded"}, default="words"
        Basis of the log-signature.
    augmentation : {"time", "basepoint", "lead_lag"}, sequence of these or None
        What the paths are given first, in this order.
    invariance : "rotation", sequence of {"dot", "trace", "norm", "twist"} or None
        ``"rotation"``: `rotation_invariants` in place of the log-signature, or a
        sequence with some of its families.
    backend : {"auto", "torch", "iisignature", "pysiglib", "signatory"}, default="auto"
        What computes it.

    Raises
    ------
    InvalidInputError
        If an augmentation or an invariance is unknown, or the choices do not go
        together.

    Examples
    --------
    >>> PathFeatures(augmentation="time").names(["x", "y"])
    ['x', 'y', 'time', '[x, y]', '[x, time]', '[y, time]']
    >>> PathFeatures(invariance="rotation").width(150), PathFeatures().width(150)
    (5000, 11325)
    >>> PathFeatures(invariance=("dot",)).width(150)
    1275
    """

    depth: int = 2
    basis: str = "words"
    augmentation: str | Sequence[str] | None = None
    invariance: str | Sequence[str] | None = None
    backend: str = "auto"

    def __post_init__(self) -> None:
        steps = augmentation_steps(self.augmentation)
        if not self.kinds:
            return
        if self.depth != 2 or self.basis == "expanded" or steps:
            raise InvalidInputError(
                f"invariance={self.invariance!r} is made of the displacements and "
                "areas of points: it needs depth=2, a basis other than 'expanded' and "
                f"no augmentation, but depth={self.depth}, basis={self.basis!r} and "
                f"augmentation={self.augmentation!r} were given."
            )

    @property
    def kinds(self) -> tuple[str, ...]:
        """List the chosen rotation invariants.

        Returns
        -------
        tuple of str
            The families in the order of the features; none without `invariance`.
        """
        return invariance_kinds(self.invariance)

    def width(self, n_channels: int) -> int:
        """Count the features of a path.

        Parameters
        ----------
        n_channels : int
            Channels of the path, before augmentation.

        Returns
        -------
        int
            The width.

        Raises
        ------
        InvalidInputError
            If the depth, the basis or the number of channels cannot be used.
        """
        if self.kinds:
            return rotation_invariants_width(n_channels // 3, kinds=self.kinds)
        return self.logsignature_width(n_channels)

    def logsignature_width(self, n_channels: int) -> int:
        """Count the coordinates of the log-signature that the features are made of.

        Parameters
        ----------
        n_channels : int
            Channels of the path, before augmentation.

        Returns
        -------
        int
            The width.

        Raises
        ------
        InvalidInputError
            If the depth, the basis or the number of channels cannot be used.
        """
        if self.kinds and not {"norm", "twist"} & {*self.kinds}:
            # one dimension at a time, and no areas for products of displacements
            depth = 2 if "trace" in self.kinds else 1
            return 3 * logsignature_width(n_channels // 3, depth)
        _, n_augmented = augmented_shape(1, n_channels, self.augmentation)
        return logsignature_width(n_augmented, self.depth, self.basis)

    def largest_fit(self, n_channels: int, max_width: int) -> str:
        """Say what would not be wider than a bound.

        Parameters
        ----------
        n_channels : int
            Channels of the path, before augmentation.
        max_width : int
            Largest width that fits.

        Returns
        -------
        str
            A remedy, to stand in a message.
        """
        kinds, n_points = self.kinds, n_channels // 3
        if kinds:
            fits = f"at most {largest_points(max_width, kinds)} points fit"
            for size in range(len(kinds) - 1, 0, -1):
                fewer = kinds[:size]
                if largest_points(max_width, fewer) >= n_points:
                    return f"{fits}, and invariance={fewer!r} fits"
            return fits
        _, n_augmented = augmented_shape(1, n_channels, self.augmentation)
        depth = largest_depth(n_augmented, max_width, self.basis)
        return f"depth={depth} fits" if depth else "not even depth=1 fits"

    def names(self, channels: Sequence[str]) -> list[str]:
        """Name the features.

        Parameters
        ----------
        channels : sequence of str
            Names of the channels, before augmentation.

        Returns
        -------
        list of str
            The names, in the order of the features.
        """
        if self.kinds:
            return rotation_invariants_names(point_names(channels), kinds=self.kinds)
        augmented = augmented_names(channels, self.augmentation)
        return logsignature_names(augmented, self.depth, self.basis)

    def compute(self, path: "Tensor", n_frames: "Tensor | None" = None) -> "Tensor":
        """Compute the features.

        Parameters
        ----------
        path : Tensor, shape (..., n_frames, n_channels)
            The paths.
        n_frames : Tensor of int64, shape (...), optional
            True frame counts of paths that are padded by repeating their last frame.
            Only an augmentation asks for them.

        Returns
        -------
        Tensor, shape (..., width)
            The features.

        Raises
        ------
        InvalidInputError
            If a shape or a setting cannot be used.
        InvalidInputTypeError
            If the path is no tensor of floating-point numbers, or needs a gradient
            that the backend does not have.
        MissingDependencyError
            If the backend is not installed.
        """
        if self.kinds:
            return rotation_invariants(path, kinds=self.kinds, backend=self.backend)
        if augmentation_steps(self.augmentation):
            path = augment(path, self.augmentation, n_frames).path
        return logsignature(path, self.depth, basis=self.basis, backend=self.backend)

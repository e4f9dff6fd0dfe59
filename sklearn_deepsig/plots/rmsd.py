"""How far a molecule moves, and how far its coarse graining, as a picture."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sklearn_deepsig.estimators import SpectralCoarsener
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional.geometry import superpose
from sklearn_deepsig.plots._display import Display, find_coarsener, take_sample
from sklearn_deepsig.trajectory import as_trajectories

__all__ = ["RMSDDisplay"]

_PATHS = ("learned", "pooled")


class RMSDDisplay(Display):
    """RMSD over time of a raw trajectory and of what its coarse graining keeps.

    The paper's figure 6 (c). Where both curves rise and fall together, the coarse paths
    keep what moves.

    Parameters
    ----------
    raw : array-like of shape (n_frames,)
        RMSD of the raw trajectory from its first frame, in nm.
    coarse : array-like of shape (n_frames,)
        RMSD of the atoms that the coarse paths move, from the same frame, in nm.
    difference : array-like of shape (n_frames,), optional
        RMSD between the two, frame by frame, in nm.
    time_step : float, optional
        Time between frames, in ps. Without it frames are counted.
    title : str, default=""
        Which trajectory.

    Attributes
    ----------
    correlation : float
        Pearson's correlation of `raw` and `coarse`; NaN if one of them is constant.
    ax_ : matplotlib Axes
        The axes, after `plot`.
    figure_ : matplotlib Figure
        The figure, after `plot`.

    Raises
    ------
    InvalidInputError
        If the curves are empty, differ in length, or are no numbers from zero on.

    Examples
    --------
    >>> from sklearn_deepsig.plots import RMSDDisplay
    >>> display = RMSDDisplay([0.0, 0.1, 0.3], [0.0, 0.1, 0.2], time_step=2.0)
    >>> display.plot().ax_.get_xlabel(), display.ax_.get_ylabel()
    ('time (ps)', 'RMSD (nm)')
    """

    def __init__(
        self,
        raw: ArrayLike,
        coarse: ArrayLike,
        difference: ArrayLike | None = None,
        *,
        time_step: float | None = None,
        title: str = "",
    ) -> None:
        curves = {"raw": raw, "coarse": coarse}
        if difference is not None:
            curves["difference"] = difference
        self.curves = {name: np.asarray(v, dtype=float) for name, v in curves.items()}
        for name, curve in self.curves.items():
            if curve.ndim != 1 or not len(curve) or len(curve) != np.size(raw):
                raise InvalidInputError(
                    f"{name} has shape {curve.shape}; expected one RMSD a frame, as "
                    f"many as raw has, {np.size(raw)}."
                )
            if not (np.isfinite(curve) & (curve >= 0)).all():
                raise InvalidInputError(f"{name} must hold finite RMSDs from 0 nm on.")
        if time_step is not None and not time_step > 0:
            raise InvalidInputError(f"time_step={time_step!r} must be above 0 ps.")
        self.time_step = time_step
        self.title = title
        with np.errstate(invalid="ignore", divide="ignore"):
            constant = np.ptp(self.curves["raw"]) == 0 or np.ptp(curves["coarse"]) == 0
            self.correlation = (
                float("nan")
                if constant
                else float(np.corrcoef(self.curves["raw"], self.curves["coarse"])[0, 1])
            )

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        sample: int = 0,
        paths: str = "learned",
        title: str | None = None,
    ) -> "RMSDDisplay":
        """Coarse-grain a trajectory, move its atoms as the clusters move, and compare.

        Parameters
        ----------
        estimator : estimator
            Fitted, with a coarse graining: a coarsener, `DeepSignatureClassifier` or
            `DeepSignatureRegressor`, or a Pipeline with one of them.
        X : samples
            Trajectories of molecules, in nm.
        sample : int, default=0
            Which of them.
        paths : {"learned", "pooled"}, default="learned"
            Paths of `SpectralCoarsener`: what ``transform`` gives, read out by the
            network (equation 5), or the clusters' own, QᵀX, which equation 6 compares
            them with. Other coarseners give the latter always.
        title : str, optional
            By default where the sample comes from, if it says so.

        Returns
        -------
        RMSDDisplay
            Ready to plot.

        Raises
        ------
        InvalidInputError
            If X cannot be used, has no such sample, or is not in three dimensions.
        InvalidInputTypeError
            If the estimator has no coarse graining.
        NotFittedError
            If the estimator is not fitted.

        Notes
        -----
        Every frame is superposed on the first one, so that the tumbling of the molecule
        does not count. The coarse trajectory is that of ``inverse_transform``: the
        atoms of the first frame, moved as their clusters are.
        """
        if paths not in _PATHS:
            raise InvalidInputError(f"paths={paths!r} must be one of {_PATHS}.")
        coarsener, X = find_coarsener(
            estimator, take_sample(X, sample), purpose="RMSDDisplay"
        )
        (trajectory,) = as_trajectories(X, graph="chain")
        raw = trajectory.positions
        if trajectory.n_dims != 3:
            raise InvalidInputError(
                f"the sample has n_dims={trajectory.n_dims}; an RMSD after "
                "superposition needs three dimensions."
            )
        if paths == "pooled" and isinstance(coarsener, SpectralCoarsener):
            sums = np.einsum("tnd,nm->tmd", raw, coarsener.assign(X)[0])
            coarse_paths = sums.reshape(1, len(raw), -1)
        else:
            coarse_paths = coarsener.transform(X)
        (coarse,) = coarsener.inverse_transform(coarse_paths, X)
        start = raw[0]
        difference = [
            _deviations(frame[None], target)[0]
            for frame, target in zip(coarse, raw, strict=True)
        ]
        return cls(
            _deviations(raw, start),
            _deviations(coarse, start),
            difference,
            time_step=trajectory.time_step,
            title=(trajectory.source or "") if title is None else title,
        )

    def _size(self) -> tuple[float, float]:
        return 7.0, 3.4

    def _draw(self, ax: Any) -> None:
        time = np.arange(len(self.curves["raw"])) * (self.time_step or 1.0)
        styles = {
            "raw": ("C0", "-", "raw, from its first frame"),
            "coarse": ("C1", "-", "coarse-grained, from the same frame"),
            "difference": ("0.5", ":", "coarse-grained from raw"),
        }
        for name, curve in self.curves.items():
            color, line, label = styles[name]
            ax.plot(time, curve, line, color=color, label=label)
        ax.set_xlabel("frame" if self.time_step is None else "time (ps)")
        ax.set_ylabel("RMSD (nm)")
        ax.set_ylim(bottom=0)
        ax.locator_params(axis="x", nbins=6)  # of long simulations, long numbers
        ax.margins(x=0.01)
        known = "" if np.isnan(self.correlation) else f"r = {self.correlation:.2f}"
        ax.set_title(", ".join(part for part in (self.title, known) if part))
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)


def _deviations(positions: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return the RMSD of each frame (n_frames, n_nodes, 3) after superposition."""
    over = superpose(positions.astype(np.float64), reference.astype(np.float64))
    return np.sqrt(((over - reference) ** 2).sum(axis=2).mean(axis=1))

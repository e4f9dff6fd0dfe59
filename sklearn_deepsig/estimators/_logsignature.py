"""LogSignatureTransformer: from paths to feature vectors of one width."""

from collections.abc import Iterator
from numbers import Integral

import numpy as np
import torch
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from sklearn_deepsig._compat import fit_context
from sklearn_deepsig.estimators._validation import validate_trajectories
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional._backends import BACKENDS
from sklearn_deepsig.functional.lyndon import (
    BASES,
    largest_depth,
    logsignature_names,
    logsignature_width,
)
from sklearn_deepsig.nn.logsignature import LogSignature
from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = ["LogSignatureTransformer"]

# A batch is cut down where it would need more working memory than this, in bytes.
_WORKING_MEMORY = 1 << 28


class LogSignatureTransformer(TransformerMixin, BaseEstimator):
    """Summarise trajectories by the log-signatures of their time segments.

    Every coordinate of every node is a channel of a path. Its log-signature is, at
    depth 1, the displacement of each channel, at depth 2 also the signed area that
    each pair of channels encloses, which tells which of the two moves first, and so
    on (paper, section 3.2). It does not depend on the origin nor on how fast the path
    is run through, so frame counts may differ between samples.

    Parameters
    ----------
    depth : int, default=2
        Length of the longest words of channels. The width grows like n_channels to
        this power, divided by it.
    n_segments : int, default=1
        Number of time segments, of equal length and with shared end points. Segments
        that hold no step between frames give zeros.
    basis : {"words", "lyndon", "expanded"}, default="words"
        Basis of the log-signature; see `sklearn_deepsig.functional.logsignature`. Up
        to depth 2 the first two are the same.
    backend : {"auto", "torch", "iisignature", "signatory"}, default="auto"
        What computes it; ``"auto"`` is ``"torch"``, the others must be installed.
    batch_size : int, default=64
        Samples that are worked on at once, at most.
    max_bytes : int or None, default=2147483648
        Largest output, in bytes. `fit` and `transform` raise an error before any
        work if it would be larger. None for no limit.

    Attributes
    ----------
    n_channels_ : int
        Number of channels, nodes times dimensions.
    channel_names_ : list of str
        Names of the channels: those of the nodes, where all samples have the same
        ones, with ``.x``, ``.y`` or ``.z``; else ``x0``, ``x1``, ...
    n_features_in_ : int
        Columns of a table of univariate series, else `n_channels_`.
    n_dims_in_ : int
        Dimensions a node, 3 for molecules.
    feature_names_in_ : ndarray of str
        Names of the columns, where X was a table with names.

    See Also
    --------
    SpectralCoarsener : Gives paths of few channels.
    sklearn_deepsig.functional.logsignature : The function, with gradients.

    Notes
    -----
    Nothing is learned but the number and the names of the channels. A log-signature
    is not invariant to rotation: superpose molecules first (`TrajectorySelector`).

    References
    ----------
    Qin et al., "Deep Signature: Characterization of Large-Scale Molecular Dynamics",
    ICLR 2025, equations 7 to 10.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_deepsig.estimators import LogSignatureTransformer
    >>> X = np.random.default_rng(0).normal(size=(5, 100, 3)).cumsum(axis=1)
    >>> transformer = LogSignatureTransformer(depth=2, n_segments=2)
    >>> transformer.fit_transform(X).shape  # 2 segments x (3 channels + 3 areas)
    (5, 12)
    >>> transformer.get_feature_names_out()[:4].tolist()
    ['seg0:x0', 'seg0:x1', 'seg0:x2', 'seg0:[x0, x1]']
    """

    _parameter_constraints = {  # noqa: RUF012
        "depth": [Interval(Integral, 1, None, closed="left")],
        "n_segments": [Interval(Integral, 1, None, closed="left")],
        "basis": [StrOptions(set(BASES))],
        "backend": [StrOptions({"auto", *BACKENDS})],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "max_bytes": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(
        self,
        depth=2,
        n_segments=1,
        basis="words",
        *,
        backend="auto",
        batch_size=64,
        max_bytes=2**31,
    ):
        self.depth = depth
        self.n_segments = n_segments
        self.basis = basis
        self.backend = backend
        self.batch_size = batch_size
        self.max_bytes = max_bytes

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):  # noqa: ARG002
        """Learn the number and the names of the channels.

        Parameters
        ----------
        X : samples
            Trajectories with the same nodes; see
            `sklearn_deepsig.trajectory.as_trajectories`.
        y : None
            Ignored.

        Returns
        -------
        self
            The fitted transformer.

        Raises
        ------
        InvalidInputError
            If a sample or a parameter cannot be used, the samples differ in the
            number of channels, or the output would be larger than `max_bytes`.
        """
        samples = self._validate(X, reset=True)
        self.n_channels_ = samples[0].n_nodes * samples[0].n_dims
        self.channel_names_ = _channel_names(samples)
        self._check_size(samples)
        return self

    def transform(self, X):
        """Compute the log-signatures.

        Parameters
        ----------
        X : samples
            Trajectories with the same number of nodes as those of fit, and any
            number of frames.

        Returns
        -------
        ndarray of shape (n_samples, n_segments * width)
            The features, segment by segment, in the input's floating-point type.

        Raises
        ------
        InvalidInputError
            If a sample cannot be used, does not fit those of fit, or the output
            would be larger than `max_bytes`.
        """
        check_is_fitted(self)
        samples = self._validate(X, reset=False)
        self._check_size(samples)
        n_features = self.n_segments * self._width()
        features = np.empty((len(samples), n_features), dtype=_common_dtype(samples))
        module = LogSignature(
            self.depth, self.n_segments, basis=self.basis, backend=self.backend
        )
        with torch.inference_mode():
            for rows in self._batches(samples):
                batch = np.stack([samples[row].positions for row in rows])
                path = torch.from_numpy(batch.astype(features.dtype, copy=False))
                features[rows] = module(path.flatten(2)).flatten(1).numpy()
        return features

    def get_feature_names_out(self, input_features=None):
        """Name the features by segment and channels.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the channels; by default `channel_names_`. For tables of
            univariate series these are names of columns, which no feature bears.

        Returns
        -------
        ndarray of str objects
            Names like ``seg0:[ALA 86 CA.x, GLY 91 CA.z]``.
        """
        check_is_fitted(self)
        channels = self.channel_names_
        if input_features is not None:
            names = _check_feature_names_in(self, input_features)
            if len(names) == self.n_channels_:
                channels = names.tolist()
        names = logsignature_names(channels, self.depth, self.basis)
        return np.array(
            [f"seg{i}:{name}" for i in range(self.n_segments) for name in names],
            dtype=object,
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _validate(self, X, *, reset: bool) -> list[GraphTrajectory]:
        # Log-signatures do not look at the graph, and the chain asks for nothing.
        samples = validate_trajectories(
            self, X, graph="chain", reset=reset, fixed_channels=True
        )
        n_channels = samples[0].n_nodes * samples[0].n_dims
        if not reset and n_channels != self.n_channels_:
            raise InvalidInputError(
                f"X has {n_channels} channels, but LogSignatureTransformer was fitted "
                f"with {self.n_channels_}. Give samples like those of fit."
            )
        return samples

    def _width(self) -> int:
        return logsignature_width(self.n_channels_, self.depth, self.basis)

    def _check_size(self, samples: list[GraphTrajectory]) -> None:
        """Raise if the output would be larger than allowed, before any work."""
        if self.max_bytes is None:
            return
        n_rows = len(samples) * self.n_segments
        itemsize = _common_dtype(samples).itemsize
        width = self._width()
        n_bytes = n_rows * width * itemsize
        if n_bytes <= self.max_bytes:
            return
        fits = largest_depth(
            self.n_channels_, self.max_bytes // (n_rows * itemsize), self.basis
        )
        advice = f"depth={fits} fits" if fits else "not even depth=1 fits"
        raise InvalidInputError(
            f"the log-signature of {self.n_channels_} channels at depth={self.depth} "
            f"has width {width:,}; for {len(samples):,} samples of {self.n_segments} "
            f"segments these are {n_bytes:,} bytes, more than max_bytes="
            f"{self.max_bytes:,}. Lower the depth ({advice}), use fewer channels, "
            "such as C-alpha atoms or the clusters of SpectralCoarsener, or raise "
            "max_bytes."
        )

    def _batches(self, samples: list[GraphTrajectory]) -> Iterator[list[int]]:
        """Yield batches of samples with equal numbers of frames."""
        by_length: dict[int, list[int]] = {}
        for row, sample in enumerate(samples):
            by_length.setdefault(sample.n_frames, []).append(row)
        itemsize = _common_dtype(samples).itemsize
        # The top level may stand as a whole tensor, which has about depth times as
        # many coordinates as Lyndon words; the path is needed in several copies.
        n_output = self.n_segments * self._width() * self.depth
        for n_frames, rows in by_length.items():
            n_bytes = itemsize * (n_output + 8 * n_frames * self.n_channels_)
            size = min(self.batch_size, max(1, _WORKING_MEMORY // n_bytes))
            for start in range(0, len(rows), size):
                yield rows[start : start + size]


def _common_dtype(samples: list[GraphTrajectory]) -> np.dtype:
    return np.result_type(*{sample.positions.dtype for sample in samples})


def _channel_names(samples: list[GraphTrajectory]) -> list[str]:
    """Name the channels by node and dimension, where all samples agree on the names."""
    n_dims = samples[0].n_dims
    node_names = samples[0].node_names
    if node_names is None or any(s.node_names != node_names for s in samples):
        return [f"x{i}" for i in range(samples[0].n_nodes * n_dims)]
    if n_dims == 1:
        return list(node_names)
    dims = "xyz"[:n_dims] if n_dims <= 3 else [str(dim) for dim in range(n_dims)]
    return [f"{node}.{dim}" for node in node_names for dim in dims]

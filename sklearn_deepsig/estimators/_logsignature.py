"""LogSignatureTransformer: from paths to feature vectors of one width."""

import numpy as np
import torch
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils._param_validation import Options, StrOptions
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from sklearn_deepsig._compat import fit_context
from sklearn_deepsig._constraints import DEPTH, LAYER_SIZE, POSITIVE_INT
from sklearn_deepsig._parallel import N_JOBS, in_parallel
from sklearn_deepsig.estimators._names import channel_names
from sklearn_deepsig.estimators._path_batches import (
    check_output_size,
    common_dtype,
    equal_length_batches,
)
from sklearn_deepsig.estimators._straight_segments import warn_of_straight_segments
from sklearn_deepsig.estimators._validation import validate_trajectories
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional._backends import BACKENDS
from sklearn_deepsig.functional.augmentation import AUGMENTATIONS
from sklearn_deepsig.functional.lyndon import BASES
from sklearn_deepsig.functional.path_features import PathFeatures
from sklearn_deepsig.nn.logsignature import LogSignature
from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = ["LogSignatureTransformer"]


def _features_of(
    module: LogSignature, dtype: np.dtype, samples: list[GraphTrajectory]
) -> np.ndarray:
    """Compute the features of samples of equal length, a row each."""
    batch = np.stack([sample.positions for sample in samples])
    path = torch.from_numpy(batch.astype(dtype, copy=False))
    with torch.inference_mode():  # which holds for one thread
        features: np.ndarray = module(path.flatten(2)).flatten(1).numpy()
    return features


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
        that hold no step between frames give zeros, and those of a single step no
        areas; where all are so, `fit` warns.
    basis : {"words", "lyndon", "expanded"}, default="words"
        Basis of the log-signature; see `sklearn_deepsig.functional.logsignature`. Up
        to depth 2 the first two are the same.
    augmentation : {"time", "basepoint", "lead_lag"}, sequence of these or None
        What every segment, as a path of its own, is given first, in this order: a
        channel that goes from 0 to 1, a frame of zeros in front (so that features
        depend on the origin, even those of a single frame), or every channel once
        more, one step behind. See `sklearn_deepsig.functional.augmentation`.
    invariance : "rotation", sequence of {"dot", "trace", "norm", "twist"} or None
        ``"rotation"``: for points in three dimensions, the features that no rotation
        of the whole changes, in place of the log-signature of depth 2: 9/4 times
        fewer. A sequence, such as ``("dot", "trace")``, for some of their families,
        each nine times fewer than the log-signature: the products of displacements,
        which of two points moves first, the sizes of the areas between them, and how
        they turn about a common axis. Mirror images have the same. They need depth 2,
        no augmentation and no expanded basis; see
        `sklearn_deepsig.functional.rotation`.
    backend : {"auto", "torch", "iisignature", "pysiglib", "signatory"}, default="auto"
        What computes it; all but ``"torch"`` must be installed. ``"auto"`` is
        ``"torch"``, or ``"pysiglib"`` for few channels where it is installed; see
        `sklearn_deepsig.functional.logsignature`.
    dtype : {"float32", "float64"}, numpy.float32, numpy.float64 or None, default=None
        Type of the features, in which they are computed. None for that of X.
    batch_size : int, default=64
        Samples that are worked on at once, at most.
    n_jobs : int or None, default=None
        Batches that are worked on at the same time, in threads unless
        `joblib.parallel_config` says where; None for one unless within it, -1 for as
        many as there are processors. Within a batch torch uses threads of its own.
        The features are the same to the bit.
    max_bytes : int or None, default=2147483648
        Largest output, in bytes. `fit` and `transform` raise an error before any
        work if it would be larger. None for no limit.

    Attributes
    ----------
    n_channels_ : int
        Number of channels, nodes times dimensions.
    channel_names_ : list of str
        Names of the channels: those of the nodes, where all samples have the same
        ones, with ``.x``, ``.y`` or ``.z``, or of the columns of data frames; else
        ``x0``, ``x1``, ...
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
    is not invariant to rotation: superpose molecules first (`TrajectorySelector`), or
    ask for ``invariance="rotation"``.

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
        "depth": [DEPTH],
        "n_segments": [LAYER_SIZE],
        "basis": [StrOptions(set(BASES))],
        "augmentation": [StrOptions(set(AUGMENTATIONS)), list, tuple, None],
        # any str: PathFeatures lists all the choices where it knows none of them
        "invariance": [str, list, tuple, None],
        "backend": [StrOptions({"auto", *BACKENDS})],
        "dtype": [
            StrOptions({"float32", "float64"}),
            Options(type, {np.float32, np.float64}),
            None,
        ],
        "batch_size": [POSITIVE_INT],
        "n_jobs": N_JOBS,
        "max_bytes": [POSITIVE_INT, None],
    }

    def __init__(
        self,
        depth=2,
        n_segments=1,
        basis="words",
        *,
        augmentation=None,
        invariance=None,
        backend="auto",
        dtype=None,
        batch_size=64,
        n_jobs=None,
        max_bytes=2**31,
    ):
        self.depth = depth
        self.n_segments = n_segments
        self.basis = basis
        self.augmentation = augmentation
        self.invariance = invariance
        self.backend = backend
        self.dtype = dtype
        self.batch_size = batch_size
        self.n_jobs = n_jobs
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
            number of channels, or the output would be larger than `max_bytes`; with
            `invariance` also if the nodes are not points in three
            dimensions.

        Warns
        -----
        UninformativeFeaturesWarning
            If even the longest sample has one step between frames a segment at most,
            and so no areas.
        """
        self._path_features()  # the choices must go together
        samples = self._validate(X, reset=True)
        if self.invariance is not None and self.n_dims_in_ != 3:
            raise InvalidInputError(
                f"invariance={self.invariance!r} needs points in three dimensions, but "
                f"X has {self.n_dims_in_} a node. Give molecules, or arrays of shape "
                "(n_samples, n_frames, n_points, 3)."
            )
        self.n_channels_ = samples[0].n_nodes * samples[0].n_dims
        self.channel_names_ = channel_names(samples)
        self._check_size(samples)
        warn_of_straight_segments(
            samples, self.n_channels_, int(self.n_segments), self._path_features()
        )
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
            The features, segment by segment, in the type that `dtype` says.

        Raises
        ------
        InvalidInputError
            If a sample cannot be used, does not fit those of fit, or the output
            would be larger than `max_bytes`.
        """
        check_is_fitted(self)
        samples = self._validate(X, reset=False)
        self._check_size(samples)
        chosen = self._path_features()
        n_features = int(self.n_segments) * chosen.width(self.n_channels_)
        features = np.empty((len(samples), n_features), self._output_dtype(samples))
        module = LogSignature(
            int(self.depth),
            int(self.n_segments),
            self.basis,
            self.backend,
            self.augmentation,
            self.invariance,
        )
        batches = list(
            equal_length_batches(
                samples,
                chosen,
                int(self.n_segments),
                features.itemsize,
                self.batch_size,
            )
        )
        # the graph is not looked at, and need not be sent
        tasks = (
            (module, features.dtype, [samples[row].with_edges([]) for row in rows])
            for rows in batches
        )
        parts = in_parallel(_features_of, tasks, self.n_jobs, prefer="threads")
        for rows, part in zip(batches, parts, strict=True):
            features[rows] = part
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
            Names like ``seg0:[ALA 86 CA.x, GLY 91 CA.z]``, or, for the rotation
            invariants, ``seg0:trace(ALA 86 CA, GLY 91 CA)``.
        """
        check_is_fitted(self)
        channels = self.channel_names_
        if input_features is not None:
            names = _check_feature_names_in(self, input_features)
            if len(names) == self.n_channels_:
                channels = names.tolist()
        names = self._path_features().names(channels)
        return np.array(
            [f"seg{i}:{name}" for i in range(self.n_segments) for name in names],
            dtype=object,
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = (
            ["float64", "float32"] if self.dtype is None else []
        )
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

    def _path_features(self) -> PathFeatures:
        return PathFeatures(
            int(self.depth),
            self.basis,
            self.augmentation,
            self.invariance,
            self.backend,
        )

    def _output_dtype(self, samples: list[GraphTrajectory]) -> np.dtype:
        return common_dtype(samples) if self.dtype is None else np.dtype(self.dtype)

    def _check_size(self, samples: list[GraphTrajectory]) -> None:
        check_output_size(
            samples,
            self._path_features(),
            int(self.n_segments),
            self._output_dtype(samples).itemsize,
            self.max_bytes,
        )

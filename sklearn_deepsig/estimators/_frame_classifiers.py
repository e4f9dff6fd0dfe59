"""The paper's baselines that see one or two frames."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from sklearn_deepsig.estimators._averaging import AveragingClassifier
from sklearn_deepsig.estimators._docs import share_parameters
from sklearn_deepsig.nn import FrameNetwork
from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = ["HeadClassifier", "HeadTailClassifier", "TailClassifier"]


class _FrameClassifier(AveragingClassifier):
    """Base of the classifiers that see chosen frames."""

    _frames: ClassVar[Sequence[int]]
    """Which frames: one, or two."""

    def _seen(self, samples: list[GraphTrajectory]) -> list[GraphTrajectory]:
        # Before samples are centred, so that the other frames have no influence.
        return [_take(sample, self._frames) for sample in samples]

    def _network_of(self, sizes: tuple[int, ...]) -> partial[FrameNetwork]:
        return partial(
            FrameNetwork,
            self.n_dims_in_,
            self._n_outputs(),
            n_frames=len(self._frames),
            n_clusters=sizes,
            hidden_dim=self.hidden_dim,
            mlp_hidden_dim=self.mlp_hidden_dim,
            batch_norm=self.batch_norm,
            dropout=self.dropout,
        )


def _take(sample: GraphTrajectory, frames: Sequence[int]) -> GraphTrajectory:
    """Take one frame or two, by a slice, which reads nothing of a store as yet."""
    first, last = frames[0] % sample.n_frames, frames[-1] % sample.n_frames
    return sample[first : last + 1 : max(1, last - first)]


@share_parameters
class HeadClassifier(_FrameClassifier):
    """Classify trajectories by their first frame: the paper's Head.

    The frame is coarse-grained as in `DeepSignatureClassifier`, with the same
    losses. A layer of a perceptron reads each cluster's position, its output is
    averaged over the clusters, and a two-layer perceptron classifies (paper, section
    4.1; what the perceptron reads is left open there). It knows nothing of
    motion.

    Parameters
    ----------
    {frame_classifier}

    Attributes
    ----------
    {classifier_attributes}

    See Also
    --------
    DeepSignatureClassifier : What it is compared with.
    GraphLSTMClassifier : The baseline that sees all frames.

    References
    ----------
    Qin et al., "Deep Signature: Characterization of Large-Scale Molecular Dynamics",
    ICLR 2025, section 4.1.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_deepsig.estimators import HeadClassifier
    >>> X = np.random.default_rng(0).normal(size=(8, 5, 6, 3))
    >>> X[4:, 0] *= 0.1
    >>> y = ["wide"] * 4 + ["narrow"] * 4
    >>> model = HeadClassifier(n_clusters=(3,), max_epochs=60, random_state=0)
    >>> model.fit(X, y).predict(X[[0, -1]]).tolist()
    ['wide', 'narrow']
    """

    _frames = (0,)


@share_parameters
class TailClassifier(_FrameClassifier):
    """Classify trajectories by their last frame: the paper's Tail.

    The frame is coarse-grained as in `DeepSignatureClassifier`, with the same
    losses. A layer of a perceptron reads each cluster's position, its output is
    averaged over the clusters, and a two-layer perceptron classifies (paper, section
    4.1; what the perceptron reads is left open there). It knows nothing of
    motion.

    Parameters
    ----------
    {frame_classifier}

    Attributes
    ----------
    {classifier_attributes}

    See Also
    --------
    DeepSignatureClassifier : What it is compared with.
    GraphLSTMClassifier : The baseline that sees all frames.

    References
    ----------
    Qin et al., "Deep Signature: Characterization of Large-Scale Molecular Dynamics",
    ICLR 2025, section 4.1.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_deepsig.estimators import TailClassifier
    >>> X = np.random.default_rng(0).normal(size=(8, 5, 6, 3))
    >>> X[4:, -1] *= 0.1
    >>> y = ["wide"] * 4 + ["narrow"] * 4
    >>> model = TailClassifier(n_clusters=(3,), max_epochs=60, random_state=0)
    >>> model.fit(X, y).predict(X[[0, -1]]).tolist()
    ['wide', 'narrow']
    """

    _frames = (-1,)


@share_parameters
class HeadTailClassifier(_FrameClassifier):
    """Classify trajectories by their first and last frame: the paper's Head & Tail.

    The frames are coarse-grained as in `DeepSignatureClassifier`, with the same
    losses. A layer of a perceptron reads each cluster's position in
    both, its output is
    averaged over the clusters, and a two-layer perceptron classifies (paper, section
    4.1; what the perceptron reads is left open there). Of the
    motion it knows where it led.

    Parameters
    ----------
    {frame_classifier}

    Attributes
    ----------
    {classifier_attributes}

    See Also
    --------
    DeepSignatureClassifier : What it is compared with.
    GraphLSTMClassifier : The baseline that sees all frames.

    References
    ----------
    Qin et al., "Deep Signature: Characterization of Large-Scale Molecular Dynamics",
    ICLR 2025, section 4.1.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_deepsig.estimators import HeadTailClassifier
    >>> X = np.random.default_rng(0).normal(size=(8, 5, 6, 3))
    >>> X[4:, [0, -1]] *= 0.1
    >>> y = ["wide"] * 4 + ["narrow"] * 4
    >>> model = HeadTailClassifier(n_clusters=(3,), max_epochs=60, random_state=0)
    >>> model.fit(X, y).predict(X[[0, -1]]).tolist()
    ['wide', 'narrow']
    """

    _frames = (0, -1)

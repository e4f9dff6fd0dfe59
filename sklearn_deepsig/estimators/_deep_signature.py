"""What makes a classifier or a regressor Deep Signature: the network."""

from functools import partial
from numbers import Integral, Real
from typing import ClassVar

from sklearn.utils._param_validation import Interval

from sklearn_deepsig.estimators._parameters import check_rotation_invariant
from sklearn_deepsig.estimators._supervised import SupervisedNetwork
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional.lyndon import largest_depth
from sklearn_deepsig.functional.path_features import PathFeatures
from sklearn_deepsig.nn import DeepSignatureNetwork

# Input weights of the LSTM or the perceptron; with gradients and Adam's averages 16
# bytes each.
_MOST_WEIGHTS = 2**29


class DeepSignatureEstimator(SupervisedNetwork):
    """Base of the estimators that train the whole network."""

    _parameter_constraints: ClassVar = {
        **SupervisedNetwork._parameter_constraints,
        "depth": [Interval(Integral, 1, None, closed="left")],
        "n_segments": [Interval(Integral, 1, None, closed="left")],
        "lstm_hidden_dim": [Interval(Integral, 1, None, closed="left"), None],
        "mlp_hidden_dim": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "augmentation": [str, "array-like", None],
        "batch_norm": ["boolean"],
        "rotation_invariant": ["boolean"],
    }

    def _network_of(self, sizes: tuple[int, ...]) -> partial[DeepSignatureNetwork]:
        check_rotation_invariant(self)
        augmentation = self.augmentation
        if augmentation is not None and not isinstance(augmentation, str):
            augmentation = tuple(augmentation)
        features = PathFeatures(
            self.depth,
            augmentation=augmentation,
            invariance="rotation" if self.rotation_invariant else None,
        )
        self._check_width(features, sizes[-1] * self.n_dims_in_)
        return partial(
            DeepSignatureNetwork,
            self.n_dims_in_,
            self._n_outputs(),
            n_clusters=sizes,
            hidden_dim=self.hidden_dim,
            depth=self.depth,
            n_segments=self.n_segments,
            lstm_hidden_dim=self.lstm_hidden_dim,
            mlp_hidden_dim=self.mlp_hidden_dim,
            dropout=self.dropout,
            augmentation=augmentation,
            batch_norm=self.batch_norm,
            rotation_invariant=self.rotation_invariant,
        )

    def _check_width(self, features: PathFeatures, n_channels: int) -> None:
        """Refuse features so many that what reads them cannot be trained."""
        if self.lstm_hidden_dim is None:
            reader = f"a perceptron of mlp_hidden_dim={self.mlp_hidden_dim}"
            most = _MOST_WEIGHTS // (self.n_segments * self.mlp_hidden_dim)
        else:
            reader = f"an LSTM of lstm_hidden_dim={self.lstm_hidden_dim}"
            most = _MOST_WEIGHTS // (4 * self.lstm_hidden_dim)
        width = features.width(n_channels)
        if width <= most:
            return
        if self.rotation_invariant:
            raise InvalidInputError(
                f"The rotation invariants of {n_channels // 3} clusters have width "
                f"{width:,}, too wide for {reader}. Lower the last of n_clusters."
            )
        raise InvalidInputError(
            f"The log-signature of {n_channels} channels at depth={self.depth} has "
            f"width {width:,}, too wide for {reader}. Lower the depth (largest that "
            f"fits: {largest_depth(n_channels, most)}) or the last of n_clusters."
        )

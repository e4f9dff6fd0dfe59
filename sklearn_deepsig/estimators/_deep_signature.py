"""What makes a classifier or a regressor Deep Signature: the network."""

import copy
from functools import partial
from numbers import Real
from typing import ClassVar

from sklearn.utils.validation import check_is_fitted

from sklearn_deepsig._constraints import DEPTH, LAYER_SIZE, Number
from sklearn_deepsig.estimators._coarsener import SpectralCoarsener
from sklearn_deepsig.estimators._network_state import describe_network
from sklearn_deepsig.estimators._parameters import (
    architecture,
    check_rotation_invariant,
)
from sklearn_deepsig.estimators._straight_segments import warn_of_straight_segments
from sklearn_deepsig.estimators._supervised import SupervisedNetwork
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional.augmentation import augmentation_steps
from sklearn_deepsig.functional.lyndon import largest_depth
from sklearn_deepsig.functional.path_features import PathFeatures
from sklearn_deepsig.nn import DeepSignatureNetwork
from sklearn_deepsig.training import History
from sklearn_deepsig.trajectory import GraphTrajectory

# Input weights of the LSTM or the perceptron; with gradients and Adam's averages 16
# bytes each.
_MOST_WEIGHTS = 2**29


class DeepSignatureEstimator(SupervisedNetwork):
    """Base of the estimators that train the whole network."""

    _parameter_constraints: ClassVar = {
        **SupervisedNetwork._parameter_constraints,
        "depth": [DEPTH],
        "n_segments": [LAYER_SIZE],
        "lstm_hidden_dim": [LAYER_SIZE, None],
        "mlp_hidden_dim": [LAYER_SIZE],
        "dropout": [Number(Real, 0, 1, closed="left")],
        "augmentation": [str, "array-like", None],
        "batch_norm": ["boolean"],
        "rotation_invariant": ["boolean"],
        "skip_connection": ["boolean"],
    }

    @property
    def coarsener_(self):
        """The coarse graining that was learned, as a `SpectralCoarsener` of its own."""
        check_is_fitted(self)
        names = SpectralCoarsener().get_params().keys()
        given = {k: v for k, v in self.get_params().items() if k in names}
        # Parameters of the network may have been changed since it was built.
        built = {k: v for k, v in self._built_with.items() if k in names}
        cut, consistency, _ = self.loss_weights
        coarsener = SpectralCoarsener(
            **{**given, **built, "loss_weights": (cut, consistency)}
        )
        for name in ("n_dims_in_", "n_features_in_", "feature_names_in_", "_seed"):
            if hasattr(self, name):
                setattr(coarsener, name, getattr(self, name))
        coarsener.n_clusters_ = self.n_clusters_
        # a copy: what goes on learning must not change the predictions of another
        coarsener.module_ = copy.deepcopy(self.module_.coarsening)
        coarsener._network = describe_network(coarsener._network_of(self.n_clusters_))
        coarsener._built_with = architecture(coarsener)
        coarsener._optimizer_state = None
        coarsener.history_ = History(copy.deepcopy(dict(self.history_)))
        coarsener.n_iter_ = self.n_iter_
        coarsener.resumed_from_epoch_ = self.resumed_from_epoch_
        return coarsener

    def _path_features(self) -> PathFeatures:
        augmentation = self.augmentation
        if augmentation is not None and not isinstance(augmentation, str):
            augmentation = augmentation_steps(augmentation)
        return PathFeatures(
            self.depth,
            augmentation=augmentation,
            invariance="rotation" if self.rotation_invariant else None,
        )

    def _warn_of_samples(
        self, samples: list[GraphTrajectory], sizes: tuple[int, ...]
    ) -> None:
        n_channels = sizes[-1] * self.n_dims_in_
        warn_of_straight_segments(
            samples, n_channels, int(self.n_segments), self._path_features()
        )

    def _network_of(self, sizes: tuple[int, ...]) -> partial[DeepSignatureNetwork]:
        check_rotation_invariant(self)
        features = self._path_features()
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
            augmentation=features.augmentation,
            batch_norm=self.batch_norm,
            rotation_invariant=self.rotation_invariant,
            skip_connection=self.skip_connection,
        )

    def _check_width(self, features: PathFeatures, n_channels: int) -> None:
        """Refuse features so many that what reads them cannot be trained."""
        if self.lstm_hidden_dim is None:
            reader = f"a perceptron of mlp_hidden_dim={self.mlp_hidden_dim}"
            most = _MOST_WEIGHTS // (int(self.n_segments) * int(self.mlp_hidden_dim))
        else:
            reader = f"an LSTM of lstm_hidden_dim={self.lstm_hidden_dim}"
            most = _MOST_WEIGHTS // (4 * int(self.lstm_hidden_dim))
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

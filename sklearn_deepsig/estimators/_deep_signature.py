"""What the classifier and the regressor around the whole network share."""

from collections.abc import Sequence
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from sklearn_deepsig.estimators._parameters import (
    check_rotation_invariant,
    layer_sizes,
    refuse_what_needs_an_end,
    weights_of_losses,
)
from sklearn_deepsig.estimators._targets import validate_groups, validate_sample_weight
from sklearn_deepsig.estimators._torch import TorchEstimator
from sklearn_deepsig.estimators._validation import (
    check_node_counts,
    validate_trajectories,
)
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional.lyndon import largest_depth, logsignature_width
from sklearn_deepsig.functional.rotation import rotation_invariants_width
from sklearn_deepsig.nn import DeepSignatureNetwork, deep_signature_loss
from sklearn_deepsig.training import TrainingData
from sklearn_deepsig.trajectory import GraphTrajectory, describe_sample

# Input weights of the LSTM; with gradients and Adam's averages 16 bytes each.
_MOST_WEIGHTS = 2**29


class DeepSignatureEstimator(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, TorchEstimator
):
    """Base of the estimators that train the whole network.

    A subclass names its error, encodes targets, and says what an error is.
    """

    _parameter_constraints: ClassVar = {
        **TorchEstimator._parameter_constraints,
        "depth": [Interval(Integral, 1, None, closed="left")],
        "n_segments": [Interval(Integral, 1, None, closed="left")],
        "lstm_hidden_dim": [Interval(Integral, 1, None, closed="left")],
        "mlp_hidden_dim": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "rotation_invariant": ["boolean"],
    }

    _error_name: ClassVar[str]
    """What the third loss is called."""

    def _encode(
        self, y: Any, sample_weight: np.ndarray, *, reset: bool, once: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Check y and turn it into targets and weights of the samples.

        With `reset` the fitted attributes that describe y are set, else y must agree
        with them. `once` is true in `partial_fit`.
        """
        raise NotImplementedError

    def _n_outputs(self) -> int:
        """Return the number of outputs of the network, once y is known."""
        raise NotImplementedError

    def _errors(
        self, outputs: torch.Tensor, target: torch.Tensor
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Return the error of each sample, and metrics averaged over samples."""
        raise NotImplementedError

    def _labels(self, target: np.ndarray) -> np.ndarray | None:
        """Return what early stopping keeps in proportion, if anything."""
        raise NotImplementedError

    def _fit(
        self,
        X: Any,
        y: Any,
        groups: Any,
        sample_weight: Any,
        *,
        once: bool = False,
    ) -> None:
        """Check everything, then train: until the end, or one epoch more."""
        reset = not self._goes_on(once=once)
        if once:
            refuse_what_needs_an_end(self)
        sizes = layer_sizes(self.n_clusters)
        names = ["cut", "consistency", self._error_name]
        loss_weights = weights_of_losses(self.loss_weights, names)
        samples = validate_trajectories(self, X, graph=self.graph, reset=reset)
        n_samples = len(samples)
        weight = validate_sample_weight(sample_weight, n_samples)
        groups = validate_groups(groups, n_samples)
        check_node_counts(samples, sizes)
        check_rotation_invariant(self)
        self._check_width(sizes[-1] * self.n_dims_in_)
        target, weight = self._encode(y, weight, reset=reset, once=once)
        self.n_clusters_ = sizes
        counts = np.flatnonzero(weight)
        # A weight of zero is to be what a sample left out is.
        samples = [samples[index] for index in counts]
        target, weight = target[counts], weight[counts] / weight[counts].mean()
        groups = None if groups is None else groups[counts]

        def compute_loss(module, batch, target, sample_weight):
            output = module(batch)
            errors, metrics = self._errors(output.logits, target)
            terms = deep_signature_loss(
                output, errors, sample_weight, loss_weights, name=self._error_name
            )
            return {**terms, **metrics}

        build = partial(
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
            rotation_invariant=self.rotation_invariant,
        )
        data = TrainingData(samples, target, weight)
        if once:
            self._train_once(build, data, compute_loss)
            return
        metadata = {} if sample_weight is None else {"sample_weight": sample_weight}
        self._train(
            build,
            data,
            compute_loss,
            labels=self._labels(target),
            groups=groups,
            given={"X": X, "y": y, "metadata": metadata},
        )

    def _check_width(self, n_channels: int) -> None:
        """Refuse log-signatures so wide that the LSTM cannot be trained."""
        most = _MOST_WEIGHTS // (4 * self.lstm_hidden_dim)
        if self.rotation_invariant:
            width = rotation_invariants_width(n_channels // 3)
            if width > most:
                raise InvalidInputError(
                    f"The rotation invariants of {n_channels // 3} clusters have width "
                    f"{width:,}, too wide for an LSTM of lstm_hidden_dim="
                    f"{self.lstm_hidden_dim}. Lower the last of n_clusters."
                )
            return
        width = logsignature_width(n_channels, self.depth)
        if width > most:
            raise InvalidInputError(
                f"The log-signature of {n_channels} channels at depth={self.depth} has "
                f"width {width:,}, too wide for an LSTM of lstm_hidden_dim="
                f"{self.lstm_hidden_dim}. Lower the depth (largest that fits: "
                f"{largest_depth(n_channels, most)}) or the last of n_clusters."
            )

    def transform(self, X):
        """Return the learned features that the last layers read.

        Parameters
        ----------
        X : samples
            Trajectories.

        Returns
        -------
        ndarray of shape (n_samples, lstm_hidden_dim)
            The normalised last state of the LSTM.
        """
        return self._of_output(X, "features")

    @property
    def _n_features_out(self):
        """Number of learned features, for `get_feature_names_out`."""
        return self.module_.sequence.norm.normalized_shape[0]

    def _of_output(self, X: Any, name: str) -> np.ndarray:
        """Run the network and return one of its outputs, as float64."""
        check_is_fitted(self)
        samples = validate_trajectories(self, X, graph=self.graph, reset=False)
        check_node_counts(samples, self.n_clusters_)
        parts = self._apply(
            samples, lambda module, batch: getattr(module(batch), name).cpu().numpy()
        )
        result = np.concatenate(parts).astype(np.float64)
        _check_finite(result, samples, name)
        return result


def _check_finite(
    result: np.ndarray, samples: Sequence[GraphTrajectory], name: str
) -> None:
    finite = np.isfinite(result).all(axis=1)
    if not finite.all():
        index = int(np.argmin(finite))
        raise InvalidInputError(
            f"{describe_sample(index, samples[index].source)} gives {name} that "
            "are not finite; its coordinates are far larger than those of fit."
        )

"""What the estimators share whose network learns from labels or numbers."""

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin

from sklearn_deepsig.estimators._node_counts import (
    check_node_counts,
    keep_node_counts,
    samples_to_apply,
)
from sklearn_deepsig.estimators._parameters import (
    layer_sizes,
    plain_arguments,
    refuse_what_needs_an_end,
    weights_of_losses,
)
from sklearn_deepsig.estimators._targets import validate_groups, validate_sample_weight
from sklearn_deepsig.estimators._time_steps import warn_of_time_steps
from sklearn_deepsig.estimators._torch import TorchEstimator
from sklearn_deepsig.estimators._validation import validate_trajectories
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.nn import deep_signature_loss
from sklearn_deepsig.training import TrainingData
from sklearn_deepsig.trajectory import GraphTrajectory, describe_sample


class SupervisedNetwork(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, TorchEstimator
):
    """Base of the estimators that train a network to predict.

    A subclass says what network, names its error, encodes targets, and says what an
    error is.
    """

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

    def _network_of(self, sizes: tuple[int, ...]) -> "partial[torch.nn.Module]":
        """Check the architecture and return the network with all its arguments.

        The data and the targets are known.
        """
        raise NotImplementedError

    def _seen(self, samples: list[GraphTrajectory]) -> list[GraphTrajectory]:
        """Return what the network sees of the samples: all of them, by default."""
        return samples

    def _warn_of_samples(
        self, samples: list[GraphTrajectory], sizes: tuple[int, ...]
    ) -> None:
        """Warn of samples that the network can learn little from; by default never."""

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
        target, weight = self._encode(y, weight, reset=reset, once=once)
        self.n_clusters_ = sizes
        keep_node_counts(self, samples, reset=reset)
        groups = None if groups is None else groups[weight > 0]

        def compute_loss(module, batch, target, sample_weight):
            output = module(batch)
            errors, metrics = self._errors(output.logits, target)
            terms = deep_signature_loss(
                output, errors, sample_weight, loss_weights, name=self._error_name
            )
            return {**terms, **metrics}

        build = plain_arguments(self._network_of(sizes))
        self._warn_of_samples(samples, sizes)
        data = TrainingData(self._seen(samples), target, weight).weighed()
        if once:
            self._train_once(build, data, compute_loss)
            return
        if (labels := self._labels(target)) is not None:
            # of the files, where what the network sees may be a few of their frames
            warn_of_time_steps(samples, labels)
        metadata = {} if sample_weight is None else {"sample_weight": sample_weight}
        self._train(
            build,
            data,
            compute_loss,
            labels=self._labels(data.target),
            groups=groups,
            given={"X": X, "y": y, "metadata": metadata},
        )

    def transform(self, X):
        """Return the learned features that the last layers read.

        Parameters
        ----------
        X : samples
            Trajectories.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            One row a sample.
        """
        return self._of_output(X, "features")

    @property
    def _n_features_out(self):
        """Number of learned features, for `get_feature_names_out`."""
        return self.module_.n_features

    def _of_output(self, X: Any, name: str) -> np.ndarray:
        """Run the network and return one of its outputs, as float64."""
        samples = samples_to_apply(self, X)
        parts = self._apply(
            self._seen(samples),
            lambda module, batch: getattr(module(batch), name).cpu().numpy(),
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
            f"{describe_sample(index, samples[index].source)} gives {name} that are "
            "not finite: its coordinates are far larger than those of fit, or "
            "learning_rate or weight_decay was too large."
        )

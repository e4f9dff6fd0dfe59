"""What all estimators around a torch network share."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from numbers import Integral, Real
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.model_selection import (
    GroupShuffleSplit,
    ShuffleSplit,
    StratifiedShuffleSplit,
)
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.model_selection import hold_out_groups
from sklearn_deepsig.nn import GraphBatch
from sklearn_deepsig.training import (
    ComputeLoss,
    TrainingData,
    TrainingSettings,
    apply_batches,
    fingerprint,
    fit_module,
    make_writable_folder,
    resolve_device,
    resolve_dtype,
    seeded,
)
from sklearn_deepsig.trajectory import GraphTrajectory, describe_sample

# Parameters that change where or how visibly a fit runs, but not what it gives.
_WITHOUT_EFFECT_ON_RESULT = {"checkpoint_dir", "device", "max_epochs", "verbose"}


class TorchEstimator(BaseEstimator):
    """Base of the estimators that train a network.

    A subclass stores the parameters named in `_parameter_constraints` and calls
    `_train`, which leaves the fitted attributes `module_`, `history_` and `n_iter_`.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_clusters": ["array-like", Interval(Integral, 1, None, closed="left")],
        "hidden_dim": [Interval(Integral, 1, None, closed="left")],
        "loss_weights": ["array-like"],
        "graph": [
            StrOptions(
                {"auto", "bonds", "contacts", "chain", "complete", "knn"},
            ),
            "array-like",
        ],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "patience": [Interval(Integral, 1, None, closed="left")],
        "device": [str],
        "precision": [StrOptions({"auto", "float32", "float64"})],
        "random_state": ["random_state"],
        "checkpoint_dir": [str, None],
        "verbose": ["boolean", StrOptions({"auto"})],
    }

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = True
        tags.non_deterministic = False
        return tags

    def _layer_sizes(self) -> tuple[int, ...]:
        """Return `n_clusters` as a tuple, one number a pooling layer."""
        given = np.atleast_1d(np.asarray(self.n_clusters))
        whole = given.ndim == 1 and given.dtype.kind in "iu"
        sizes = tuple(given.tolist()) if whole else ()
        decreasing = all(a >= b for a, b in pairwise(sizes))
        if not sizes or min(sizes) < 1 or not decreasing:
            raise InvalidInputError(
                f"n_clusters={self.n_clusters!r}: give one positive number a pooling "
                "layer, none greater than the one before it, such as (100, 50)."
            )
        return sizes

    def _weights_of_losses(self, names: Sequence[str]) -> tuple[float, ...]:
        """Return `loss_weights` as a tuple, one number a loss."""
        weights = tuple(float(w) for w in np.atleast_1d(self.loss_weights))
        allowed = all(0 <= weight < np.inf for weight in weights) and any(weights)
        if len(weights) != len(names) or not allowed:
            raise InvalidInputError(
                f"loss_weights={self.loss_weights!r}: give {len(names)} weights, zero "
                f"or positive and not all zero, for the losses {', '.join(names)}."
            )
        return weights

    def _settings(self, seed: int = 0, fit_identity: str = "") -> TrainingSettings:
        """Collect the parameters that training and prediction read."""
        return TrainingSettings(
            max_epochs=self.max_epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            device=resolve_device(self.device),
            dtype=resolve_dtype(self.precision),
            seed=seed,
            patience=self.patience if self.early_stopping else None,
            checkpoint_dir=(
                str(Path(self.checkpoint_dir) / fit_identity)
                if self.checkpoint_dir is not None
                else None
            ),
            fingerprint=fit_identity,
            verbose=self.verbose,
        )

    def _train(
        self,
        build: Callable[[], torch.nn.Module],
        data: TrainingData,
        compute_loss: ComputeLoss,
        *,
        labels: np.ndarray | None = None,
        groups: np.ndarray | None = None,
    ) -> None:
        """Build and train a network, and keep it with its history.

        Parameters
        ----------
        build : callable
            Returns the network with fresh weights.
        data : TrainingData
            All samples; early stopping holds some of them out.
        compute_loss : callable
            See `sklearn_deepsig.training.ComputeLoss`.
        labels : ndarray, optional
            Class of each sample, kept in proportion when samples are held out.
        groups : ndarray, optional
            Group of each sample; groups are held out whole.
        """
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        validation = None
        if self.early_stopping:
            train, held_out = _hold_out(
                len(data.samples), labels, groups, self.validation_fraction, seed
            )
            data, validation = data.take(train), data.take(held_out)
        identity = ""
        if self.checkpoint_dir is not None:
            identity = self._identity(seed, data, validation)
        settings = self._settings(seed, identity)
        if settings.checkpoint_dir is not None:
            make_writable_folder(settings.checkpoint_dir, "checkpoint_dir")
        with seeded(seed, settings.device):
            module = build().to(settings.device, settings.dtype)
        self.history_ = fit_module(
            module, data, compute_loss, settings, validation=validation
        )
        self.module_ = module
        self.n_iter_ = self.history_.n_epochs

    def _identity(self, seed: int, *parts: TrainingData | None) -> str:
        """Identify this fit, so that a checkpoint of another one is refused."""
        relevant: Mapping[str, Any] = {
            name: value
            for name, value in self.get_params().items()
            if name not in _WITHOUT_EFFECT_ON_RESULT
        }
        arrays = []
        for part in parts:
            if part is not None:
                arrays += [part.target.numpy(), part.sample_weight.numpy()]
                for sample in part.samples:
                    arrays += [sample.positions, sample.edge_index]
        settings = {**relevant, "random_state": seed, "class": type(self).__name__}
        return fingerprint(settings, arrays)

    def _apply(
        self,
        samples: Sequence[GraphTrajectory],
        function: Callable[[torch.nn.Module, GraphBatch], Any],
    ) -> list[Any]:
        """Apply a function to batches of samples by the fitted network."""
        # The precision is that of the fit; the device may have changed since.
        settings = replace(
            self._settings(), dtype=next(self.module_.parameters()).dtype
        )
        module = self.module_.to(settings.device)
        return apply_batches(module, samples, function, settings)

    def __getstate__(self):
        state = super().__getstate__()
        if "module_" in state:
            # a model trained on a GPU is read where there is none
            state = {**state, "module_": copy.deepcopy(state["module_"]).cpu()}
        return state


def _hold_out(
    n_samples: int,
    labels: np.ndarray | None,
    groups: np.ndarray | None,
    fraction: float,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Split samples for early stopping, by whole groups where they are given."""
    try:
        if groups is not None and labels is not None:
            return hold_out_groups(labels, groups, fraction, random_state=seed)
        if groups is not None:
            kind = GroupShuffleSplit
        else:
            kind = ShuffleSplit if labels is None else StratifiedShuffleSplit
        splitter = kind(1, test_size=fraction, random_state=seed)
        return next(splitter.split(np.zeros(n_samples), labels, groups))
    except ValueError as error:
        raise InvalidInputError(
            f"early_stopping cannot hold out validation_fraction={fraction} of "
            f"{n_samples} samples ({error}). Give more samples, another "
            "validation_fraction, or early_stopping=False."
        ) from error


def check_node_counts(samples: Sequence[GraphTrajectory], sizes: Sequence[int]) -> None:
    """Refuse samples that have fewer nodes than the first layer has clusters.

    A univariate series, of one node, has nothing to cluster and always passes.

    Parameters
    ----------
    samples : sequence of GraphTrajectory
        The samples.
    sizes : sequence of int
        Clusters after each pooling layer.

    Raises
    ------
    InvalidInputError
        If a sample is too small; the message names it.
    """
    for index, sample in enumerate(samples):
        if 1 < sample.n_nodes < sizes[0]:
            raise InvalidInputError(
                f"{describe_sample(index, sample.source)} has {sample.n_nodes} nodes, "
                f"fewer than the {sizes[0]} clusters of the first layer. Give a "
                f"smaller n_clusters than {tuple(sizes)}, or select more atoms."
            )

"""What all estimators around a torch network share."""

import copy
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from numbers import Real
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_is_fitted

from sklearn_deepsig._compat import CallbackSupportMixin
from sklearn_deepsig._constraints import LAYER_SIZE, POSITIVE_INT, Number
from sklearn_deepsig.estimators._checkpoints import warn_of_unseeded_checkpoint
from sklearn_deepsig.estimators._holdout import hold_out, warn_of_shared_sources
from sklearn_deepsig.estimators._network_state import (
    describe_network,
    network_state,
    rebuild_network,
    to_plain,
    to_tensors,
)
from sklearn_deepsig.estimators._parameters import (
    architecture,
    check_same_architecture,
    identify_fit,
)
from sklearn_deepsig.nn import GraphBatch
from sklearn_deepsig.storage import make_writable_folder
from sklearn_deepsig.training import (
    ComputeLoss,
    History,
    TrainingData,
    TrainingSettings,
    apply_batches,
    build_module,
    checkpoint_folder,
    fit_module,
    make_optimizer,
    resolve_device,
    resolve_dtype,
    same_seed,
)
from sklearn_deepsig.trajectory import GraphTrajectory


class TorchEstimator(CallbackSupportMixin, BaseEstimator):
    """Base of the estimators that train a network.

    A subclass stores the parameters named in `_parameter_constraints` and calls
    `_train`, which leaves the fitted attributes `module_`, `history_` and `n_iter_`.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_clusters": ["array-like", LAYER_SIZE],
        "hidden_dim": [LAYER_SIZE],
        "cluster_init": [StrOptions({"k-means++", "random"})],
        "loss_weights": ["array-like"],
        "graph": [
            StrOptions(
                {"auto", "bonds", "contacts", "chain", "complete", "knn"},
            ),
            "array-like",
        ],
        "center": ["boolean"],
        "max_epochs": [POSITIVE_INT],
        "batch_size": [POSITIVE_INT],
        "learning_rate": [Number(Real, 0, None, closed="neither")],
        "weight_decay": [Number(Real, 0, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Number(Real, 0, 1, closed="neither")],
        "patience": [POSITIVE_INT],
        "device": [str],
        "precision": [StrOptions({"auto", "float32", "float64", "bfloat16"})],
        "learning_rate_schedule": [StrOptions({"constant", "cosine", "one_cycle"})],
        "max_grad_norm": [Number(Real, 0, None, closed="neither"), None],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "checkpoint_dir": [str, os.PathLike, None],
        "verbose": ["boolean", StrOptions({"auto"})],
    }

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = True
        tags.non_deterministic = False
        return tags

    def __sklearn_is_fitted__(self):
        return hasattr(self, "n_iter_")  # what a fit that failed does not leave

    @property
    def best_epoch_(self):
        """Epoch, counted from 1, that the weights are those of."""
        check_is_fitted(self)
        return self.history_.best_epoch

    def _settings(self, seed: int = 0, fit_identity: str = "") -> TrainingSettings:
        """Collect the parameters that training and prediction read."""
        return TrainingSettings(
            max_epochs=int(self.max_epochs),
            batch_size=int(self.batch_size),
            learning_rate=float(self.learning_rate),
            weight_decay=float(self.weight_decay),
            device=resolve_device(self.device),
            dtype=resolve_dtype(self.precision),
            seed=seed,
            patience=int(self.patience) if self.early_stopping else None,
            checkpoint_dir=(
                checkpoint_folder(
                    os.fsdecode(self.checkpoint_dir), fit_identity, self.max_epochs
                )
                if self.checkpoint_dir is not None
                else None
            ),
            fingerprint=fit_identity,
            verbose=self.verbose,
            learning_rate_schedule=self.learning_rate_schedule,
            max_grad_norm=self.max_grad_norm,
            mixed_precision=self.precision == "bfloat16",
            center=self.center,
        )

    def _in_precision_of_fit(self, settings: TrainingSettings) -> TrainingSettings:
        """Take the type of the weights; the parameter may have changed since."""
        dtype = next(self.module_.parameters()).dtype
        mixed = settings.mixed_precision and dtype == torch.float32
        center = self._built_with["center"]
        return replace(settings, dtype=dtype, mixed_precision=mixed, center=center)

    def _train(
        self,
        build: "partial[torch.nn.Module]",
        data: TrainingData,
        compute_loss: ComputeLoss,
        *,
        labels: np.ndarray | None = None,
        groups: np.ndarray | None = None,
        given: Mapping[str, Any],
    ) -> None:
        """Build and train a network, and keep it with its history.

        Parameters
        ----------
        build : functools.partial
            A network of `sklearn_deepsig.nn` with all its arguments.
        data : TrainingData
            All samples; early stopping holds some of them out.
        compute_loss : callable
            See `sklearn_deepsig.training.ComputeLoss`.
        labels : ndarray, optional
            Class of each sample, kept in proportion when samples are held out.
        groups : ndarray, optional
            Group of each sample; groups are held out whole.
        given : mapping
            ``X``, ``y`` and ``metadata`` as `fit` got them, for callbacks.
        """
        warn_of_unseeded_checkpoint(self.checkpoint_dir, self.random_state)
        seed = self._draw_seed()
        validation = None
        if self.early_stopping:
            train, held_out = hold_out(
                len(data.samples), labels, groups, self.validation_fraction, seed
            )
            if groups is None:
                warn_of_shared_sources(data.samples, train, held_out)
            data, validation = data.take(train), data.take(held_out)
        goes_on = self._goes_on()
        identity = ""
        if self.checkpoint_dir is not None:
            weights = self.module_.state_dict() if goes_on else {}
            identity = identify_fit(self, seed, weights, [data, validation])
        settings = self._settings(seed, identity)
        if settings.checkpoint_dir is not None:
            make_writable_folder(settings.checkpoint_dir, "checkpoint_dir")
        if goes_on:
            settings = self._in_precision_of_fit(settings)
            module = self.module_.to(settings.device)
        else:
            module = build_module(
                build, data.samples, settings, cluster_init=self.cluster_init
            )
        origin = {
            "_network": describe_network(build),
            "_built_with": architecture(self),
            "_optimizer_state": None,
            "_seed": seed,
        }
        root = self._init_callback_context(max_subtasks=self.max_epochs)
        root.call_on_fit_task_begin(estimator=self, **given)

        def watch(history: History) -> Callable[[], bool]:
            epoch = root.subcontext(task_name="epoch")
            epoch.call_on_fit_task_begin(estimator=self, **given)

            def state() -> dict[str, Any]:
                return {
                    "module_": copy.deepcopy(module),
                    "history_": History(copy.deepcopy(dict(history))),
                    "n_iter_": history.n_epochs,
                    "resumed_from_epoch_": history.resumed_from_epoch,
                    **origin,
                }

            return lambda: epoch.call_on_fit_task_end(
                estimator=self, reconstruction_attributes=state, **given
            )

        self.history_ = fit_module(
            module, data, compute_loss, settings, validation=validation, watch=watch
        )
        self.module_, self.n_iter_ = module, self.history_.n_epochs
        self.resumed_from_epoch_ = self.history_.resumed_from_epoch
        for name, value in origin.items():
            setattr(self, name, value)
        root.call_on_fit_task_end(
            estimator=self, reconstruction_attributes=dict, **given
        )

    def _train_once(
        self,
        build: "partial[torch.nn.Module]",
        data: TrainingData,
        compute_loss: ComputeLoss,
    ) -> None:
        """Go over further samples once, from where the last epoch ended.

        Parameters
        ----------
        build : functools.partial
            A network of `sklearn_deepsig.nn` with all its arguments.
        data : TrainingData
            All samples.
        compute_loss : callable
            See `sklearn_deepsig.training.ComputeLoss`.
        """
        if not hasattr(self, "module_"):
            self._seed = self._draw_seed()
            self.module_ = build_module(
                build,
                data.samples,
                self._settings(self._seed),
                cluster_init=self.cluster_init,
            )
            self._network = describe_network(build)
            self._built_with = architecture(self)
            self.history_, self._optimizer_state = History(), None
            self.resumed_from_epoch_ = 0
        settings = replace(
            self._in_precision_of_fit(self._settings(self._seed)),
            max_epochs=self.history_.n_epochs + 1,
            checkpoint_dir=None,
            patience=None,
        )
        module = self.module_.to(settings.device)
        optimizer = make_optimizer(module, settings)
        if self._optimizer_state is not None:
            # what is loaded changes, and an interrupted call must change nothing
            optimizer.load_state_dict(copy.deepcopy(self._optimizer_state))
        fit_module(
            module,
            data,
            compute_loss,
            settings,
            optimizer=optimizer,
            history=self.history_,
        )
        self._optimizer_state = optimizer.state_dict()
        self.n_iter_ = self.history_.n_epochs

    def _goes_on(self, *, once: bool = False) -> bool:
        """Whether a call starts from the weights of the last one.

        `once` is true in `partial_fit`, which always does.
        """
        goes_on = (once or self.warm_start) and hasattr(self, "module_")
        if goes_on:
            check_same_architecture(self, self._built_with)
        return goes_on

    def _draw_seed(self) -> int:
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        return same_seed(seed, resolve_device(self.device))

    def _apply(
        self,
        samples: Sequence[GraphTrajectory],
        function: Callable[[torch.nn.Module, GraphBatch], Any],
    ) -> list[Any]:
        """Apply a function to batches of samples by the fitted network."""
        settings = self._in_precision_of_fit(self._settings())
        module = self.module_.to(settings.device)
        return apply_batches(module, samples, function, settings)

    def __getstate__(self):
        # Arrays, numbers and strings, so that pickle, joblib, skops and our own files
        # hold the same, and a model trained on a GPU is read where there is none.
        state = super().__getstate__()
        if isinstance(state["checkpoint_dir"], os.PathLike):
            # as text, which every file can hold and every system read
            state = {**state, "checkpoint_dir": os.fsdecode(state["checkpoint_dir"])}
        if "module_" in state:
            state = {**state, "history_": dict(state["history_"])}
            state["module_"] = network_state(self.module_, state.pop("_network"))
            state["_optimizer_state"] = to_plain(self._optimizer_state)
        return state

    def __setstate__(self, state):
        if "module_" in state:
            described = state["module_"]
            state = {**state, "module_": rebuild_network(described)}
            # Parameters that did not exist then have their defaults.
            since = architecture(type(self)())
            state["_built_with"] = {**since, **state["_built_with"]}
            state["_network"] = {k: described[k] for k in ("network", "arguments")}
            state["history_"] = History(state["history_"])
            state["_optimizer_state"] = to_tensors(state["_optimizer_state"])
            # what models that were saved before this attribute lack
            state.setdefault("resumed_from_epoch_", 0)
        super().__setstate__(state)

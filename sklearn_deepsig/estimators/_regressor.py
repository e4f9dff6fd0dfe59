"""DeepSignatureRegressor: the paper's model with numbers for labels."""

from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import RegressorMixin
from sklearn.utils._param_validation import StrOptions

from sklearn_deepsig._compat import fit_context
from sklearn_deepsig.estimators._deep_signature import DeepSignatureEstimator
from sklearn_deepsig.estimators._docs import share_parameters
from sklearn_deepsig.estimators._targets import validate_targets
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.nn import regression_errors

__all__ = ["DeepSignatureRegressor"]


@share_parameters
class DeepSignatureRegressor(RegressorMixin, DeepSignatureEstimator):
    """Predict numbers from how soft clusters of atoms move together.

    The network of `DeepSignatureClassifier`, with one output a number. Targets are
    standardised for training, so their unit does not matter.

    Parameters
    ----------
    {coarsening}
    {network}
    mlp_hidden_dim : int, default=64
        Width of the perceptron's hidden layer.
    dropout : float, default=0.2
        Dropout in the perceptron, while training.
    loss_weights : sequence of 3 float, default=(1.0, 0.01, 10.0)
        Weights lambda_1 of the cut, lambda_2 of the temporal consistency and lambda_3
        of the regression, in place of the classification
        (equation 12).
    {input}
    loss : {"squared_error", "huber"}, default="squared_error"
        Error of an output, in units of the standard deviation of its targets.
        ``"huber"`` is half the square up to 1 and linear beyond, so that single wild
        targets count less.
    max_epochs : int, default=100
        Passes over the samples.
    {training}

    Attributes
    ----------
    n_outputs_ : int
        Numbers a sample.
    target_mean_ : ndarray of shape (n_outputs,)
        Weighted mean of the targets.
    target_scale_ : ndarray of shape (n_outputs,)
        Their standard deviation, or 1 where it is zero.
    module_ : torch.nn.Module
        The trained network, whose outputs are standardised.
    coarsener_ : SpectralCoarsener
        The coarse graining that was learned, fitted, with a copy of the weights: which
        atoms a cluster holds (`assign`), and how clusters move (`transform`).
    n_clusters_ : tuple of int
        Clusters after each pooling layer.
    history_ : dict of str to list of float
        Loss terms, R2, learning rate and seconds of each epoch; those of held-out
        samples begin with ``validation_``. R2 is one minus the mean squared error
        over the variance of all targets of `fit`, averaged over the outputs.
    n_iter_ : int
        Epochs that were run.
    best_epoch_ : int
        Epoch, counted from 1, that the weights are those of: with `early_stopping` the
        one with the lowest held-out loss, else the last.
    resumed_from_epoch_ : int
        Epoch of the checkpoint that `fit` went on from; 0 where it read none.
    n_features_in_ : int
        Columns of a table of univariate series, or nodes of a 3-D or 4-D array; not
        set for lists of samples, whose node counts may differ.
    n_dims_in_ : int
        Dimensions a node, 3 for molecules.
    n_nodes_range_ : tuple of int
        Fewest and most nodes of a sample of fit. Samples with more than twice or less
        than half as many are told of.

    See Also
    --------
    DeepSignatureClassifier : The same network for classes.
    SpectralCoarsener : The coarse graining alone, without targets.

    Notes
    -----
    The invariances are those of `DeepSignatureClassifier`.

    References
    ----------
    Qin et al., "Deep Signature: Characterization of Large-Scale Molecular Dynamics",
    ICLR 2025, equations 1 to 10 and 12.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_deepsig.estimators import DeepSignatureRegressor
    >>> rng = np.random.default_rng(0)
    >>> size = rng.uniform(1.0, 3.0, size=20)
    >>> X = rng.normal(size=(20, 20, 6, 3)).cumsum(axis=1) * size[:, None, None, None]
    >>> model = DeepSignatureRegressor(
    ...     n_clusters=(3,), n_segments=2, max_epochs=40, random_state=0
    ... )
    >>> bool(model.fit(X, size).score(X, size) > 0.5)
    True
    """

    _parameter_constraints: ClassVar = {
        **DeepSignatureEstimator._parameter_constraints,
        "loss": [StrOptions({"squared_error", "huber"})],
    }

    _error_name = "regression"

    def __init__(
        self,
        n_clusters=(100, 50),
        *,
        hidden_dim=20,
        cluster_init="random",
        depth=2,
        n_segments=4,
        augmentation=None,
        batch_norm=False,
        rotation_invariant=False,
        skip_connection=False,
        lstm_hidden_dim=256,
        mlp_hidden_dim=64,
        dropout=0.2,
        loss_weights=(1.0, 0.01, 10.0),
        graph="auto",
        center=True,
        loss="squared_error",
        max_epochs=100,
        batch_size=16,
        learning_rate=1e-3,
        learning_rate_schedule="constant",
        weight_decay=1e-4,
        max_grad_norm=None,
        early_stopping=False,
        validation_fraction=0.2,
        patience=10,
        device="auto",
        precision="auto",
        random_state=None,
        checkpoint_dir=None,
        warm_start=False,
        verbose="auto",
    ):
        self.n_clusters = n_clusters
        self.hidden_dim = hidden_dim
        self.cluster_init = cluster_init
        self.depth = depth
        self.n_segments = n_segments
        self.augmentation = augmentation
        self.batch_norm = batch_norm
        self.rotation_invariant = rotation_invariant
        self.skip_connection = skip_connection
        self.lstm_hidden_dim = lstm_hidden_dim
        self.mlp_hidden_dim = mlp_hidden_dim
        self.dropout = dropout
        self.loss_weights = loss_weights
        self.graph = graph
        self.center = center
        self.loss = loss
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_schedule = learning_rate_schedule
        self.weight_decay = weight_decay
        self.max_grad_norm = max_grad_norm
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.device = device
        self.precision = precision
        self.random_state = random_state
        self.checkpoint_dir = checkpoint_dir
        self.warm_start = warm_start
        self.verbose = verbose

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        # As for the classifier: on a table of points only increments count.
        tags.regressor_tags.poor_score = True
        return tags

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, groups=None, sample_weight=None):
        """Train the network.

        Parameters
        ----------
        X : samples
            Trajectories; see `sklearn_deepsig.trajectory.as_trajectories`.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Numbers to predict.
        groups : array-like of shape (n_samples,), default=None
            Trajectory of each sample; early stopping holds out whole groups.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples in all terms of the loss, divided by their mean. A
            sample of weight zero is left out.

        Returns
        -------
        self
            The fitted regressor.

        Raises
        ------
        InvalidInputError
            If a sample, a target or a parameter cannot be used.
        TrainingDivergedError
            If the loss becomes infinite or not a number.
        """
        self._fit(X, y, groups, sample_weight)
        return self

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None):
        """Go over further trajectories once, keeping what was learned.

        Parameters
        ----------
        X : samples
            Trajectories.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Numbers to predict.
        sample_weight : array-like of shape (n_samples,), default=None
            As in `fit`.

        Returns
        -------
        self
            The regressor.

        Raises
        ------
        InvalidInputError
            If a sample, a target or a parameter cannot be used.
        TrainingDivergedError
            If the loss becomes infinite or not a number.

        Notes
        -----
        Targets are standardised by those of the first call. Adam's averages are kept
        from call to call, but not from `fit`.
        """
        self._fit(X, y, None, sample_weight, once=True)
        return self

    def predict(self, X):
        """Return the predicted numbers.

        Parameters
        ----------
        X : samples
            Trajectories.

        Returns
        -------
        ndarray of float64, shape (n_samples,) or (n_samples, n_outputs)
            Predictions, in the unit and shape of the targets of `fit`.
        """
        outputs = self._of_output(X, "logits") * self.target_scale_ + self.target_mean_
        return outputs[:, 0] if self._is_1d else outputs

    def _encode(
        self,
        y: Any,
        sample_weight: np.ndarray,
        *,
        reset: bool,
        once: bool,  # noqa: ARG002
    ) -> tuple[np.ndarray, np.ndarray]:
        y = validate_targets(y, len(sample_weight), estimator=self)
        is_1d, y = y.ndim == 1, y.reshape(len(y), -1)
        if reset:
            self._is_1d, self.n_outputs_ = is_1d, y.shape[1]
            self.target_mean_ = np.average(y, axis=0, weights=sample_weight)
            squares = (y - self.target_mean_) ** 2
            scale = np.sqrt(np.average(squares, axis=0, weights=sample_weight))
            self.target_scale_ = np.where(scale > 0, scale, 1.0)
        elif y.shape[1] != self.n_outputs_:
            raise InvalidInputError(
                f"y has {y.shape[1]} numbers a sample, but the regressor goes on from "
                f"a fit to {self.n_outputs_}. Fit a clone to learn others."
            )
        return (y - self.target_mean_) / self.target_scale_, sample_weight

    def _n_outputs(self) -> int:
        return self.n_outputs_

    def _errors(
        self, outputs: torch.Tensor, target: torch.Tensor
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        target = target.to(outputs.dtype)
        errors = regression_errors(outputs, target, loss=self.loss)
        squares = regression_errors(outputs.detach(), target)
        return errors, {"r2": 1 - squares.mean()}

    def _labels(self, target: np.ndarray) -> np.ndarray | None:  # noqa: ARG002
        return None

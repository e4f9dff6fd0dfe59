"""DeepSignatureRegressor: the paper's model with numbers for labels."""

from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import RegressorMixin
from sklearn.utils._param_validation import StrOptions

from sklearn_deepsig._compat import fit_context
from sklearn_deepsig.estimators._deep_signature import DeepSignatureEstimator
from sklearn_deepsig.estimators._targets import validate_targets
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.nn import regression_errors

__all__ = ["DeepSignatureRegressor"]


class DeepSignatureRegressor(RegressorMixin, DeepSignatureEstimator):
    """Predict numbers from how soft clusters of atoms move together.

    The network of `DeepSignatureClassifier`, with one output a number. Targets are
    standardised for training, so their unit does not matter.

    Parameters
    ----------
    n_clusters : int or sequence of int, default=(100, 50)
        Clusters after each pooling layer. The length is the coarsening depth.
        Samples of several nodes, but fewer than the first number, are refused.
    hidden_dim : int, default=20
        Width of the node embeddings.
    depth : int, default=2
        Depth of the log-signature. Depth 2 holds displacements and Levy areas.
    n_segments : int, default=4
        Time segments of equal length that share their end points.
    rotation_invariant : bool, default=False
        Whether no rotation of a sample changes its prediction: the assignment is made
        from `sklearn_deepsig.nn.invariant_features`, the coarse path turns with the
        molecule, and the LSTM reads `rotation_invariants` of it in place of the
        log-signature. Needs positions in three dimensions and ``depth=2``.
    lstm_hidden_dim : int, default=256
        Width of the LSTM, and number of learned features.
    mlp_hidden_dim : int, default=64
        Width of the perceptron's hidden layer.
    dropout : float, default=0.2
        Dropout in the perceptron, while training.
    loss_weights : sequence of 3 float, default=(1.0, 0.01, 10.0)
        Weights lambda_1 of the cut, lambda_2 of the temporal consistency and lambda_3
        of the regression, in place of the classification
        (equation 12).
    graph : str or array-like of shape (2, n_edges), default="auto"
        What connects the nodes; see `sklearn_deepsig.trajectory.as_trajectories`.
    loss : {"squared_error", "huber"}, default="squared_error"
        Error of an output, in units of the standard deviation of its targets.
        ``"huber"`` is half the square up to 1 and linear beyond, so that single wild
        targets count less.
    max_epochs : int, default=100
        Passes over the samples.
    batch_size : int, default=16
        Samples a training step.
    learning_rate : float, default=1e-3
        Learning rate of AdamW.
    learning_rate_schedule : {"constant", "cosine"}, default="constant"
        How the rate changes: not at all, or down to zero along a cosine, epoch by
        epoch.
    weight_decay : float, default=1e-4
        Weight decay of AdamW, apart from the gradient.
    max_grad_norm : float, default=None
        Longest gradient of a step; longer ones are shortened to it.
    early_stopping : bool, default=False
        Whether to hold out samples, stop when their loss no longer falls, and keep
        the best weights. Windows of one trajectory resemble each other: give `fit`
        the groups, so that whole trajectories are held out.
    validation_fraction : float, default=0.2
        Fraction held out for early stopping.
    patience : int, default=10
        Epochs without a better held-out loss before stopping.
    device : str, default="auto"
        ``"auto"`` is a CUDA GPU where there is one, else the CPU.
    precision : {"auto", "float32", "float64", "bfloat16"}, default="auto"
        Floating-point type of the network; ``"auto"`` is float32. With ``"bfloat16"``
        linear maps, the LSTM's among them, are trained in bfloat16; log-signatures,
        losses and predictions are float32.
    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights, the order of samples and dropout. An int makes
        two fits on one CPU give equal predictions.
    checkpoint_dir : str, default=None
        Folder that keeps the state after each epoch, each fit in a folder of its own.
        A fit that was killed goes on from there when it is started again with the
        same parameters and data.
    warm_start : bool, default=False
        Whether `fit` starts from the weights of the last fit.
    verbose : bool or "auto", default="auto"
        Progress, with loss and time left: a bar at a terminal, lines elsewhere;
        ``"auto"`` shows a bar at a terminal when a fit takes long.

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
    n_clusters_ : tuple of int
        Clusters after each pooling layer.
    history_ : dict of str to list of float
        Loss terms, R2, learning rate and seconds of each epoch; those of held-out
        samples begin with ``validation_``. R2 is one minus the mean squared error
        over the variance of all targets of `fit`, averaged over the outputs.
    n_iter_ : int
        Epochs that were run.
    n_features_in_ : int
        Columns of a table of univariate series, or nodes of a 3-D or 4-D array; not
        set for lists of samples, whose node counts may differ.
    n_dims_in_ : int
        Dimensions a node, 3 for molecules.

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
        depth=2,
        n_segments=4,
        rotation_invariant=False,
        lstm_hidden_dim=256,
        mlp_hidden_dim=64,
        dropout=0.2,
        loss_weights=(1.0, 0.01, 10.0),
        graph="auto",
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
        self.depth = depth
        self.n_segments = n_segments
        self.rotation_invariant = rotation_invariant
        self.lstm_hidden_dim = lstm_hidden_dim
        self.mlp_hidden_dim = mlp_hidden_dim
        self.dropout = dropout
        self.loss_weights = loss_weights
        self.graph = graph
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

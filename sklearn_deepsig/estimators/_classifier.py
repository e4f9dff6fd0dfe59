"""DeepSignatureClassifier: the paper's model, end to end."""

from numbers import Real
from typing import Any, ClassVar

import numpy as np
import torch
from scipy.special import softmax
from sklearn.base import ClassifierMixin
from sklearn.utils import compute_sample_weight
from sklearn.utils._param_validation import Interval, StrOptions

from sklearn_deepsig._compat import fit_context
from sklearn_deepsig.estimators._deep_signature import DeepSignatureEstimator
from sklearn_deepsig.estimators._targets import validate_labels
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.nn import classification_errors

__all__ = ["DeepSignatureClassifier"]


class DeepSignatureClassifier(ClassifierMixin, DeepSignatureEstimator):
    """Classify trajectories by how soft clusters of atoms move together.

    A graph network clusters the atoms, the log-signature summarises the clusters'
    path in each time segment, and an LSTM with a two-layer perceptron classifies.
    The loss of equation 12 trains all of it together.

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
        Width of the classifier's hidden layer.
    dropout : float, default=0.2
        Dropout in the classifier, while training.
    loss_weights : sequence of 3 float, default=(1.0, 0.01, 10.0)
        Weights lambda_1 of the cut, lambda_2 of the temporal consistency and lambda_3
        of the classification (equation 12). The defaults are the paper's.
    graph : str or array-like of shape (2, n_edges), default="auto"
        What connects the nodes; see `sklearn_deepsig.trajectory.as_trajectories`.
    class_weight : dict or "balanced", default=None
        Weights of the classes, times those of the samples, in all terms of the loss.
    label_smoothing : float, default=0.0
        Share of each label that is spread evenly over all classes.
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
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    module_ : torch.nn.Module
        The trained network.
    n_clusters_ : tuple of int
        Clusters after each pooling layer.
    history_ : dict of str to list of float
        Loss terms, accuracy, learning rate and seconds of each epoch; those of
        held-out samples begin with ``validation_``.
    n_iter_ : int
        Epochs that were run.
    n_features_in_ : int
        Columns of a table of univariate series, or nodes of a 3-D or 4-D array; not
        set for lists of samples, whose node counts may differ.
    n_dims_in_ : int
        Dimensions a node, 3 for molecules.

    See Also
    --------
    DeepSignatureRegressor : The same network for numbers.
    SpectralCoarsener : The coarse graining alone, without labels.
    LogSignatureTransformer : The log-signature alone.

    Notes
    -----
    Samples are centred and log-signatures do not see the origin, so predictions are
    invariant to translation, and to the order of the atoms. They are invariant to
    rotations with ``rotation_invariant=True``, and otherwise only if the trajectories
    are superposed first. ``TrajectorySelector(superpose="reference")`` lays every frame
    on one structure, which takes away tumbling and orientation but needs the same atoms
    in every sample; ``"first_frame"`` takes away the tumbling alone, and leaves each
    sample the orientation of its first frame. ``rotation_invariant=True`` takes away
    the orientation alone, for any atoms: tumbling stays part of the motion. It goes
    together with ``superpose="first_frame"``.
    The assignment of atoms to clusters averages over time, so invariance to time
    reparametrisation holds for the log-signature but not for the whole network.

    References
    ----------
    Qin et al., "Deep Signature: Characterization of Large-Scale Molecular Dynamics",
    ICLR 2025, equations 1 to 12.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_deepsig.estimators import DeepSignatureClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(8, 20, 6, 3)).cumsum(axis=1)
    >>> X[4:] *= 0.1
    >>> y = ["mobile"] * 4 + ["stiff"] * 4
    >>> model = DeepSignatureClassifier(
    ...     n_clusters=(3,), n_segments=2, max_epochs=20, random_state=0
    ... )
    >>> model.fit(X, y).predict(X[[0, -1]]).tolist()
    ['mobile', 'stiff']
    """

    _parameter_constraints: ClassVar = {
        **DeepSignatureEstimator._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
    }

    _error_name = "classification"

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
        class_weight=None,
        label_smoothing=0.0,
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
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing
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
        # On a table of points, read as series of a few frames, only their increments
        # count: the model does not see where a path lies.
        tags.classifier_tags.poor_score = True
        return tags

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, groups=None, sample_weight=None):
        """Train the network.

        Parameters
        ----------
        X : samples
            Trajectories; see `sklearn_deepsig.trajectory.as_trajectories`.
        y : array-like of shape (n_samples,)
            Class labels, of two or more classes.
        groups : array-like of shape (n_samples,), default=None
            Trajectory of each sample; early stopping holds out whole groups.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples in all terms of the loss, divided by their mean. A
            sample of weight zero is left out.

        Returns
        -------
        self
            The fitted classifier.

        Raises
        ------
        InvalidInputError
            If a sample, a label or a parameter cannot be used.
        TrainingDivergedError
            If the loss becomes infinite or not a number.
        """
        self._fit(X, y, groups, sample_weight)
        return self

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Go over further trajectories once, keeping what was learned.

        Parameters
        ----------
        X : samples
            Trajectories.
        y : array-like of shape (n_samples,)
            Class labels.
        classes : array-like of shape (n_classes,), default=None
            All labels there will ever be; needed at the first call, unless `fit` was
            called before.
        sample_weight : array-like of shape (n_samples,), default=None
            As in `fit`.

        Returns
        -------
        self
            The classifier.

        Raises
        ------
        InvalidInputError
            If a sample, a label or a parameter cannot be used.
        TrainingDivergedError
            If the loss becomes infinite or not a number.

        Notes
        -----
        Adam's averages are kept from call to call, but not from `fit`.
        """
        if not hasattr(self, "module_"):
            if classes is None:
                raise InvalidInputError(
                    "classes must be passed on the first call to partial_fit: the "
                    "labels of all classes that later calls may bring."
                )
            self.classes_ = np.unique(classes)
        elif classes is not None and not np.array_equal(
            np.unique(classes), self.classes_
        ):
            raise InvalidInputError(
                f"classes={classes!r} is not the same as on the last call to "
                f"partial_fit or fit, {self.classes_!r}. Fit a clone."
            )
        self._fit(X, y, None, sample_weight, once=True)
        return self

    def _encode(
        self, y: Any, sample_weight: np.ndarray, *, reset: bool, once: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        # partial_fit is told the classes, and fit finds them in y
        known = self.classes_ if once or not reset else None
        y = validate_labels(y, len(sample_weight), estimator=self, classes=known)
        weight = sample_weight * compute_sample_weight(self.class_weight, y)
        if not (np.isfinite(weight) & (weight >= 0)).all():
            raise InvalidInputError(
                f"class_weight={self.class_weight!r}: weights must be zero or positive."
            )
        if not weight.any():
            raise InvalidInputError(
                f"class_weight={self.class_weight!r} leaves no sample a weight."
            )
        if known is None:
            self.classes_ = np.unique(y)
        return np.searchsorted(self.classes_, y), weight

    def decision_function(self, X):
        """Return the class scores.

        Parameters
        ----------
        X : samples
            Trajectories.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
            The logits. With two classes their difference, positive for
            ``classes_[1]``.
        """
        logits = self._of_output(X, "logits")
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

    def predict_proba(self, X):
        """Return the probability of each class.

        Parameters
        ----------
        X : samples
            Trajectories.

        Returns
        -------
        ndarray of float64, shape (n_samples, n_classes)
            Each row sums to one; columns in the order of `classes_`.
        """
        return softmax(self._of_output(X, "logits"), axis=1)

    def predict(self, X):
        """Return the most probable class.

        Parameters
        ----------
        X : samples
            Trajectories.

        Returns
        -------
        ndarray of shape (n_samples,)
            Labels.
        """
        logits = self._of_output(X, "logits")
        return self.classes_[logits.argmax(axis=1)]

    def _n_outputs(self) -> int:
        return len(self.classes_)

    def _errors(
        self, outputs: torch.Tensor, target: torch.Tensor
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        errors = classification_errors(
            outputs, target, label_smoothing=self.label_smoothing
        )
        hits = (outputs.detach().argmax(1) == target).to(outputs.dtype)
        return errors, {"accuracy": hits.mean()}

    def _labels(self, target: np.ndarray) -> np.ndarray | None:
        return target

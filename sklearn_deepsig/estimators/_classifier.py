"""DeepSignatureClassifier: the paper's model, end to end."""

from numbers import Integral, Real
from typing import ClassVar

import numpy as np
import torch
from scipy.special import softmax
from sklearn.base import (
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils import compute_sample_weight
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from sklearn_deepsig._compat import fit_context
from sklearn_deepsig.estimators._torch import TorchEstimator, check_node_counts
from sklearn_deepsig.estimators._validation import (
    validate_groups,
    validate_labels,
    validate_trajectories,
)
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional.lyndon import largest_depth, logsignature_width
from sklearn_deepsig.nn import DeepSignatureNetwork, deep_signature_loss
from sklearn_deepsig.training import TrainingData
from sklearn_deepsig.trajectory import describe_sample

__all__ = ["DeepSignatureClassifier"]

# Input weights of the LSTM; with gradients and Adam's averages 16 bytes each.
_MOST_WEIGHTS = 2**29


class DeepSignatureClassifier(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClassifierMixin, TorchEstimator
):
    """Classify trajectories by how soft clusters of atoms move together.

    A graph network clusters the atoms, the log-signature summarises the clusters'
    path in each time segment, and an LSTM with a two-layer perceptron classifies.
    The loss of equation 12 trains all of it together.

    Parameters
    ----------
    n_clusters : int or sequence of int, default=(100, 50)
        Clusters after each pooling layer. The length is the coarsening depth.
    hidden_dim : int, default=20
        Width of the node embeddings.
    depth : int, default=2
        Depth of the log-signature. Depth 2 holds displacements and Levy areas.
    n_segments : int, default=4
        Time segments of equal length that share their end points.
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
        Weights of the classes in the cross-entropy.
    max_epochs : int, default=100
        Passes over the samples.
    batch_size : int, default=16
        Samples a training step.
    learning_rate : float, default=1e-3
        Learning rate of Adam.
    weight_decay : float, default=1e-4
        L2 penalty of Adam.
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
    precision : {"auto", "float32", "float64"}, default="auto"
        Floating-point type of the network; ``"auto"`` is float32.
    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights, the order of samples and dropout. An int makes
        two fits on one CPU give equal predictions.
    checkpoint_dir : str, default=None
        Folder that keeps the state after each epoch, each fit in a folder of its own.
        A fit that was killed goes on from there when it is started again with the
        same parameters and data.
    verbose : bool or "auto", default="auto"
        Progress bar; ``"auto"`` shows one at a terminal when a fit takes long.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    module_ : torch.nn.Module
        The trained network.
    n_clusters_ : tuple of int
        Clusters after each pooling layer.
    history_ : dict of str to list of float
        Loss terms and seconds of each epoch.
    n_iter_ : int
        Epochs that were run.
    n_features_in_ : int
        Columns of a table of univariate series, or nodes of a 3-D or 4-D array; not
        set for lists of samples, whose node counts may differ.
    n_dims_in_ : int
        Dimensions a node, 3 for molecules.

    See Also
    --------
    SpectralCoarsener : The coarse graining alone, without labels.
    LogSignatureTransformer : The log-signature alone.

    Notes
    -----
    Samples are centred and log-signatures do not see the origin, so predictions are
    invariant to translation, and to the order of the atoms. They are invariant to a
    rotation only if the trajectories are superposed first (`TrajectorySelector`).
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
        **TorchEstimator._parameter_constraints,
        "depth": [Interval(Integral, 1, None, closed="left")],
        "n_segments": [Interval(Integral, 1, None, closed="left")],
        "lstm_hidden_dim": [Interval(Integral, 1, None, closed="left")],
        "mlp_hidden_dim": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        n_clusters=(100, 50),
        *,
        hidden_dim=20,
        depth=2,
        n_segments=4,
        lstm_hidden_dim=256,
        mlp_hidden_dim=64,
        dropout=0.2,
        loss_weights=(1.0, 0.01, 10.0),
        graph="auto",
        class_weight=None,
        max_epochs=100,
        batch_size=16,
        learning_rate=1e-3,
        weight_decay=1e-4,
        early_stopping=False,
        validation_fraction=0.2,
        patience=10,
        device="auto",
        precision="auto",
        random_state=None,
        checkpoint_dir=None,
        verbose="auto",
    ):
        self.n_clusters = n_clusters
        self.hidden_dim = hidden_dim
        self.depth = depth
        self.n_segments = n_segments
        self.lstm_hidden_dim = lstm_hidden_dim
        self.mlp_hidden_dim = mlp_hidden_dim
        self.dropout = dropout
        self.loss_weights = loss_weights
        self.graph = graph
        self.class_weight = class_weight
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.device = device
        self.precision = precision
        self.random_state = random_state
        self.checkpoint_dir = checkpoint_dir
        self.verbose = verbose

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # On a table of points, read as series of a few frames, only their increments
        # count: the model does not see where a path lies.
        tags.classifier_tags.poor_score = True
        return tags

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, groups=None):
        """Train the network.

        Parameters
        ----------
        X : samples
            Trajectories; see `sklearn_deepsig.trajectory.as_trajectories`.
        y : array-like of shape (n_samples,)
            Class labels, of two or more classes.
        groups : array-like of shape (n_samples,), default=None
            Trajectory of each sample; early stopping holds out whole groups.

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
        sizes = self.n_clusters_ = self._layer_sizes()
        weights = self._weights_of_losses(["cut", "consistency", "classification"])
        samples = validate_trajectories(self, X, graph=self.graph, reset=True)
        y = validate_labels(y, len(samples), estimator=self)
        groups = validate_groups(groups, len(samples))
        check_node_counts(samples, sizes)
        self._check_width(sizes[-1] * self.n_dims_in_)
        self.classes_, target = np.unique(y, return_inverse=True)
        sample_weight = compute_sample_weight(self.class_weight, y)
        if not (np.isfinite(sample_weight) & (sample_weight >= 0)).all():
            raise InvalidInputError(
                f"class_weight={self.class_weight!r}: weights must be zero or positive."
            )

        def compute_loss(module, batch, target, sample_weight):
            return deep_signature_loss(module(batch), target, sample_weight, weights)

        self._train(
            lambda: DeepSignatureNetwork(
                self.n_dims_in_,
                len(self.classes_),
                n_clusters=sizes,
                hidden_dim=self.hidden_dim,
                depth=self.depth,
                n_segments=self.n_segments,
                lstm_hidden_dim=self.lstm_hidden_dim,
                mlp_hidden_dim=self.mlp_hidden_dim,
                dropout=self.dropout,
            ),
            TrainingData(
                samples, torch.from_numpy(target), torch.from_numpy(sample_weight)
            ),
            compute_loss,
            labels=target,
            groups=groups,
        )
        return self

    def _check_width(self, n_channels: int) -> None:
        """Refuse log-signatures so wide that the LSTM cannot be trained."""
        most = _MOST_WEIGHTS // (4 * self.lstm_hidden_dim)
        width = logsignature_width(n_channels, self.depth)
        if width > most:
            raise InvalidInputError(
                f"The log-signature of {n_channels} channels at depth={self.depth} has "
                f"width {width:,}, too wide for an LSTM of lstm_hidden_dim="
                f"{self.lstm_hidden_dim}. Lower the depth (largest that fits: "
                f"{largest_depth(n_channels, most)}) or the last of n_clusters."
            )

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

    def transform(self, X):
        """Return the learned features that the classifier reads.

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

    def _of_output(self, X, name) -> np.ndarray:
        """Run the network and return one of its outputs, as float64."""
        check_is_fitted(self)
        samples = validate_trajectories(self, X, graph=self.graph, reset=False)
        check_node_counts(samples, self.n_clusters_)
        parts = self._apply(
            samples, lambda module, batch: getattr(module(batch), name).cpu().numpy()
        )
        result = np.concatenate(parts).astype(np.float64)
        finite = np.isfinite(result).all(axis=1)
        if not finite.all():
            index = int(np.argmin(finite))
            raise InvalidInputError(
                f"{describe_sample(index, samples[index].source)} gives {name} that "
                "are not finite; its coordinates are far larger than those of fit."
            )
        return result

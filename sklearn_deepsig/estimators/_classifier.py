"""DeepSignatureClassifier: the paper's model, end to end."""

from typing import ClassVar

from sklearn_deepsig.estimators._deep_signature import DeepSignatureEstimator
from sklearn_deepsig.estimators._docs import share_parameters
from sklearn_deepsig.estimators._network_classifier import (
    LABEL_CONSTRAINTS,
    NetworkClassifier,
)

__all__ = ["DeepSignatureClassifier"]


@share_parameters
class DeepSignatureClassifier(NetworkClassifier, DeepSignatureEstimator):
    """Classify trajectories by how soft clusters of atoms move together.

    A graph network clusters the atoms, the log-signature summarises the clusters'
    path in each time segment, and an LSTM with a two-layer perceptron classifies.
    The loss of equation 12 trains all of it together.

    Parameters
    ----------
    {coarsening}
    {network}
    mlp_hidden_dim : int, default=64
        Width of the classifier's hidden layer.
    dropout : float, default=0.2
        Dropout in the classifier, while training.
    loss_weights : sequence of 3 float, default=(1.0, 0.01, 10.0)
        Weights lambda_1 of the cut, lambda_2 of the temporal consistency and lambda_3
        of the classification (equation 12). The defaults are the paper's.
    {input}
    {labels}
    max_epochs : int, default=100
        Passes over the samples.
    {training}

    Attributes
    ----------
    {classifier_attributes}
    coarsener_ : SpectralCoarsener
        The coarse graining that was learned, fitted, with a copy of the weights: which
        atoms a cluster holds (`assign`), and how clusters move (`transform`).

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
        **LABEL_CONSTRAINTS,
    }

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

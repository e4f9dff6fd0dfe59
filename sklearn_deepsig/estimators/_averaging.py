"""What the baselines share that average over the clusters."""

from numbers import Real
from typing import ClassVar

from sklearn_deepsig._constraints import LAYER_SIZE, Number
from sklearn_deepsig.estimators._network_classifier import NetworkClassifier


class AveragingClassifier(NetworkClassifier):
    """Base of the classifiers that average over the clusters."""

    _parameter_constraints: ClassVar = {
        **NetworkClassifier._parameter_constraints,
        "mlp_hidden_dim": [LAYER_SIZE],
        "batch_norm": ["boolean"],
        "dropout": [Number(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        n_clusters=(100, 50),
        *,
        hidden_dim=20,
        cluster_init="random",
        mlp_hidden_dim=64,
        batch_norm=False,
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
        self.mlp_hidden_dim = mlp_hidden_dim
        self.batch_norm = batch_norm
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

"""GraphLSTMClassifier: the paper's baseline that sees all frames."""

from functools import partial
from typing import ClassVar

from sklearn_deepsig._constraints import LAYER_SIZE
from sklearn_deepsig.estimators._averaging import AveragingClassifier
from sklearn_deepsig.estimators._docs import share_parameters
from sklearn_deepsig.nn import GraphLSTMNetwork

__all__ = ["GraphLSTMClassifier"]


@share_parameters
class GraphLSTMClassifier(AveragingClassifier):
    """Classify trajectories by an LSTM over their frames: the paper's GraphLSTM.

    Trajectories are coarse-grained as in `DeepSignatureClassifier`, with the same
    losses. One LSTM, whose weights all clusters share, reads the path of each; its last
    states are averaged over the clusters, and a two-layer perceptron classifies (paper,
    section 4.1). How two clusters move together is lost in the average.

    Parameters
    ----------
    {coarsening}
    lstm_hidden_dim : int, default=64
        Width of the LSTM, and number of learned features.
    mlp_hidden_dim : int, default=64
        Width of the classifier's hidden layer.
    {average}
    dropout : float, default=0.2
        Dropout in the classifier, while training.
    loss_weights : sequence of 3 float, default=(1.0, 0.01, 10.0)
        Weights of the cut, the temporal consistency and the classification.
    {input}
    {labels}
    max_epochs : int, default=100
        Passes over the samples.
    {training}

    Attributes
    ----------
    {classifier_attributes}

    See Also
    --------
    DeepSignatureClassifier : What it is compared with.
    HeadTailClassifier : The baseline that sees two frames.

    Notes
    -----
    The LSTM keeps about 24 bytes times its width for each frame and cluster: 1,000
    frames, 50 clusters and 16 samples take 1.2 GB at once.

    References
    ----------
    Qin et al., "Deep Signature: Characterization of Large-Scale Molecular Dynamics",
    ICLR 2025, section 4.1.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_deepsig.estimators import GraphLSTMClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(8, 20, 6, 3)).cumsum(axis=1)
    >>> X[4:] *= 0.1
    >>> y = ["mobile"] * 4 + ["stiff"] * 4
    >>> model = GraphLSTMClassifier(n_clusters=(3,), max_epochs=40, random_state=0)
    >>> model.fit(X, y).predict(X[[0, -1]]).tolist()
    ['mobile', 'stiff']
    """

    _parameter_constraints: ClassVar = {
        **AveragingClassifier._parameter_constraints,
        "lstm_hidden_dim": [LAYER_SIZE],
    }

    def __init__(
        self,
        n_clusters=(100, 50),
        *,
        hidden_dim=20,
        cluster_init="random",
        lstm_hidden_dim=64,
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
        super().__init__(
            n_clusters,
            hidden_dim=hidden_dim,
            cluster_init=cluster_init,
            mlp_hidden_dim=mlp_hidden_dim,
            batch_norm=batch_norm,
            dropout=dropout,
            loss_weights=loss_weights,
            graph=graph,
            center=center,
            class_weight=class_weight,
            label_smoothing=label_smoothing,
            max_epochs=max_epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            learning_rate_schedule=learning_rate_schedule,
            weight_decay=weight_decay,
            max_grad_norm=max_grad_norm,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            patience=patience,
            device=device,
            precision=precision,
            random_state=random_state,
            checkpoint_dir=checkpoint_dir,
            warm_start=warm_start,
            verbose=verbose,
        )
        self.lstm_hidden_dim = lstm_hidden_dim

    def _network_of(self, sizes: tuple[int, ...]) -> partial[GraphLSTMNetwork]:
        return partial(
            GraphLSTMNetwork,
            self.n_dims_in_,
            self._n_outputs(),
            n_clusters=sizes,
            hidden_dim=self.hidden_dim,
            lstm_hidden_dim=self.lstm_hidden_dim,
            mlp_hidden_dim=self.mlp_hidden_dim,
            batch_norm=self.batch_norm,
            dropout=self.dropout,
        )

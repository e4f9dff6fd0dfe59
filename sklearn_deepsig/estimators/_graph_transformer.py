"""GraphTransformerClassifier: attention over the frames in place of an LSTM."""

from functools import partial
from typing import ClassVar

from sklearn_deepsig._constraints import LAYER_SIZE
from sklearn_deepsig.estimators._averaging import AveragingClassifier
from sklearn_deepsig.estimators._docs import share_parameters
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.nn import GraphTransformerNetwork

__all__ = ["GraphTransformerClassifier"]


@share_parameters
class GraphTransformerClassifier(AveragingClassifier):
    """Classify trajectories by attention between their frames.

    Trajectories are coarse-grained as in `DeepSignatureClassifier`, with the same
    losses. One encoder layer of a transformer, whose weights all clusters share, reads
    the path of each; its output is averaged over frames and clusters, and a two-layer
    perceptron classifies. The paper has no such baseline; its authors' code does, and
    the sizes are ours. How two clusters move together is lost in the average.

    Parameters
    ----------
    {coarsening}
    transformer_dim : int, default=64
        Width of the encoder, and number of learned features: a multiple of `n_heads`.
    n_heads : int, default=4
        Attention heads.
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
    GraphLSTMClassifier : The same with an LSTM.

    Notes
    -----
    Every frame attends to every other, so time grows with the square of the frames.

    References
    ----------
    A. Vaswani et al., "Attention is all you need", NeurIPS 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_deepsig.estimators import GraphTransformerClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(8, 20, 6, 3)).cumsum(axis=1)
    >>> X[4:] *= 0.1
    >>> y = ["mobile"] * 4 + ["stiff"] * 4
    >>> model = GraphTransformerClassifier((3,), max_epochs=40, random_state=0)
    >>> model.fit(X, y).predict(X[[0, -1]]).tolist()
    ['mobile', 'stiff']
    """

    _parameter_constraints: ClassVar = {
        **AveragingClassifier._parameter_constraints,
        "transformer_dim": [LAYER_SIZE],
        "n_heads": [LAYER_SIZE],
    }

    def __init__(
        self,
        n_clusters=(100, 50),
        *,
        hidden_dim=20,
        cluster_init="random",
        transformer_dim=64,
        n_heads=4,
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
        self.transformer_dim = transformer_dim
        self.n_heads = n_heads

    def _network_of(self, sizes: tuple[int, ...]) -> partial[GraphTransformerNetwork]:
        if self.transformer_dim % self.n_heads:
            raise InvalidInputError(
                f"transformer_dim={self.transformer_dim} is no multiple of n_heads="
                f"{self.n_heads}; change one of them."
            )
        return partial(
            GraphTransformerNetwork,
            self.n_dims_in_,
            self._n_outputs(),
            n_clusters=sizes,
            hidden_dim=self.hidden_dim,
            transformer_dim=self.transformer_dim,
            n_heads=self.n_heads,
            mlp_hidden_dim=self.mlp_hidden_dim,
            batch_norm=self.batch_norm,
            dropout=self.dropout,
        )

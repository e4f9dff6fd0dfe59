"""SpectralCoarsener: from atoms to the paths of soft clusters."""

from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch

from sklearn_deepsig._compat import fit_context
from sklearn_deepsig.estimators._coarse_paths import CoarsePaths
from sklearn_deepsig.estimators._docs import share_parameters
from sklearn_deepsig.estimators._node_counts import (
    check_node_counts,
    keep_node_counts,
    samples_to_apply,
)
from sklearn_deepsig.estimators._parameters import (
    check_rotation_invariant,
    layer_sizes,
    plain_arguments,
    refuse_what_needs_an_end,
    weights_of_losses,
)
from sklearn_deepsig.estimators._targets import validate_groups, validate_sample_weight
from sklearn_deepsig.estimators._torch import TorchEstimator
from sklearn_deepsig.estimators._validation import validate_trajectories
from sklearn_deepsig.nn import GraphBatch, SpectralCoarsening, coarsening_loss
from sklearn_deepsig.training import TrainingData
from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = ["SpectralCoarsener"]


@share_parameters
class SpectralCoarsener(CoarsePaths, TorchEstimator):
    """Cluster the atoms of trajectories softly and follow the clusters over time.

    Stacked graph pooling layers learn an assignment of atoms to clusters that cuts
    few edges (equation 3) and a coarse path that stays close to the clusters' motion
    (equation 6), without labels.

    Parameters
    ----------
    {coarsening}
    loss_weights : sequence of 2 float, default=(1.0, 0.01)
        Weights lambda_1 of the cut and lambda_2 of the temporal consistency
        (equation 12).
    rotation_invariant : bool, default=False
        Whether no rotation of a sample changes the assignment, made from
        `sklearn_deepsig.nn.invariant_features`. The coarse paths are then QᵀX, which
        turn with the molecule; as arrays of shape (n_frames, n_clusters, 3) they are
        samples for ``LogSignatureTransformer(invariance="rotation")``. Needs positions
        in three dimensions.
    skip_connection : bool, default=False
        Whether a node is embedded by weights of its own beside those of its
        neighbourhood (Bianchi et al., ICML 2020, equation 4).
    {input}
    max_epochs : int, default=50
        Passes over the samples.
    {training}

    Attributes
    ----------
    module_ : torch.nn.Module
        The trained network.
    n_clusters_ : tuple of int
        Clusters after each pooling layer.
    history_ : dict of str to list of float
        Losses, learning rate and seconds of each epoch.
    n_iter_ : int
        Epochs that were run.
    best_epoch_ : int
        Epoch, counted from 1, that the weights are those of: with `early_stopping` the
        one with the lowest held-out loss, else the last.
    resumed_from_epoch_ : int
        Epoch of the checkpoint that `fit` went on from; 0 where it read none.
    reference_ : ndarray of shape (n_nodes, n_dims)
        The first frame of the first sample of fit; see `inverse_transform`.
    reference_assignment_ : ndarray of shape (n_nodes, n_clusters)
        That sample's assignment of nodes to clusters.
    n_features_in_ : int
        Columns of a table of univariate series, or nodes of a 3-D or 4-D array; not
        set for lists of samples, whose node counts may differ.
    n_dims_in_ : int
        Dimensions a node, 3 for molecules.
    n_nodes_range_ : tuple of int
        Fewest and most nodes of a sample of fit. Samples with more than twice or less
        than half as many are told of.
    feature_names_in_ : ndarray of str
        Names of the columns, where X was a table with names.

    See Also
    --------
    LogSignatureTransformer : Summarises the coarse paths.
    DeepSignatureClassifier : Learns the clusters together with the classes.

    Notes
    -----
    Samples are centred, so neither a shift nor the order of the atoms matters. The
    assignment depends on the orientation of a sample unless ``rotation_invariant=True``
    or the trajectories are superposed first (`TrajectorySelector`).

    Clusters are sums over atoms, weighted by the assignment (equations 4 and 5), so a
    coarse path scales with the number of atoms a cluster.

    References
    ----------
    Qin et al., "Deep Signature: Characterization of Large-Scale Molecular Dynamics",
    ICLR 2025, equations 1 to 6.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_deepsig.estimators import SpectralCoarsener
    >>> X = np.random.default_rng(0).normal(size=(4, 30, 12, 3)).cumsum(axis=1)
    >>> coarsener = SpectralCoarsener(n_clusters=(6, 3), max_epochs=2, random_state=0)
    >>> coarsener.fit_transform(X).shape  # 3 clusters x 3 dimensions
    (4, 30, 9)
    >>> coarsener.predict(X).shape
    (4, 12)
    """

    _parameter_constraints: ClassVar = {
        **TorchEstimator._parameter_constraints,
        "rotation_invariant": ["boolean"],
        "skip_connection": ["boolean"],
    }

    _paths_are_sums = True

    def __init__(
        self,
        n_clusters=(100, 50),
        *,
        hidden_dim=20,
        cluster_init="random",
        loss_weights=(1.0, 0.01),
        rotation_invariant=False,
        skip_connection=False,
        graph="auto",
        center=True,
        max_epochs=50,
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
        self.loss_weights = loss_weights
        self.rotation_invariant = rotation_invariant
        self.skip_connection = skip_connection
        self.graph = graph
        self.center = center
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
        tags.transformer_tags.preserves_dtype = []  # theirs is that of the network
        return tags

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None, groups=None, sample_weight=None):  # noqa: ARG002
        """Learn the assignment of atoms to clusters.

        Parameters
        ----------
        X : samples
            Trajectories; see `sklearn_deepsig.trajectory.as_trajectories`.
        y : None
            Ignored.
        groups : array-like of shape (n_samples,), default=None
            Trajectory of each sample; early stopping holds out whole groups.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples in both terms of the loss, divided by their mean. A
            sample of weight zero is left out.

        Returns
        -------
        self
            The fitted coarsener.

        Raises
        ------
        InvalidInputError
            If a sample or a parameter cannot be used.
        """
        self._fit(X, groups, sample_weight)
        return self

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y=None, sample_weight=None):  # noqa: ARG002
        """Go over further trajectories once, keeping what was learned.

        Parameters
        ----------
        X : samples
            Trajectories.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            As in `fit`.

        Returns
        -------
        self
            The coarsener.

        Raises
        ------
        InvalidInputError
            If a sample or a parameter cannot be used.

        Notes
        -----
        Adam's averages are kept from call to call, but not from `fit`.
        """
        self._fit(X, None, sample_weight, once=True)
        return self

    def _fit(
        self, X: Any, groups: Any, sample_weight: Any, *, once: bool = False
    ) -> None:
        """Check everything, then train: until the end, or one epoch more."""
        if once:
            refuse_what_needs_an_end(self)
        sizes = layer_sizes(self.n_clusters)
        weights = weights_of_losses(self.loss_weights, ["cut", "consistency"])
        reset = not self._goes_on(once=once)
        samples = validate_trajectories(self, X, graph=self.graph, reset=reset)
        check_node_counts(samples, sizes)
        check_rotation_invariant(self)
        groups = validate_groups(groups, len(samples))
        weight = validate_sample_weight(sample_weight, len(samples))
        self.n_clusters_ = sizes
        keep_node_counts(self, samples, reset=reset)
        groups = None if groups is None else groups[weight > 0]

        def compute_loss(module, batch, target, sample_weight):  # noqa: ARG001
            return coarsening_loss(module(batch), sample_weight, weights)

        build = plain_arguments(self._network_of(sizes))
        data = TrainingData(samples, np.zeros(len(samples)), weight).weighed()
        if once:
            self._train_once(build, data, compute_loss)
        else:
            metadata = {} if sample_weight is None else {"sample_weight": sample_weight}
            given = {"X": X, "y": None, "metadata": metadata}
            self._train(build, data, compute_loss, groups=groups, given=given)
        self._keep_reference(samples[0], self._rows(samples[:1])[0])

    def _network_of(self, sizes: tuple[int, ...]) -> "partial[SpectralCoarsening]":
        """Return the network with all its arguments, once the data are known."""
        return partial(
            SpectralCoarsening,
            self.n_dims_in_,
            sizes,
            self.hidden_dim,
            rotation_invariant=self.rotation_invariant,
            skip_connection=self.skip_connection,
        )

    def _coarse_paths(self, X):
        return self._of_samples(
            samples_to_apply(self, X),
            lambda output, batch: (output.path.flatten(2), batch.n_frames),
        )

    def _assignments(self, X):
        return self._rows(samples_to_apply(self, X))

    def _rows(self, samples: list[GraphTrajectory]) -> list[np.ndarray]:
        return self._of_samples(
            samples, lambda output, batch: (output.assignment, batch.node_mask.sum(1))
        )

    def _cluster_names(self):
        return [f"cluster{i}" for i in range(self.n_clusters_[-1])]

    def _of_samples(self, samples, choose) -> list[np.ndarray]:
        """Apply the network; `choose` gives arrays, and what is no padding of each."""

        def cut(module: torch.nn.Module, batch: GraphBatch) -> list[np.ndarray]:
            arrays, counts = choose(module(batch), batch)
            arrays = arrays.cpu().numpy()
            return [arrays[i, :count] for i, count in enumerate(counts.tolist())]

        return [result for part in self._apply(samples, cut) for result in part]

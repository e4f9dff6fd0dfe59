"""What the docstrings of several estimators share."""

from typing import TypeVar

__all__ = ["share_parameters"]

Class = TypeVar("Class", bound=type)

COARSENING = """\
    n_clusters : int or sequence of int, default=(100, 50)
        Clusters after each pooling layer. The length is the coarsening depth.
        Samples of several nodes, but fewer than the first number, are refused.
    hidden_dim : int, default=20
        Width of the node embeddings.
    cluster_init : {"random", "k-means++"}, default="random"
        What the clusters begin as. Random weights, of which most of many clusters
        stay empty, or the surroundings of nodes that lie apart, drawn from the sample
        with the most nodes, so that each cluster has some. Take ``"k-means++"`` for
        more than about ten clusters of molecules with the same atoms.
"""

NETWORK = """\
    depth : int, default=2
        Depth of the log-signature. Depth 2 holds displacements and Levy areas.
    n_segments : int, default=4
        Time segments of equal length that share their end points.
    augmentation : {"time", "basepoint", "lead_lag"}, sequence of these or None
        What the coarse path of every segment is given before its log-signature is
        taken; see `sklearn_deepsig.functional.augment`. ``"time"`` gives up
        invariance to the speed, ``"basepoint"``, which is the origin, that to
        translation, unless samples are centred.
    batch_norm : bool, default=False
        Whether the coordinates of the log-signature are brought to mean 0 and variance
        1 over the samples and segments of each batch, and in prediction by the averages
        of those in training. Displacements and areas are of different size; on
        some data it makes training much faster and better. Each part of a batch
        that is gone through in parts, and each process, has a mean of its own.
    rotation_invariant : bool, default=False
        Whether no rotation of a sample changes its prediction: the assignment is made
        from `sklearn_deepsig.nn.invariant_features`, the coarse path turns with the
        molecule, and the LSTM reads `rotation_invariants` of it in place of the
        log-signature. Needs positions in three dimensions, ``depth=2``,
        ``center=True`` and no augmentation.
    skip_connection : bool, default=False
        Whether a node is embedded by weights of its own beside those of its
        neighbourhood, as Bianchi et al. do (ICML 2020, equation 4), and not by the mean
        of both alone (equation 1). Set it to True where nodes that are bound to each
        other differ, as genes do.
    lstm_hidden_dim : int or None, default=256
        Width of the LSTM, and number of learned features. With None there is no LSTM:
        the perceptron reads the log-signatures of all segments beside each other, which
        are then the features. The paper's appendix B.1 does so, and windows that differ
        much in how far they go do not saturate it.
"""

INPUT = """\
    graph : str or array-like of shape (2, n_edges), default="auto"
        What connects the nodes; see `sklearn_deepsig.trajectory.as_trajectories`.
    center : bool, default=True
        Whether the mean position of each sample, over its nodes and frames, becomes its
        origin, so that moving a sample changes nothing. Set it to False for quantities
        that have an origin of their own, such as the expression of genes.
"""

LABELS = """\
    class_weight : dict or "balanced", default=None
        Weights of the classes, times those of the samples, in all terms of the loss.
    label_smoothing : float, default=0.0
        Share of each label that is spread evenly over all classes.
"""

AVERAGE = """\
    batch_norm : bool, default=False
        Whether learned features are standardised batch by batch. Averages over many
        clusters differ little from sample to sample, and then a network learns far
        faster with it.
"""

TRAINING = """\
    batch_size : int, default=16
        Samples a training step.
    learning_rate : float, default=1e-3
        Learning rate of AdamW.
    learning_rate_schedule : {"constant", "cosine", "one_cycle"}, default="constant"
        How the rate changes: not at all; down to zero along a cosine, epoch by epoch;
        or, step by step, up from a 25th in the first 30 % of the fit and then down to
        zero, with which networks with `batch_norm` learn much in few epochs.
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
    checkpoint_dir : str or path-like, default=None
        Folder that keeps the state after each epoch, each fit in a folder of its own.
        A fit that was killed goes on from there when it is started again with the
        same parameters and data; so does one with more epochs, if the rate is
        constant. That needs an int as `random_state`, such as 0: any
        other draws another seed for each fit, and an `UnseededCheckpointWarning` says
        so. A saved model keeps a path as text.
    warm_start : bool, default=False
        Whether `fit` starts from the weights of the last fit.
    verbose : bool or "auto", default="auto"
        Progress, with loss and time left: a bar at a terminal, lines elsewhere;
        ``"auto"`` shows a bar at a terminal when a fit takes long.
"""

FRAME_CLASSIFIER = """\
    {coarsening}
    mlp_hidden_dim : int, default=64
        Width of the hidden layers, and number of learned features.
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
"""

CLASSIFIER_ATTRIBUTES = """\
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
"""

# What is made of others comes before them.
_TEXTS = {
    "frame_classifier": FRAME_CLASSIFIER,
    "coarsening": COARSENING,
    "network": NETWORK,
    "input": INPUT,
    "labels": LABELS,
    "average": AVERAGE,
    "training": TRAINING,
    "classifier_attributes": CLASSIFIER_ATTRIBUTES,
}


def share_parameters(documented: Class) -> Class:
    """Put what several classes share into a docstring, as a class decorator.

    Parameters
    ----------
    documented : type
        Its docstring has lines such as ``{training}``, each for some parameters.

    Returns
    -------
    type
        The class itself.
    """
    for name, text in _TEXTS.items():
        if documented.__doc__ is not None:  # python -OO drops docstrings
            documented.__doc__ = documented.__doc__.replace(f"    {{{name}}}\n", text)
    return documented

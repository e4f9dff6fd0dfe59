"""The objective (paper, equations 11 and 12)."""

from collections.abc import Sequence

from torch import Tensor
from torch.nn.functional import cross_entropy, huber_loss, mse_loss

from sklearn_deepsig.nn.coarsening import CoarseTrajectory
from sklearn_deepsig.nn.deep_signature import DeepSignatureOutput

__all__ = [
    "classification_errors",
    "coarsening_loss",
    "deep_signature_loss",
    "regression_errors",
]


def coarsening_loss(
    coarse: CoarseTrajectory, sample_weight: Tensor, loss_weights: Sequence[float]
) -> dict[str, Tensor]:
    """Compute lambda_1 L_u + lambda_2 L_t, the unsupervised part of equation 12.

    Parameters
    ----------
    coarse : CoarseTrajectory
        What the coarse graining gave.
    sample_weight : Tensor, shape (batch,)
        Weight of each sample, 1 on average.
    loss_weights : sequence of 2 float
        The weights lambda_1 and lambda_2.

    Returns
    -------
    dict of str to Tensor
        ``"loss"``, the sum, and its terms ``"cut"`` and ``"consistency"``, means over
        the weighted samples, before the weights lambda.
    """
    cut_weight, consistency_weight = loss_weights
    cut = (sample_weight * coarse.cut_loss).mean()
    consistency = (sample_weight * coarse.consistency_loss).mean()
    total = cut_weight * cut + consistency_weight * consistency
    return {"loss": total, "cut": cut, "consistency": consistency}


def classification_errors(
    logits: Tensor, target: Tensor, *, label_smoothing: float = 0.0
) -> Tensor:
    """Compute L_c of each sample (paper, equation 11).

    With two classes the cross-entropy of two logits is equation 11, the sigmoid
    being applied once, to their difference.

    Parameters
    ----------
    logits : Tensor, shape (batch, n_classes)
        Unnormalised class scores.
    target : Tensor of int64, shape (batch,)
        Class indices.
    label_smoothing : float, default=0.0
        Share of the label that is spread evenly over all classes.

    Returns
    -------
    Tensor, shape (batch,)
        Cross-entropies.
    """
    return cross_entropy(
        logits, target, reduction="none", label_smoothing=label_smoothing
    )


def regression_errors(
    outputs: Tensor, target: Tensor, *, loss: str = "squared_error"
) -> Tensor:
    """Compute the error of each sample, averaged over its outputs.

    Parameters
    ----------
    outputs : Tensor, shape (batch, n_outputs)
        What the network gave.
    target : Tensor, shape (batch, n_outputs)
        What it should have given.
    loss : {"squared_error", "huber"}, default="squared_error"
        ``"huber"`` is half the square up to a deviation of 1 and linear beyond.

    Returns
    -------
    Tensor, shape (batch,)
        Errors.
    """
    function = huber_loss if loss == "huber" else mse_loss
    return function(outputs, target, reduction="none").mean(1)


def deep_signature_loss(
    output: DeepSignatureOutput,
    errors: Tensor,
    sample_weight: Tensor,
    loss_weights: Sequence[float],
    *,
    name: str = "classification",
) -> dict[str, Tensor]:
    """Compute lambda_1 L_u + lambda_2 L_t + lambda_3 L_c (paper, equation 12).

    Parameters
    ----------
    output : DeepSignatureOutput
        What the network gave.
    errors : Tensor, shape (batch,)
        Error of each sample: `classification_errors` or `regression_errors`.
    sample_weight : Tensor, shape (batch,)
        Weight of each sample in all three terms, 1 on average.
    loss_weights : sequence of 3 float
        The weights lambda_1, lambda_2 and lambda_3.
    name : str, default="classification"
        What to call the weighted mean of the errors.

    Returns
    -------
    dict of str to Tensor
        ``"loss"``, the sum, and its terms ``"cut"``, ``"consistency"`` and `name`,
        before the weights lambda.
    """
    terms = coarsening_loss(output.coarse, sample_weight, loss_weights[:2])
    error = (sample_weight * errors).mean()
    terms["loss"] = terms["loss"] + loss_weights[2] * error
    return {**terms, name: error}

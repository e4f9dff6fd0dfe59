"""The objective (paper, equations 11 and 12)."""

from collections.abc import Sequence

from torch import Tensor
from torch.nn.functional import cross_entropy

from sklearn_deepsig.nn.coarsening import CoarseTrajectory
from sklearn_deepsig.nn.deep_signature import DeepSignatureOutput

__all__ = ["coarsening_loss", "deep_signature_loss"]


def coarsening_loss(
    coarse: CoarseTrajectory, loss_weights: Sequence[float]
) -> dict[str, Tensor]:
    """Compute lambda_1 L_u + lambda_2 L_t, the unsupervised part of equation 12.

    Parameters
    ----------
    coarse : CoarseTrajectory
        What the coarse graining gave.
    loss_weights : sequence of 2 float
        The weights lambda_1 and lambda_2.

    Returns
    -------
    dict of str to Tensor
        ``"loss"``, the sum, and its unweighted terms ``"cut"`` and ``"consistency"``.
    """
    cut_weight, consistency_weight = loss_weights
    total = cut_weight * coarse.cut_loss + consistency_weight * coarse.consistency_loss
    return {
        "loss": total,
        "cut": coarse.cut_loss,
        "consistency": coarse.consistency_loss,
    }


def deep_signature_loss(
    output: DeepSignatureOutput,
    target: Tensor,
    sample_weight: Tensor,
    loss_weights: Sequence[float],
) -> dict[str, Tensor]:
    """Compute lambda_1 L_u + lambda_2 L_t + lambda_3 L_c (paper, equation 12).

    With two classes the cross-entropy of two logits is equation 11, the sigmoid
    being applied once, to their difference.

    Parameters
    ----------
    output : DeepSignatureOutput
        What the network gave.
    target : Tensor of int64, shape (batch,)
        Class indices.
    sample_weight : Tensor, shape (batch,)
        Weight of each sample in the cross-entropy.
    loss_weights : sequence of 3 float
        The weights lambda_1, lambda_2 and lambda_3.

    Returns
    -------
    dict of str to Tensor
        ``"loss"``, the sum, and its unweighted terms ``"cut"``, ``"consistency"`` and
        ``"classification"``.
    """
    terms = coarsening_loss(output.coarse, loss_weights[:2])
    errors = cross_entropy(output.logits, target, reduction="none")
    classification = (sample_weight * errors).mean()
    terms["loss"] = terms["loss"] + loss_weights[2] * classification
    return {**terms, "classification": classification}

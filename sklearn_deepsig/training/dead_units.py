"""Whether training has switched off every hidden unit of the layers that predict."""

import math
import warnings

from torch import Tensor, nn
from torch.optim import Optimizer

from sklearn_deepsig.exceptions import UninformativeFeaturesWarning
from sklearn_deepsig.nn import MLPHead
from sklearn_deepsig.training.settings import TrainingSettings

__all__ = ["warn_of_dead_units"]

# Parts of the usual gradient. What reaches a dead unit is exactly zero, and its mean,
# Adam's, falls by a tenth in each step: in so many steps to less than the first. Before
# that, clusters that change may switch units on again.
_NOTHING, _SOMETHING = 1e-6, 1e-3
_STEPS = 130


def warn_of_dead_units(
    module: nn.Module, optimizer: Optimizer, settings: TrainingSettings
) -> None:
    """Warn of hidden units that are off for all samples, from which none comes back.

    Parameters
    ----------
    module : torch.nn.Module
        The network; one without an `MLPHead` as its ``head`` is passed over.
    optimizer : torch.optim.Optimizer
        The Adam that has trained it.
    settings : TrainingSettings
        The learning rate, for the message.

    Warns
    -----
    UninformativeFeaturesWarning
        If for 130 steps no gradient has come to the weights of the hidden layer, while
        some came to the output: what is predicted does not depend on the sample.
    """
    head = getattr(module, "head", None)
    if not isinstance(head, MLPHead):
        return
    weights = dict(head.named_parameters())
    n_steps = optimizer.state.get(weights["layers.3.bias"], {}).get("step", 0)
    if n_steps < _STEPS:
        return
    hidden = _recent_gradient(optimizer, weights["layers.0.weight"])
    output = _recent_gradient(optimizer, weights["layers.3.bias"])
    if hidden < _NOTHING and output > _SOMETHING:
        warnings.warn(
            "all hidden units of the network's classifier are off for all samples: it "
            "predicts the same for each, and learns nothing any more. Lower "
            f"learning_rate={settings.learning_rate:g}, or use batch_norm=True.",
            UninformativeFeaturesWarning,
            stacklevel=2,
        )


def _recent_gradient(optimizer: Optimizer, weights: Tensor) -> float:
    """Return the mean gradient of the last steps, as a part of the usual one."""
    state = optimizer.state[weights]
    usual = math.sqrt(float(state["exp_avg_sq"].max()))
    return float(state["exp_avg"].abs().max()) / usual if usual else 0.0

"""From the log-signatures of the segments to one vector (paper, section 3.2)."""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm

__all__ = ["SegmentLSTM", "SegmentNorm"]


class SegmentLSTM(nn.Module):
    """An LSTM over the segments, then layer normalisation (paper, figure 3).

    The same map as `torch.nn.LSTM`, arranged for inputs that are very wide and few:
    the product with the input weights, which is almost all of the work, is one matrix
    product over all segments.

    Parameters
    ----------
    width : int
        Length of one segment's log-signature.
    hidden_dim : int
        Width of the LSTM's state and of the output.
    """

    def __init__(self, width: int, hidden_dim: int) -> None:
        super().__init__()
        self.input = nn.Linear(width, 4 * hidden_dim)
        self.recurrent = nn.Linear(hidden_dim, 4 * hidden_dim, bias=False)
        self.norm = nn.LayerNorm(hidden_dim)
        bound = 1 / math.sqrt(hidden_dim)
        for layer in (self.input, self.recurrent):
            for parameter in layer.parameters():
                # what torch.nn.LSTM begins with
                nn.init.uniform_(parameter, -bound, bound)

    def forward(self, segments: Tensor) -> Tensor:
        """Summarise the segments by the LSTM's last state.

        Parameters
        ----------
        segments : Tensor, shape (batch, n_segments, width)
            Log-signature of each segment, in the order of time.

        Returns
        -------
        Tensor, shape (batch, hidden_dim)
            The normalised last state.
        """
        from_input = self.input(segments)
        hidden = cell = from_input.new_zeros(len(segments), self.recurrent.in_features)
        for gates in from_input.unbind(1):
            enter, forget, candidate, leave = (gates + self.recurrent(hidden)).chunk(
                4, dim=1
            )
            kept = torch.sigmoid(forget) * cell
            cell = kept + torch.sigmoid(enter) * torch.tanh(candidate)
            hidden = torch.sigmoid(leave) * torch.tanh(cell)
        out: Tensor = self.norm(hidden)
        return out


# Areas of small motions are small: 1e-4 nm² squared is far below the usual 1e-5.
_EPSILON = 1e-10


class SegmentNorm(nn.BatchNorm1d):
    """Batch normalisation of the features of all segments of all samples.

    A single row has no variance to be normalised by: then the averages of earlier
    batches are used, as in prediction.

    Parameters
    ----------
    width : int
        Number of features.
    """

    def __init__(self, width: int) -> None:
        super().__init__(width, eps=_EPSILON)

    def forward(self, segments: Tensor) -> Tensor:
        """Normalise each feature.

        Parameters
        ----------
        segments : Tensor, shape (batch, n_segments, width) or (batch, width)
            Features of each segment, or of each sample.

        Returns
        -------
        Tensor
            The same shape.
        """
        rows = segments.flatten(0, -2)
        if len(rows) > 1 or not self.training:
            return super().forward(rows).view_as(segments)
        return batch_norm(
            rows,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            eps=self.eps,
        ).view_as(segments)

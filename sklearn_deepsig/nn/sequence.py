"""From the log-signatures of the segments to one vector (paper, section 3.2)."""

import torch
from torch import Tensor, nn

__all__ = ["SegmentLSTM"]


class SegmentLSTM(nn.Module):
    """An LSTM over the segments, then layer normalisation (paper, figure 3).

    Parameters
    ----------
    width : int
        Length of one segment's log-signature.
    hidden_dim : int
        Width of the LSTM's state and of the output.
    """

    def __init__(self, width: int, hidden_dim: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(width, hidden_dim, batch_first=True)
        self.norm = nn.LayerNorm(hidden_dim)

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
        _, (state, _) = self.lstm(segments)
        out: Tensor = self.norm(torch.select(state, 0, -1))
        return out

"""The LSTM over segments against torch's own."""

import torch

from sklearn_deepsig.nn import SegmentLSTM


def test_equals_lstm_and_layer_norm_of_torch():
    torch.manual_seed(0)
    ours = SegmentLSTM(13, 6).double()
    lstm = torch.nn.LSTM(13, 6, batch_first=True).double()
    with torch.no_grad():
        lstm.weight_ih_l0.copy_(ours.input.weight)
        lstm.bias_ih_l0.copy_(ours.input.bias)
        lstm.weight_hh_l0.copy_(ours.recurrent.weight)
        lstm.bias_hh_l0.zero_()
    segments = torch.randn(5, 4, 13, dtype=torch.float64)
    _, (state, _) = lstm(segments)
    expected = torch.nn.functional.layer_norm(state[0], (6,))
    torch.testing.assert_close(ours(segments), expected)

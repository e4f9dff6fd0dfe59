import pytest
import torch

from sklearn_deepsig.nn import GraphLSTMNetwork, averaging


@pytest.mark.parametrize("most_bytes", [1, 700, 10**9], ids=["one", "some", "all"])
def test_sequences_go_through_the_lstm_in_pieces_as_at_once(monkeypatch, most_bytes):
    torch.manual_seed(0)
    network = GraphLSTMNetwork(
        3, 2, n_clusters=(5,), hidden_dim=4, lstm_hidden_dim=8, mlp_hidden_dim=8,
        dropout=0.0,
    )  # fmt: skip
    clusters = torch.randn(7, 5, 9, 3, requires_grad=True)
    n_frames = torch.tensor([9, 3, 1, 9, 5, 2, 9])
    sizes = []
    network.lstm.register_forward_hook(lambda _, given, __: sizes.append(len(given[0])))
    monkeypatch.setattr(averaging, "_CACHED_BYTES", most_bytes)
    found = network._last_states(clusters, n_frames)
    at_most = max(1, torch.get_num_threads() * most_bytes // (4 * 8 * 4))
    assert max(sizes) == min(at_most, 35)
    assert sum(sizes) == 35

    lstm = torch.nn.LSTM(3, 8, batch_first=True)
    lstm.load_state_dict(network.lstm.state_dict())
    expected = torch.stack(
        [
            torch.stack([lstm(path[:length])[0][-1] for path in sample])
            for sample, length in zip(clusters, n_frames, strict=True)
        ]
    )
    torch.testing.assert_close(found, expected)
    parameters = [clusters, *network.lstm.parameters()]
    of_found = torch.autograd.grad(found.square().sum(), parameters)
    parameters = [clusters, *lstm.parameters()]
    of_expected = torch.autograd.grad(expected.square().sum(), parameters)
    torch.testing.assert_close(of_found, of_expected)

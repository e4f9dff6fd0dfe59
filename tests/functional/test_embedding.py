"""The embedding by blocks against PyTorch's own functions."""

import pytest
import torch

from sklearn_deepsig.functional import embedding
from sklearn_deepsig.functional.embedding import embed_and_average


def make_input(dtype=torch.float64, shape=(3, 7, 5, 4), hidden_dim=6):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(*shape, generator=generator, dtype=dtype)
    weight = torch.randn(hidden_dim, shape[3], generator=generator, dtype=dtype)
    frame_weights = torch.rand(shape[0], shape[2], generator=generator, dtype=dtype)
    return x.requires_grad_(), weight.requires_grad_(), frame_weights


def composed(x, weight, frame_weights):
    hidden = torch.nn.functional.elu(x @ weight.T)
    return hidden, torch.einsum("bt,bnth->bnh", frame_weights, hidden)


@pytest.mark.parametrize("block", [1, 60, 500, 10**6])
def test_equals_its_definition_whatever_the_blocks(monkeypatch, block):
    monkeypatch.setattr(embedding, "_BLOCK", block)
    x, weight, frame_weights = make_input()
    found = embed_and_average(x, weight, frame_weights)
    expected = composed(x, weight, frame_weights)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)
    # a derivative through either output, and through both
    for parts in ([0], [1], [0, 1]):
        gradients = [
            torch.autograd.grad(
                sum((outputs[i] ** 2).sum() for i in parts),
                (x, weight),
                retain_graph=True,
            )
            for outputs in (found, expected)
        ]
        torch.testing.assert_close(*gradients)


def test_derivative():
    x, weight, frame_weights = make_input(shape=(2, 3, 4, 2), hidden_dim=3)
    assert torch.autograd.gradcheck(
        lambda x, weight: embed_and_average(x, weight, frame_weights), (x, weight)
    )


def test_coordinates_need_no_gradient_of_their_own():
    x, weight, frame_weights = make_input(torch.float32)
    hidden, mean = embed_and_average(x.detach(), weight, frame_weights)
    (hidden.sum() + mean.sum()).backward()
    expected = composed(x.detach(), weight.detach().requires_grad_(), frame_weights)
    assert weight.grad.shape == weight.shape
    torch.testing.assert_close((hidden, mean), expected)


def test_precisions_are_mixed_as_elsewhere():
    x, weight, frame_weights = make_input(torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden, mean = embed_and_average(x, weight, frame_weights)
    assert hidden.dtype == torch.bfloat16
    expected, _ = composed(x, weight, frame_weights)
    torch.testing.assert_close(hidden.float(), expected, rtol=0.03, atol=0.03)
    (hidden.float().sum() + mean.float().sum()).backward()
    assert weight.grad.isfinite().all()

"""The whole network: its parts in the right order, its loss, its symmetries."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from sklearn_deepsig.nn import (
    DeepSignatureNetwork,
    classification_errors,
    deep_signature_loss,
    regression_errors,
)
from sklearn_deepsig.training import collate, seeded
from tests.helpers.graphs import permute_nodes, random_sample

CPU = {"device": torch.device("cpu"), "dtype": torch.float64}
OPTIONS = {
    "n_clusters": (6, 3),
    "hidden_dim": 4,
    "depth": 2,
    "n_segments": 3,
    "lstm_hidden_dim": 8,
    "mlp_hidden_dim": 5,
    "dropout": 0.5,
}


def make_network(n_classes=2, **changes):
    with seeded(2, torch.device("cpu")):
        network = DeepSignatureNetwork(3, n_classes, **(OPTIONS | changes))
        return network.double().eval()


@pytest.fixture
def ragged(rng):
    return [random_sample(rng, *shape) for shape in [(10, 9), (7, 12), (13, 8)]]


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_shapes(ragged, n_classes, depth):
    output = make_network(n_classes, depth=depth)(collate(ragged, **CPU))
    assert output.logits.shape == (3, n_classes)
    assert output.features.shape == (3, 8)


def test_segments_equal_signatory_on_the_coarse_path(ragged):
    signatory = pytest.importorskip("signatory", reason="signatory is not installed")
    network = make_network()
    batch = collate(ragged, **CPU)
    path = network.coarsening(batch).path.flatten(2)
    segments = network.logsignature(path, batch.n_frames)
    for index, sample in enumerate(ragged):
        ends = np.round(np.linspace(0, sample.n_frames - 1, 4)).astype(int)
        for segment, (start, stop) in enumerate(pairwise(ends)):
            part = path[index : index + 1, start : stop + 1]
            expected = signatory.logsignature(part, 2, mode="words")
            torch.testing.assert_close(segments[index, segment], expected[0])


def test_a_sample_does_not_see_its_batch(ragged):
    network = make_network()
    together = network(collate(ragged, **CPU)).logits
    for index, sample in enumerate(ragged):
        alone = network(collate([sample], **CPU)).logits
        torch.testing.assert_close(together[index], alone[0])


def test_invariance_to_translation_and_order_of_atoms(rng):
    sample = random_sample(rng, 12, 9)
    moved = sample.with_positions(sample.positions + [5.0, -3.0, 8.0])
    shuffled = permute_nodes(sample, rng.permutation(9))
    network = make_network()
    expected = network(collate([sample], **CPU)).logits
    for other in (moved, shuffled):
        torch.testing.assert_close(network(collate([other], **CPU)).logits, expected)


def test_loss_is_equation_twelve(ragged):
    output = make_network()(collate(ragged, **CPU))
    target, weight = torch.tensor([0, 1, 1]), torch.tensor([1.0, 2.0, 0.5]).double()
    given = classification_errors(output.logits, target)
    terms = deep_signature_loss(output, given, weight, (1.5, 0.01, 10.0))
    positive = torch.sigmoid(output.logits[:, 1] - output.logits[:, 0])
    y = target.double()
    errors = -y * positive.log() - (1 - y) * (1 - positive).log()  # equation 11
    classification = (weight * errors).mean()
    torch.testing.assert_close(terms["classification"], classification)
    expected = (
        1.5 * (weight * output.coarse.cut_loss).mean()
        + 0.01 * (weight * output.coarse.consistency_loss).mean()
        + 10.0 * classification
    )
    torch.testing.assert_close(terms["loss"], expected)


def test_the_classification_loss_reaches_every_weight(ragged):
    network = make_network()
    output = network(collate(ragged, **CPU))
    target = torch.tensor([0, 1, 1])
    ones = torch.ones(3, dtype=torch.float64)
    errors = classification_errors(output.logits, target)
    deep_signature_loss(output, errors, ones, (0.0, 0.0, 1.0))["loss"].backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad.abs().sum() > 0, name


def test_label_smoothing_spreads_the_label_over_all_classes():
    logits, target = torch.randn(5, 3), torch.tensor([0, 2, 1, 1, 0])
    probabilities = torch.full((5, 3), 0.3 / 3)
    probabilities[torch.arange(5), target] += 0.7
    expected = -(probabilities * logits.log_softmax(1)).sum(1)
    found = classification_errors(logits, target, label_smoothing=0.3)
    torch.testing.assert_close(found, expected)


def test_huber_is_the_half_square_near_and_linear_far():
    target = torch.zeros(3, 2)
    outputs = torch.tensor([[0.5, -1.0], [3.0, 0.0], [-4.0, 2.0]])
    squares = regression_errors(outputs, target)
    torch.testing.assert_close(squares, torch.tensor([1.25, 9.0, 20.0]) / 2)
    found = regression_errors(outputs, target, loss="huber")
    expected = torch.tensor([0.125 + 0.5, 2.5, 3.5 + 1.5]) / 2
    torch.testing.assert_close(found, expected)

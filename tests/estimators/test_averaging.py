import numpy as np
import pytest
import torch
from scipy.special import softmax
from sklearn.base import clone

from sklearn_deepsig import (
    DeepSignatureClassifier,
    GraphLSTMClassifier,
    GraphTransformerClassifier,
    HeadClassifier,
    HeadTailClassifier,
    TailClassifier,
)
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional import logsignature_width
from sklearn_deepsig.trajectory import GraphTrajectory
from tests.helpers.graphs import random_edges, random_sample

SMALL = {
    "n_clusters": (5, 3),
    "hidden_dim": 6,
    "mlp_hidden_dim": 16,
    "dropout": 0.0,
    "learning_rate": 0.01,
    "random_state": 0,
}
# Class -> the frames that it sees.
FRAMES = {HeadClassifier: [0], TailClassifier: [-1], HeadTailClassifier: [0, -1]}


def make_samples(rng, frames, n_samples=24):
    """Random samples; in class 1 the given frames are a quarter as wide."""
    labels = np.arange(n_samples) % 2
    samples = []
    for label in labels:
        n_frames, n_nodes = rng.integers(5, 9), rng.integers(6, 10)
        positions = rng.normal(size=(n_frames, n_nodes, 3))
        if label:
            positions[frames] *= 0.25
        samples.append(GraphTrajectory(positions, random_edges(rng, n_nodes)))
    return samples, labels


def shuffled_elsewhere(rng, sample, frames):
    """The same sample with other coordinates outside the given frames."""
    positions = rng.normal(size=sample.positions.shape)
    positions[frames] = sample.positions[frames]
    return sample.with_positions(positions)


@pytest.mark.parametrize("kind", FRAMES)
def test_what_its_frames_tell_is_learned(rng, kind):
    model = kind(**SMALL, max_epochs=60)
    samples, labels = make_samples(rng, FRAMES[kind], 48)
    model.fit(samples[:24], labels[:24])
    assert model.score(samples[24:], labels[24:]) > 0.8


@pytest.mark.parametrize("kind", FRAMES)
def test_other_frames_have_no_influence(rng, kind):
    samples, labels = make_samples(rng, FRAMES[kind])
    model = kind(**SMALL, max_epochs=3).fit(samples, labels)
    changed = [shuffled_elsewhere(rng, sample, FRAMES[kind]) for sample in samples]
    expected = model.predict_proba(samples)
    assert np.array_equal(model.predict_proba(changed), expected)
    again = clone(model).fit(changed, labels)
    assert np.array_equal(again.predict_proba(samples), expected)
    # and its own frames have
    other = [
        shuffled_elsewhere(rng, sample, [0 if FRAMES[kind] == [-1] else -1])
        for sample in samples
    ]
    assert not np.allclose(model.predict_proba(other), expected)


def circling(rng, n_samples):
    """Nodes that go round, one way or the other, from random places."""
    labels = np.arange(n_samples) % 2
    samples = []
    for label in labels:
        n_nodes = rng.integers(6, 10)
        angle = (2 * label - 1) * 0.4 * np.arange(20)[:, None]
        angle = angle + rng.uniform(0, 2 * np.pi, size=n_nodes)
        circle = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=-1)
        samples.append(GraphTrajectory(circle, random_edges(rng, n_nodes)))
    return samples, labels


@pytest.mark.parametrize(
    ("kind", "rate"), [(GraphLSTMClassifier, 1e-2), (GraphTransformerClassifier, 3e-3)]
)
def test_networks_of_all_frames_learn_which_way_nodes_go_round(rng, kind, rate):
    train, labels = circling(rng, 60)
    test, truth = circling(rng, 40)
    settings = SMALL | {"n_clusters": (6,), "max_epochs": 80, "learning_rate": rate}
    model = kind(**settings).fit(train, labels)
    assert model.score(test, truth) > 0.8
    # each node starts anywhere, so one frame says nothing
    head = HeadClassifier(**settings).fit(train, labels)
    assert head.score(test, truth) < 0.75


@pytest.mark.parametrize(
    "kind", [*FRAMES, GraphLSTMClassifier, GraphTransformerClassifier]
)
def test_neither_order_of_nodes_nor_shift_matters(rng, kind):
    samples, labels = make_samples(rng, [0])
    model = kind(**SMALL, max_epochs=2, precision="float64").fit(samples, labels)
    moved = []
    for sample in samples:
        order = rng.permutation(sample.n_nodes)
        place = np.argsort(order)
        positions = sample.positions[:, order] + [3.0, -2.0, 1.0]
        moved.append(GraphTrajectory(positions, place[sample.edge_index]))
    np.testing.assert_allclose(
        model.predict_proba(moved), model.predict_proba(samples), atol=1e-9
    )


def test_graph_lstm_is_torchs_lstm_on_the_coarse_path(rng):
    samples = [random_sample(rng, n_frames, 7) for n_frames in (4, 9, 6)] * 2
    model = GraphLSTMClassifier(**SMALL, max_epochs=1, precision="float64")
    model.fit(samples, [0, 1] * 3)
    module = model.module_
    features = []
    for sample in samples:
        centred = sample.positions - sample.positions.mean((0, 1))
        alone = model._apply(
            [sample.with_positions(centred)], lambda net, batch: net.coarsening(batch)
        )[0]
        states = []
        for cluster in range(3):
            reader = torch.nn.LSTM(3, 64, batch_first=True).double()
            reader.load_state_dict(module.lstm.state_dict())
            with torch.no_grad():
                states.append(reader(alone.path[:, :, cluster])[1][0][0, 0])
        mean = torch.stack(states).mean(0)
        normal = (mean - mean.mean()) / (mean.var(correction=0) + 1e-5).sqrt()
        features.append(normal * module.norm.weight + module.norm.bias)
    np.testing.assert_allclose(
        model.transform(samples), torch.stack(features).detach().numpy(), atol=1e-9
    )


@pytest.mark.parametrize("kind", FRAMES)
def test_a_frame_classifier_is_its_network_on_these_frames_alone(rng, kind):
    samples, labels = make_samples(rng, [0])
    model = kind(**SMALL, max_epochs=2).fit(samples, labels)
    cut = [s.with_positions(s.positions[FRAMES[kind]]) for s in samples]
    expected = model.transform(samples)
    assert expected.shape == (len(samples), 16)
    assert set(model.history_) >= {"cut", "consistency", "classification"}
    # the average over clusters of a rectified linear map of their positions
    paths = model._apply(cut, lambda net, batch: net.coarsening(batch).path)
    weight, bias = (p.detach().numpy() for p in model.module_.embed.parameters())
    found = []
    for path in np.concatenate([path.numpy() for path in paths]):
        clusters = path.transpose(1, 0, 2).reshape(path.shape[1], -1)
        found.append(np.maximum(clusters @ weight.T + bias, 0).mean(0))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_without_centring_the_place_counts(rng):
    samples, labels = make_samples(rng, [0], 16)
    samples = [
        s.with_positions(s.positions * 0.1 + 2 * y)
        for s, y in zip(samples, labels, strict=True)
    ]
    placed = HeadClassifier(**SMALL, center=False, max_epochs=40)
    assert placed.fit(samples, labels).score(samples, labels) == 1.0
    expected = placed.predict_proba(samples)
    # what counts is how it was fitted
    assert np.array_equal(
        placed.set_params(center=True).predict_proba(samples), expected
    )


def test_augmented_paths_are_what_the_lstm_reads(rng):
    samples, labels = make_samples(rng, [0], 8)
    settings = SMALL | {"n_segments": 1, "lstm_hidden_dim": 16, "max_epochs": 2}
    shifted = [s.with_positions(s.positions + 1.0) for s in samples]

    def change(**more):
        model = DeepSignatureClassifier(**settings, precision="float64", **more)
        model.fit(samples, labels)
        return np.abs(model.transform(shifted) - model.transform(samples)).max()

    timed = DeepSignatureClassifier(**settings, augmentation="time")
    timed.fit(samples, labels)
    width = logsignature_width(3 * 3 + 1, 2)
    assert timed.module_.sequence.input.in_features == width
    # the base point is the origin: a shift counts, unless samples are centred
    assert change(augmentation=["basepoint"], center=False) > 1e-3
    assert change(augmentation=["basepoint"]) < 1e-9


def test_batch_norm_predicts_one_sample_as_many(rng):
    samples, labels = make_samples(rng, [0], 17)
    model = DeepSignatureClassifier(
        **SMALL,
        batch_norm=True,
        n_segments=1,
        lstm_hidden_dim=16,
        # the last batch has one sample and one segment, which has no variance
        batch_size=16,
        max_epochs=3,
        precision="float64",
    ).fit(samples, labels)
    alone = np.concatenate([model.predict_proba([sample]) for sample in samples])
    np.testing.assert_allclose(alone, model.predict_proba(samples), atol=1e-9)
    norm = model.module_.batch_norm
    # averaged anew after the last epoch, without the lone sample
    assert norm.num_batches_tracked == 1
    assert not torch.equal(norm.running_mean, torch.zeros_like(norm.running_mean))


def test_padding_takes_no_part_in_attention(rng):
    samples = [random_sample(rng, n_frames, 7) for n_frames in (4, 9, 6)] * 2
    model = GraphTransformerClassifier(**SMALL, max_epochs=1, precision="float64")
    model.fit(samples, [0, 1] * 3)
    alone = np.concatenate([model.transform([sample]) for sample in samples])
    np.testing.assert_allclose(model.transform(samples), alone, atol=1e-9)


def test_attention_is_what_its_definition_says(rng):
    """One head by hand, without dropout: softmax(Q K^T) V and the rest of the layer."""
    sample = random_sample(rng, 6, 7)
    model = GraphTransformerClassifier(
        **SMALL, max_epochs=1, precision="float64", transformer_dim=5, n_heads=1
    ).fit([sample] * 4, [0, 1] * 2)
    weights = {k: v.numpy() for k, v in model.module_.state_dict().items()}
    (path,) = model._apply([sample], lambda net, batch: net.coarsening(batch).path)

    def linear(name, x):
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def normal(name, x):
        x = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5)
        return x * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    k = np.repeat(np.arange(3), 2)[:5]
    angles = np.arange(6)[:, None] * 1e4 ** (-2 * k / 5)
    waves = np.where(np.arange(5) % 2, np.cos(angles), np.sin(angles))
    means = []
    for cluster in range(3):
        x = linear("embed", path[0, :, cluster].numpy()) + waves
        joined = weights["encoder.self_attn.in_proj_weight"].reshape(3, 5, 5)
        biases = weights["encoder.self_attn.in_proj_bias"].reshape(3, 1, 5)
        query, key, value = x @ joined.swapaxes(1, 2) + biases
        attention = softmax(query @ key.T / np.sqrt(5), axis=1) @ value
        x = normal("encoder.norm1", x + linear("encoder.self_attn.out_proj", attention))
        inner = np.maximum(linear("encoder.linear1", x), 0)
        x = normal("encoder.norm2", x + linear("encoder.linear2", inner))
        means.append(x.mean(0))
    found = model.transform([sample])[0]
    np.testing.assert_allclose(found, np.mean(means, axis=0), atol=1e-9)


def test_heads_must_share_the_width():
    with pytest.raises(InvalidInputError, match="transformer_dim=6 is no multiple"):
        GraphTransformerClassifier((2,), transformer_dim=6, n_heads=4).fit(
            np.zeros((4, 5, 3, 3)), [0, 1, 0, 1]
        )

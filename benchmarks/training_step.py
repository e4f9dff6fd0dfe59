"""One training step of one implementation, measured in a process of its own.

Run by `python -m benchmarks.training`; prints one record as JSON.
"""

import argparse
import json
import statistics
import sys
import time
import types
from collections.abc import Callable, Sequence
from contextlib import nullcontext

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.timing import status_bytes
from sklearn_deepsig.functional.lyndon import logsignature_width
from sklearn_deepsig.nn import DeepSignatureNetwork
from sklearn_deepsig.nn.losses import classification_errors, deep_signature_loss
from sklearn_deepsig.training import (
    TrainingData,
    TrainingSettings,
    make_optimizer,
    reused_memory,
    train_step,
)
from sklearn_deepsig.trajectory import GraphTrajectory, contact_edges

N_CLUSTERS = (400, 200, 50)
HIDDEN_DIM = 20
LSTM_HIDDEN_DIM = 256
BOND_LENGTH = 0.38
PERSISTENCE = 0.8
LEARNING_RATE = 1e-3


def make_chains(nodes: int, frames: int, batch: int) -> list[GraphTrajectory]:
    """Simulate compact chains: a bounded random walk in space that jitters in time.

    Contacts are those within 0.8 nm in the first frame, about ten a node at any size,
    as between the alpha carbons of a protein.
    """
    rng = np.random.default_rng(0)
    side = 0.8 * nodes ** (1 / 3)
    samples = []
    for _ in range(batch):
        steps = rng.normal(size=(nodes, 3))
        for i in range(1, nodes):
            steps[i] += PERSISTENCE * steps[i - 1]  # a stiff chain, not a clump
        steps *= BOND_LENGTH / np.linalg.norm(steps, axis=1, keepdims=True)
        walk = steps.cumsum(0)
        # a triangle wave folds the walk into a box and keeps bonds short
        folded = np.abs((walk + side) % (2 * side) - side)
        noise = rng.normal(scale=0.02, size=(frames, nodes, 3)).astype(np.float32)
        positions = noise.cumsum(0)
        positions += folded.astype(np.float32)
        samples.append(GraphTrajectory(positions, contact_edges(positions[0])))
    return samples


def our_step(samples: Sequence[GraphTrajectory]) -> Callable[[], object]:
    """Make our step: collate, forward, backward, Adam."""
    torch.manual_seed(0)
    network = DeepSignatureNetwork(
        3,
        2,
        n_clusters=N_CLUSTERS,
        hidden_dim=HIDDEN_DIM,
        depth=2,
        n_segments=4,
        lstm_hidden_dim=LSTM_HIDDEN_DIM,
        mlp_hidden_dim=64,
        dropout=0.2,
    )
    batch = len(samples)
    data = TrainingData(samples, np.arange(batch) % 2, np.ones(batch))
    settings = TrainingSettings(
        max_epochs=1,
        batch_size=batch,
        learning_rate=LEARNING_RATE,
        weight_decay=0.0,
        device=torch.device("cpu"),
        dtype=torch.float32,
        seed=0,
    )
    optimizer = make_optimizer(network, settings)

    def compute_loss(module, batch, target, sample_weight):
        output = module(batch)
        errors = classification_errors(output.logits, target)
        return deep_signature_loss(output, errors, sample_weight, (1.0, 1.0, 1.0))

    return lambda: train_step(network, data, compute_loss, settings, optimizer)


def authors_step(
    samples: Sequence[GraphTrajectory], checkout: str
) -> Callable[[], object]:
    """Make the authors' step from their checkout: forward, backward, Adam."""
    from torch_geometric.data import Batch, Data

    sys.path.insert(0, checkout)
    # only their trainer logs there
    sys.modules.setdefault("wandb", types.ModuleType("wandb"))
    from models import DeepSignature

    torch.manual_seed(0)
    width = LSTM_HIDDEN_DIM
    network = DeepSignature(3, HIDDEN_DIM, HIDDEN_DIM, width, N_CLUSTERS[-1], 2)
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    data = Batch.from_data_list(
        [
            Data(
                pos=torch.from_numpy(sample.positions).transpose(0, 1).contiguous(),
                edge_index=torch.from_numpy(sample.edge_index),
                edge_attr=torch.ones(sample.edge_index.shape[1]),
            )
            for sample in samples
        ]
    )
    target = (torch.arange(len(samples)) % 2).float()

    def step() -> None:
        optimizer.zero_grad()
        logits, consistency, cut, orthogonality = network(data)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            logits.squeeze(-1), target
        )
        (loss + consistency + cut + orthogonality).backward()
        optimizer.step()

    return step


def measure(
    who: str, nodes: int, frames: int, batch: int, repeats: int, authors: str | None
) -> dict:
    """Measure one step; return its record.

    The peak is the largest resident memory of the process less what it had after its
    imports and a tiny step: data, weights, the state of Adam and all activations.
    """

    def make(nodes: int, frames: int, batch: int) -> Callable[[], object]:
        samples = make_chains(nodes, frames, batch)
        if who == "ours":
            return our_step(samples)
        return authors_step(samples, str(authors))

    make(12, 8, 2)()
    baseline = status_bytes("VmRSS")
    step = make(nodes, frames, batch)
    counter = FlopCounterMode(
        display=False, custom_mapping={torch.ops.aten.mm: product_flops}
    )
    seconds = []
    # as in our fits
    with reused_memory() if who == "ours" else nullcontext():
        with counter:
            step()
        for _ in range(repeats):
            start = time.perf_counter()
            step()
            seconds.append(time.perf_counter() - start)
        peak = status_bytes("VmHWM") - baseline
    flops = counter.get_total_flops()
    if who == "authors":
        flops += lstm_flops(batch)
    step_s = statistics.median(seconds)
    floor_s = flops / product_rate()
    return {
        "who": who,
        "nodes": nodes,
        "frames": frames,
        "batch": batch,
        "threads": torch.get_num_threads(),
        "step_s": step_s,
        "peak_bytes": peak,
        "flops": flops,
        "gflops": flops / step_s / 1e9,
        "floor_s": floor_s,
    }


def product_rate(size: int = 1024) -> float:
    """Measure operations a second of one large matrix product, the fastest there is."""
    left, right = torch.rand(2, size, size)
    seconds = []
    for _ in range(10):
        start = time.perf_counter()
        left @ right
        seconds.append(time.perf_counter() - start)
    return 2 * size**3 / statistics.median(seconds)


def product_flops(left: torch.Tensor, right: torch.Tensor, **_: object) -> int:
    """Count a matrix product; torch's own counter takes sparse matrices for dense."""
    n_columns = right.shape[1]
    if left.layout == torch.strided:
        return 2 * left.numel() * n_columns
    return 2 * left._nnz() * n_columns


# torch then hands over tensors, not shapes
product_flops._get_raw = True


def lstm_flops(batch: int) -> int:
    """Count torch.nn.LSTM by formula: on CPU one kernel hides its products."""
    width = logsignature_width(3 * N_CLUSTERS[-1], 2)
    products = 2 * batch * 4 * (width + LSTM_HIDDEN_DIM) * 4 * LSTM_HIDDEN_DIM
    return 3 * products  # forward, and backward to the inputs and to the weights


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("who", choices=["ours", "authors"])
    for name in ("nodes", "frames", "batch", "repeats", "threads"):
        parser.add_argument(name, type=int)
    parser.add_argument("--authors")
    options = vars(parser.parse_args())
    torch.set_num_threads(options.pop("threads"))
    print(json.dumps(measure(**options)))

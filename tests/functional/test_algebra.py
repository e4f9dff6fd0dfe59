import numpy as np
import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.functional import convert_basis, logsignature, logsignature_width
from sklearn_deepsig.functional.algebra import (
    logsignature_combine,
    logsignature_to_signature,
    signature,
    signature_combine,
    tensor_exp,
    tensor_log,
)
from tests.helpers.oracles import all_words, naive_exp, naive_signature

BASES = ["words", "lyndon", "expanded"]
SIZES = [(1, 3), (2, 5), (3, 4), (5, 2), (4, 1)]


def random_walks(rng, *shape):
    return torch.tensor(rng.normal(size=shape).cumsum(axis=-2))


def assert_close(actual, expected):
    scale = max(1.0, float(expected.abs().max()))
    torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10 * scale)


@pytest.mark.parametrize(("n_channels", "depth"), SIZES)
def test_signature_equals_naive_one(rng, n_channels, depth):
    path = random_walks(rng, 4, n_channels)
    naive = naive_signature(path.tolist(), depth)
    expected = [naive[word] for word in all_words(n_channels, depth)]
    assert_close(signature(path, depth), torch.tensor(expected, dtype=torch.float64))


@pytest.mark.parametrize(("n_channels", "depth"), SIZES)
@pytest.mark.parametrize("library", ["signatory", "iisignature"])
def test_signature_equals_peers(rng, n_channels, depth, library):
    peer = pytest.importorskip(library, reason=f"{library} is not installed")
    path = random_walks(rng, 3, 20, n_channels)
    if library == "signatory":
        expected = peer.signature(path, depth)
    else:
        expected = torch.from_numpy(peer.sig(path.numpy(), depth)).double()
    assert_close(signature(path, depth), expected)


def test_signature_of_one_frame_is_zero():
    assert torch.equal(signature(torch.ones(2, 1, 3), 3), torch.zeros(2, 39))


@pytest.mark.parametrize(("n_channels", "depth"), SIZES)
def test_exponential_equals_naive_one_and_inverts_the_logarithm(rng, n_channels, depth):
    width = logsignature_width(n_channels, depth, "expanded")
    tensor = torch.tensor(rng.normal(size=(2, 3, width)))
    words = all_words(n_channels, depth)
    values = dict(zip(words, tensor[1, 2].tolist(), strict=True))
    naive = naive_exp({(): 0, **values})
    actual = tensor_exp(tensor, n_channels, depth)
    expected = torch.tensor([naive[word] for word in words], dtype=torch.float64)
    assert_close(actual[1, 2], expected)
    assert_close(tensor_log(actual, n_channels, depth), tensor)


@pytest.mark.parametrize(("n_channels", "depth"), SIZES)
@pytest.mark.parametrize("source", BASES)
@pytest.mark.parametrize("target", BASES)
def test_every_change_of_basis(rng, n_channels, depth, source, target):
    path = random_walks(rng, 2, 3, 9, n_channels)
    old = logsignature(path, depth, basis=source)
    expected = logsignature(path, depth, basis=target)
    assert_close(convert_basis(old, n_channels, depth, source, target), expected)


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize(("n_channels", "depth"), [*SIZES, (2, 7), (7, 3)])
def test_signature_from_logsignature(rng, n_channels, depth, basis):
    path = random_walks(rng, 2, 9, n_channels)
    log = logsignature(path, depth, basis=basis)
    actual = logsignature_to_signature(log, n_channels, depth, basis)
    assert_close(actual, signature(path, depth))


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize(("n_channels", "depth"), SIZES)
def test_neighbouring_intervals(rng, n_channels, depth, basis):
    path = random_walks(rng, 2, 9, n_channels)
    pieces = [logsignature(p, depth, basis=basis) for p in (path[:, :4], path[:, 3:])]
    actual = logsignature_combine(*pieces, n_channels, depth, basis)
    assert_close(actual, logsignature(path, depth, basis=basis))
    signatures = [signature(p, depth) for p in (path[:, :4], path[:, 3:])]
    product = signature_combine(*signatures, n_channels, depth)
    assert_close(product, signature(path, depth))


@pytest.mark.parametrize("depth", [2, 3])
def test_leading_shapes_broadcast(rng, depth):
    first = logsignature(random_walks(rng, 4, 1, 5, 3), depth)
    second = logsignature(random_walks(rng, 2, 5, 3), depth)
    actual = logsignature_combine(first, second, 3, depth)
    assert actual.shape == (4, 2, logsignature_width(3, depth))
    one = logsignature_combine(first[3, 0], second[1], 3, depth)
    torch.testing.assert_close(actual[3, 1], one)


@pytest.mark.parametrize("basis", BASES)
def test_derivatives(rng, basis):
    a, b = (
        logsignature(random_walks(rng, 4, 2), 3, basis=basis).requires_grad_()
        for _ in range(2)
    )

    def function(x, y):
        log = logsignature_combine(x, y, 2, 3, basis)
        return logsignature_to_signature(log, 2, 3, basis)

    assert gradcheck(function, (a, b))
    assert gradgradcheck(function, (a, b))


def test_vmap(rng):
    logs = logsignature(random_walks(rng, 4, 6, 3), 4)
    actual = torch.func.vmap(lambda x: logsignature_to_signature(x, 3, 4))(logs)
    torch.testing.assert_close(actual, logsignature_to_signature(logs, 3, 4))


def test_autocast_and_half_precision_change_nothing(rng):
    path = random_walks(rng, 6, 3).bfloat16()
    expected = signature(path.float(), 3)
    assert torch.equal(signature(path, 3), expected)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        actual = logsignature_to_signature(logsignature(path, 3), 3, 3)
    torch.testing.assert_close(actual, expected)


def test_empty_batches():
    for basis in BASES:
        empty = logsignature(torch.zeros(0, 4, 3), 3, basis=basis)
        assert logsignature_to_signature(empty, 3, 3, basis).shape == (0, 39)
        assert logsignature_combine(empty, empty, 3, 3, basis).shape == empty.shape


def test_impossible_input(rng):
    log = logsignature(random_walks(rng, 4, 3), 2)
    with pytest.raises(InvalidInputError, match=r"expected \(..., 14\)"):
        logsignature_to_signature(log, 3, 3)
    with pytest.raises(InvalidInputError, match="second has shape"):
        logsignature_combine(log, log[:-1], 3, 2)
    with pytest.raises(InvalidInputError, match="basis='hall'"):
        convert_basis(log, 3, 2, "words", "hall")
    with pytest.raises(InvalidInputError, match="depth=0"):
        signature(torch.zeros(3, 2), 0)
    for function in (tensor_exp, tensor_log):
        with pytest.raises(InvalidInputTypeError, match="tensor is of type"):
            function(np.zeros(3), 3, 1)


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.filterwarnings("default")
def test_joining_compiles_to_one_graph(rng, basis):
    torch.compiler.reset()
    width = logsignature_width(4, 3, basis)
    first, second = torch.tensor(rng.normal(size=(2, 3, width)))

    def function(a, b):
        return logsignature_combine(a, b, 4, 3, basis)

    compiled = torch.compile(function, fullgraph=True, backend="aot_eager")
    assert_close(compiled(first, second), function(first, second))

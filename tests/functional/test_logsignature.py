import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import forward_ad, gradcheck, gradgradcheck

from sklearn_deepsig import functional
from sklearn_deepsig.exceptions import (
    InvalidInputError,
    InvalidInputTypeError,
    MissingDependencyError,
)
from sklearn_deepsig.functional import (
    _backends,
    _closed_form,
    _closed_form_kernels,
    _loop_form,
    _tensor_algebra,
    logsignature_width,
    lyndon_words,
)
from sklearn_deepsig.functional._words import brackets_to_words, words_to_brackets
from tests.helpers.oracles import (
    all_words,
    multiply,
    naive_exp,
    naive_logsignature,
)

BASES = ["words", "lyndon", "expanded"]
SIGNATORY_MODES = {"words": "words", "lyndon": "brackets", "expanded": "expand"}
CHANNELS = [1, 2, 3, 7, 20]
DEPTHS = [1, 2, 3, 4, 5]


def logsignature(path, depth, *, basis="words", backend="torch"):
    """Compute by our kernels, whatever other backend is installed."""
    return functional.logsignature(path, depth, basis=basis, backend=backend)


def random_walks(rng, shape, dtype=torch.float64):
    return torch.tensor(rng.normal(size=shape).cumsum(axis=-2), dtype=dtype)


def assert_close_by_level(actual, expected, n_channels, basis, tolerance):
    """Compare relative to the largest coefficient of each level."""
    assert actual.shape == expected.shape
    displacement = expected[..., :n_channels].abs().max()
    start, depth = 0, 1
    while start < actual.shape[-1]:
        end = logsignature_width(n_channels, depth, basis)
        if end > start:
            level = expected[..., start:end]
            scale = level.abs().max()
            if scale < 1e-5 * displacement**depth:
                scale = displacement**depth  # a level that is rounding errors only
            error = (actual[..., start:end].double() - level).abs().max()
            assert error <= tolerance * scale
        start, depth = end, depth + 1


def skip_wide(n_channels, depth):
    if logsignature_width(n_channels, depth) > 200_000:
        pytest.skip("the other library would take a minute at this width")


def small_chunks(monkeypatch):
    monkeypatch.setattr(_tensor_algebra, "_CHUNK_SIZE", 1)


# Against an independent oracle and the other libraries


@settings(deadline=None, max_examples=40)
@given(
    basis=st.sampled_from(BASES),
    n_channels=st.integers(1, 3),
    depth=st.integers(1, 4),
    data=st.data(),
)
def test_equals_naive_tensor_algebra(basis, n_channels, depth, data):
    points = st.lists(st.integers(-9, 9), min_size=n_channels, max_size=n_channels)
    path = data.draw(st.lists(points, min_size=1, max_size=5))
    exact = [[Fraction(x) for x in point] for point in path]
    expected = torch.tensor(
        [float(x) for x in naive_logsignature(exact, depth, basis)],
        dtype=torch.float64,
    )
    actual = logsignature(torch.tensor(path).double(), depth, basis=basis)
    scale = 10.0**depth
    torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-12 * scale)


@pytest.mark.parametrize(("n_channels", "depth"), [(2, 7), (3, 5), (5, 4)])
@pytest.mark.parametrize("basis", BASES)
def test_equals_naive_tensor_algebra_deeper(rng, n_channels, depth, basis):
    path = random_walks(rng, (4, n_channels))
    expected = torch.tensor(
        naive_logsignature(path.tolist(), depth, basis), dtype=torch.float64
    )
    actual = logsignature(path, depth, basis=basis)
    assert_close_by_level(actual, expected, n_channels, basis, 1e-10)


@pytest.mark.parametrize("n_channels", CHANNELS)
@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("basis", BASES)
def test_equals_signatory(rng, n_channels, depth, basis):
    signatory = pytest.importorskip("signatory", reason="signatory is not installed")
    skip_wide(n_channels, depth)
    path = random_walks(rng, (2, 30, n_channels)).float()
    exact = path.double()
    expected = signatory.logsignature(exact, depth, mode=SIGNATORY_MODES[basis])
    for own, tolerance in [(exact, 1e-11), (path, 1e-5)]:
        actual = logsignature(own, depth, basis=basis)
        assert actual.dtype == own.dtype
        assert_close_by_level(actual, expected, n_channels, basis, tolerance)


@pytest.mark.parametrize("n_channels", CHANNELS[1:])
@pytest.mark.parametrize("depth", DEPTHS)
def test_equals_iisignature(rng, n_channels, depth):
    iisignature = pytest.importorskip(
        "iisignature", reason="iisignature is not installed"
    )
    skip_wide(n_channels, depth)
    path = random_walks(rng, (2, 30, n_channels)).float()
    prepared = iisignature.prepare(n_channels, depth, "S")
    frames = path.double().numpy()
    expected = torch.from_numpy(iisignature.logsig(frames, prepared, "S"))
    for own, tolerance in [(path.double(), 1e-11), (path, 1e-5)]:
        actual = logsignature(own, depth, basis="lyndon")
        assert_close_by_level(actual, expected, n_channels, "lyndon", tolerance)


@pytest.mark.parametrize("n_channels", [1, 2, 5])
@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("n_frames", [1, 2, 10])
@pytest.mark.parametrize("backend", ["iisignature", "pysiglib", "signatory"])
def test_backends_have_one_convention(rng, backend, n_channels, depth, n_frames):
    pytest.importorskip(backend, reason=f"{backend} is not installed")
    # The other libraries' rounding errors grow with depth, more than ours.
    for dtype, tolerance in [(torch.float64, 1e-11), (torch.float32, 5e-5)]:
        path = random_walks(rng, (3, 2, n_frames, n_channels), dtype)
        for basis in BASES:
            expected = logsignature(path, depth, basis=basis, backend="torch")
            actual = logsignature(path, depth, basis=basis, backend=backend)
            assert actual.dtype == dtype
            assert_close_by_level(
                actual, expected.double(), n_channels, basis, tolerance
            )


# Kernels against each other


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_closed_form_equals_tensor_algebra(rng, depth):
    path = random_walks(rng, (3, 12, 6))
    expected = _tensor_algebra.logsignature(path, depth, expanded=False)
    assert_close_by_level(logsignature(path, depth), expected, 6, "words", 1e-12)


# around the size of a panel and of padding, and the length of a short path
@pytest.mark.parametrize("n_channels", [2, 8, 9, 57, 70])
@pytest.mark.parametrize("n_frames", [1, 2, 3, 50, 51])
def test_areas_are_those_of_polygons(rng, n_channels, n_frames):
    path = random_walks(rng, (2, n_frames, n_channels))
    words = logsignature(path, 2)
    # the shoelace formula, frame by frame
    points = (path - path[:, :1]).numpy()
    expected = np.zeros((2, n_channels, n_channels))
    for a, b in pairwise(points.swapaxes(0, 1)):
        product = a[:, :, None] * b[:, None]
        expected += (product - product.swapaxes(1, 2)) / 2
    rows, columns = np.triu_indices(n_channels, 1)
    np.testing.assert_allclose(words[:, :n_channels], points[:, -1], atol=1e-12)
    np.testing.assert_allclose(
        words[:, n_channels:], expected[:, rows, columns], atol=1e-10
    )
    # with a third level, the two before it stay
    if n_channels < 20:
        third = logsignature(path, 3)
        np.testing.assert_allclose(third[:, : words.shape[1]], words, atol=1e-10)


@pytest.mark.parametrize("depth", [2, 3, 4, 5])
@pytest.mark.parametrize("n_frames", [1, 2, 3, 6, 7, 60])
def test_blocks_of_samples_change_nothing(rng, monkeypatch, depth, n_frames):
    path = random_walks(rng, (7, n_frames, 4)).requires_grad_()
    whole = logsignature(path, depth)
    weights = torch.tensor(rng.normal(size=whole.shape))
    (grad,) = torch.autograd.grad(whole, path, weights)
    # a few samples a block, and gradients by recomputation
    monkeypatch.setattr(_closed_form_kernels, "_BLOCK_SIZE", 1000)
    monkeypatch.setattr(_loop_form, "_BLOCK_SIZE", 10_000)
    monkeypatch.setattr(_loop_form, "_KEPT_SIZE", 0)
    blocks = logsignature(path, depth)
    torch.testing.assert_close(blocks, whole)
    torch.testing.assert_close(torch.autograd.grad(blocks, path, weights)[0], grad)


@pytest.mark.parametrize("depth", [2, 3])
@pytest.mark.parametrize("n_frames", [1, 2, 3, 6, 7, 60])
@pytest.mark.parametrize("n_channels", [5, 40])
def test_kernels_equal_formulas(rng, depth, n_frames, n_channels):
    path = random_walks(rng, (3, n_frames, n_channels)).requires_grad_()
    kernels, formulas = logsignature(path, depth), _closed_form._words(path, depth)
    torch.testing.assert_close(kernels, formulas)
    weights = torch.tensor(rng.normal(size=kernels.shape))
    grads = [torch.autograd.grad(x, path, weights)[0] for x in (kernels, formulas)]
    torch.testing.assert_close(*grads)


@pytest.mark.parametrize("depth", [2, 3, 4, 5])
def test_chunks_of_time_change_nothing(rng, monkeypatch, depth):
    path = random_walks(rng, (3, 12, 3))
    expected = _tensor_algebra.logsignature(path, depth, expanded=True)
    small_chunks(monkeypatch)
    actual = _tensor_algebra.logsignature(path, depth, expanded=True)
    assert_close_by_level(actual, expected, 3, "expanded", 1e-12)


@pytest.mark.parametrize(("n_channels", "depth"), [(2, 8), (4, 4), (7, 3)])
def test_changes_of_basis_are_inverse(rng, n_channels, depth):
    width = logsignature_width(n_channels, depth)
    words = torch.tensor(rng.integers(-9, 10, size=(2, width))).double()
    brackets = words_to_brackets(words, n_channels, depth)
    assert not torch.equal(brackets, words)
    assert torch.equal(brackets_to_words(brackets, n_channels, depth), words)


# What log-signatures are


def test_levels_one_and_two_in_words():
    """A path once round a unit square, then away along the first channel."""
    path = torch.tensor([[5.0, 5], [6, 5], [6, 6], [5, 6], [5, 5], [8, 5]])
    assert logsignature(path, 2).tolist() == [3.0, 0.0, 1.0]
    assert logsignature(path.flip(-1), 2).tolist() == [0.0, 3.0, -1.0]


@pytest.mark.parametrize("basis", BASES)
def test_one_frame_and_standing_still_give_zeros(basis):
    for path in [torch.full((2, 1, 3), 7.0), torch.full((2, 5, 3), 7.0)]:
        actual = logsignature(path, 4, basis=basis)
        assert torch.equal(actual, torch.zeros(2, logsignature_width(3, 4, basis)))


def test_one_channel_has_its_increment_only():
    path = torch.tensor([[1.0], [7.0], [3.0]])
    assert logsignature(path, 5).tolist() == [2.0]
    assert logsignature(path, 3, basis="expanded").tolist() == [2.0, 0.0, 0.0]


@pytest.mark.parametrize("depth", DEPTHS)
def test_chens_identity(rng, depth):
    path = random_walks(rng, (9, 2))

    def signature(piece):
        log = logsignature(piece, depth, basis="expanded").tolist()
        return naive_exp({(): 0, **dict(zip(all_words(2, depth), log, strict=True))})

    whole = signature(path)
    product = multiply(signature(path[:4]), signature(path[3:]))
    assert all(abs(whole[word] - product[word]) < 1e-9 for word in whole)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("basis", BASES)
def test_invariances(rng, depth, basis):
    path = random_walks(rng, (2, 8, 3))
    expected = logsignature(path, depth, basis=basis)
    moved = path + torch.tensor([3.0, -20.0, 100.0])
    repeated = path.repeat_interleave(torch.tensor([1, 3, 1, 2, 1, 1, 4, 2]), dim=1)
    halfway = (path[:, :-1] + path[:, 1:]) / 2
    inserted = torch.cat([path[:, :-1], halfway], 2).view(2, 14, 3)
    inserted = torch.cat([inserted, path[:, -1:]], 1)
    for same in [moved, repeated, inserted]:
        actual = logsignature(same, depth, basis=basis)
        torch.testing.assert_close(actual, expected, rtol=1e-9, atol=1e-9)
    reversed_ = logsignature(path.flip(1), depth, basis=basis)
    torch.testing.assert_close(reversed_, -expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("basis", ["words", "lyndon"])
def test_scaling_by_degree(rng, basis):
    path = random_walks(rng, (8, 3))
    lengths = torch.tensor([len(word) for word in lyndon_words(3, 4)])
    expected = 3.0**lengths * logsignature(path, 4, basis=basis)
    torch.testing.assert_close(logsignature(3 * path, 4, basis=basis), expected)


def test_permuted_channels_permute_areas(rng):
    path = random_walks(rng, (10, 5))
    order = rng.permutation(5)
    words = lyndon_words(5, 2)
    plain = dict(zip(words, logsignature(path, 2).tolist(), strict=True))
    permuted = logsignature(path[:, order], 2).tolist()
    for word, value in zip(words, permuted, strict=True):
        old = tuple(order[list(word)])
        expected = plain[old] if old in plain else -plain[old[::-1]]
        assert value == pytest.approx(expected)


# Tensors: shapes, derivatives, accuracy


def test_any_leading_shape(rng):
    path = random_walks(rng, (2, 3, 4, 7, 3))
    whole = logsignature(path, 3)
    assert whole.shape == (2, 3, 4, 14)
    torch.testing.assert_close(whole[1, 2, 3], logsignature(path[1, 2, 3], 3))
    for depth in DEPTHS:
        for basis in BASES:
            empty = logsignature(path[:0], depth, basis=basis)
            assert empty.shape == (0, 3, 4, logsignature_width(3, depth, basis))


def test_noncontiguous_paths_are_not_written_to(rng):
    path = random_walks(rng, (2, 3, 7)).mT
    copy = path.clone()
    for depth in DEPTHS:
        expected = logsignature(path.contiguous(), depth)
        torch.testing.assert_close(logsignature(path, depth), expected)
    assert torch.equal(path, copy)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("n_frames", [1, 2, 5])
def test_first_and_second_derivatives(rng, depth, basis, n_frames):
    path = random_walks(rng, (2, n_frames, 3)).requires_grad_()

    def function(x):
        return logsignature(x, depth, basis=basis)

    assert gradcheck(function, path, fast_mode=True, check_forward_ad=True)
    assert gradgradcheck(function, path, fast_mode=True)


def test_derivatives_by_chunks_of_time(rng, monkeypatch):
    small_chunks(monkeypatch)
    path = random_walks(rng, (1, 4, 2)).requires_grad_()

    def function(x):
        return logsignature(x, 6)

    assert gradcheck(function, path)
    assert gradgradcheck(function, path)


def test_gradient_after_inference_mode(rng):
    path = random_walks(rng, (5, 11))
    with torch.inference_mode():
        expected = logsignature(path, 3, basis="lyndon")
    path.requires_grad_()
    actual = logsignature(path, 3, basis="lyndon")
    torch.testing.assert_close(actual.detach(), expected.clone())
    actual.sum().backward()
    assert path.grad.abs().sum() > 0


@pytest.mark.parametrize("depth", DEPTHS)
def test_vmap(rng, depth):
    path = random_walks(rng, (4, 6, 3))
    actual = torch.func.vmap(lambda x: logsignature(x, depth))(path)
    torch.testing.assert_close(actual, logsignature(path, depth))


@pytest.mark.parametrize("depth", [2, 3])
def test_vmap_of_gradients(rng, depth):
    path = random_walks(rng, (4, 2, 6, 3))

    def gradient(x):
        return torch.func.grad(lambda y: logsignature(y, depth).square().sum())(x)

    actual = torch.func.vmap(gradient)(path)
    torch.testing.assert_close(actual, gradient(path))


@pytest.mark.parametrize("depth", [2, 3])
def test_derivatives_of_derivatives_forward(rng, depth):
    path = random_walks(rng, (2, 4, 3)).requires_grad_()
    assert gradgradcheck(
        lambda x: logsignature(x, depth), path, fast_mode=True, check_fwd_over_rev=True
    )


def assert_compiles(path, depth, basis, backend):
    torch.compiler.reset()

    def function(x):
        # two widths in one graph
        narrow = logsignature(x[..., :3], depth, basis=basis)
        return torch.cat([logsignature(x, depth, basis=basis), narrow], -1)

    actual = torch.compile(function, fullgraph=True, backend=backend)(path)
    expected = function(path)
    torch.testing.assert_close(actual, expected)
    grads = [torch.autograd.grad(x.square().sum(), path)[0] for x in (actual, expected)]
    torch.testing.assert_close(*grads)


@pytest.mark.parametrize("depth", [2, 3, 4])
@pytest.mark.parametrize("basis", BASES)
@pytest.mark.filterwarnings("default")
def test_compiles_to_one_graph(rng, depth, basis):
    path = random_walks(rng, (2, 6, 4)).requires_grad_()
    assert_compiles(path, depth, basis, "aot_eager")


@pytest.mark.slow
@pytest.mark.parametrize("depth", [2, 3])
@pytest.mark.filterwarnings("default")
def test_compiles_to_machine_code(rng, depth):
    if shutil.which("g++") is None:
        pytest.skip("no C++ compiler is found")
    path = random_walks(rng, (2, 6, 4)).requires_grad_()
    assert_compiles(path, depth, "words", "inductor")


@pytest.mark.parametrize("depth", DEPTHS)
def test_float32_far_from_the_origin(rng, depth):
    path = random_walks(rng, (200, 6), torch.float32) * 0.01 + 1000
    expected = logsignature(path.double(), depth)
    actual = logsignature(path, depth)
    assert_close_by_level(actual, expected, 6, "words", 1e-5)


@pytest.mark.parametrize("depth", [2, 3, 4, 5])
def test_float32_on_long_paths(rng, depth):
    path = random_walks(rng, (5000, 4), torch.float32)
    expected = logsignature(path.double(), depth)
    assert_close_by_level(logsignature(path, depth), expected, 4, "words", 1e-5)


def test_half_precision_is_computed_in_float32(rng):
    path = random_walks(rng, (8, 3), torch.bfloat16)
    expected = logsignature(path.float(), 3)
    assert torch.equal(logsignature(path, 3), expected)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(logsignature(path.float(), 3), expected)


# Backends and errors


@pytest.mark.parametrize("backend", ["pysiglib", "signatory"])
def test_peers_have_a_first_but_no_second_derivative(rng, backend):
    pytest.importorskip(backend, reason=f"{backend} is not installed")
    path = random_walks(rng, (2, 6, 3)).requires_grad_()

    def function(x):
        return logsignature(x, 3, backend=backend)

    assert gradcheck(function, path, fast_mode=True)
    (grad,) = torch.autograd.grad(
        function(path).square().sum(), path, create_graph=True
    )
    with pytest.raises(RuntimeError, match="once_differentiable"):
        grad.sum().backward()


def test_automatic_backend_keeps_derivatives(rng, monkeypatch):
    monkeypatch.setattr(_backends, "_is_installed", lambda _: True)
    path = random_walks(rng, (2, 6, 3))
    assert _backends.automatic(path) == "pysiglib"
    assert _backends.automatic(random_walks(rng, (2, 6, 9))) == "torch"
    assert _backends.automatic(random_walks(rng, (2, 2000, 3))) == "torch"
    seen = []

    def look(x):
        seen.append(_backends.automatic(x))
        return x

    torch.func.vmap(look)(path[None])
    torch.func.jacrev(look)(path)
    torch.func.jvp(look, (path,), (path,))
    with forward_ad.dual_level():
        look(forward_ad.make_dual(path, path))
    look(path.clone().requires_grad_())
    assert seen == ["torch"] * 5
    with torch.no_grad():
        assert _backends.automatic(path.requires_grad_()) == "pysiglib"
    monkeypatch.setattr(_backends, "_is_installed", lambda _: False)
    assert _backends.automatic(path.detach()) == "torch"


def test_automatic_backend_is_one_of_them(rng):
    pytest.importorskip("pysiglib", reason="pysiglib is not installed")
    path = random_walks(rng, (2, 6, 3))
    expected = logsignature(path, 4, backend="pysiglib")
    assert torch.equal(logsignature(path, 4, backend="auto"), expected)


@pytest.mark.parametrize("backend", ["auto", "torch", "pysiglib"])
def test_overflow_is_silent_as_in_torch(backend):
    pytest.importorskip("pysiglib", reason="pysiglib is not installed")
    path = 1e30 * torch.tensor([[0.0, 0], [1, 0], [1, 1]])
    assert not torch.isfinite(logsignature(path, 2, backend=backend)).all()


def test_threads_share_a_backend(rng):
    pytest.importorskip("pysiglib", reason="pysiglib is not installed")
    paths = [random_walks(rng, (4, 20, 2 + i % 4)) for i in range(24)]
    expected = [logsignature(path, 4) for path in paths]
    with ThreadPoolExecutor(8) as pool:
        actual = pool.map(lambda x: logsignature(x, 4, backend="pysiglib"), paths)
        for a, b in zip(actual, expected, strict=True):
            torch.testing.assert_close(a, b)


@pytest.mark.parametrize("backend", ["auto", "torch"])
@pytest.mark.parametrize(("n_channels", "depth"), [(3, 100), (50, 13), (5000, 3)])
def test_too_wide_requests_are_refused_at_once(backend, n_channels, depth):
    path = torch.zeros(2, 4, n_channels)
    with pytest.raises(InvalidInputError, match=r"of width [\d,]+, would take .*depth"):
        logsignature(path, depth, backend=backend)
    with pytest.raises(InvalidInputError, match=r"The signature of .* would take"):
        functional.signature(path, depth)


def test_arguments_that_passed_once_pass_for_no_others():
    path = torch.zeros(2, 4, 3)
    assert logsignature(path, 1).shape == (2, 3)
    with pytest.raises(InvalidInputTypeError, match="depth=True"):
        logsignature(path, True)
    with pytest.raises(InvalidInputError, match="basis="):
        logsignature(path, 1, basis="bracket")
    # A wider path of the same depth is counted anew.
    assert logsignature(torch.zeros(2, 4, 5), 2).shape == (2, 15)
    assert logsignature(torch.zeros(5, 4, 3), 2).shape == (5, 6)


def test_pysiglib_takes_views_in_silence(rng):
    pytest.importorskip("pysiglib", reason="pysiglib is not installed")
    path = random_walks(rng, (4, 20, 6))[:, ::2, 1:4]
    before = path.clone()
    expected = logsignature(path, 3, backend="torch")
    for wanted in (False, True):
        frames = path.clone().requires_grad_()[:, :] if wanted else path
        actual = logsignature(frames, 3, backend="pysiglib")
        torch.testing.assert_close(actual, expected)
    assert torch.equal(path, before)


@pytest.mark.parametrize("backend", ["auto", "torch"])
def test_depth_may_be_a_number_of_numpy(backend):
    path = torch.zeros(2, 4, 3)
    assert logsignature(path, np.int64(2), backend=backend).shape == (2, 6)


@pytest.mark.parametrize("backend", ["iisignature", "pysiglib", "signatory"])
def test_peers_refuse_vmap(backend):
    with pytest.raises(InvalidInputError, match="Use backend='torch'"):
        torch.func.vmap(lambda x: logsignature(x, 2, backend=backend))(
            torch.zeros(2, 4, 3)
        )


def test_iisignature_refuses_gradients(rng):
    pytest.importorskip("iisignature", reason="iisignature is not installed")
    path = random_walks(rng, (6, 3)).requires_grad_()
    with pytest.raises(InvalidInputTypeError, match="has no gradient"):
        logsignature(path, 2, backend="iisignature")
    with torch.no_grad():
        assert logsignature(path, 2, backend="iisignature").shape == (6,)


@pytest.mark.parametrize("backend", ["iisignature", "pysiglib", "signatory"])
def test_missing_backend(monkeypatch, backend):
    monkeypatch.setitem(sys.modules, backend, None)
    with pytest.raises(MissingDependencyError, match=f"install.*{backend}"):
        logsignature(torch.zeros(3, 2), 2, backend=backend)


@pytest.mark.parametrize(
    ("path", "settings_"),
    [
        (torch.zeros(3), {}),
        (torch.zeros(0, 3), {}),
        (torch.zeros(3, 0), {}),
        (torch.zeros(3, 2), {"depth": 0}),
        (torch.zeros(3, 2), {"basis": "hall"}),
        (torch.zeros(3, 2), {"backend": "esig"}),
    ],
)
def test_impossible_values(path, settings_):
    with pytest.raises(InvalidInputError):
        logsignature(path, **{"depth": 2, **settings_})


@pytest.mark.parametrize(
    "path", [np.zeros((3, 2)), torch.zeros(3, 2, dtype=torch.long)]
)
def test_impossible_types(path):
    with pytest.raises(InvalidInputTypeError, match="floating-point"):
        logsignature(path, 2)


def test_names_and_counts_need_no_torch():
    code = "import sys, sklearn_deepsig.functional; print('torch' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "False"

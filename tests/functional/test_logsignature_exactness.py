"""The log-signature against its peers in many sizes, its laws, and its rounding."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_deepsig import functional
from sklearn_deepsig.functional import (
    logsignature_combine,
    logsignature_width,
    lyndon_words,
)
from tests.helpers.oracles import all_words, is_lyndon

BASES = ["words", "lyndon", "expanded"]
SIGNATORY_MODES = {"words": "words", "lyndon": "brackets", "expanded": "expand"}
# Channels and depths; the last ones of each line are the widest expanded and the
# widest Lyndon bases below 200,000 coordinates.
SIZES = [(1, 1), (1, 6), (200, 1), (200, 2), (25, 3), (8, 4), (5, 5), (4, 6), (2, 6)]
WIDE_SIZES = [(57, 3), (20, 4), (11, 5), (7, 6)]
WIDEST_SIZES = [(83, 3), (29, 4), (15, 5), (10, 6)]
CASES = [
    *((*size, basis) for size in SIZES + WIDE_SIZES for basis in BASES),
    *(
        pytest.param(*size, basis, marks=pytest.mark.slow)
        for size in WIDEST_SIZES
        for basis in BASES[:2]
    ),
]


def logsignature(path, depth, *, basis="words"):
    """Compute by our kernels, whatever other backend is installed."""
    return functional.logsignature(path, depth, basis=basis, backend="torch")


def random_walks(rng, shape):
    return torch.tensor(rng.normal(size=shape).cumsum(axis=-2))


def largest_errors(actual, expected, n_channels, depth, basis):
    """Give the largest error of each level, relative to its largest coefficient."""
    ends = [0] + [logsignature_width(n_channels, n, basis) for n in range(1, depth + 1)]
    errors = []
    for start, end in pairwise(ends):
        if end > start:
            level = expected[..., start:end]
            scale = float(level.abs().max()) or 1.0
            difference = actual[..., start:end].double() - level
            errors.append(float(difference.abs().max()) / scale)
    return errors


# Peers


@pytest.mark.parametrize(("n_channels", "depth", "basis"), CASES)
def test_equals_signatory(rng, n_channels, depth, basis):
    signatory = pytest.importorskip("signatory", reason="signatory is not installed")
    assert logsignature_width(n_channels, depth, basis) < 200_000
    path = random_walks(rng, (1, 12, n_channels))
    expected = signatory.logsignature(path, depth, mode=SIGNATORY_MODES[basis])
    actual = logsignature(path, depth, basis=basis)
    if n_channels == 1:  # all but the first level is rounding errors of zero
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-6)
        return
    assert actual.shape == expected.shape
    errors = largest_errors(actual, expected, n_channels, depth, basis)
    assert max(errors) <= 1e-6


@pytest.mark.parametrize(("n_channels", "depth"), [x for x in SIZES if x[0] > 1])
@pytest.mark.parametrize(("basis", "method"), [("lyndon", "S"), ("expanded", "X")])
def test_equals_iisignature(rng, n_channels, depth, basis, method):
    iisignature = pytest.importorskip(
        "iisignature", reason="iisignature is not installed"
    )
    path = random_walks(rng, (1, 12, n_channels))
    prepared = iisignature.prepare(n_channels, depth, "S")
    expected = torch.from_numpy(iisignature.logsig(path.numpy(), prepared, method))
    actual = logsignature(path, depth, basis=basis)
    assert actual.shape == expected.shape
    errors = largest_errors(actual, expected, n_channels, depth, basis)
    assert max(errors) <= 1e-6


# Laws, for any path


@st.composite
def paths(draw):
    n_channels, n_frames = draw(st.integers(1, 4)), draw(st.integers(2, 7))
    points = st.lists(st.integers(-9, 9), min_size=n_channels, max_size=n_channels)
    frames = draw(st.lists(points, min_size=n_frames, max_size=n_frames))
    return torch.tensor(frames, dtype=torch.float64)


LAWS = settings(deadline=None, max_examples=25)
DEPTHS = st.integers(1, 5)
ANY_BASIS = st.sampled_from(BASES)


def assert_same(actual, expected, depth):
    """Paths with coordinates up to 9: level n is of the order of 18^n."""
    torch.testing.assert_close(actual, expected, rtol=1e-9, atol=1e-13 * 50.0**depth)


@LAWS
@given(path=paths(), depth=DEPTHS, basis=ANY_BASIS, data=st.data())
def test_chens_identity(path, depth, basis, data):
    cut = data.draw(st.integers(0, len(path) - 1))
    first, second = (
        logsignature(p, depth, basis=basis) for p in (path[: cut + 1], path[cut:])
    )
    actual = logsignature_combine(first, second, path.shape[1], depth, basis)
    assert_same(actual, logsignature(path, depth, basis=basis), depth)


@LAWS
@given(path=paths(), depth=DEPTHS, basis=ANY_BASIS, data=st.data())
def test_place_and_speed_do_not_count(path, depth, basis, data):
    expected = logsignature(path, depth, basis=basis)
    moved = path + data.draw(st.integers(-1000, 1000))
    frame = data.draw(st.integers(0, len(path) - 2))
    weight = data.draw(st.sampled_from([0.0, 0.25, 0.5, 1.0]))
    between = torch.lerp(path[frame], path[frame + 1], weight)
    slower = torch.cat([path[: frame + 1], between[None], path[frame + 1 :]])
    for same in (moved, slower):
        assert_same(logsignature(same, depth, basis=basis), expected, depth)


@LAWS
@given(path=paths(), depth=DEPTHS, basis=ANY_BASIS)
def test_reversal_is_negation(path, depth, basis):
    expected = -logsignature(path, depth, basis=basis)
    assert_same(logsignature(path.flip(0), depth, basis=basis), expected, depth)


@LAWS
@given(path=paths(), depth=DEPTHS, basis=ANY_BASIS, factor=st.integers(-3, 3))
def test_scaling_by_degree(path, depth, basis, factor):
    words = (all_words if basis == "expanded" else lyndon_words)(path.shape[1], depth)
    powers = float(factor) ** torch.tensor([float(len(word)) for word in words])
    expected = powers.double() * logsignature(path, depth, basis=basis)
    actual = logsignature(factor * path, depth, basis=basis)
    torch.testing.assert_close(actual, expected, rtol=1e-9, atol=1e-13 * 150.0**depth)


@LAWS
@given(path=paths(), depth=DEPTHS, data=st.data())
def test_permuted_channels_permute_coordinates(path, depth, data):
    order = data.draw(st.permutations(range(path.shape[1])))
    words = all_words(path.shape[1], depth)
    position = {word: i for i, word in enumerate(words)}
    plain = logsignature(path, depth, basis="expanded")
    expected = plain[[position[tuple(order[i] for i in word)] for word in words]]
    assert_same(logsignature(path[:, order], depth, basis="expanded"), expected, depth)
    # the Lyndon words among them, read off the predicted tensor
    chosen = [position[word] for word in lyndon_words(path.shape[1], depth)]
    assert_same(logsignature(path[:, order], depth), expected[chosen], depth)


@LAWS
@given(n_channels=st.integers(1, 4), depth=DEPTHS)
def test_width_is_the_number_of_lyndon_words(n_channels, depth):
    count = sum(is_lyndon(word) for word in all_words(n_channels, depth))
    assert logsignature_width(n_channels, depth) == count
    path = torch.zeros(2, n_channels)
    assert logsignature(path, depth).shape == (count,)


# Transformations and rounding


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_vmap_within_vmap_and_over_any_dimension(rng, basis, depth):
    path = random_walks(rng, (2, 4, 6, 3))

    def function(x):
        return logsignature(x, depth, basis=basis)

    expected = function(path)
    nested = torch.func.vmap(torch.func.vmap(function))(path)
    torch.testing.assert_close(nested, expected)
    last = torch.func.vmap(function, in_dims=2)(path[0].movedim(0, 2))
    torch.testing.assert_close(last, expected[0])


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_autocast_costs_no_accuracy(rng, depth):
    """A float32 path under bfloat16 autocast: error 1e-5, not bfloat16's 4e-3."""
    path = random_walks(rng, (50, 4)).float()
    expected = logsignature(path.double(), depth)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        actual = logsignature(path, depth)
    assert actual.dtype == torch.float32
    assert max(largest_errors(actual, expected, 4, depth, "words")) <= 1e-5


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_a_bfloat16_path_costs_its_own_rounding_only(rng, depth):
    """Nothing is lost after the frames, known to 2^-9 of their size, were rounded."""
    path = random_walks(rng, (50, 4))
    rounded = path.bfloat16()
    actual = logsignature(rounded, depth)
    assert actual.dtype == torch.float32
    of_rounded = logsignature(rounded.double(), depth)
    assert max(largest_errors(actual, of_rounded, 4, depth, "words")) <= 1e-5
    expected = logsignature(path, depth)
    assert max(largest_errors(actual, expected, 4, depth, "words")) <= 0.05


@pytest.mark.parametrize(
    ("n_channels", "depth"), [(6, 2), (30, 2), (6, 3), (3, 4), (3, 5)]
)
@pytest.mark.parametrize("n_frames", [1000, 10_000])
def test_float32_rounds_no_worse_than_signatory(rng, n_channels, depth, n_frames):
    """Long paths far from the origin, in every level but for luck at the last bits."""
    signatory = pytest.importorskip("signatory", reason="signatory is not installed")
    path = (1000 + 0.01 * random_walks(rng, (4, n_frames, n_channels))).float()
    expected = logsignature(path.double(), depth)
    theirs = largest_errors(
        signatory.logsignature(path, depth), expected, n_channels, depth, "words"
    )
    words = logsignature(path, depth)
    ours = largest_errors(words, expected, n_channels, depth, "words")
    for own, peer in zip(ours, theirs, strict=True):
        assert own <= max(peer, 1e-6)
    assert max(ours) <= 1e-5

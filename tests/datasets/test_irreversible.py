import numpy as np
import pytest
from scipy.linalg import expm
from scipy.stats import ks_2samp

from sklearn_deepsig.datasets import levy_area_of_groups, make_irreversible_dynamics
from sklearn_deepsig.exceptions import InvalidInputError

AMPLITUDE = 0.1


@pytest.fixture(scope="module")
def simulated():
    """Many short trajectories, without noise of the nodes' own."""
    X, y, groups = make_irreversible_dynamics(
        2000, n_groups=3, group_size=2, n_frames=12, noise=0.0, random_state=1
    )
    positions = np.array([sample.positions for sample in X], dtype=np.float64)
    moves = (positions - positions.mean((0, 1))) / AMPLITUDE
    return moves, y, groups


def covariance(left, right):
    """Average of products over trajectories and dimensions, with a standard error."""
    products = (left * right).ravel()
    return products.mean(), products.std() / np.sqrt(products.size)


def exact_covariance(lag, sign):
    """E[z(t + lag) z(t)^T] of dz = A z dt + noise of stationary variance one."""
    drift = np.array([[-1.0, sign], [-sign, -1.0]])
    return expm(0.1 * lag * drift)


@pytest.mark.parametrize(("label", "sign"), [("forward", 1), ("backward", -1)])
@pytest.mark.parametrize("lag", [0, 1, 5, 11])
def test_covariances_are_those_of_the_equations(simulated, label, sign, lag):
    moves, y, groups = simulated
    moves = moves[y == label]
    now, later = moves[:, 0], moves[:, lag]
    u, v = np.flatnonzero(groups == 0)[0], np.flatnonzero(groups == 1)[0]
    exact = exact_covariance(lag, sign)
    for row, node in enumerate((u, v)):
        for column, other in enumerate((u, v)):
            value, error = covariance(later[:, node], now[:, other])
            assert abs(value - exact[row, column]) < 5 * error


def test_other_nodes_are_independent_and_of_the_same_law(simulated):
    moves, _, groups = simulated
    others = np.flatnonzero(groups == 2)
    for node in others:
        for other in range(len(groups)):
            if other != node:
                value, error = covariance(moves[:, 6, node], moves[:, 2, other])
                assert abs(value) < 5 * error
        for lag in (0, 5):
            value, error = covariance(moves[:, lag, node], moves[:, 0, node])
            assert abs(value - exact_covariance(lag, 1)[0, 0]) < 5 * error


def test_single_frames_and_single_nodes_have_one_law_in_both_classes(simulated):
    moves, y, _ = simulated
    rng = np.random.default_rng(0)
    n_nodes = moves.shape[2]
    statistics = {
        # any function of a frame: here random quadratic ones, across all nodes
        "frame": np.einsum(
            "sid,ij,sjd->s",
            moves[:, 7],
            rng.normal(size=(n_nodes, n_nodes)),
            moves[:, 7],
        ),
        # of one node's path: increments, and products over time
        "node": (np.diff(moves[:, :, 1], axis=1) * moves[:, :-1, 1]).sum((1, 2)),
        # of the mean of all nodes
        "mean": (np.diff(moves.mean(2), axis=1) * moves.mean(2)[:, 1:]).sum((1, 2)),
    }
    for name, values in statistics.items():
        result = ks_2samp(values[y == "forward"], values[y == "backward"])
        assert result.pvalue > 1e-3, name


def test_the_area_between_the_two_groups_tells_the_classes():
    X, y, groups = make_irreversible_dynamics(40, noise=1.0, random_state=0)
    area = levy_area_of_groups(X, groups)
    assert ((area < 0) == (y == "forward")).mean() > 0.9
    # the expected area grows by w times the variance, in every dimension
    expected = 3 * 0.1 * 199 * AMPLITUDE**2
    assert np.abs(area).mean() == pytest.approx(expected, rel=0.25)
    for pair in [(0, 2), (1, 3), (2, 4)]:
        area = levy_area_of_groups(X, groups, first=pair[0], second=pair[1])
        assert 0.2 < ((area < 0) == (y == "forward")).mean() < 0.8


def test_noise_hides_the_area():
    def accuracy(noise):
        X, y, groups = make_irreversible_dynamics(
            60, n_frames=50, noise=noise, random_state=0
        )
        return ((levy_area_of_groups(X, groups) < 0) == (y == "forward")).mean()

    assert accuracy(0.0) > accuracy(10.0)


def test_seed_gives_the_same_and_further_trajectories():
    few, y, groups = make_irreversible_dynamics(3, n_frames=5, random_state=4)
    more, *_ = make_irreversible_dynamics(5, n_frames=5, random_state=4)
    assert y.tolist() == ["forward", "backward", "forward"]
    assert groups.tolist() == np.repeat(range(6), 8).tolist()
    for left, right in zip(few, more, strict=False):
        assert np.array_equal(left.positions, right.positions)
        assert np.array_equal(left.edge_index, more[-1].edge_index)
    assert few[0].positions.dtype == np.float32


def test_communities_have_more_links_within():
    X, _, groups = make_irreversible_dynamics(1, n_frames=2, random_state=0)
    first, second = X[0].edge_index
    within = (groups[first] == groups[second]).mean()
    assert within > 0.7


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("n_trajectories", 0),
        ("n_groups", 1),
        ("group_size", 2.5),
        ("n_frames", 1),
        ("time_step", 0.0),
        ("relaxation", -1.0),
        ("frequency", np.inf),
        ("noise", "much"),
    ],
)
def test_bad_parameters_are_named(parameter, value):
    with pytest.raises(InvalidInputError, match=parameter):
        make_irreversible_dynamics(**{parameter: value})

"""Dynamics whose classes differ only in the direction of a probability current."""

import math
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from sklearn_deepsig.datasets._checks import check_integer
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory import GraphTrajectory, canonical_edges

__all__ = ["IrreversibleDynamics", "levy_area_of_groups", "make_irreversible_dynamics"]

_CLASSES = ("forward", "backward")

# nm: radius of the sphere of the groups, of a group, and of the motion of a node.
_RADIUS = 1.0
_SPREAD = 0.2
_AMPLITUDE = 0.1

# Chance that two nodes are linked.
_WITHIN = 0.5
_BETWEEN = 0.02


class IrreversibleDynamics(NamedTuple):
    """What :func:`make_irreversible_dynamics` returns.

    Parameters
    ----------
    X : list of GraphTrajectory
        The trajectories, on one graph.
    y : ndarray of str, shape (n_trajectories,)
        ``"forward"`` or ``"backward"`` of each.
    groups : ndarray of int64, shape (n_nodes,)
        Community of each node. Those numbered 0 and 1 drive each other.
    """

    X: list[GraphTrajectory]
    y: NDArray[np.str_]
    groups: NDArray[np.int64]


def make_irreversible_dynamics(
    n_trajectories: int = 100,
    *,
    n_groups: int = 6,
    group_size: int = 8,
    n_frames: int = 200,
    time_step: float = 0.1,
    relaxation: float = 1.0,
    frequency: float = 1.0,
    noise: float = 1.0,
    random_state: int | np.random.RandomState | None = None,
) -> IrreversibleDynamics:
    """Simulate two classes that differ in the direction of a probability current.

    The nodes of a graph of communities move about their places. Two communities drive
    each other: with u the collective displacement of the first and v that of the
    second, in three dimensions each, ::

        du = (-k u + w v) dt + √(2k) dB_u
        dv = (-k v - w u) dt + √(2k) dB_v

    with k the `relaxation` and w plus or minus the `frequency`: its sign is the class.
    Such a current, which breaks detailed balance, is what drives molecular machines
    [1]_. A node of theirs moves by its community's displacement and `noise` times an
    Ornstein-Uhlenbeck process of its own; every other node moves independently of all
    others and by the same law.

    The variances, and the autocorrelation exp(-k t) cos(w t) of the displacements, do
    not depend on the sign of w, and u and v at one time are independent. So the law of
    each node's path, and that of any single frame, are the same in both classes, and
    no statistic of single frames or single nodes can tell them apart. The covariance of
    u now and v later does depend on it, and with it the Levy area between the two
    communities; see :func:`levy_area_of_groups`.

    Parameters
    ----------
    n_trajectories : int, default=100
        Number of trajectories; the classes alternate, forward first.
    n_groups : int, default=6
        Number of communities, two or more.
    group_size : int, default=8
        Nodes of each.
    n_frames : int, default=200
        Frames of each trajectory.
    time_step : float, default=0.1
        Time between frames, in the unit of 1 / `relaxation`.
    relaxation : float, default=1.0
        Rate k at which displacements are forgotten.
    frequency : float, default=1.0
        Size of w. With 0 the classes are the same.
    noise : float, default=1.0
        Size of a node's own motion, as a multiple of the displacement's.
    random_state : int, RandomState instance or None, default=None
        Seed of the graph, which all trajectories share, and of the motion. Of two calls
        that differ only in `n_trajectories`, the trajectories of one are the first
        ones of the other.

    Returns
    -------
    IrreversibleDynamics
        ``X``, a list of GraphTrajectory with positions (n_frames, n_nodes, 3) in nm as
        float32, without a `time_step`, since the time is not in ps; ``y``, an array
        of the names of the classes; ``groups``, the community of each node.

    Raises
    ------
    InvalidInputError
        If a parameter is out of range.

    Notes
    -----
    The equations are linear, so frames are drawn from the exact law of a step, and the
    first one from the stationary law.

    References
    ----------
    .. [1] C. Battle et al., "Broken detailed balance at mesoscopic scales in active
       biological systems", Science 352 (2016).

    Examples
    --------
    >>> from sklearn_deepsig.datasets import make_irreversible_dynamics
    >>> X, y, groups = make_irreversible_dynamics(n_trajectories=2, random_state=0)
    >>> X[0].positions.shape, y.tolist(), groups.shape
    ((200, 48, 3), ['forward', 'backward'], (48,))
    """
    check_integer("n_trajectories", n_trajectories, 1)
    check_integer("n_groups", n_groups, 2)
    check_integer("group_size", group_size, 1)
    check_integer("n_frames", n_frames, 2)
    _check_real("time_step", time_step, positive=True)
    _check_real("relaxation", relaxation, positive=True)
    _check_real("frequency", frequency, positive=False)
    _check_real("noise", noise, positive=False)
    rng = check_random_state(random_state)
    groups = np.repeat(np.arange(n_groups), group_size)
    n_nodes = len(groups)
    edges = canonical_edges(_link(groups, rng), n_nodes)
    places = _sphere(n_groups)[groups] + _SPREAD * rng.normal(size=(n_nodes, 3))
    names = tuple(f"group {group} node {node}" for node, group in enumerate(groups))
    labels = np.resize(_CLASSES, n_trajectories)
    samples = []
    for index, label in enumerate(labels):
        sign = 1 if label == _CLASSES[0] else -1
        rate = relaxation + 1j * sign * frequency
        # One process for the two communities, and one for each of the other nodes.
        driven = _circle(rate, time_step, (n_frames, n_nodes, 3), rng)
        moves = driven.real
        moves[:, groups == 0] = driven[:, :1].real
        moves[:, groups == 1] = driven[:, :1].imag
        own = _circle(relaxation, time_step, (n_frames, n_nodes, 3), rng).real
        positions = places + _AMPLITUDE * (moves + noise * own)
        samples.append(
            GraphTrajectory(
                positions.astype(np.float32),
                edges,
                node_names=names,
                source=f"trajectory {index}",
            )
        )
    return IrreversibleDynamics(samples, labels, groups)


def levy_area_of_groups(
    X: list[GraphTrajectory],
    groups: NDArray[np.int64],
    *,
    first: int = 0,
    second: int = 1,
) -> NDArray[np.float64]:
    """Compute the Levy area between the mean positions of two groups of nodes.

    It is ½ ∫ (ū · dv̄ - v̄ · dū), with ū and v̄ the mean positions, summed over the
    dimensions, which no rotation changes. In
    :func:`make_irreversible_dynamics` it is the natural statistic of the class, given
    the true groups: negative for ``"forward"``.

    Parameters
    ----------
    X : list of GraphTrajectory
        Trajectories of the same nodes.
    groups : ndarray of int, shape (n_nodes,)
        Group of each node.
    first, second : int, default=0 and 1
        The two groups.

    Returns
    -------
    ndarray of float64, shape (n_trajectories,)
        The areas, in nm².

    Examples
    --------
    >>> from sklearn_deepsig.datasets import (
    ...     levy_area_of_groups,
    ...     make_irreversible_dynamics,
    ... )
    >>> X, y, groups = make_irreversible_dynamics(
    ...     20, noise=0.1, n_frames=1000, random_state=0
    ... )
    >>> bool(((levy_area_of_groups(X, groups) < 0) == (y == "forward")).all())
    True
    """
    areas = []
    for sample in X:
        u, v = (
            sample.positions[:, groups == group].mean(axis=1, dtype=np.float64)
            for group in (first, second)
        )
        u, v = u - u[0], v - v[0]
        areas.append(0.5 * float((u[:-1] * v[1:] - v[:-1] * u[1:]).sum()))
    return np.array(areas)


def _check_real(name: str, value: Any, *, positive: bool) -> None:
    low_enough = isinstance(value, Real) and (value > 0 if positive else value >= 0)
    if not low_enough or not math.isfinite(value):
        kind = "a positive number" if positive else "a number of at least 0"
        raise InvalidInputError(f"{name}={value!r} must be {kind}.")


def _link(groups: NDArray[np.int64], rng: np.random.RandomState) -> NDArray[np.int64]:
    """Draw a graph of communities, each with a path through it, as edges (2, n)."""
    first, second = np.triu_indices(len(groups), 1)
    same = groups[first] == groups[second]
    chance = np.where(same, _WITHIN, _BETWEEN)
    chance[same & (second == first + 1)] = 1
    drawn = rng.uniform(size=len(chance)) < chance
    return np.stack([first[drawn], second[drawn]])


def _sphere(n_points: int) -> NDArray[np.float64]:
    """Spread points evenly over a sphere, along a spiral."""
    height = 1 - (2 * np.arange(n_points) + 1) / n_points
    angle = math.pi * (1 + math.sqrt(5)) * np.arange(n_points)
    ring = np.sqrt(1 - height**2)
    return _RADIUS * np.stack([ring * np.cos(angle), ring * np.sin(angle), height], 1)


def _circle(
    rate: complex,
    time_step: float,
    shape: tuple[int, ...],
    rng: np.random.RandomState,
) -> NDArray[np.complex128]:
    """Draw dz = -rate z dt + noise, from its stationary law of variance 1 a part.

    The real part is u and the imaginary part v of `make_irreversible_dynamics`.
    """
    z = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    factor = np.exp(-rate * time_step)
    z[1:] *= math.sqrt(1 - abs(factor) ** 2)
    for frame in range(1, len(z)):
        z[frame] += factor * z[frame - 1]
    return z

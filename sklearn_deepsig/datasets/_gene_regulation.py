"""Gene regulatory dynamics: the paper's equation 13 on random networks."""

import math
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.sparse import csr_array
from sklearn.utils import check_random_state

from sklearn_deepsig.datasets._checks import check_integer
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory import GraphTrajectory, canonical_edges

__all__ = ["GeneRegulation", "gene_regulation_rhs", "make_gene_regulation"]

# The two classes, in the order in which trajectories alternate, and their exponents.
_EXPONENTS = {"degradation": 1, "dimerization": 2}

# Recipe -> is the adjacency normalised, is the initial state random.
_RECIPES = {"S": (True, True), "A": (False, False), "B": (False, True)}

# Initial state of recipe A, on a square grid of nodes: rows, columns and value of
# each block, where 1 is the side of the grid.
_BLOCKS = (
    ((0.05, 0.25), (0.05, 0.25), 25.0),
    ((0.45, 0.75), (0.45, 0.75), 20.0),
    ((0.05, 0.25), (0.35, 0.65), 17.0),
)

_RELATIVE_TOLERANCE = 1e-6


class GeneRegulation(NamedTuple):
    """What :func:`make_gene_regulation` returns.

    Parameters
    ----------
    X : list of GraphTrajectory
        The trajectories.
    y : ndarray of str, shape (n_trajectories,)
        ``"degradation"`` or ``"dimerization"`` of each.
    """

    X: list[GraphTrajectory]
    y: NDArray[np.str_]


def gene_regulation_rhs(
    x: NDArray[np.floating],
    adjacency: Any,
    *,
    exponent: int,
    hill: int = 2,
    rate: float = 1.0,
) -> NDArray[np.floating]:
    """Compute how fast the genes change (paper, equation 13).

    Gene i changes by ``-rate * x[i]**exponent``, its degradation (exponent 1) or
    dimerization (exponent 2), plus the sum over the genes j of
    ``adjacency[i, j] * x[j]**hill / (x[j]**hill + 1)``, its activation.

    Parameters
    ----------
    x : ndarray, shape (n_nodes,) or (n_nodes, n_states)
        Expression of the genes, not negative.
    adjacency : ndarray or sparse array, shape (n_nodes, n_nodes)
        Strength at which the column's gene activates the row's.
    exponent : int
        The paper's f.
    hill : int, default=2
        Hill coefficient, the paper's h: the level of cooperation.
    rate : float, default=1.0
        The paper's b, in units of 1 / time.

    Returns
    -------
    ndarray, of the shape of x
        Time derivative of x.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_deepsig.datasets import gene_regulation_rhs
    >>> chain = np.array([[0.0, 1.0], [0.0, 0.0]])
    >>> gene_regulation_rhs(np.array([3.0, 1.0]), chain, exponent=2)
    array([-8.5, -1. ])
    """
    power = x**hill
    change: NDArray[np.floating] = adjacency @ (power / (power + 1))
    return change - rate * x**exponent


def make_gene_regulation(
    n_trajectories: int = 100,
    *,
    n_nodes: int = 100,
    n_frames: int = 500,
    duration: float = 2.0,
    recipe: str = "S",
    attachment: int = 5,
    hill: int = 2,
    rate: float = 1.0,
    random_state: int | np.random.RandomState | None = None,
) -> GeneRegulation:
    """Simulate gene regulation of two classes, degradation and dimerization.

    The paper's first benchmark (section 4.1, appendix B.1). Every trajectory has a
    network of its own, a Barabási-Albert graph, whose links are symmetric, and
    follows :func:`gene_regulation_rhs`, with exponent 1 for degradation and 2 for
    dimerization, solved by the Dormand-Prince method.

    Parameters
    ----------
    n_trajectories : int, default=100
        Number of trajectories; the classes alternate, degradation first.
    n_nodes : int, default=100
        Number of genes.
    n_frames : int, default=500
        Number of frames, equally spaced, the first at time 0 and the last at
        `duration`.
    duration : float, default=2.0
        Time that is simulated, in the unit of 1 / `rate`.
    recipe : {"S", "A", "B"}, default="S"
        What the paper leaves open, the links and the initial state:

        - ``"S"``: the adjacency A is normalised by the degrees D to
          D^(-1/2) A D^(-1/2), and genes start uniformly between 0 and 2. Single
          frames tell little about the class, as in the paper.
        - ``"A"``: A as it is, and the same initial state in every trajectory: the
          genes fill a square grid row by row, in which three blocks have the values
          25, 20 and 17, and all others 0 (that of [1]_).
        - ``"B"``: A as it is, and the random start of ``"S"``.
    attachment : int, default=5
        Number of links that each further gene comes with.
    hill : int, default=2
        Hill coefficient of the activation.
    rate : float, default=1.0
        Rate of degradation or dimerization.
    random_state : int, RandomState instance or None, default=None
        Seed. Of two calls that differ only in `n_trajectories`, the trajectories of
        one are the first ones of the other.

    Returns
    -------
    GeneRegulation
        ``X``, a list of GraphTrajectory with positions (n_frames, n_nodes, 1), the
        expression of the genes, as float32, and without a `time_step`, since the
        time is not in ps; and ``y``, an array of the names of the classes.

    Raises
    ------
    InvalidInputError
        If a parameter is out of range.

    References
    ----------
    .. [1] C. Zang and F. Wang, "Neural dynamics on complex networks", KDD 2020.

    Examples
    --------
    >>> from sklearn_deepsig.datasets import make_gene_regulation
    >>> X, y = make_gene_regulation(n_trajectories=2, n_nodes=20, random_state=0)
    >>> X[0]
    GraphTrajectory(n_frames=500, n_nodes=20, n_dims=1, n_edges=75, source='network 0')
    >>> y.tolist()
    ['degradation', 'dimerization']
    """
    check_integer("n_trajectories", n_trajectories, 1)
    check_integer("n_frames", n_frames, 2)
    check_integer("attachment", attachment, 1)
    check_integer("n_nodes", n_nodes, attachment + 1)
    check_integer("hill", hill, 1)
    for name, value in (("duration", duration), ("rate", rate)):
        if not isinstance(value, Real) or not 0 < value < math.inf:
            raise InvalidInputError(f"{name}={value!r} must be a positive number.")
    if recipe not in _RECIPES:
        raise InvalidInputError(
            f"recipe={recipe!r} is unknown. Choose one of "
            f"{', '.join(map(repr, _RECIPES))}."
        )
    normalised, random_start = _RECIPES[recipe]
    rng = check_random_state(random_state)
    times = np.linspace(0, duration, n_frames)
    names = tuple(f"gene {node}" for node in range(n_nodes))
    labels = np.resize(list(_EXPONENTS), n_trajectories)
    samples = []
    for index, label in enumerate(labels):
        edges = canonical_edges(_grow_network(n_nodes, attachment, rng), n_nodes)
        start = rng.uniform(0, 2, n_nodes) if random_start else _block_state(n_nodes)
        states = _solve(
            start,
            times,
            _adjacency(edges, n_nodes, normalised),
            _EXPONENTS[label],
            hill,
            rate,
        )
        samples.append(
            GraphTrajectory(
                states.astype(np.float32)[:, :, None],
                edges,
                node_names=names,
                source=f"network {index}",
            )
        )
    return GeneRegulation(samples, labels)


def _grow_network(
    n_nodes: int, attachment: int, rng: np.random.RandomState
) -> NDArray[np.int64]:
    """Draw a Barabási-Albert graph, as its edges (2, n_edges).

    It starts as a star of `attachment` + 1 nodes. Every further node is linked with
    `attachment` different nodes, each drawn with a chance proportional to its degree.
    """
    edges = np.empty((n_nodes - attachment, attachment, 2), dtype=np.int64)
    # Among the ends of all links a node occurs as often as its degree says.
    ends = edges.reshape(-1)
    edges[0] = [(0, leaf) for leaf in range(1, attachment + 1)]
    for step in range(1, len(edges)):
        n_ends = 2 * attachment * step
        targets: dict[int, None] = {}  # a set that keeps the order of the draws
        while len(targets) < attachment:
            drawn = ends[rng.randint(n_ends, size=attachment - len(targets))]
            targets.update(dict.fromkeys(drawn.tolist()))
        edges[step, :, 0] = attachment + step
        edges[step, :, 1] = list(targets)
    return edges.reshape(-1, 2).T


def _adjacency(edges: NDArray[np.int64], n_nodes: int, normalised: bool) -> csr_array:
    weights = np.ones(edges.shape[1])
    if normalised:
        degrees = np.bincount(edges[0], minlength=n_nodes)
        weights /= np.sqrt(degrees[edges[0]] * degrees[edges[1]])
    return csr_array((weights, tuple(edges)), shape=(n_nodes, n_nodes))


def _block_state(n_nodes: int) -> NDArray[np.float64]:
    side = math.ceil(math.sqrt(n_nodes))
    grid = np.zeros((side, side))
    for rows, columns, value in _BLOCKS:
        row, column = (
            slice(*(int(bound * side) for bound in bounds))
            for bounds in (rows, columns)
        )
        grid[row, column] = value
    return grid.reshape(-1)[:n_nodes]


def _solve(
    start: NDArray[np.float64],
    times: NDArray[np.float64],
    adjacency: csr_array,
    exponent: int,
    hill: int,
    rate: float,
) -> NDArray[np.float64]:
    """Integrate from the start, and return the state at each time, one a row."""

    def rhs(_: float, x: NDArray[np.floating]) -> NDArray[np.floating]:
        return gene_regulation_rhs(
            x, adjacency, exponent=exponent, hill=hill, rate=rate
        )

    solution = solve_ivp(
        rhs,
        (times[0], times[-1]),
        start,
        method="RK45",
        t_eval=times,
        rtol=_RELATIVE_TOLERANCE,
    )
    if not solution.success:
        raise InvalidInputError(
            f"the dynamics could not be solved with these parameters: "
            f"{solution.message} Choose a smaller duration, rate or hill."
        )
    return np.ascontiguousarray(solution.y.T)

"""Reading one sample: first its positions, then, once these are checked, its graph."""

from collections.abc import Callable, Hashable, Mapping, Sequence, Set
from contextlib import suppress
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.trajectory._form import as_positions, canonical_edges
from sklearn_deepsig.trajectory._frames import Frames
from sklearn_deepsig.trajectory._kinds import (
    as_array,
    is_graph_data,
    is_md_trajectory,
    is_path,
)
from sklearn_deepsig.trajectory._origin import origin_of
from sklearn_deepsig.trajectory.graph_trajectory import GraphTrajectory
from sklearn_deepsig.trajectory.graphs import (
    bond_edges,
    chain_edges,
    complete_edges,
    contact_edges,
    k_nearest_edges,
)
from sklearn_deepsig.trajectory.names import atom_names

__all__ = ["ACCEPTED", "GRAPHS", "HOW_TO_LOAD", "SampleReader"]

_T = TypeVar("_T")

#: The names that `graph` takes, beside edges; see :func:`as_trajectories`.
GRAPHS = ("auto", "bonds", "contacts", "chain", "complete", "knn")

ACCEPTED = (
    "a list of mdtraj.Trajectory, GraphTrajectory, torch_geometric Data or arrays "
    "(n_frames, n_channels) or (n_frames, n_nodes, n_dims), or one array "
    "(n_samples, n_frames), (n_samples, n_frames, n_channels) or "
    "(n_samples, n_frames, n_nodes, n_dims)"
)
HOW_TO_LOAD = (
    "Load files first, by mdtraj.load(file, top=topology) or by "
    "sklearn_deepsig.trajectory.load_trajectory(file, topology)."
)


class SampleReader:
    """Reads samples; those of one topology or size share the arrays of their graph.

    Parameters
    ----------
    graph : str or array-like of int, shape (2, n_edges)
        What connects the nodes, see
        :func:`~sklearn_deepsig.trajectory.as_trajectories`.
    cutoff : float
        Largest distance of a contact, in nm.
    n_neighbors : int
        Number of neighbours of ``graph="knn"``.

    Raises
    ------
    InvalidInputError
        If the graph is neither known nor an array of edges.
    """

    def __init__(self, graph: str | ArrayLike, cutoff: float, n_neighbors: int) -> None:
        edges = None
        known = isinstance(graph, str) and graph in GRAPHS
        if not isinstance(graph, str):
            with suppress(ValueError):  # of rows that differ in length
                edges = np.asarray(graph)
        if not known and (edges is None or edges.ndim == 0):
            raise InvalidInputError(
                f"graph={graph!r} is unknown. Choose one of "
                f"{', '.join(map(repr, GRAPHS))}, or give edges of shape (2, n_edges)."
            )
        self.graph = graph if isinstance(graph, str) else "edges"
        self.edges = edges
        self.cutoff = cutoff
        self.n_neighbors = n_neighbors
        self._cache: dict[tuple[Hashable, ...], tuple[object, Any]] = {}

    def read(self, item: Any) -> Frames:
        """Read the positions of one sample of any accepted kind.

        Parameters
        ----------
        item : object
            The sample.

        Returns
        -------
        Frames
            Its positions, (n_frames, n_nodes, n_dims), not checked any further.

        Raises
        ------
        InvalidInputError
            If the shape fits no kind.
        InvalidInputTypeError
            If the kind is not accepted.
        """
        if isinstance(item, GraphTrajectory):
            return Frames(
                None,
                item.node_names,
                item.time_step,
                item.source,
                item._origin,
                whole=item,
            )
        if is_md_trajectory(item):
            return self._read_md(item)
        if is_graph_data(item):
            return _read_data(item)
        if is_path(item):
            raise InvalidInputTypeError(
                f"{item!r} is the name of a file. {HOW_TO_LOAD}"
            )
        if item is None or isinstance(item, Mapping | Set) or _holds_samples(item):
            raise InvalidInputTypeError(
                f"it is of type {type(item).__name__}. Expected {ACCEPTED}."
            )
        array = as_array(item)
        if not 1 <= array.ndim <= 3:
            raise InvalidInputError(
                f"it is an array of shape {array.shape}. Expected {ACCEPTED}."
            )
        positions: NDArray[Any] = array.reshape(array.shape + (1,) * (3 - array.ndim))
        return Frames(
            positions,
            _column_names(item, positions.shape[1]),
            origin=origin_of(item if hasattr(item, "detach") else array),
        )

    def connect(self, frames: Frames) -> GraphTrajectory:
        """Add the graph.

        Parameters
        ----------
        frames : Frames
            The sample, with finite positions.

        Returns
        -------
        GraphTrajectory
            The whole sample.

        Raises
        ------
        InvalidInputError
            If the graph cannot be built, or does not fit.
        InvalidInputTypeError
            If the positions are not real numbers.
        """
        if frames.whole is not None:
            if self.graph == "auto":
                return frames.whole
            return frames.whole._with_checked_edges(self._edges(frames))
        positions = as_positions(frames.read())
        frames = frames._replace(positions=positions)
        return GraphTrajectory._from_checked(
            positions,
            self._edges(frames),
            frames.node_names,
            frames.time_step,
            frames.source,
            frames.origin,
        )

    def _read_md(self, item: Any) -> Frames:
        time_step = float(item.time[1] - item.time[0]) if item.n_frames > 1 else None
        topology, origin = item.topology, origin_of(item.xyz)
        if topology is None:
            return Frames(
                item.xyz, time_step=time_step, origin=origin, default_graph="bonds"
            )
        names, is_alpha_carbon_only = self._remember(
            ("names", id(topology)),
            topology,
            lambda: (atom_names(topology), {a.name for a in topology.atoms} == {"CA"}),
        )
        return Frames(
            item.xyz,
            names,
            time_step,
            origin=origin,
            default_graph="contacts" if is_alpha_carbon_only else "bonds",
            topology=topology,
        )

    def _edges(self, frames: Frames) -> NDArray[np.int64]:
        graph = frames.default_graph if self.graph == "auto" else self.graph
        n_nodes = frames.n_nodes
        if graph == "contacts":
            return contact_edges(frames.read()[0], self.cutoff)
        if graph == "knn":
            return k_nearest_edges(frames.read()[0], self.n_neighbors)
        if graph == "bonds":
            topology = frames.topology
            if topology is None:
                raise InvalidInputError(
                    "it has no topology, so its bonds are not known. Choose another "
                    'graph, such as "contacts" or "chain"; an mdtraj.Trajectory is '
                    "loaded with its topology by mdtraj.load(file, top=topology)."
                )
            return self._remember(
                ("bonds", id(topology)), topology, lambda: bond_edges(topology)
            )
        if graph == "own":
            if frames.own_edges is None:
                raise InvalidInputError(
                    "it has no edge_index. Give it one, or choose another graph, "
                    'such as graph="knn".'
                )
            own = frames.own_edges
            return self._remember(
                ("own", id(own), n_nodes),
                own,
                lambda: canonical_edges(as_array(own), n_nodes),
            )
        # What remains depends on nothing but the number of nodes.
        builders: dict[str, Callable[[int], NDArray[np.int64]]] = {
            "chain": chain_edges,
            "complete": complete_edges,
            "edges": self._given_edges,
        }
        return self._remember((graph, n_nodes), None, lambda: builders[graph](n_nodes))

    def _given_edges(self, n_nodes: int) -> NDArray[np.int64]:
        return canonical_edges(self.edges, n_nodes)  # type: ignore[arg-type]

    def _remember(
        self, key: tuple[Hashable, ...], owner: object, make: Callable[[], _T]
    ) -> _T:
        # The owner is kept, because its id is its own only as long as it lives.
        if key not in self._cache:
            self._cache[key] = (owner, make())
        value: _T = self._cache[key][1]
        return value


def _read_data(item: Any) -> Frames:
    if item.pos is None:
        raise InvalidInputError(
            "it has no pos. A torch_geometric Data needs pos of shape "
            "(n_nodes, n_frames, n_dims)."
        )
    by_node = as_array(item.pos)
    if by_node.ndim not in (2, 3):
        raise InvalidInputError(
            f"it has pos of shape {by_node.shape}. A torch_geometric Data needs pos of "
            "shape (n_nodes, n_frames, n_dims)."
        )
    positions = by_node.swapaxes(0, 1)
    if positions.ndim == 2:
        positions = positions[..., None]
    return Frames(
        positions,
        origin=origin_of(item.pos),
        default_graph="own",
        own_edges=item.edge_index,
    )


def _column_names(item: Any, n_nodes: int) -> tuple[str, ...] | None:
    """Return the columns of a data frame of channels, where they have names."""
    columns = getattr(item, "columns", None)
    names = () if columns is None else tuple(columns)
    named = len(names) == n_nodes and all(isinstance(name, str) for name in names)
    return names if named else None


def _holds_samples(item: Any) -> bool:
    """Tell a nested list of samples, which NumPy would take apart frame by frame."""
    if not isinstance(item, Sequence) or len(item) == 0:
        return False
    first = item[0]
    return (
        isinstance(first, GraphTrajectory)
        or is_md_trajectory(first)
        or is_graph_data(first)
        or is_path(first)
    )

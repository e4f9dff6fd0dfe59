"""The sample: positions over time on a graph."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.trajectory._address import FileAddress, address_of
from sklearn_deepsig.trajectory._form import as_positions, canonical_edges
from sklearn_deepsig.trajectory._origin import Origin, origin_of

__all__ = ["GraphTrajectory"]


@dataclass(frozen=True, eq=False)
class GraphTrajectory:
    """Positions of the nodes of a graph over time: one sample.

    Parameters
    ----------
    positions : array-like, shape (n_frames, n_nodes, n_dims)
        Coordinates, in nm for molecules. float32 is kept without a copy, also as a
        read-only memory map, and so is float64; other dtypes become float32. The
        array is never written to. Pickled, a read-only memory map and its windows
        are their place in the file, which must stay as it is.
    edge_index : array-like of int, shape (2, n_edges)
        Edges of the graph, in any order and direction. Stored with both directions,
        sorted, without self-loops or duplicates, as int64. Empty for no edges.
    node_names : sequence of str, optional
        One name a node, for molecules like ``"ALA 86 CA"``.
    time_step : float, optional
        Time between frames, in ps.
    source : str, optional
        Where the sample comes from, such as a file name; error messages quote it.

    Raises
    ------
    InvalidInputError
        If a shape, an edge or the number of names does not fit.
    InvalidInputTypeError
        If the positions are not real numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_deepsig.trajectory import GraphTrajectory
    >>> walk = np.random.default_rng(0).normal(size=(10, 3, 3)).cumsum(axis=0)
    >>> sample = GraphTrajectory(walk, edge_index=[[0, 1], [1, 2]])
    >>> sample.n_frames, sample.n_nodes, sample.n_edges
    (10, 3, 2)
    >>> sample[2:6].n_frames
    4
    """

    # Not a field: what the positions were cut from, which early stopping asks for.
    _origin: ClassVar[Origin | None]

    # Whether no coordinate is NaN, infinite or too large, without looking.
    _is_usable: ClassVar[bool] = False

    positions: NDArray[np.floating]
    edge_index: NDArray[np.int64]
    node_names: tuple[str, ...] | None = None
    time_step: float | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        origin = origin_of(self.positions)
        positions = as_positions(self.positions)
        names = self.node_names
        if names is not None:
            names = tuple(str(name) for name in names)
            if len(names) != positions.shape[1]:
                raise InvalidInputError(
                    f"{len(names)} node names were given for {positions.shape[1]} "
                    "nodes; give one name a node."
                )
        set_field = object.__setattr__  # the one way to fill a frozen dataclass
        set_field(self, "positions", positions)
        set_field(
            self, "edge_index", canonical_edges(self.edge_index, positions.shape[1])
        )
        set_field(self, "node_names", names)
        set_field(self, "_origin", origin)

    @classmethod
    def _from_checked(
        cls,
        positions: NDArray[Any],
        edge_index: NDArray[np.int64],
        node_names: tuple[str, ...] | None = None,
        time_step: float | None = None,
        source: str | None = None,
        origin: Origin | None = None,
    ) -> "GraphTrajectory":
        """Make a sample from edges that are canonical and names that fit.

        Checking them again for each of thousands of windows would only cost time,
        and the windows would not share one copy of them.
        """
        new = object.__new__(cls)
        fields = {
            "positions": as_positions(positions),
            "edge_index": edge_index,
            "node_names": node_names,
            "time_step": time_step,
            "source": source,
            "_origin": origin,
        }
        for name, value in fields.items():
            object.__setattr__(new, name, value)
        return new

    def set_origin(self, item: Any) -> None:
        """Say which array the sample was cut from, where its positions are a copy.

        Early stopping asks for it, to warn of windows of one trajectory on both sides.

        Parameters
        ----------
        item : ndarray or Tensor
            Frames of a trajectory, maybe a view of a longer one.
        """
        object.__setattr__(self, "_origin", origin_of(item))

    def __getstate__(self) -> dict[str, Any]:
        """Return what is sent to another process, which has other memory.

        Positions that are mapped read-only from a file go as their place in it.
        """
        positions = address_of(self.positions)
        known = {} if positions is None else {"positions": positions}
        return self.__dict__ | {"_origin": None} | known

    def __setstate__(self, state: dict[str, Any]) -> None:
        positions = state["positions"]
        if isinstance(positions, FileAddress):
            state = state | {"positions": positions.read()}
        self.__dict__.update(state)

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return int(self.positions.shape[0])

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return int(self.positions.shape[1])

    @property
    def n_dims(self) -> int:
        """Number of coordinates a node, 3 for molecules."""
        return int(self.positions.shape[2])

    @property
    def n_edges(self) -> int:
        """Number of undirected edges."""
        return int(self.edge_index.shape[1]) // 2

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the coordinates, float32 or float64."""
        return self.positions.dtype

    def __len__(self) -> int:
        return self.n_frames

    def __getitem__(self, frames: slice) -> "GraphTrajectory":
        """Take frames by a slice; positions and graph are shared, not copied."""
        if not isinstance(frames, slice):
            raise InvalidInputTypeError(
                f"A GraphTrajectory is sliced by frames, as in sample[0:100]; "
                f"got an index of type {type(frames).__name__}."
            )
        step = self.time_step
        if step is not None:
            step = step * (frames.step or 1)
        return self.with_positions(self.positions[frames], time_step=step)

    def with_positions(
        self, positions: NDArray[np.floating], *, time_step: float | None = None
    ) -> "GraphTrajectory":
        """Return the same graph and names with other positions.

        Parameters
        ----------
        positions : ndarray, shape (n_frames, n_nodes, n_dims)
            The new coordinates, for the same nodes.
        time_step : float, optional
            The new time between frames, in ps; by default the old one.

        Returns
        -------
        GraphTrajectory
            A new sample that shares this one's graph.

        Raises
        ------
        InvalidInputError
            If the shape is another one.
        InvalidInputTypeError
            If the positions are not real numbers.
        """
        shape = positions.shape
        if len(shape) != 3 or shape[1] != self.n_nodes or 0 in shape:
            raise InvalidInputError(
                f"positions have shape {shape}; expected "
                f"(n_frames, {self.n_nodes}, n_dims), none of them zero, for the "
                "nodes of this graph."
            )
        return GraphTrajectory._from_checked(
            positions,
            self.edge_index,
            self.node_names,
            self.time_step if time_step is None else time_step,
            self.source,
            self._origin,
        )

    def with_moved(
        self, move: Callable[[NDArray[np.floating]], NDArray[np.floating]]
    ) -> "GraphTrajectory":
        """Return the same graph and names with positions that a function moves.

        Parameters
        ----------
        move : callable
            Called with the positions, which it must not change; returns positions of
            the same shape and type. For samples of a store it is called whenever they
            are read, so it must depend on nothing else, and be picklable for work in
            several processes.

        Returns
        -------
        GraphTrajectory
            A new sample that shares this one's graph.
        """
        return self.with_positions(move(self.positions))

    def with_edges(self, edge_index: ArrayLike) -> "GraphTrajectory":
        """Return the same positions on another graph.

        Parameters
        ----------
        edge_index : array-like of int, shape (2, n_edges)
            The new edges.

        Returns
        -------
        GraphTrajectory
            A new sample that shares this one's positions.

        Raises
        ------
        InvalidInputError
            If the edges have another shape, or refer to what is no node.
        """
        return self._with_checked_edges(canonical_edges(edge_index, self.n_nodes))

    def _with_checked_edges(self, edges: NDArray[np.int64]) -> "GraphTrajectory":
        """Return the same positions on edges that are canonical."""
        return self._from_checked(
            self.positions,
            edges,
            self.node_names,
            self.time_step,
            self.source,
            self._origin,
        )

    def __repr__(self) -> str:
        source = f", source={self.source!r}" if self.source else ""
        return (
            f"GraphTrajectory(n_frames={self.n_frames}, n_nodes={self.n_nodes}, "
            f"n_dims={self.n_dims}, n_edges={self.n_edges}{source})"
        )

"""What is read of a sample before its graph is made."""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from sklearn_deepsig.trajectory._origin import Origin
from sklearn_deepsig.trajectory.graph_trajectory import GraphTrajectory

__all__ = ["Frames"]


class Frames(NamedTuple):
    """What a sample holds besides its graph, and what the graph can be made from.

    Parameters
    ----------
    positions : ndarray, shape (n_frames, n_nodes, n_dims), or None
        Coordinates, not checked. None for those of `whole`, which may lie in a file.
    node_names : tuple of str or None
        One name a node.
    time_step : float or None
        Time between frames, in ps.
    source : str or None
        Where the sample comes from.
    origin : Origin or None
        What it was cut from.
    default_graph : {"bonds", "contacts", "chain", "own"}
        The graph that ``graph="auto"`` stands for.
    topology : mdtraj.Topology or None
        Where the bonds are.
    own_edges : array-like, shape (2, n_edges), or None
        Edges that came with the sample, not checked.
    whole : GraphTrajectory or None
        The sample itself, if it already is one.
    """

    positions: NDArray[Any] | None
    node_names: tuple[str, ...] | None = None
    time_step: float | None = None
    source: str | None = None
    origin: Origin | None = None
    default_graph: str = "chain"
    topology: Any = None
    own_edges: Any = None
    whole: GraphTrajectory | None = None

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return len(self.whole if self.positions is None else self.positions)  # type: ignore[arg-type]

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        if self.positions is None:
            return self.whole.n_nodes  # type: ignore[union-attr]
        return int(self.positions.shape[1])

    def read(self) -> NDArray[Any]:
        """Return the positions, from wherever they are.

        Returns
        -------
        ndarray, shape (n_frames, n_nodes, n_dims)
            The coordinates.
        """
        if self.positions is None:
            return self.whole.positions  # type: ignore[union-attr]
        return self.positions

"""Names of the channels of paths."""

from collections.abc import Sequence

from sklearn_deepsig.trajectory import GraphTrajectory

__all__ = ["channel_names", "coordinate_names"]


def coordinate_names(nodes: Sequence[str], n_dims: int) -> list[str]:
    """Name every coordinate of every node.

    Parameters
    ----------
    nodes : sequence of str
        Names of the nodes.
    n_dims : int
        Dimensions a node.

    Returns
    -------
    list of str
        ``"node.x"``, ``"node.y"`` and so on; numbers beyond three dimensions, and the
        bare names where there is only one.
    """
    if n_dims == 1:
        return list(nodes)
    dims = "xyz"[:n_dims] if n_dims <= 3 else [str(dim) for dim in range(n_dims)]
    return [f"{node}.{dim}" for node in nodes for dim in dims]


def channel_names(samples: Sequence[GraphTrajectory]) -> list[str] | None:
    """Name the channels by node and dimension, where all samples have the same names.

    Parameters
    ----------
    samples : sequence of GraphTrajectory
        The samples.

    Returns
    -------
    list of str, or None
        The names; ``x0``, ``x1``, ... where the samples differ in them; None where
        they differ in the number of channels.
    """
    first = samples[0]
    n_channels = first.n_nodes * first.n_dims
    if any(sample.n_nodes * sample.n_dims != n_channels for sample in samples):
        return None
    names = first.node_names
    if names is None or any(sample.node_names != names for sample in samples):
        return [f"x{i}" for i in range(n_channels)]
    return coordinate_names(names, first.n_dims)

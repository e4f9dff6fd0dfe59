"""Samples and everything that becomes one: the only place that knows input formats.

A sample is a :class:`GraphTrajectory`; :func:`as_trajectories` makes a list of them
from every X that the estimators accept. The graph builders connect the nodes, and
:func:`load_trajectory` and :func:`load_table` read files. A :class:`TrajectoryStore`
holds more trajectories than memory does. Units are nm and ps.
"""

from sklearn_deepsig.trajectory._form import canonical_edges
from sklearn_deepsig.trajectory._kinds import (
    as_array,
    is_md_trajectory,
    refuse_nested_table,
)
from sklearn_deepsig.trajectory._reader import GRAPHS
from sklearn_deepsig.trajectory.coercion import (
    as_trajectories,
    describe_sample,
    samples_of,
)
from sklearn_deepsig.trajectory.files import load_topology, load_trajectory
from sklearn_deepsig.trajectory.graph_trajectory import GraphTrajectory
from sklearn_deepsig.trajectory.graphs import (
    bond_edges,
    chain_edges,
    complete_edges,
    contact_edges,
    k_nearest_edges,
)
from sklearn_deepsig.trajectory.implausible import warn_of_implausible
from sklearn_deepsig.trajectory.names import distinct_names
from sklearn_deepsig.trajectory.pieces import iterate_trajectory
from sklearn_deepsig.trajectory.selection import select_atoms
from sklearn_deepsig.trajectory.store import TrajectoryStore
from sklearn_deepsig.trajectory.table import TableRow, groups_of, load_table

__all__ = [
    "GRAPHS",
    "GraphTrajectory",
    "TableRow",
    "TrajectoryStore",
    "as_array",
    "as_trajectories",
    "bond_edges",
    "canonical_edges",
    "chain_edges",
    "complete_edges",
    "contact_edges",
    "describe_sample",
    "distinct_names",
    "groups_of",
    "is_md_trajectory",
    "iterate_trajectory",
    "k_nearest_edges",
    "load_table",
    "load_topology",
    "load_trajectory",
    "refuse_nested_table",
    "samples_of",
    "select_atoms",
    "warn_of_implausible",
]

"""Deep spectral clustering by stacked graph pooling (paper, equations 1 to 6)."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import elu

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional.cells import cell_map
from sklearn_deepsig.functional.embedding import embed_and_average
from sklearn_deepsig.functional.graph_conv import (
    normalize_adjacency,
    propagate,
    standardize_nodes,
)
from sklearn_deepsig.functional.mincut import (
    coarse_adjacency,
    mincut_loss,
    orthogonality_loss,
    pooled_adjacency,
)
from sklearn_deepsig.nn.batch import GraphBatch
from sklearn_deepsig.nn.invariant_features import (
    N_INVARIANT_FEATURES,
    invariant_features,
)

__all__ = ["CoarseTrajectory", "GraphPooling", "SpectralCoarsening"]


# Of fresh weights, the standard deviation over nodes of the logits; of placed clusters,
# by how much a node's best logit exceeds the next.
_INITIAL_SPREAD = 3.0


class CoarseTrajectory(NamedTuple):
    """What coarse graining a batch gives."""

    path: Tensor
    """X̃ of equation 5, learned, shape (batch, n_frames, n_clusters, n_dims)."""

    relative_path: Tensor
    """The path for log-signatures, which do not see a shift. If the network is rotation
    invariant, where each cluster began, QᵀX_1, is left out: it is a sum over many
    atoms, far larger than what they move, and adding it would cost digits. Otherwise
    the path itself."""

    pooled_path: Tensor
    """QᵀX of equation 5, the same shape; without a gradient."""

    assignment: Tensor
    """Q from atoms to the last clusters, shape (batch, n_nodes, n_clusters)."""

    cut_loss: Tensor
    """L_u of equation 3 of each sample, summed over the layers, shape (batch,)."""

    consistency_loss: Tensor
    """L_t of equation 6 of each sample, averaged over clusters and dimensions,
    shape (batch,)."""


class GraphPooling(nn.Module):
    """One pooling layer: embed the nodes, assign them (paper, equations 1 and 2).

    Parameters
    ----------
    in_dim : int
        Features a node and frame; with a skip connection both kinds of them.
    hidden_dim : int
        Width of the embedding.
    n_clusters : int
        Number of clusters.
    """

    def __init__(self, in_dim: int, hidden_dim: int, n_clusters: int) -> None:
        super().__init__()
        self.embed = nn.Linear(in_dim, hidden_dim, bias=False)
        self.assign = nn.Linear(hidden_dim, n_clusters)
        # Nodes must begin in different clusters: the uniform assignment, where all
        # clusters are the same, is a saddle that training hardly leaves.
        nn.init.normal_(self.assign.weight, std=_INITIAL_SPREAD / hidden_dim**0.5)

    def forward(
        self, propagated: Tensor, frame_weights: Tensor, node_mask: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Embed and assign.

        The embeddings are standardised over the nodes of each sample before they are
        mapped to clusters, so that what tells nodes apart counts and not what they
        have in common. One assignment serves all frames of a sample: the embeddings
        are averaged over time, first, for that is cheap.

        Parameters
        ----------
        propagated : Tensor, shape (batch, n_nodes, n_frames, in_dim)
            Node features after propagation along the edges, before which those of the
            nodes themselves come with a skip connection.
        frame_weights : Tensor, shape (batch, n_frames)
            Weights of the mean over frames.
        node_mask : Tensor of bool, shape (batch, n_nodes), or None
            Which nodes are real; None for all.

        Returns
        -------
        hidden : Tensor, shape (batch, n_nodes, n_frames, hidden_dim)
            H of equation 1.
        assignment : Tensor, shape (batch, n_nodes, n_clusters)
            Q of equation 2; zero rows for padding.
        """
        hidden, mean = embed_and_average(propagated, self.embed.weight, frame_weights)
        logits = self.assign(standardize_nodes(mean, node_mask))
        assignment = torch.softmax(logits, dim=-1)
        if node_mask is not None:
            assignment = assignment * node_mask.unsqueeze(-1)
        return hidden, assignment


class SpectralCoarsening(nn.Module):
    """A stack of pooling layers from atoms to a coarse path (paper, figure 2).

    The activation of equation 1, which the paper leaves open, is the exponential linear
    unit. After a rectifier all features are positive and much the same for all nodes,
    so a unit of the next layer would be off for every node and frame, or for none.

    Parameters
    ----------
    n_dims : int
        Coordinates a node.
    n_clusters : sequence of int
        Clusters after each pooling layer.
    hidden_dim : int
        Width of the embeddings.
    rotation_invariant : bool, default=False
        Whether the coarse path turns exactly with the molecule, whose assignment no
        rotation changes. The network then reads `invariant_features`, and in place of
        equation 5 the coarse path is (1 + s) QᵀX, with s a number for each cluster and
        frame that is read out of H'. It begins as zero, and equation 6 measures
        ``|s QᵀX|`` by the lengths of vectors.
    skip_connection : bool, default=False
        Whether equation 1 has weights of its own for the features of the node itself,
        σ(ÂHW + HV), as the message passing of Bianchi et al. (equation 4). Without,
        what distinguishes a node of d neighbours from these is divided by d + 1.

    Raises
    ------
    InvalidInputError
        If `rotation_invariant` is asked for in other than three dimensions.

    References
    ----------
    Bianchi, Grattarola and Alippi, "Spectral clustering with graph neural networks for
    graph pooling", ICML 2020.
    """

    def __init__(
        self,
        n_dims: int,
        n_clusters: Sequence[int],
        hidden_dim: int,
        *,
        rotation_invariant: bool = False,
        skip_connection: bool = False,
    ) -> None:
        super().__init__()
        if rotation_invariant and n_dims != 3:
            raise InvalidInputError(
                f"rotation_invariant=True needs positions in 3 dimensions, but these "
                f"have {n_dims}; set it to False."
            )
        self.rotation_invariant = rotation_invariant
        self.skip_connection = skip_connection
        n_features = N_INVARIANT_FEATURES if rotation_invariant else n_dims
        n_kinds = 2 if skip_connection else 1
        in_dims = [n_features] + [hidden_dim] * (len(n_clusters) - 1)
        self.pools = nn.ModuleList(
            GraphPooling(n_kinds * in_dim, hidden_dim, n)
            for in_dim, n in zip(in_dims, n_clusters, strict=True)
        )
        self.embed = nn.Linear(n_kinds * hidden_dim, hidden_dim, bias=False)
        self.readout = nn.Linear(hidden_dim, 1 if rotation_invariant else n_dims)
        if rotation_invariant:
            nn.init.zeros_(self.readout.weight)
            nn.init.zeros_(self.readout.bias)

    @torch.no_grad()
    def place_clusters(self, batch: GraphBatch, generator: torch.Generator) -> None:
        """Let the clusters of all layers begin as cells around nodes that lie apart.

        Of random weights most clusters are never the best for any node: the logits are
        linear, and the embeddings hardly more than the three coordinates. Here each
        cluster is the best for some node, whatever their number. A layer with fewer
        different nodes than clusters is left as it is.

        Parameters
        ----------
        batch : GraphBatch
            One sample, without padding.
        generator : torch.Generator
            Chooses the nodes; see `sklearn_deepsig.functional.cells`.
        """

        def place(assign: nn.Linear, inputs: tuple[Tensor]) -> None:
            (embeddings,) = inputs
            n_clusters = assign.out_features
            placed = cell_map(embeddings[0], n_clusters, _INITIAL_SPREAD, generator)
            if placed is not None:
                assign.weight.copy_(placed[0])
                assign.bias.copy_(placed[1])

        # Each layer is placed on its way to the next, whose nodes it makes.
        layers = [x.assign for x in self.modules() if isinstance(x, GraphPooling)]
        hooks = [layer.register_forward_pre_hook(place) for layer in layers]
        try:
            self(batch)
        finally:
            for hook in hooks:
                hook.remove()

    def forward(self, batch: GraphBatch) -> CoarseTrajectory:
        """Coarse-grain a batch.

        Parameters
        ----------
        batch : GraphBatch
            The samples. Their positions should be centred: the assignment reads
            absolute coordinates.

        Returns
        -------
        CoarseTrajectory
            Coarse path, assignment and the two unsupervised losses.
        """
        adjacency, degree = batch.adjacency, batch.degree
        node_mask: Tensor | None = batch.node_mask
        weights = batch.frame_weights
        features = batch.positions
        if self.rotation_invariant:
            features = invariant_features(batch)
        propagated = propagate(adjacency, degree, features)
        if self.skip_connection:
            propagated = torch.cat([features, propagated], dim=-1)
        assignments: list[Tensor] = []
        cut_loss = batch.positions.new_zeros(len(batch.positions))
        for pool in self.pools:
            hidden, assignment = pool(propagated, weights, node_mask)
            adjacency = pooled_adjacency(adjacency, assignment)
            cut_loss = (
                cut_loss
                + mincut_loss(assignment, adjacency, degree)
                + orthogonality_loss(assignment)
            )
            adjacency = coarse_adjacency(adjacency)
            degree = adjacency.sum(-1)
            normalised = normalize_adjacency(adjacency, degree)
            if self.skip_connection:
                pooled_hidden = _mix_nodes(assignment.mT, hidden)
                neighbours = _mix_nodes(normalised, pooled_hidden)
                propagated = torch.cat([pooled_hidden, neighbours], dim=-1)
            else:
                # Pooling (equation 4) and the next layer's propagation (equation 1) are
                # both linear in the nodes: one small matrix does both to all frames.
                mixing = torch.bmm(normalised, assignment.mT)
                propagated = _mix_nodes(mixing, hidden)
            assignments.append(assignment)
            node_mask = None
        if not assignments:
            raise ValueError("n_clusters is empty; give at least one pooling layer.")
        # from the right, so that the matrix with a row for each atom is met once
        total_assignment = assignments.pop()
        while assignments:
            total_assignment = torch.bmm(assignments.pop(), total_assignment)
        # equation 5: the learned path and the pooled one; equation 6: their distance
        read_out = self.readout(elu(self.embed(propagated), inplace=True))
        if self.rotation_invariant:
            start = batch.positions[:, :, :1]
            began = _mix_nodes(total_assignment.mT, start)
            moved = _mix_nodes(total_assignment.mT, batch.positions - start)
            relative = moved + read_out * (began + moved)
            path, pooled = began + relative, (began + moved).detach()
            deviation = torch.linalg.vector_norm(read_out * pooled, dim=3).mean(1)
        else:
            path = relative = read_out
            with torch.no_grad():
                pooled = _mix_nodes(total_assignment.mT, batch.positions)
            deviation = (path - pooled).abs().mean((1, 3))
        return CoarseTrajectory(
            path=path.transpose(1, 2),
            relative_path=relative.transpose(1, 2),
            pooled_path=pooled.transpose(1, 2),
            assignment=total_assignment,
            cut_loss=cut_loss,
            consistency_loss=(deviation * weights).sum(1),
        )


def _mix_nodes(matrix: Tensor, x: Tensor) -> Tensor:
    """Multiply (batch, m, n) with the nodes of (batch, n, n_frames, n_features)."""
    product = torch.bmm(matrix, x.flatten(2))
    return product.view(len(x), -1, *x.shape[2:])

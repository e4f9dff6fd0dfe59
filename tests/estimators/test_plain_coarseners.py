import mdtraj as md
import networkx as nx
import numpy as np
import pytest
from scipy.linalg import eigh
from scipy.sparse import csr_array
from sklearn.cluster import SpectralClustering
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_deepsig import EigenCoarsener, FixedCoarsener, LogSignatureTransformer
from sklearn_deepsig.estimators._eigen_coarsener import normalized_cut_embedding
from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.trajectory import GraphTrajectory
from tests.helpers.molecules import make_peptide


@parametrize_with_checks([FixedCoarsener([0])])
def test_labels_pass_scikit_learns_checks(estimator, check):
    check(estimator)


def planted(seed, sizes=(10, 12, 8), within=0.7, between=0.03):
    """A graph of communities as a sample, and the communities."""
    graph = nx.random_partition_graph(sizes, within, between, seed=seed)
    edges = np.array(list(graph.edges)).T
    positions = np.random.default_rng(seed).normal(size=(9, sum(sizes), 3))
    return GraphTrajectory(positions, edges), np.repeat(range(len(sizes)), sizes)


def normalized_cut(adjacency, labels):
    degree = adjacency.sum(1)
    return sum(
        adjacency[labels == k][:, labels != k].sum() / degree[labels == k].sum()
        for k in np.unique(labels)
    )


def dense(sample):
    adjacency = np.eye(sample.n_nodes)
    adjacency[tuple(sample.edge_index)] = 1
    return adjacency


@pytest.mark.parametrize("soft", [False, True])
def test_planted_communities_are_found(soft):
    for seed in range(5):
        sample, communities = planted(seed)
        coarsener = EigenCoarsener(3, soft=soft, random_state=0).fit([sample])
        (found,) = coarsener.predict([sample])
        assert adjusted_rand_score(communities, found) > 0.9
        # numbered along the nodes
        assert (
            np.diff([np.mean(np.flatnonzero(found == k)) for k in range(3)]) > 0
        ).all()
        (rows,) = coarsener.assign([sample])
        np.testing.assert_allclose(rows.sum(1), 1)
        assert (np.sort(rows, axis=1)[:, 1] > 0).any() == soft


def test_cuts_are_as_good_as_scikit_learns():
    ours, theirs = [], []
    for seed in range(20):
        sample, _ = planted(seed, within=0.5, between=0.1)
        adjacency = dense(sample)
        if not nx.is_connected(nx.from_numpy_array(adjacency)):
            continue  # scikit-learn's does not take it
        (found,) = EigenCoarsener(3, random_state=0).fit([sample]).predict([sample])
        ours.append(normalized_cut(adjacency, found))
        peer = SpectralClustering(
            3, affinity="precomputed", random_state=0, assign_labels="kmeans"
        )
        theirs.append(normalized_cut(adjacency, peer.fit_predict(adjacency)))
    assert len(ours) > 15
    # k-means rounds both, now better here and now there
    assert np.mean(ours) <= 1.02 * np.mean(theirs)


def test_the_embedding_solves_the_generalised_eigenproblem():
    sample, _ = planted(3)
    adjacency = dense(sample)
    degree = np.diag(adjacency.sum(1))
    values, vectors = eigh(degree - adjacency, degree)
    found = normalized_cut_embedding(csr_array(adjacency), 4)
    # eigenvectors have no sign: compare what they project on
    expected = vectors[:, :4] @ vectors[:, :4].T
    np.testing.assert_allclose(found @ found.T, expected, atol=1e-8)
    assert values[3] < values[4] - 1e-6


def test_windows_of_one_molecule_share_their_clusters():
    sample, _ = planted(0)
    other, _ = planted(1)
    same_nodes = GraphTrajectory(sample.positions, other.edge_index)
    coarsener = EigenCoarsener(3, random_state=0).fit([sample, same_nodes])
    first, second = coarsener.assign([sample, same_nodes])
    assert np.array_equal(first, second)
    small, _ = planted(2, sizes=(6, 5, 7))
    assert coarsener.predict([small])[0].shape == (18,)
    assert len(coarsener.assignments_) == 1


def test_a_graph_in_parts_and_nodes_without_links():
    edges = [[0, 1, 3, 4], [1, 2, 4, 5]]
    sample = GraphTrajectory(np.zeros((4, 7, 2)), edges)
    (found,) = EigenCoarsener(3, random_state=0).fit([sample]).predict([sample])
    assert found.tolist() == [0, 0, 0, 1, 1, 1, 2]


def test_paths_are_means_of_the_clusters():
    sample, _ = planted(0)
    far = sample.with_positions(sample.positions.astype(np.float32) + 1e4)
    coarsener = EigenCoarsener(3, random_state=0).fit([sample])
    labels = coarsener.predict([sample])[0]
    expected = [sample.positions[:, labels == k].mean(1) for k in range(3)]
    path = coarsener.transform([sample])[0]
    np.testing.assert_allclose(path, np.concatenate(expected, axis=1), atol=1e-12)
    moved = coarsener.transform([far])[0]
    assert moved.dtype == np.float32
    np.testing.assert_allclose(moved - 1e4, path, atol=5e-3)


def test_eigen_coarsener_refuses_what_it_cannot_cluster():
    sample, _ = planted(0)
    with pytest.raises(InvalidInputError, match="clusters once"):
        EigenCoarsener((10, 5)).fit([sample])
    with pytest.raises(InvalidInputError, match="sample 0 has 30 nodes"):
        EigenCoarsener(31).fit([sample])


def test_residues_by_their_centre_of_mass():
    molecules = [make_peptide(5, 7, seed=seed) for seed in range(2)]
    coarsener = FixedCoarsener("residue", weights="mass").fit(molecules)
    for path, molecule in zip(coarsener.transform(molecules), molecules, strict=True):
        expected = [
            md.compute_center_of_mass(molecule.atom_slice(range(5 * i, 5 * i + 5)))
            for i in range(5)
        ]
        np.testing.assert_allclose(path, np.concatenate(expected, axis=1), atol=1e-6)
    names = coarsener.get_feature_names_out()
    assert names[:4].tolist() == ["ALA 1.x", "ALA 1.y", "ALA 1.z", "ALA 2.x"]


def test_alpha_carbons_and_chains():
    molecule = make_peptide(4, 6)
    path = FixedCoarsener("alpha_carbon").fit_transform([molecule])[0]
    carbons = molecule.xyz[:, molecule.topology.select("name CA")]
    np.testing.assert_allclose(path, carbons.reshape(6, -1), atol=1e-7)
    coarsener = FixedCoarsener("chain").fit([molecule])
    np.testing.assert_allclose(
        coarsener.transform([molecule])[0], molecule.xyz.mean(1), atol=1e-6
    )
    assert coarsener.get_feature_names_out().tolist() == [
        "chain0.x",
        "chain0.y",
        "chain0.z",
    ]
    assert coarsener.assign([molecule]).sum() == molecule.n_atoms


@pytest.mark.parametrize(
    ("coarsener", "X", "error", "message"),
    [
        (
            FixedCoarsener(),
            [make_peptide(3), make_peptide(4)],
            InvalidInputError,
            r"sample 1 has 4 clusters, but the first sample of fit has 3",
        ),
        (
            FixedCoarsener(),
            np.zeros((2, 5, 4, 3)),
            InvalidInputTypeError,
            r"sample 0 is of type ndarray, but mapping='residue' needs a topology\. "
            "Pass mdtraj.Trajectory, without a TrajectorySelector",
        ),
        (
            FixedCoarsener([0, 1]),
            np.zeros((2, 5, 4, 3)),
            InvalidInputError,
            "sample 0 has 4 nodes, but mapping has 2 labels",
        ),
        (
            FixedCoarsener([-1, -1]),
            np.zeros((2, 5, 2, 3)),
            InvalidInputError,
            "one of them not negative",
        ),
        (
            FixedCoarsener("alpha_carbon"),
            [make_peptide(3).atom_slice([0, 3])],
            InvalidInputError,
            "sample 0 has no atoms named CA",
        ),
    ],
)
def test_unusable_samples_are_named(coarsener, X, error, message):
    with pytest.raises(error, match=message):
        coarsener.fit(X)


@pytest.mark.parametrize(
    "coarsener",
    [EigenCoarsener(3, random_state=0), FixedCoarsener(), FixedCoarsener("chain")],
)
def test_both_take_the_place_of_the_learned_one(coarsener):
    samples = [make_peptide(5, 12 + seed % 2, seed=seed) for seed in range(8)]
    pipeline = make_pipeline(
        coarsener, LogSignatureTransformer(), StandardScaler(), LogisticRegression()
    )
    pipeline.fit(samples, [0, 1] * 4)
    assert pipeline.predict(samples).shape == (8,)
    assert pipeline[:-1].get_feature_names_out()[0].startswith("seg0:")

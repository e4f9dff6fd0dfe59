"""Each picture by its structure: artists, labels with units, legends, colours."""

import mdtraj as md
import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgba
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_deepsig import (
    EigenCoarsener,
    FixedCoarsener,
    LogSignatureTransformer,
    TrajectorySelector,
)
from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.plots import (
    AssignmentDisplay,
    CoarseGraphDisplay,
    FeatureSpaceDisplay,
    LossCurveDisplay,
    RMSDDisplay,
)

RESIDUES = [f"ALA {i}" for i in range(1, 7)]


def texts(items):
    return [item.get_text() for item in items]


class TestLossCurves:
    def test_a_panel_for_each_term_with_training_and_validation(self, classifier):
        display = LossCurveDisplay.from_estimator(classifier).plot()
        terms = ["loss", "cut", "consistency", "classification"]
        assert [ax.get_title() for ax in display.axes_] == terms
        for term, ax in zip(terms, display.axes_, strict=True):
            train, validation = ax.lines
            np.testing.assert_array_equal(train.get_xdata(), [1, 2, 3])
            np.testing.assert_array_equal(train.get_ydata(), classifier.history_[term])
            np.testing.assert_array_equal(
                validation.get_ydata(), classifier.history_[f"validation_{term}"]
            )
            assert (train.get_linestyle(), validation.get_linestyle()) == ("-", "--")
            assert ax.get_xlabel() == "epoch"
        assert display.ax_.get_ylabel() == "loss"
        assert texts(display.ax_.get_legend().get_texts()) == ["training", "validation"]

    def test_one_axes_gets_all_terms_that_are_asked_for(self, classifier, ax):
        display = LossCurveDisplay.from_estimator(classifier, terms=["cut", "loss"])
        assert display.plot(ax).axes_ == [ax, ax]
        assert texts(ax.get_legend().get_texts()) == [
            "cut", "cut, validation", "loss", "loss, validation",
        ]  # fmt: skip
        assert ax.get_title() == "DeepSignatureClassifier"

    def test_without_validation_there_is_no_legend(self, coarsener):
        display = LossCurveDisplay.from_estimator(make_pipeline(coarsener)).plot()
        assert [len(ax.lines) for ax in display.axes_] == [1, 1, 1]
        assert display.ax_.get_legend() is None

    @pytest.mark.parametrize(
        ("history", "terms", "message"),
        [
            ({"loss": [1.0]}, ["cat"], "no column 'cat'"),
            ({"accuracy": [1.0]}, None, "no loss to show"),
            ({"loss": [1.0], "cut": [1.0, 2.0]}, None, r"lengths \[1, 2\]"),
            ({"loss": []}, None, r"lengths \[0\]"),
        ],
    )
    def test_bad_histories_are_refused(self, history, terms, message):
        with pytest.raises(InvalidInputError, match=message):
            LossCurveDisplay(history, terms=terms)

    def test_an_estimator_without_a_history_is_refused(self):
        model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
        with pytest.raises(InvalidInputTypeError, match="has no history_"):
            LossCurveDisplay.from_estimator(model)


class TestRMSD:
    def test_curves_are_those_of_mdtraj(self, peptides):
        # one cluster a residue: its atoms move as their mean
        coarsener = FixedCoarsener("residue").fit(peptides.molecules)
        display = RMSDDisplay.from_estimator(coarsener, peptides.molecules, sample=2)
        molecule = peptides.molecules[2]
        centres = molecule.xyz.reshape(9, 6, 5, 3).mean(axis=2)
        moved = molecule.xyz[0] + np.repeat(centres - centres[0], 5, axis=1)
        back = md.Trajectory(moved.astype(np.float32), molecule.topology)
        expected = {
            "raw": md.rmsd(molecule, molecule, 0),
            "coarse": md.rmsd(back, molecule, 0),
            "difference": [md.rmsd(back[i], molecule, i)[0] for i in range(9)],
        }
        assert list(display.curves) == list(expected)
        for name, values in expected.items():
            # mdtraj computes in single precision
            np.testing.assert_allclose(display.curves[name], values, atol=2e-4)
        assert display.curves["raw"].max() > 0.01
        known = np.corrcoef(expected["raw"], expected["coarse"])[0, 1]
        assert display.correlation == pytest.approx(known, abs=0.01)

    def test_labels_have_units(self, coarsener, peptides, ax):
        display = RMSDDisplay.from_estimator(coarsener, peptides.molecules, title="A")
        display.plot(ax)
        assert ax.get_xlabel() == "time (ps)"
        assert ax.get_ylabel() == "RMSD (nm)"
        np.testing.assert_array_equal(ax.lines[0].get_xdata(), 2.0 * np.arange(9))
        assert texts(ax.get_legend().get_texts()) == [
            "raw, from its first frame",
            "coarse-grained, from the same frame",
            "coarse-grained from raw",
        ]
        assert ax.get_title() == f"A, r = {display.correlation:.2f}"
        assert ax.get_ylim()[0] == 0

    def test_without_times_frames_are_counted(self, ax):
        RMSDDisplay([0.0, 0.0], [0.0, 0.1]).plot(ax)
        assert ax.get_xlabel() == "frame"
        assert len(ax.lines) == 2
        assert ax.get_title() == ""  # no correlation with what is constant

    def test_pooled_paths_are_those_of_the_clusters(self, coarsener, peptides):
        X = peptides.X[:1]
        (Q,), start = coarsener.assign(X), X[0].positions[0]
        centres = np.einsum("tnd,nm->tmd", X[0].positions, Q) / Q.sum(0)[:, None]
        moved = start + np.einsum("nm,tmd->tnd", Q, centres - centres[0])
        topology = peptides.molecules[0].topology
        expected = md.rmsd(md.Trajectory(moved, topology), peptides.molecules[0], 0)
        display = RMSDDisplay.from_estimator(coarsener, X, paths="pooled")
        np.testing.assert_allclose(display.curves["coarse"], expected, atol=2e-4)
        learned = RMSDDisplay.from_estimator(coarsener, X)
        assert not np.allclose(learned.curves["coarse"], expected, atol=1e-3)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (([0.0, 1.0], [0.0]), "coarse has shape"),
            (([], []), "raw has shape"),
            (([0.0, -1.0], [0.0, 1.0]), "finite RMSDs from 0 nm on"),
            (([0.0, 1.0], [0.0, np.nan]), "coarse must hold finite"),
            (([0.0, 1.0], [0.0, 1.0], [0.0]), "difference has shape"),
        ],
    )
    def test_bad_curves_are_refused(self, arguments, message):
        with pytest.raises(InvalidInputError, match=message):
            RMSDDisplay(*arguments)

    def test_other_bad_input_is_refused(self, coarsener, peptides, rng):
        with pytest.raises(InvalidInputError, match="above 0 ps"):
            RMSDDisplay([0.0], [0.0], time_step=0)
        with pytest.raises(InvalidInputError, match="paths='raw' must be one of"):
            RMSDDisplay.from_estimator(coarsener, peptides.X, paths="raw")
        flat = rng.normal(size=(1, 5, 6, 2))
        fixed = FixedCoarsener(np.arange(6) // 2).fit(flat)
        with pytest.raises(InvalidInputError, match="n_dims=2"):
            RMSDDisplay.from_estimator(fixed, flat)


class TestFeatureSpace:
    def test_classes_have_colours_and_test_samples_crosses(self, classifier, peptides):
        X, y = peptides.X, peptides.y
        display = FeatureSpaceDisplay.from_estimator(
            classifier, X[:5], y[:5], X[5:], y[5:]
        )
        ax = display.plot().ax_
        assert texts(ax.get_legend().get_texts()) == [
            "active, train", "active, test", "inactive, train", "inactive, test",
        ]  # fmt: skip
        assert [len(points.get_offsets()) for points in ax.collections] == [3, 1, 2, 2]
        colors = [tuple(points.get_facecolors()[0][:3]) for points in ax.collections]
        assert colors[0] == colors[1] == to_rgba("C0")[:3]
        assert colors[2] == colors[3] == to_rgba("C1")[:3]
        paths = [points.get_paths()[0].vertices.shape for points in ax.collections]
        assert paths[0] == paths[2] != paths[1] == paths[3]
        assert "% of variance" in ax.get_xlabel()
        assert "principal component 2" in ax.get_ylabel()

    def test_components_are_found_from_training_samples_alone(self, rng):
        features = rng.normal(size=(40, 5)) * [9, 4, 1, 0.1, 0.1]
        labels, is_test = np.arange(40) % 2, np.arange(40) >= 30
        display = FeatureSpaceDisplay.from_features(features, labels, is_test)
        centred = features - features[:30].mean(axis=0)
        _, _, axes = np.linalg.svd(centred[:30], full_matrices=False)
        np.testing.assert_allclose(
            np.abs(display.points), np.abs(centred @ axes[:2].T), atol=1e-10
        )

    def test_tsne_keeps_groups_apart(self, rng):
        labels = np.repeat(["a", "b"], 12)
        features = rng.normal(size=(24, 6)) + 50 * (labels == "b")[:, None]
        display = FeatureSpaceDisplay.from_features(
            features, labels, method="tsne", random_state=0
        )
        distances = np.linalg.norm(display.points[:, None] - display.points, axis=2)
        np.fill_diagonal(distances, np.inf)
        assert (labels[distances.argmin(axis=1)] == labels).all()
        assert display.axis_names == ("t-SNE 1", "t-SNE 2")

    def test_a_pipeline_shows_what_its_last_step_reads(self, peptides):
        model = make_pipeline(
            TrajectorySelector(), LogSignatureTransformer(), LogisticRegression()
        ).fit(peptides.molecules, peptides.y)
        display = FeatureSpaceDisplay.from_estimator(
            model, peptides.molecules, peptides.y
        )
        features = model[:-1].transform(peptides.molecules)
        expected = FeatureSpaceDisplay.from_features(features, peptides.y)
        np.testing.assert_allclose(display.points, expected.points)
        assert display.title == "LogisticRegression"

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"labels": [0]}, "labels has shape"),
            ({"features": np.zeros(4)}, "features have shape"),
            ({"features": np.full((4, 2), np.nan)}, "finite numbers"),
            ({"is_test": [True]}, "is_test has shape"),
            ({"is_test": [True] * 4}, "0 samples to find components from"),
            ({"features": np.ones((4, 2))}, "are the same"),
            ({"method": "umap"}, "must be one of"),
            ({"method": "tsne", "perplexity": 4}, "perplexity=4 must lie between"),
            (
                {"method": "tsne", "features": np.zeros((2, 2)), "labels": [0, 1]},
                "too few for t-SNE",
            ),
        ],
    )
    def test_bad_features_are_refused(self, change, message):
        given = {"features": np.eye(4), "labels": [0, 1, 0, 1]} | change
        with pytest.raises(InvalidInputError, match=message):
            FeatureSpaceDisplay.from_features(**given)

    def test_other_bad_input_is_refused(self, classifier, peptides):
        with pytest.raises(InvalidInputError, match=r"y has shape \(3,\)"):
            FeatureSpaceDisplay.from_estimator(classifier, peptides.X, peptides.y[:3])
        with pytest.raises(InvalidInputError, match="X_test and y_test"):
            FeatureSpaceDisplay.from_estimator(
                classifier, peptides.X, peptides.y, peptides.X
            )
        with pytest.raises(InvalidInputError, match=r"expected \(n_samples, 2\)"):
            FeatureSpaceDisplay(np.zeros((3, 3)), [0, 1, 0])
        model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
        with pytest.raises(InvalidInputTypeError, match="computes no features"):
            FeatureSpaceDisplay.from_estimator(model, [[0.0], [1.0]], [0, 1])


class TestAssignment:
    def test_the_matrix_lies_along_the_residues(self, classifier, peptides):
        display = AssignmentDisplay.from_estimator(classifier, peptides.X, sort=False)
        ax = display.plot().ax_
        (image,) = ax.images
        (Q,) = classifier.coarsener_.assign(peptides.X[:1])
        np.testing.assert_allclose(image.get_array(), Q.T, rtol=1e-6)
        assert image.get_clim() == (0, 1)
        assert texts(ax.get_xticklabels()) == RESIDUES
        np.testing.assert_array_equal(ax.get_xticks(), 5 * np.arange(6))
        assert texts(ax.get_yticklabels()) == ["0", "1", "2", "3"]
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("residue", "cluster")
        assert image.colorbar.ax.get_ylabel() == "membership"

    def test_clusters_are_sorted_along_the_sequence_and_keep_their_numbers(
        self, peptides
    ):
        labels = np.repeat([2, 0, 3], 10)  # and nothing in cluster 1
        coarsener = FixedCoarsener(labels).fit(peptides.X)
        display = AssignmentDisplay.from_estimator(coarsener, peptides.X)
        assert display.cluster_names == ["2", "0", "3", "1"]
        np.testing.assert_array_equal(display.assignment[:, 0], labels == 2)

    def test_clusters_with_names_of_their_own_keep_them(self, peptides):
        coarsener = FixedCoarsener("residue").fit(peptides.molecules)
        display = AssignmentDisplay.from_estimator(coarsener, peptides.molecules)
        assert display.cluster_names == RESIDUES

    def test_many_residues_get_few_labels(self, ax):
        names = [f"ALA {i} CA" for i in range(500)]
        AssignmentDisplay(np.full((500, 80), 1 / 80), names).plot(ax)
        assert 13 <= len(ax.get_xticks()) <= 25
        assert 13 <= len(ax.get_yticks()) <= 25

    def test_nodes_without_names_are_numbered(self, ax):
        AssignmentDisplay(np.eye(3)).plot(ax)
        assert ax.get_xlabel() == "node"

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((np.zeros(3),), "assignment has shape"),
            (([[1.5, 0.0]],), "lie between 0 and 1"),
            (([[np.nan, 0.0]],), "lie between 0 and 1"),
            ((np.eye(2), ["a"]), "1 node names were given for 2 nodes"),
            ((np.eye(2), None, ["a"]), "1 cluster names were given for 2 clusters"),
        ],
    )
    def test_bad_assignments_are_refused(self, arguments, message):
        with pytest.raises(InvalidInputError, match=message):
            AssignmentDisplay(*arguments)


class TestCoarseGraph:
    # A square with a tail, in the plane x = 7, and three clusters, of which one is
    # empty.
    POSITIONS = np.array([[7.0, 0, 0], [7, 2, 0], [7, 2, 1], [7, 0, 1], [7, 6, 0.5]])
    EDGES = ([0, 1, 2, 3, 2], [1, 2, 3, 0, 4])
    Q = np.array([[1, 0, 0], [1, 0, 0], [0.5, 0, 0.5], [0, 0, 1], [0, 0, 1]])

    def test_centres_masses_and_weights(self):
        display = CoarseGraphDisplay(self.POSITIONS, self.Q, self.EDGES)
        np.testing.assert_allclose(display.masses, [2.5, 0, 2.5])
        adjacency = np.zeros((5, 5))
        adjacency[self.EDGES] = 1
        np.testing.assert_allclose(
            display.weights, self.Q.T @ (adjacency + adjacency.T) @ self.Q
        )
        # the plane keeps all distances, also those from the centres
        centre = self.Q[:, 0] @ self.POSITIONS / 2.5
        np.testing.assert_allclose(
            np.linalg.norm(display.points - display.centres[0], axis=1),
            np.linalg.norm(self.POSITIONS - centre, axis=1),
        )
        assert np.isnan(display.centres[1]).all()
        assert np.ptp(display.points[:, 0]) > np.ptp(display.points[:, 1])

    def test_artists(self, ax):
        CoarseGraphDisplay(self.POSITIONS, self.Q, self.EDGES).plot(ax)
        lines = [item for item in ax.collections if isinstance(item, LineCollection)]
        points = [item for item in ax.collections if isinstance(item, PathCollection)]
        assert [len(item.get_segments()) for item in lines] == [5, 1]
        assert [len(item.get_offsets()) for item in points] == [5, 2]
        assert texts(ax.texts) == ["0", "2"]
        assert (ax.get_xlabel(), ax.get_ylabel()) == (
            "principal axis 1 (nm)",
            "principal axis 2 (nm)",
        )
        assert ax.get_aspect() == 1
        assert texts(ax.get_legend().get_texts()) == [
            "edges of the graph",
            "nodes, in the colour of their cluster",
            "edges between clusters, by weight",
            "clusters, by number of nodes",
        ]

    def test_sizes_and_widths_follow_masses_and_weights(self, ax):
        Q = np.repeat(np.eye(3), [4, 2, 1], axis=0)
        edges = ([0, 1, 3, 5], [4, 4, 5, 6])  # 0-1 three times, 1-2 once
        positions = np.random.default_rng(0).normal(size=(7, 3))
        CoarseGraphDisplay(positions, Q, edges).plot(ax)
        lines, points = ax.collections[2], ax.collections[3]
        sizes = points.get_sizes()
        np.testing.assert_allclose(sizes / sizes[0], [1, 0.5, 0.25])
        widths = lines.get_linewidths()
        assert len(widths) == 2
        assert widths[0] > widths[1]
        CoarseGraphDisplay(positions, Q, edges).plot(ax, min_weight=0.5)
        assert len(ax.collections[-2].get_segments()) == 1

    def test_nothing_between_the_clusters_is_no_error(self, ax):
        CoarseGraphDisplay([[0.0], [1.0]], np.eye(2), [[], []]).plot(ax)
        assert len(ax.collections[2].get_segments()) == 0

    def test_bonds_of_the_molecule_and_clusters_of_the_model(self, peptides):
        coarsener = EigenCoarsener(3, random_state=0).fit(peptides.molecules)
        display = CoarseGraphDisplay.from_estimator(
            coarsener, peptides.molecules, sample=1, frame=-1
        )
        bonds = {(a.index, b.index) for a, b in peptides.molecules[1].topology.bonds}
        assert {tuple(edge) for edge in display.edge_index.T} >= bonds
        assert display.masses.sum() == 30
        # three residues apart in the chain, clusters are linked by one bond
        assert display.weights.sum() == 2 * len(bonds)
        positions = peptides.molecules[1].xyz[-1]
        centred = positions - positions.mean(axis=0)
        assert (display.points**2).sum() <= (centred**2).sum()
        assert np.ptp(display.points[:, 0]) > 0.3

    def test_bad_input_is_refused(self, coarsener, peptides):
        with pytest.raises(InvalidInputError, match=r"expected \(5, n_dims\)"):
            CoarseGraphDisplay(self.POSITIONS[:3], self.Q, self.EDGES)
        with pytest.raises(InvalidInputError, match="must be finite"):
            CoarseGraphDisplay(self.POSITIONS + np.inf, self.Q, self.EDGES)
        with pytest.raises(InvalidInputError, match="refers to node 9"):
            CoarseGraphDisplay(self.POSITIONS, self.Q, [[0], [9]])
        with pytest.raises(InvalidInputError, match="frame=9, but"):
            CoarseGraphDisplay.from_estimator(coarsener, peptides.X, frame=9)


def test_pipelines_show_what_their_coarsener_sees(peptides):
    """The steps before it are applied: here, C-alpha atoms alone are left."""
    model = make_pipeline(
        TrajectorySelector(select="name CA"), EigenCoarsener(2, random_state=0)
    ).fit(peptides.molecules)
    shown = AssignmentDisplay.from_estimator(model, peptides.molecules)
    assert shown.node_names == [f"{name} CA" for name in RESIDUES]
    graph = CoarseGraphDisplay.from_estimator(model, peptides.molecules)
    assert len(graph.points) == 6
    rmsd = RMSDDisplay.from_estimator(model, peptides.molecules)
    assert rmsd.time_step == 2.0

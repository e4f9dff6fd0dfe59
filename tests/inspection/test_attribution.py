"""Attribution of networks: against finite differences, and sums at every level."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from sklearn_deepsig import (
    DeepSignatureClassifier,
    DeepSignatureRegressor,
    TrajectorySelector,
)
from sklearn_deepsig.exceptions import (
    InvalidInputError,
    InvalidInputTypeError,
    UninformativeFeaturesWarning,
)
from sklearn_deepsig.inspection import AttributionCV, attribute, combine_residues
from sklearn_deepsig.training import collate
from sklearn_deepsig.trajectory import GraphTrajectory, as_trajectories
from tests.helpers.molecules import make_peptide

SMALL = {
    "n_clusters": (3,),
    "hidden_dim": 4,
    "n_segments": 2,
    "lstm_hidden_dim": 6,
    "mlp_hidden_dim": 5,
    "max_epochs": 3,
    "precision": "float64",
    "random_state": 0,
}


def walks(rng, n_samples=6):
    return rng.normal(size=(n_samples, 12, 5, 3)).cumsum(axis=1)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_contributions_equal_finite_differences(rng, batch_norm):
    X = walks(rng)
    model = DeepSignatureClassifier(**SMALL, batch_norm=batch_norm).fit(X, [0, 1] * 3)
    found = attribute(model, X)
    assert found.coordinates.shape == (6, 2 * (9 + 36))
    assert len(found.feature_names) == 90
    assert found.feature_names[0] == "seg0:cluster0.x"
    assert found.feature_names[-1] == "seg1:[cluster2.y, cluster2.z]"
    np.testing.assert_array_equal(found.targets, model.predict(X))
    module, step = model.module_, 1e-5

    def margins_of(segments):
        logits = module.head(module.sequence(module.batch_norm(segments)))
        return torch.where(torch.tensor(found.targets) == 1, 1, -1) * (
            logits[:, 1] - logits[:, 0]
        )

    batch = collate(as_trajectories(X), device=torch.device("cpu"), dtype=torch.float64)
    with torch.no_grad():
        path = module.coarsening(batch).path.flatten(2)
        segments = module.logsignature(path, batch.n_frames)
        np.testing.assert_allclose(found.outputs, margins_of(segments), atol=1e-12)
        at_rest = margins_of(torch.zeros_like(segments))
        np.testing.assert_allclose(found.baseline_outputs, at_rest, atol=1e-12)
        for place in [(0, 0), (1, 7), (0, 20), (1, 44)]:
            ends = []
            for sign in (1, -1):
                moved = segments.clone()
                moved[:, place[0], place[1]] += sign * step
                ends.append(margins_of(moved))
            slope = (ends[0] - ends[1]) / (2 * step)
            expected = slope * segments[:, place[0], place[1]]
            np.testing.assert_allclose(
                found.coordinates[:, 45 * place[0] + place[1]], expected, atol=1e-8
            )


def test_clusters_and_nodes_get_what_the_names_of_coordinates_say(rng):
    """Pair by pair: half of [c_i.x, c_j.y] to (i, j), and to nodes by columns of Q."""
    X = walks(rng)
    model = DeepSignatureClassifier(**SMALL).fit(X, [0, 1] * 3)
    found = attribute(model, X, shares="columns")
    clusters = np.zeros((3, 3))
    own = np.zeros(3)
    mean = found.coordinates.mean(axis=0)
    for name, value in zip(found.feature_names, mean, strict=True):
        word = name.partition(":")[2]
        letters = [int(part[7]) for part in word.strip("[]").split(", ")]
        if len(letters) == 1:
            own[letters[0]] += value
        else:
            clusters[letters[0], letters[1]] += value / 2
            clusters[letters[1], letters[0]] += value / 2
    np.testing.assert_allclose(found.cluster_pairs, clusters + np.diag(own))
    Q = model.coarsener_.assign(X).mean(axis=0)
    np.testing.assert_allclose(found.assignment, Q)
    shares = Q / Q.sum(axis=0)
    whole = shares @ clusters @ shares.T + np.diag(shares @ own)
    np.testing.assert_allclose(found.node_pairs.matrix(), whole)
    np.testing.assert_allclose(found.node_scores, whole.sum(axis=0))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"augmentation": ("time", "basepoint"), "batch_norm": True},
        {"augmentation": "lead_lag", "n_segments": 1},
        {"depth": 3, "n_segments": 1, "augmentation": "time"},
        {"rotation_invariant": True, "lstm_hidden_dim": None},
    ],
    ids=["plain", "augmented", "lead-lag", "depth 3", "rotation"],
)
@pytest.mark.parametrize("kind", ["two classes", "three classes", "numbers"])
def test_integrated_gradients_sum_to_the_difference_of_outputs(rng, options, kind):
    """At every level; the tolerance is that of the integral, and falls."""
    X = walks(rng)
    if kind == "numbers":
        model = DeepSignatureRegressor(**SMALL | options).fit(X, 9 * rng.normal(size=6))
    else:
        y = np.arange(6) % (2 if kind == "two classes" else 3)
        model = DeepSignatureClassifier(**SMALL | options).fit(X, y)
    errors = []
    for n_steps in (8, 512):
        found = attribute(
            model, X, method="integrated_gradients", n_steps=n_steps, shares="columns"
        )
        difference = found.outputs - found.baseline_outputs
        sums = found.coordinates.sum(axis=1)
        errors.append(np.abs(sums - difference).max() / np.abs(difference).max())
    assert errors[1] < 0.01
    assert errors[1] < errors[0]
    total = sums.mean()
    assert found.dropped == pytest.approx(0, abs=1e-9)
    assert found.unassigned == pytest.approx(0, abs=1e-9)
    assert found.cluster_pairs.sum() == pytest.approx(total, abs=1e-9)
    assert found.node_scores.sum() == pytest.approx(total, abs=1e-9)
    assert found.node_pairs.matrix().sum() == pytest.approx(total, abs=1e-9)
    assert found.residue_pairs.sum() == pytest.approx(total, abs=1e-9)


def test_explained_are_the_model_own_outputs(rng):
    X = walks(rng, 9)
    y = np.repeat(["a", "b", "c"], 3)
    model = DeepSignatureClassifier(**SMALL, batch_size=4).fit(X, y)
    logits = model.decision_function(X)
    np.testing.assert_array_equal(attribute(model, X).targets, model.predict(X))
    for given in (y, "b"):
        found = attribute(model, X, given)
        place = np.searchsorted(model.classes_, found.targets)
        rows = np.arange(9)
        others = (logits.sum(axis=1) - logits[rows, place]) / 2
        np.testing.assert_allclose(found.outputs, logits[rows, place] - others)
    two = DeepSignatureClassifier(**SMALL).fit(X, y == "a")
    np.testing.assert_allclose(
        attribute(two, X, True).outputs, two.decision_function(X), atol=1e-12
    )


def test_a_regressor_of_several_numbers_needs_a_target(rng):
    X, y = walks(rng), rng.normal(size=(6, 2)) * [1, 100] + 50
    model = DeepSignatureRegressor(**SMALL).fit(X, y)
    for target in (0, 1):
        found = attribute(model, X, target=target)
        np.testing.assert_allclose(found.outputs, model.predict(X)[:, target])
        assert set(found.targets) == {target}
    with pytest.raises(InvalidInputError, match="2 numbers; say which by target="):
        attribute(model, X)
    with pytest.raises(InvalidInputError, match="target=2 is none of the 2 outputs"):
        attribute(model, X, target=2)
    with pytest.raises(InvalidInputError, match="leave y out"):
        attribute(model, X, y, target=0)


def test_time_contributes_nothing_by_itself(rng):
    """A path that stands still has the time channel, too."""
    X = walks(rng)
    model = DeepSignatureClassifier(**SMALL, augmentation="time").fit(X, [0, 1] * 3)
    found = attribute(model, X)
    place = [name.endswith(":time") for name in found.feature_names]
    assert sum(place) == 2
    assert (found.coordinates[:, place] == 0).all()
    assert np.abs(found.coordinates).max() > 0


@pytest.fixture(scope="module")
def peptides():
    """Molecules with an atom's name for each node, and a fitted Pipeline."""
    X = [make_peptide(4, n_frames=15, seed=seed) for seed in range(6)]
    model = make_pipeline(
        TrajectorySelector("name CA or name CB"), DeepSignatureClassifier(**SMALL)
    ).fit(X, [0, 1] * 3)
    return X, attribute(model, X)


def test_atoms_have_names_and_residues_their_sums(peptides):
    _, found = peptides
    assert found.node_names[:3] == ["ALA 1 CA", "ALA 1 CB", "ALA 2 CA"]
    assert found.residue_names == ["ALA 1", "ALA 2", "ALA 3", "ALA 4"]
    whole = found.node_pairs.matrix().reshape(4, 2, 4, 2).sum(axis=(1, 3))
    np.testing.assert_allclose(found.residue_pairs, whole, atol=1e-12)
    np.testing.assert_allclose(
        found.residue_scores, found.node_scores.reshape(4, 2).sum(axis=1)
    )
    assert found.edge_index.shape[0] == 2


def test_critical_atoms_are_the_largest_scores(peptides):
    _, found = peptides
    table = found.critical_atoms()
    order = np.argsort(-found.node_scores, kind="stable")
    assert table["node"].tolist() == order[:3].tolist()
    np.testing.assert_allclose(table["score"], found.node_scores[order[:3]])
    np.testing.assert_allclose(
        table["share"], table["score"] / np.abs(found.node_scores).sum()
    )
    names = (table["residue"] + " " + table["atom"]).tolist()
    assert names == [found.node_names[i] for i in order[:3]]
    largest = found.critical_atoms(8, by="magnitude")["score"].abs()
    assert (largest.diff()[1:] <= 0).all()


def test_critical_interactions_have_distances(peptides):
    X, found = peptides
    table = found.critical_interactions(5)
    assert len(table) == 5
    whole = found.node_pairs.matrix()
    for row in table.itertuples():
        pair = whole[row.node_1, row.node_2] + whole[row.node_2, row.node_1]
        assert row.score == pytest.approx(pair)
        assert row.share == pytest.approx(pair / np.abs(whole).sum())
        atoms = [
            sample.topology.select(f"resSeq {residue.split()[1]} and name {atom}")[0]
            for sample in X[:1]
            for residue, atom in (
                (row.residue_1, row.atom_1),
                (row.residue_2, row.atom_2),
            )
        ]
        distances = np.array(
            [np.linalg.norm(s.xyz[:, atoms[0]] - s.xyz[:, atoms[1]], axis=1) for s in X]
        )
        assert row.mean_distance == pytest.approx(distances.mean(), rel=1e-5)
        within = (distances.var(axis=1).mean()) ** 0.5
        assert row.std_distance == pytest.approx(within, rel=1e-4, abs=1e-6)


def test_pairs_that_say_nothing_are_no_ranking(rng):
    """Segments of one step have no areas, and with them no pair has a score."""
    X = rng.normal(size=(6, 3, 5, 3))
    model = DeepSignatureClassifier(**SMALL)
    with pytest.warns(UninformativeFeaturesWarning, match="straight lines"):
        model.fit(X, [0, 1] * 3)
    found = attribute(model, X)
    for table in (found.critical_interactions, found.distances):
        for by in ("score", "magnitude"):
            with pytest.warns(UninformativeFeaturesWarning, match="no ranking"):
                table(3, by=by)


def test_distances_over_time(peptides):
    _, found = peptides
    table = found.distances(2)
    pairs = found.critical_interactions(2)
    assert len(table) == 6 * 15
    assert table["time"].iloc[:3].tolist() == [0, 1, 2]  # ps
    assert table["sample"].iloc[-1] == 5
    first = pairs.iloc[0]
    name = f"{first.residue_1} {first.atom_1} - {first.residue_2} {first.atom_2}"
    assert table.columns[3] == name
    assert table[name].mean() == pytest.approx(first.mean_distance)


def test_shares_by_the_assignment_itself(peptides):
    X, found = peptides
    model = make_pipeline(
        TrajectorySelector("name CA or name CB"), DeepSignatureClassifier(**SMALL)
    ).fit(X, [0, 1] * 3)
    weighted = attribute(model, X, shares="assignment")
    np.testing.assert_array_equal(weighted.cluster_pairs, found.cluster_pairs)
    Q = found.assignment
    whole = Q @ found.pairs.toarray() @ Q.T + np.diag(Q @ found.own)
    np.testing.assert_allclose(weighted.node_pairs.matrix(), whole)
    by_residue = whole.reshape(4, 2, 4, 2).sum(axis=(1, 3))
    np.testing.assert_allclose(weighted.residue_pairs, by_residue, atol=1e-12)
    table = weighted.critical_atoms(1)
    assert table["score"][0] == pytest.approx(whole.sum(axis=0).max())


def test_an_attribution_can_be_pickled(peptides):
    _, found = peptides
    copy = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(copy.node_scores, found.node_scores)


def test_nodes_without_names_are_residues_of_their_own(rng):
    X = walks(rng)
    found = attribute(DeepSignatureClassifier(**SMALL).fit(X, [0, 1] * 3), X)
    assert found.node_names is None
    assert found.residue_names == [f"node {i}" for i in range(5)]
    assert np.isnan(found.distances(1)["time"]).all()
    np.testing.assert_allclose(found.residue_scores, found.node_scores)


def test_samples_must_have_the_same_atoms(rng):
    X = list(walks(rng))
    model = DeepSignatureClassifier(**SMALL).fit(X, [0, 1] * 3)
    with pytest.raises(
        InvalidInputError,
        match=r"sample 1 has 4 nodes, but sample 0 has 5.*combine_res",
    ):
        attribute(model, [X[0], X[1][:, :4]])
    names = ["ALA 1 CA", "ALA 2 CA", "ALA 3 CA", "ALA 4 CA", "ALA 5 CA"]
    edges = np.array([[0, 1], [1, 2]])
    other = [*names[:3], "GLY 4 CA", names[4]]
    samples = [GraphTrajectory(X[0], edges, names), GraphTrajectory(X[1], edges, other)]
    with pytest.raises(InvalidInputError, match="sample 1 calls node 3 'GLY 4 CA'"):
        attribute(model, samples)
    with pytest.raises(InvalidInputError, match="sample 1 calls node 0 None"):
        attribute(model, [samples[0], X[1]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "saliency"}, "method='saliency' is unknown"),
        ({"n_steps": 0}, "n_steps=0 must be at least 1"),
        ({"shares": "rows"}, "shares='rows' is unknown"),
        ({"y": [0, 1, 2, 0, 0, 0]}, r"y\[2\]=2 is no class of the model"),
        ({"y": [0, 1]}, r"y has shape \(2,\), but X has 6 samples"),
        ({"target": 1}, "give the class to explain as y"),
    ],
)
def test_bad_settings_are_refused(rng, change, message):
    X = walks(rng)
    model = DeepSignatureClassifier(**SMALL | {"max_epochs": 1}).fit(X, [0, 1] * 3)
    with pytest.raises(InvalidInputError, match=message):
        attribute(model, X, **change)


def test_tables_that_begin_with_what_matters_least_say_so(peptides):
    _, found = peptides
    against = replace(found, pairs=-abs(found.pairs), own=-abs(found.own))
    several = combine_residues([against])
    over_folds = AttributionCV(
        against.residue_names,
        "residues",
        (against.by_residue,) * 2,
        *([0, 1], [0, 0], [1.0, 1.0]),
    )
    tables = [
        *(against.critical_atoms, against.critical_interactions),
        *(several.critical_residues, several.critical_interactions),
        *(over_folds.critical_atoms, over_folds.critical_interactions),
    ]
    for table in tables:
        with pytest.warns(UninformativeFeaturesWarning, match="by='magnitude'"):
            scores = table(3)["score"]
        assert (scores < 0).all()
        assert table(3, by="magnitude")["score"][0] <= scores.min()


def test_other_estimators_are_refused():
    with pytest.raises(InvalidInputTypeError, match="not a SVC"):
        attribute(SVC(), [])

"""Linear models in a Pipeline: exact contributions through every linear step."""

import tracemalloc

import numpy as np
import pytest
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
)
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC, LinearSVC

from sklearn_deepsig import (
    EigenCoarsener,
    FixedCoarsener,
    LogSignatureTransformer,
    SpectralCoarsener,
    TrajectorySelector,
)
from sklearn_deepsig.exceptions import (
    InvalidInputError,
    InvalidInputTypeError,
    UninformativeFeaturesWarning,
)
from sklearn_deepsig.inspection import attribute
from tests.helpers.molecules import make_peptide


@pytest.fixture
def walks(rng):
    X = rng.normal(size=(18, 20, 6, 3)).cumsum(axis=1)
    X[::2, :, 1] += X[::2, :, 0]
    return X


def slopes(model, X, place, step=1e-3):
    """Differentiate the outputs after the log-signature by finite differences."""
    features = Pipeline(model.steps[:place]).transform(X).astype(np.float64)
    after = Pipeline(model.steps[place:])
    say = after.decision_function if hasattr(after, "decision_function") else None
    say = say or after.predict
    columns = []
    for column in range(features.shape[1]):
        ends = []
        for sign in (1, -1):
            moved = features.copy()
            moved[:, column] += sign * step
            ends.append(say(moved))
        columns.append((ends[0] - ends[1]) / (2 * step))
    return features, np.stack(columns, axis=-1)


@pytest.mark.parametrize(
    "between",
    [
        [],
        [StandardScaler()],
        [StandardScaler(with_mean=False), MaxAbsScaler()],
        [RobustScaler(), PCA(5, random_state=0)],
        [MinMaxScaler(), PCA(4, whiten=True, random_state=0), StandardScaler()],
        [SelectKBest(k=20), StandardScaler(), TruncatedSVD(3, random_state=0)],
        [Pipeline([("scale", StandardScaler()), ("pick", SelectKBest(k=9))])],
        ["passthrough", RobustScaler(with_centering=False, with_scaling=False)],
    ],
    ids=lambda steps: "+".join(type(step).__name__ for step in steps),
)
def test_each_feature_contributes_its_slope(walks, between):
    y = np.arange(18) % 2
    model = Pipeline(
        [("logsignature", LogSignatureTransformer())]
        + [(f"step{i}", step) for i, step in enumerate(between)]
        + [("model", RidgeClassifier())]
    ).fit(walks, y)
    found = attribute(model, walks, 1)
    features, slope = slopes(model, walks, 1)
    expected = features * slope
    atol = 1e-6 * np.abs(expected).max()
    np.testing.assert_allclose(found.coordinates, expected, atol=atol)
    outputs = model.decision_function(walks)
    np.testing.assert_allclose(found.outputs, outputs, rtol=1e-8)
    np.testing.assert_allclose(
        found.coordinates.sum(axis=1), found.outputs - found.baseline_outputs
    )


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(C=0.1, max_iter=500),
        LinearSVC(C=0.01, max_iter=20000),
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.5),
        RidgeClassifier(),
    ],
    ids=lambda model: type(model).__name__,
)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_predicted_class_is_explained_against_the_others(walks, model, n_classes):
    y = np.array(["a", "b", "c"])[np.arange(18) % n_classes]
    pipeline = make_pipeline(LogSignatureTransformer(), StandardScaler(), model)
    pipeline.fit(walks, y)
    found = attribute(pipeline, walks)
    np.testing.assert_array_equal(found.targets, pipeline.predict(walks))
    scores = pipeline.decision_function(walks)
    if n_classes == 2:
        expected = np.abs(scores)
    else:
        best = scores.max(axis=1)
        expected = best - (scores.sum(axis=1) - best) / 2
    np.testing.assert_allclose(found.outputs, expected)
    # zero features, for which the model says what it says of a path that stands still
    at_rest = pipeline[1:].decision_function(np.zeros((1, 171)))
    first = attribute(pipeline, walks, "a").baseline_outputs
    sign = [-1] if n_classes == 2 else [1, -0.5, -0.5]
    np.testing.assert_allclose(first, np.full(18, np.sum(sign * at_rest.ravel())))


@pytest.mark.parametrize("model", [Ridge(), LinearRegression()])
def test_numbers_are_explained_themselves(walks, rng, model):
    pipeline = make_pipeline(LogSignatureTransformer(augmentation="time"), model)
    y = rng.normal(size=18)
    found = attribute(pipeline.fit(walks, y), walks)
    np.testing.assert_allclose(found.outputs, pipeline.predict(walks), atol=1e-8)
    several = pipeline.fit(walks, np.stack([y, -3 * y], axis=1))
    np.testing.assert_allclose(
        attribute(several, walks, target=1).coordinates, -3 * found.coordinates,
        atol=1e-8,
    )  # fmt: skip


def test_what_stands_still_is_the_baseline(walks):
    """With a time channel, too, and whatever the numbers of frames."""
    model = make_pipeline(
        LogSignatureTransformer(augmentation=("time", "lead_lag"), n_segments=3),
        LogisticRegression(),
    ).fit(walks, np.arange(18) % 2)
    ragged = [walks[0], walks[1][:3], walks[2][:2]]
    still = [np.zeros_like(sample) for sample in ragged]
    found, at_rest = attribute(model, ragged, 1), attribute(model, still, 1)
    np.testing.assert_allclose(found.baseline_outputs, at_rest.outputs)
    assert (at_rest.coordinates == 0).all()
    assert len({*found.baseline_outputs.round(9)}) > 1  # of segments without a step
    assert found.dropped == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    "coarsener",
    [
        EigenCoarsener(3, random_state=0),
        EigenCoarsener(3, soft=True, random_state=0),
        FixedCoarsener([0, 0, 1, -1, 2, 2]),
        SpectralCoarsener((3,), max_epochs=1, random_state=0),
    ],
    ids=["eigen", "soft", "fixed", "spectral"],
)
def test_clusters_are_those_of_the_coarsener(walks, coarsener):
    model = make_pipeline(
        TrajectorySelector(), coarsener, LogSignatureTransformer(), LogisticRegression()
    ).fit(walks, np.arange(18) % 2)
    found = attribute(model, walks, shares="columns")
    assert found.assignment.shape == (6, 3)
    samples = model[:1].transform(walks)
    assigned = np.mean(coarsener.assign(samples), axis=0)
    np.testing.assert_allclose(found.assignment, assigned, atol=1e-6)
    total = (found.outputs - found.baseline_outputs).mean()
    assert found.cluster_pairs.sum() == pytest.approx(total)
    assert found.node_scores.sum() == pytest.approx(total)
    assert found.residue_pairs.sum() == pytest.approx(total)
    if isinstance(coarsener, FixedCoarsener):
        assert found.node_scores[3] == 0


def test_clusters_without_nodes_are_reported(walks):
    mapping = [0, 0, 0, 3, 3, 3]  # and nothing in clusters 1 and 2
    model = make_pipeline(
        FixedCoarsener(mapping), LogSignatureTransformer(), LogisticRegression()
    ).fit(walks, np.arange(18) % 2)
    found = attribute(model, walks, shares="columns")
    # their paths do not move
    assert found.unassigned == pytest.approx(0, abs=1e-12)
    assert (found.cluster_pairs[1] == 0).all()


def test_each_atom_is_a_cluster_without_a_coarsener():
    X = [make_peptide(3, n_frames=12, seed=seed) for seed in range(8)]
    model = make_pipeline(
        TrajectorySelector("name CA"), LogSignatureTransformer(), LogisticRegression()
    ).fit(X, [0, 1] * 4)
    found = attribute(model, X)
    assert found.node_names == ["ALA 1 CA", "ALA 2 CA", "ALA 3 CA"]
    np.testing.assert_array_equal(found.assignment, np.eye(3))
    np.testing.assert_allclose(found.node_pairs.matrix(), found.cluster_pairs)
    names = model[:-1].get_feature_names_out().tolist()
    assert found.feature_names == names
    # a place of the pair (1, 3), by the names of its channels
    mean = found.coordinates.mean(axis=0)
    chosen = ["ALA 1" in name and "ALA 3" in name for name in names]
    assert 2 * found.cluster_pairs[0, 2] == pytest.approx(mean[chosen].sum())


def test_rotation_invariants_of_coarse_paths(walks):
    """The paths are reshaped to points on the way."""
    model = make_pipeline(
        SpectralCoarsener((3,), rotation_invariant=True, max_epochs=1, random_state=0),
        FunctionTransformer(lambda paths: paths.reshape(*paths.shape[:2], 3, 3)),
        LogSignatureTransformer(invariance="rotation"),
        StandardScaler(),
        LogisticRegression(),
    ).fit(walks, np.arange(18) % 2)
    found = attribute(model, walks, shares="columns")
    assert found.own.tolist() == [0, 0, 0]
    total = (found.outputs - found.baseline_outputs).mean()
    assert found.node_scores.sum() == pytest.approx(total)
    model.steps[1] = (
        "other",
        FunctionTransformer(lambda p: 2 * p.reshape(18, 20, 3, 3)),
    )
    with pytest.raises(InvalidInputError, match="change the coarse paths"):
        attribute(model, walks, shares="columns")


def test_of_a_search_the_best_is_explained(walks):
    pipeline = make_pipeline(LogSignatureTransformer(), LogisticRegression())
    search = GridSearchCV(pipeline, {"logisticregression__C": [0.1, 1]}, cv=3)
    search.fit(walks, np.arange(18) % 2)
    found, expected = attribute(search, walks), attribute(search.best_estimator_, walks)
    np.testing.assert_array_equal(found.coordinates, expected.coordinates)


@pytest.mark.parametrize(
    ("steps", "error", "message"),
    [
        ([Normalizer(), RidgeClassifier()], InvalidInputTypeError, "Normalizer after"),
        (
            [QuantileTransformer(n_quantiles=5), RidgeClassifier()],
            InvalidInputTypeError,
            "not known to be linear; exact weights are read through StandardScaler",
        ),
        ([KNeighborsClassifier()], InvalidInputTypeError, "has no coef_ to read"),
        ([SVC()], InvalidInputTypeError, "A SVC has no coef_ to read"),
        ([PoissonRegressor(max_iter=5)], InvalidInputError, "is not the linear func"),
        (
            [MinMaxScaler((0.4, 0.6), clip=True), RidgeClassifier()],
            InvalidInputError,
            "RidgeClassifier, with the steps before it, is not the linear function",
        ),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_what_is_not_linear_is_refused(walks, steps, error, message):
    model = make_pipeline(LogSignatureTransformer(), *steps)
    model.fit(walks[:9], np.arange(9) % 2)
    with pytest.raises(error, match=message):
        attribute(model, 3 * walks)


def test_a_model_that_is_not_fitted_is_refused(walks):
    model = make_pipeline(LogSignatureTransformer(), RidgeClassifier())
    with pytest.raises(NotFittedError):
        attribute(model, walks)


def test_two_coarseners_are_refused(walks):
    model = make_pipeline(
        EigenCoarsener(4, random_state=0), FixedCoarsener([0] * 12),
        LogSignatureTransformer(), RidgeClassifier(),
    ).fit(walks, np.arange(18) % 2)  # fmt: skip
    with pytest.raises(InvalidInputError, match="coarsens what is coarse already"):
        attribute(model, walks)


def test_samples_of_other_atoms_are_named(walks):
    model = make_pipeline(
        EigenCoarsener(3, random_state=0), LogSignatureTransformer(), RidgeClassifier()
    ).fit(walks, np.arange(18) % 2)
    with pytest.raises(InvalidInputError, match="sample 1 has 5 nodes, but sample 0"):
        attribute(model, [walks[0], walks[1][:, :5]])


def test_thousands_of_atoms_need_no_matrix_of_pairs(rng):
    """Displacements of 3,000 atoms: each atom is a cluster."""
    X = rng.normal(size=(6, 3, 3000, 3)).astype(np.float32)
    model = make_pipeline(LogSignatureTransformer(depth=1), RidgeClassifier())
    model.fit(X, [0, 1] * 3)
    tracemalloc.start()
    found = attribute(model, X)
    total = (found.outputs - found.baseline_outputs).mean()
    assert found.node_scores.sum() == pytest.approx(total)
    # without areas no pair is better than another
    with pytest.warns(UninformativeFeaturesWarning, match="no ranking"):
        assert len(found.critical_interactions(3)) == 3
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 0.9 * 8 * 3000**2

"""Whole Pipelines: names of features, tables, metadata, and how they are shown."""

from html.parser import HTMLParser

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.base import clone
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_deepsig import (
    DeepSignatureClassifier,
    DeepSignatureRegressor,
    DihedralFeaturizer,
    LogSignatureTransformer,
    SpectralCoarsener,
    TemporalGroupKFold,
    TrajectorySelector,
)
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory import GraphTrajectory
from tests.helpers.molecules import make_peptide

COARSE = {"n_clusters": (3,), "hidden_dim": 4, "max_epochs": 2, "random_state": 0}
NETWORK = COARSE | {"n_segments": 2, "lstm_hidden_dim": 4, "mlp_hidden_dim": 4}

TABLES = {"pandas": pd.DataFrame, "polars": pl.DataFrame}


@pytest.fixture
def peptides():
    return [make_peptide(5, 8, seed=seed) for seed in range(4)]


@pytest.fixture
def mutants():
    """Molecules that differ in the number of atoms."""
    return [make_peptide(4 + seed, 8, seed=seed) for seed in range(4)]


def selected():
    return make_pipeline(
        TrajectorySelector("name CA"), LogSignatureTransformer(n_segments=3)
    )


def coarsened():
    return make_pipeline(
        TrajectorySelector("name CA"),
        SpectralCoarsener(**COARSE),
        LogSignatureTransformer(n_segments=2),
        StandardScaler(),
    )


# Names


def test_names_after_selection_are_those_of_residues_and_atoms(peptides):
    pipeline = selected()
    names = pipeline.fit(peptides).get_feature_names_out()
    assert names[0] == "seg0:ALA 1 CA.x"
    assert "seg2:[ALA 2 CA.x, ALA 5 CA.z]" in names
    assert len(names) == len(set(names)) == pipeline.transform(peptides).shape[1]
    pipeline.set_params(
        trajectoryselector__select="name CB", trajectoryselector__graph="chain"
    ).fit(peptides)
    assert pipeline.get_feature_names_out()[0] == "seg0:ALA 1 CB.x"


def test_names_after_coarsening_are_those_of_clusters(peptides, mutants):
    for X in (peptides, mutants):
        pipeline = coarsened()
        names = pipeline.fit(X).get_feature_names_out()
        assert names[0] == "seg0:cluster0.x"
        assert "seg1:[cluster0.y, cluster2.z]" in names
        assert len(names) == len(set(names)) == pipeline.transform(X).shape[1]


def test_a_name_is_where_its_cluster_is(rng):
    X = rng.normal(size=(3, 9, 6, 3)).cumsum(axis=1)
    coarsener = SpectralCoarsener(**COARSE, rotation_invariant=True).fit(X)
    names = coarsener.get_feature_names_out().tolist()
    assert names == [f"cluster{i}.{dim}" for i in range(3) for dim in "xyz"]
    # which makes the coarse path that of the sums of atoms, weighted by assignment
    centred = X - X.mean(axis=(1, 2), keepdims=True)
    path = np.einsum("bnk,btnd->btkd", coarsener.assign(X), centred)
    found = coarsener.transform(X)[..., names.index("cluster2.y")]
    np.testing.assert_allclose(found, path[..., 2, 1], atol=1e-4)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((4, 9), ["x0"]),
        ((4, 9, 2), ["x0", "x1"]),
        ((4, 9, 2, 3), [f"x{i}" for i in range(6)]),
    ],
)
def test_the_selector_names_channels_of_arrays(rng, shape, expected):
    selector = TrajectorySelector().fit(rng.normal(size=shape))
    assert selector.get_feature_names_out().tolist() == expected
    assert selector.n_features_in_ == (9 if len(shape) == 2 else 2)
    with pytest.raises(ValueError, match="input_features should have length equal"):
        selector.get_feature_names_out(["a"])


def test_the_selector_has_no_names_for_molecules_of_several_sizes(mutants):
    selector = TrajectorySelector().fit(mutants)
    assert selector.channel_names_ is None
    assert selector.get_feature_names_out() is None


def test_the_selector_refuses_other_channels_and_dimensions(rng):
    X = rng.normal(size=(4, 9, 5, 3))
    selector = TrajectorySelector().fit(X)
    with pytest.raises(InvalidInputError, match="4 channels or nodes"):
        selector.transform(X[:, :, :4])
    with pytest.raises(InvalidInputError, match="2 dimensions a node"):
        selector.transform(X[..., :2])
    assert len(selector.transform(X[:, :4])) == 4


# Tables


@pytest.mark.parametrize("container", TABLES)
@pytest.mark.parametrize("make", [selected, coarsened])
def test_tables_have_the_names_of_the_pipeline(peptides, make, container):
    expected = make().fit_transform(peptides)
    for pipeline in (make().set_output(transform=container), make()):
        # by the Pipeline's own setting, and by that of all of scikit-learn
        with sklearn.config_context(transform_output=container):
            table = clone(pipeline).fit_transform(peptides)
            again = pipeline.fit(peptides).transform(peptides)
            names = pipeline.get_feature_names_out().tolist()
        assert isinstance(table, TABLES[container])
        assert list(table.columns) == list(again.columns) == names
        np.testing.assert_allclose(np.asarray(table), expected, atol=1e-6)
        np.testing.assert_array_equal(np.asarray(again), np.asarray(table))


@pytest.mark.parametrize("container", TABLES)
def test_coarse_paths_are_tables_on_demand(peptides, mutants, container):
    for X in (peptides, mutants):
        arrays = SpectralCoarsener(**COARSE).fit_transform(X)
        coarsener = SpectralCoarsener(**COARSE).set_output(transform=container)
        names = coarsener.fit(X).get_feature_names_out().tolist()
        tables = coarsener.transform(X)
        assert coarsener.set_output() is coarsener  # changes nothing
        for table, array in zip(tables, arrays, strict=True):
            assert isinstance(table, TABLES[container])
            assert list(table.columns) == names
            np.testing.assert_array_equal(np.asarray(table), array)
        coarsener.set_output(transform="default")
        for path, array in zip(coarsener.transform(X), arrays, strict=True):
            assert isinstance(path, np.ndarray)
            np.testing.assert_array_equal(path, array)


@pytest.mark.parametrize("container", TABLES)
def test_tables_of_learned_features_and_of_dihedrals(peptides, container):
    y = [0, 1, 0, 1]
    for steps, first in [
        ((TrajectorySelector(), DeepSignatureClassifier(**NETWORK)), None),
        ((TrajectorySelector(), DeepSignatureRegressor(**NETWORK)), None),
        ((DihedralFeaturizer(),), "psi ALA 1 sin mean"),
    ]:
        pipeline = make_pipeline(*steps, StandardScaler())
        pipeline.set_output(transform=container)
        table = pipeline.fit_transform(peptides, y)
        names = pipeline.get_feature_names_out().tolist()
        assert isinstance(table, TABLES[container])
        assert list(table.columns) == names
        assert names[0] == (first or f"{type(steps[-1]).__name__.lower()}0")


# How it is shown


class Steps(HTMLParser):
    """What a browser would show as text."""

    def __init__(self, html):
        super().__init__()
        self.text = []
        self.feed(html)

    def handle_data(self, data):
        self.text += data.split()


def test_html_shows_every_step(peptides):
    pipeline = coarsened()
    for shown in (pipeline, pipeline.fit(peptides)):
        html = shown._repr_html_()
        text = Steps(html).text
        for step in pipeline:
            assert type(step).__name__ in text
        assert "n_clusters" in html
    assert "Fitted" in html


# Metadata: every sample says its number, so that its group and weight can be told


class Watched(DeepSignatureClassifier):
    """Notes which samples came with which groups and weights."""

    seen = []  # noqa: RUF012

    def fit(self, X, y, groups=None, sample_weight=None):
        numbers = [int(sample.source) for sample in X]
        self.seen.append((numbers, groups, sample_weight))
        return super().fit(X, y, groups=groups, sample_weight=sample_weight)


class WatchedCoarsener(SpectralCoarsener):
    """The same for a step in the middle."""

    seen = []  # noqa: RUF012

    def fit(self, X, y=None, groups=None, sample_weight=None):
        numbers = [int(sample.source) for sample in X]
        self.seen.append((numbers, groups, sample_weight))
        return super().fit(X, y, groups=groups, sample_weight=sample_weight)


N_SAMPLES = 16
GROUPS = np.arange(N_SAMPLES) // 2
Y = GROUPS % 2
WEIGHT = np.linspace(1.0, 2.0, N_SAMPLES)
WATCHED = {
    "network": (Watched, NETWORK),
    "coarsener": (WatchedCoarsener, COARSE),
}


@pytest.fixture
def X(rng):
    steps = rng.normal(size=(N_SAMPLES, 8, 5, 3))
    chain = np.stack([np.arange(4), np.arange(1, 5)])
    return [
        GraphTrajectory(walk, chain, source=str(i))
        for i, walk in enumerate(steps.cumsum(axis=1))
    ]


def pipeline_with(kind):
    make, settings = WATCHED[kind]
    make.seen.clear()
    watched = make(**settings, early_stopping=True, validation_fraction=0.3)
    rest = () if kind == "network" else (LogSignatureTransformer(),)
    if kind == "coarsener":
        rest = (*rest, LogisticRegression(C=1e-3))
    return make_pipeline(TrajectorySelector(), watched, *rest), watched


def check_seen(seen, n_fits):
    assert len(seen) == n_fits
    for numbers, groups, weight in seen:
        np.testing.assert_array_equal(groups, GROUPS[numbers])
        np.testing.assert_array_equal(weight, WEIGHT[numbers])


@pytest.mark.parametrize("kind", WATCHED)
@pytest.mark.parametrize("cv", [StratifiedGroupKFold(2), TemporalGroupKFold(1, 2)])
def test_groups_and_weights_are_routed(X, kind, cv):
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline, watched = pipeline_with(kind)
        watched.set_fit_request(groups=True, sample_weight=True)
        if kind == "coarsener":
            pipeline[-1].set_fit_request(sample_weight=True)
        scoring = get_scorer("accuracy").set_score_request(sample_weight=True)
        search = GridSearchCV(
            pipeline,
            {f"{type(watched).__name__.lower()}__n_clusters": [(2,), (3,)]},
            cv=cv,
            scoring=scoring,
        )
        search.fit(X, Y, groups=GROUPS, sample_weight=WEIGHT)
        check_seen(watched.seen, 5)  # two settings, two folds, and the best on all
        assert watched.seen[-1][0] == list(range(N_SAMPLES))
        given = {"groups": GROUPS, "sample_weight": WEIGHT}
        scores = cross_validate(pipeline, X, Y, cv=cv, scoring=scoring, params=given)
        check_seen(watched.seen, 7)
    assert np.isfinite(scores["test_score"]).all()


def test_weights_that_nobody_asked_for_are_an_error(X):
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline, _ = pipeline_with("network")
        with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
            pipeline.fit(X, Y, sample_weight=WEIGHT)


@pytest.mark.parametrize("kind", WATCHED)
def test_groups_and_weights_are_fit_parameters(X, kind):
    pipeline, watched = pipeline_with(kind)
    name = type(watched).__name__.lower()
    given = {f"{name}__groups": GROUPS, f"{name}__sample_weight": WEIGHT}
    pipeline.fit(X, Y, **given)
    check_seen(watched.seen, 1)
    assert "validation_loss" in pipeline[name].history_
    search = GridSearchCV(
        pipeline, {f"{name}__n_clusters": [(2,), (3,)]}, cv=StratifiedGroupKFold(2)
    )
    search.fit(X, Y, groups=GROUPS, **given)
    check_seen(watched.seen, 6)

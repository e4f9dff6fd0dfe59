"""Attribution over folds and seeds, against refits by hand."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold
from sklearn.pipeline import make_pipeline

from sklearn_deepsig import (
    DeepSignatureClassifier,
    FixedCoarsener,
    LogSignatureTransformer,
)
from sklearn_deepsig.datasets import load_peptide_mutants, make_irreversible_dynamics
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.inspection import attribute, attribute_cv

LINEAR = make_pipeline(LogSignatureTransformer(), LogisticRegression(C=0.1))
TINY = DeepSignatureClassifier(
    (3,), hidden_dim=4, n_segments=1, lstm_hidden_dim=4, max_epochs=1, verbose=False
)


@pytest.fixture(scope="module")
def data():
    return make_irreversible_dynamics(
        24, n_groups=3, group_size=2, n_frames=60, noise=0.3, random_state=0
    )


def by_hand(model, X, y, splits):
    for train, test in splits:
        fitted = model.fit([X[i] for i in train], y[train])
        yield attribute(fitted, [X[i] for i in test], y[test])


def test_tables_are_statistics_of_the_runs(data):
    X, y, _ = data
    cv = KFold(4, shuffle=True, random_state=0)
    found = attribute_cv(LINEAR, X, y, cv=cv)
    runs = list(by_hand(LINEAR, X, y, cv.split(X)))
    scores = np.stack([run.node_scores for run in runs])
    np.testing.assert_allclose(found.node_scores, scores)
    table = found.critical_atoms(2)
    order = np.argsort(-scores.mean(axis=0))[:2]
    assert table["residue"].tolist() == [X[0].node_names[i] for i in order]
    np.testing.assert_allclose(table["score"], scores.mean(axis=0)[order])
    errors = scores.std(axis=0, ddof=1)[order] / 2
    np.testing.assert_allclose(table["standard_error"], errors)
    first = np.argsort(-scores, axis=1)[:, :2]
    np.testing.assert_allclose(
        table["frequency"], [(first == node).any(axis=1).mean() for node in order]
    )
    pairs = found.critical_interactions(5)
    whole = np.stack([2 * np.triu(run.node_pairs.matrix(), 1) for run in runs])
    flat = whole.reshape(4, -1)
    order = np.argsort(-flat.mean(axis=0))[:5]
    names = [(X[0].node_names[i // 6], X[0].node_names[i % 6]) for i in order]
    assert list(zip(pairs["residue_1"], pairs["residue_2"], strict=True)) == names
    np.testing.assert_allclose(pairs["score"], flat.mean(axis=0)[order])
    errors = flat.std(axis=0, ddof=1)[order] / 2
    np.testing.assert_allclose(pairs["standard_error"], errors)
    first = np.argsort(-flat, axis=1)[:, :5]
    np.testing.assert_allclose(
        pairs["frequency"], [(first == pair).any(axis=1).mean() for pair in order]
    )


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_every_seed_sees_every_fold(data, n_jobs):
    X, y, _ = data
    found = attribute_cv(TINY, X, y, cv=2, random_states=[3, 5], n_jobs=n_jobs)
    assert found.folds.tolist() == [0, 0, 1, 1]
    assert found.random_states.tolist() == [3, 5, 3, 5]
    assert len({*found.node_scores.sum(axis=1).round(12)}) == 4
    again = attribute_cv(TINY, X, y, cv=2, random_states=[5])
    np.testing.assert_allclose(found.node_scores[[1, 3]], again.node_scores, rtol=1e-4)
    assert ((found.test_scores >= 0) & (found.test_scores <= 1)).all()
    assert not hasattr(TINY, "module_")


def test_one_run_has_no_error(data):
    X, y, _ = data
    found = attribute_cv(LINEAR, X, y, cv=[(np.arange(12), np.arange(12, 24))])
    assert np.isnan(found.critical_atoms()["standard_error"]).all()
    assert (found.critical_atoms()["frequency"] == 1).all()


@pytest.mark.parametrize("explain", ["true", "predicted"])
def test_the_class_that_is_explained(data, explain):
    X, y, _ = data
    wrong = y[::-1].copy()  # of the opposite class each
    train, test = np.arange(12), np.arange(12, 24)
    labels = np.where(np.arange(24) < 12, y, wrong)
    found = attribute_cv(LINEAR, X, labels, cv=[(train, test)], explain=explain)
    model = LINEAR.fit(X[:12], y[:12])
    expected = attribute(model, X[12:], wrong[12:] if explain == "true" else None)
    np.testing.assert_allclose(found.node_scores[0], expected.node_scores)


def test_numbers_are_explained_too(data):
    X, y, _ = data
    model = make_pipeline(LogSignatureTransformer(), Ridge())
    found = attribute_cv(model, X, (y == "forward") * 1.0, cv=3)
    assert found.node_scores.shape == (3, 6)


def test_whole_groups_are_held_out(data, monkeypatch):
    X, y, _ = data
    groups = np.arange(24) // 4
    expected = list(StratifiedGroupKFold(3).split(X, y, groups))
    given = []
    fit = DeepSignatureClassifier.fit

    def spy(self, X, y, groups=None, sample_weight=None):
        given.append(groups)
        return fit(self, X, y, groups, sample_weight)

    monkeypatch.setattr(DeepSignatureClassifier, "fit", spy)
    attribute_cv(TINY, X, y, groups=groups, cv=3)
    for (train, _), found in zip(expected, given, strict=True):
        np.testing.assert_array_equal(found, groups[train])
    model = make_pipeline(LogSignatureTransformer(), Ridge())
    numbers = (y == "forward") * 1.0
    found = attribute_cv(model, X, numbers, groups=groups, cv=3)
    by_group = attribute_cv(model, X, numbers, groups=groups, cv=GroupKFold(3))
    np.testing.assert_array_equal(found.node_scores, by_group.node_scores)


def test_mutants_are_compared_by_residue():
    X, y, groups = load_peptide_mutants()
    model = make_pipeline(
        FixedCoarsener(), LogSignatureTransformer(), LogisticRegression(C=1e-3)
    )
    found = attribute_cv(model, X, y, groups=groups, cv=3, level="residues")
    assert len(found.names) == X[0].n_residues
    table = found.critical_atoms(2, by="magnitude")
    assert list(table) == ["residue", "score", "standard_error", "frequency"]
    pairs = found.critical_interactions(2, by="magnitude")
    assert list(pairs)[:2] == ["residue_1", "residue_2"]
    with pytest.raises(InvalidInputError, match="combine_residues"):
        attribute_cv(model, X, y, groups=groups, cv=3)
    # folds of one system each, of which each differs from the next
    folds = [(np.arange(len(X)), [0]), (np.arange(len(X)), [2])]
    with pytest.raises(InvalidInputError, match="fold 1 have other atoms"):
        attribute_cv(model, X, y, cv=folds)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level": "chains"}, "level='chains' is unknown"),
        ({"explain": "all"}, "explain='all' is unknown"),
        ({"random_states": []}, "random_states is empty"),
    ],
)
def test_bad_settings_are_refused(data, change, message):
    with pytest.raises(InvalidInputError, match=message):
        attribute_cv(LINEAR, *data[:2], **change)

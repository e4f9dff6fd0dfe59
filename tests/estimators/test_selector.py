"""TrajectorySelector: atoms, graphs, superposition, and scikit-learn's contract."""

import pickle

import mdtraj as md
import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils import get_tags
from torch_geometric.data import Data

from sklearn_deepsig.estimators import TrajectorySelector
from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.trajectory import (
    GraphTrajectory,
    as_trajectories,
    bond_edges,
    complete_edges,
    contact_edges,
)
from tests.helpers.molecules import alpha_carbons, make_peptide, windows_of


def tumble(trajectory, rng):
    """Turn and shift every frame by an arbitrary amount."""
    turns = Rotation.random(trajectory.n_frames, rng).as_matrix()
    shifts = rng.normal(size=(trajectory.n_frames, 1, 3))
    xyz = np.einsum("tni,tji->tnj", trajectory.xyz, turns) + shifts
    return md.Trajectory(xyz, trajectory.topology, trajectory.time)


def rmsd(positions, reference):
    return np.sqrt(((positions - reference) ** 2).sum(-1).mean(-1))


@pytest.fixture
def X():
    return [make_peptide(6, 10, seed=seed) for seed in range(4)]


# Selection


def test_the_default_keeps_alpha_carbons_and_their_contacts(X):
    for sample, trajectory in zip(
        TrajectorySelector().fit_transform(X), X, strict=True
    ):
        alpha = alpha_carbons(trajectory)
        np.testing.assert_array_equal(sample.positions, alpha.xyz)
        np.testing.assert_array_equal(sample.edge_index, contact_edges(alpha.xyz[0]))
        assert sample.node_names == tuple(f"ALA {i + 1} CA" for i in range(6))
        assert sample.time_step == 1.0


def test_a_selection_keeps_the_bonds_among_its_atoms(X):
    sample = TrajectorySelector("backbone").fit_transform(X)[0]
    chosen = X[0].atom_slice(X[0].topology.select("backbone"))
    np.testing.assert_array_equal(sample.edge_index, bond_edges(chosen.topology))
    np.testing.assert_array_equal(sample.positions, chosen.xyz)


def test_none_keeps_all_atoms_without_a_copy(X):
    sample = TrajectorySelector(None).fit_transform(X)[0]
    assert sample.n_nodes == X[0].n_atoms
    assert np.shares_memory(sample.positions, X[0].xyz)


def test_samples_without_topology_keep_their_nodes(X, rng):
    bare = md.Trajectory(rng.normal(size=(5, 4, 3)), None)
    others = [
        GraphTrajectory(rng.normal(size=(5, 4, 3)), [[0], [1]]),
        Data(
            pos=rng.normal(size=(4, 5, 3)),
            edge_index=np.array([[0], [1]]),
        ),
        rng.normal(size=(5, 4, 3)),
        bare,
    ]
    samples = TrajectorySelector(graph="complete").fit_transform([*others, X[0]])
    assert [sample.n_nodes for sample in samples] == [4, 4, 4, 4, 6]
    assert [sample.n_edges for sample in samples] == [6, 6, 6, 6, 15]


def test_arrays_pass(rng):
    X = rng.normal(size=(3, 7, 5, 3))
    samples = TrajectorySelector(graph="knn", n_neighbors=2).fit_transform(X)
    np.testing.assert_array_equal(samples[2].positions, X[2])


@pytest.mark.parametrize("graph", ["chain", "complete", "contacts", "knn", [[0], [5]]])
def test_graph_parameters_are_those_of_as_trajectories(X, graph):
    options = {"graph": graph, "cutoff": 0.6, "n_neighbors": 3}
    expected = as_trajectories([alpha_carbons(x) for x in X], **options)
    for sample, other in zip(
        TrajectorySelector(**options).fit_transform(X), expected, strict=True
    ):
        np.testing.assert_array_equal(sample.edge_index, other.edge_index)


def test_input_is_not_written_to(X):
    before = [x.xyz.copy() for x in X]
    for x in X:
        x.xyz.flags.writeable = False
    TrajectorySelector(None, superpose=True).fit_transform(X)
    for x, xyz in zip(X, before, strict=True):
        np.testing.assert_array_equal(x.xyz, xyz)


def test_windows_of_one_trajectory_share_the_graph_of_the_selection():
    windows = windows_of(make_peptide(30, 40), 20)
    samples = TrajectorySelector("backbone").fit_transform(windows)
    assert all(s.edge_index is samples[0].edge_index for s in samples)
    assert all(s.node_names is samples[0].node_names for s in samples)


def test_real_trajectories_get_like_graphs(shared_data):
    folder = shared_data / "mor_apo_bu72"
    X = [
        md.load(folder / f"{name}_{i}.xtc", top=folder / f"{name}_receptor_top.pdb")
        for name in ("apo", "bu72")
        for i in (1, 2)
    ]
    samples = TrajectorySelector(superpose="reference").fit_transform(X)
    assert {sample.positions.shape for sample in samples} == {(10, 288, 3)}
    # neighbours in the sequence are always in contact
    assert min(sample.n_edges for sample in samples) > 287
    for sample, x in zip(samples, X, strict=True):
        alpha = alpha_carbons(x)
        expected = alpha.superpose(alpha_carbons(X[0]), 0).xyz
        expected = expected - alpha_carbons(X[0]).xyz[0].mean(axis=0)
        np.testing.assert_allclose(sample.positions, expected, atol=2e-4)


# Superposition


@pytest.mark.parametrize("superpose", [True, "reference", "first_frame"])
def test_superposition_undoes_tumbling(X, rng, superpose):
    still = [md.Trajectory(x.xyz[[0] * 5], x.topology) for x in X]
    tumbled = [tumble(x, rng) for x in still]
    for sample in TrajectorySelector(superpose=superpose).fit_transform(tumbled):
        np.testing.assert_allclose(
            sample.positions, sample.positions[:1].repeat(5, axis=0), atol=1e-5
        )
        assert sample.positions.dtype == np.float32


def test_the_reference_is_that_of_fit(X, rng):
    selector = TrajectorySelector(superpose="reference").fit(X)
    alpha = alpha_carbons(X[0]).xyz[0].astype(float)
    np.testing.assert_allclose(selector.reference_, alpha - alpha.mean(axis=0))
    tumbled = [tumble(x, rng) for x in X[1:]]
    for sample, again in zip(
        selector.transform(X[1:]), selector.transform(tumbled), strict=True
    ):
        np.testing.assert_allclose(sample.positions, again.positions, atol=1e-5)


def test_superposition_brings_frames_nearest_to_the_reference(X):
    selector = TrajectorySelector(superpose=True).fit(X[:1])
    for sample, x in zip(selector.transform(X), X, strict=True):
        expected = md.rmsd(alpha_carbons(x), alpha_carbons(X[0]), 0)
        np.testing.assert_allclose(
            rmsd(sample.positions, selector.reference_), expected, atol=1e-4
        )


def test_each_first_frame_keeps_its_orientation(X):
    for sample, x in zip(
        TrajectorySelector(superpose="first_frame").fit_transform(X), X, strict=True
    ):
        first = alpha_carbons(x).xyz[0]
        np.testing.assert_allclose(
            sample.positions[0], first - first.mean(axis=0), atol=1e-6
        )


def test_without_superposition_there_is_no_reference(X):
    assert TrajectorySelector().fit(X).reference_ is None
    assert TrajectorySelector(superpose="first_frame").fit(X).reference_ is None


# Bad input


def test_a_selection_of_nothing_names_selection_and_sample(X):
    glycine_like = X[1].atom_slice(X[1].topology.select("not name CB"))
    words = r"sample 1: select='name CB' selects none of the 24 atoms.*C, CA, N, O"
    with pytest.raises(InvalidInputError, match=words):
        TrajectorySelector("name CB").fit([X[0], glycine_like])


@pytest.mark.parametrize("select", ["name CA and", "nonsense CA", ""])
def test_a_selection_that_cannot_be_read(X, select):
    with pytest.raises(
        InvalidInputError, match=r"sample 0: select=.*no selection that mdtraj can read"
    ):
        TrajectorySelector(select).fit(X)


def test_other_atoms_than_the_reference(X):
    longer = make_peptide(9, 5)
    selector = TrajectorySelector(superpose=True).fit(X)
    words = r"sample 1 has 9 atoms.*has 6.*superpose=\"first_frame\""
    with pytest.raises(InvalidInputError, match=words):
        selector.transform([X[0], longer])
    with pytest.raises(InvalidInputError, match=words):
        clone(selector).fit_transform([X[0], longer])
    first_frame = TrajectorySelector(superpose="first_frame").fit(X)
    assert first_frame.transform([X[0], longer])[1].n_nodes == 9


def test_superposition_needs_three_dimensions(rng):
    with pytest.raises(
        InvalidInputError, match=r"sample 0 has n_dims=1.*superpose=False"
    ):
        TrajectorySelector(superpose="first_frame").fit_transform(
            rng.normal(size=(2, 5, 4))
        )


def test_superposition_switched_on_after_fit(X):
    selector = TrajectorySelector().fit(X).set_params(superpose=True)
    with pytest.raises(InvalidInputError, match=r"after fit.*Call fit again"):
        selector.transform(X)


def test_not_fitted(X):
    with pytest.raises(NotFittedError):
        TrajectorySelector().transform(X)


def test_input_that_is_no_x(X):
    with pytest.raises(InvalidInputTypeError, match="one bare Trajectory"):
        TrajectorySelector().fit(X[0])
    with pytest.raises(InvalidInputError, match="X is empty"):
        TrajectorySelector().fit([])
    X[2].xyz[3, 1] = np.nan
    with pytest.raises(InvalidInputError, match=r"sample 2: .*frame 3.*ALA 1 CA"):
        TrajectorySelector().fit(X)


@pytest.mark.parametrize(
    "parameters",
    [
        {"select": 3},
        {"graph": "bond"},
        {"cutoff": 0},
        {"cutoff": "0.8"},
        {"n_neighbors": 0},
        {"n_neighbors": 2.5},
        {"superpose": "last_frame"},
        {"superpose": None},
    ],
)
def test_wrong_parameters_are_named(X, parameters):
    (name,) = parameters
    for method in ("fit", "fit_transform"):
        with pytest.raises(ValueError, match=f"'{name}' parameter of TrajectorySel"):
            getattr(TrajectorySelector(**parameters), method)(X)


# scikit-learn's contract


def test_parameters_can_be_read_set_and_cloned():
    edges = np.array([[0], [1]])
    selector = TrajectorySelector("backbone", graph=edges, superpose=True)
    assert list(selector.get_params()) == [
        *("cutoff", "graph", "n_neighbors", "select", "superpose"),
    ]
    copy = clone(selector)
    np.testing.assert_array_equal(copy.graph, edges)
    assert copy.set_params(select=None).select is None
    assert repr(TrajectorySelector(cutoff=1.0)) == "TrajectorySelector(cutoff=1.0)"


def test_a_fitted_selector_can_be_pickled(X):
    selector = TrajectorySelector(superpose=True).fit(X)
    copy = pickle.loads(pickle.dumps(selector))
    for sample, other in zip(copy.transform(X), selector.transform(X), strict=True):
        np.testing.assert_array_equal(sample.positions, other.positions)


def test_fit_transform_is_fit_and_transform(X):
    one = TrajectorySelector(superpose=True).fit_transform(X)
    two = TrajectorySelector(superpose=True).fit(X).transform(X)
    for sample, other in zip(one, two, strict=True):
        np.testing.assert_array_equal(sample.positions, other.positions)
        np.testing.assert_array_equal(sample.edge_index, other.edge_index)


def test_a_fit_replaces_the_one_before(X):
    selector = TrajectorySelector(superpose=True).fit(X)
    assert selector.fit([make_peptide(9, 5)]).reference_.shape == (9, 3)
    assert selector.set_params(superpose=False).fit(X).reference_ is None


@pytest.mark.parametrize("container", ["default", "pandas"])
def test_a_pipeline_can_set_the_output(X, container):
    spread = FunctionTransformer(mean_spread, feature_names_out=lambda *_: ["spread"])
    pipeline = make_pipeline(TrajectorySelector(), spread)
    pipeline.set_output(transform=container)
    assert hasattr(pipeline.fit_transform(X), "columns") == (container == "pandas")
    assert isinstance(pipeline[0].transform(X), list)


def test_the_tags_say_that_samples_are_no_tables():
    tags = get_tags(TrajectorySelector())
    assert not tags.input_tags.two_d_array
    assert tags.input_tags.three_d_array
    assert tags.transformer_tags.preserves_dtype == []


def mean_spread(samples):
    return np.array([[sample.positions.std(axis=0).mean()] for sample in samples])


def shaken(trajectory, name, rng):
    """Add noise to the atoms of one name."""
    xyz = trajectory.xyz.copy()
    atoms = trajectory.topology.select(f"name {name}")
    xyz[:, atoms] += rng.normal(scale=0.1, size=xyz[:, atoms].shape)
    return md.Trajectory(xyz, trajectory.topology)


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_the_selection_can_be_searched_over(rng, n_jobs):
    # Only the motion of the CB atoms tells the classes apart.
    X = [shaken(make_peptide(5, 20, seed=seed), "CA", rng) for seed in range(12)]
    X = [shaken(x, "CB", rng) if i % 2 else x for i, x in enumerate(X)]
    pipeline = make_pipeline(
        TrajectorySelector(graph="knn"),
        FunctionTransformer(mean_spread),
        StandardScaler(),
        LogisticRegression(),
    )
    search = GridSearchCV(
        pipeline,
        {
            "trajectoryselector__select": ["name CA", "name CB", "name N"],
            "trajectoryselector__superpose": [False, "first_frame"],
        },
        cv=3,
        n_jobs=n_jobs,
        error_score="raise",
    ).fit(X, [0, 1] * 6)
    assert search.best_params_["trajectoryselector__select"] == "name CB"
    assert search.best_score_ == 1.0
    assert search.score(X[::-1], [1, 0] * 6) == 1.0


def test_complete_graphs_of_the_selection(X):
    sample = TrajectorySelector("name CB", graph="complete").fit_transform(X)[0]
    np.testing.assert_array_equal(sample.edge_index, complete_edges(6))

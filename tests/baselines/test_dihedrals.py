"""check_estimator does not apply: these transformers take molecules, not numbers."""

import pickle

import mdtraj as md
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    cross_val_predict,
    cross_val_score,
)
from sklearn.utils.estimator_checks import check_no_attributes_set_in_init

from sklearn_deepsig.baselines import (
    AlphaCarbonDihedralFeaturizer,
    DihedralFeaturizer,
    make_alpha_carbon_dihedral_svm,
    make_dihedral_svm,
)
from sklearn_deepsig.exceptions import (
    ImplausibleTrajectoryWarning,
    InvalidInputError,
    InvalidInputTypeError,
)
from sklearn_deepsig.model_selection import make_windows
from sklearn_deepsig.trajectory import GraphTrajectory
from tests.helpers.molecules import alpha_carbons, make_peptide

FEATURIZERS = [DihedralFeaturizer, AlphaCarbonDihedralFeaturizer]


def rebuild(molecule, *, numbers=None, names=None, chains=None, without=()):
    """The same atoms in a topology of other residue numbers, names and chains.

    without holds pairs (index of a residue, name of an atom) to leave out.
    """
    topology, kept, chain, last = md.Topology(), [], None, None
    for i, old in enumerate(molecule.topology.residues):
        in_chain = chains[i] if chains else 0
        if chain is None or in_chain != last:
            chain, last = topology.add_chain(), in_chain
        residue = topology.add_residue(
            names[i] if names else old.name,
            chain,
            resSeq=numbers[i] if numbers else old.resSeq,
        )
        for atom in old.atoms:
            if (i, atom.name) not in without:
                topology.add_atom(atom.name, atom.element, residue)
                kept.append(atom.index)
    return md.Trajectory(molecule.xyz[:, kept], topology)


def torsion(a, b, c, d):
    """Angle between the planes of a, b, c and of b, c, d, by its definition."""
    first, second = np.cross(b - a, c - b), np.cross(c - b, d - c)
    bond = (c - b) / np.linalg.norm(c - b, axis=-1, keepdims=True)
    sine = (np.cross(first, second) * bond).sum(-1)
    return np.arctan2(sine, (first * second).sum(-1))


def alpha_carbon_torsions(molecule):
    ca = molecule.xyz[:, molecule.topology.select("name CA")].astype(np.float64)
    return torsion(ca[:, :-3], ca[:, 1:-2], ca[:, 2:-1], ca[:, 3:])


def types_and_places(featurizer):
    return [(key.type, key.chain, key.residue) for key in featurizer.keys_]


def test_backbone_angles_are_those_the_peptide_was_built_with(rng):
    phi, psi = rng.uniform(-np.pi, np.pi, size=(2, 7, 4))
    molecule = make_peptide(4, 7, phi=phi, psi=psi)
    featurizer = DihedralFeaturizer(statistics=("mean", "std"))
    features = featurizer.fit_transform([molecule])
    columns, names = [], []
    for residue in range(4):
        for name, angles in (("phi", phi), ("psi", psi)):
            if (name, residue) in {("phi", 0), ("psi", 3)}:
                continue  # the ends have no such angle
            for function in (np.sin, np.cos):
                values = function(angles[:, residue])
                columns += [values.mean(), values.std()]
                for statistic in ("mean", "std"):
                    names.append(
                        f"{name} ALA {residue + 1} {function.__name__} {statistic}"
                    )
    np.testing.assert_allclose(features, [columns], atol=1e-4)
    assert featurizer.get_feature_names_out().tolist() == names
    assert features.dtype == np.float64


@pytest.mark.parametrize("kind", ["phi", "psi", "omega", "chi1"])
def test_each_type_is_that_of_mdtraj(kind):
    molecule = make_peptide(6, 5, seed=1)
    if kind == "chi1":  # serine is alanine with one atom more, here the oxygen
        topology = molecule.topology.copy()
        for atom in list(topology.atoms):
            if atom.name == "O":
                atom.name = "OG"
        molecule = md.Trajectory(molecule.xyz, topology)
    compute = getattr(md, f"compute_{kind}")
    angles = compute(molecule)[1]
    assert angles.size > 0
    expected = np.stack([np.sin(angles).mean(0), np.cos(angles).mean(0)], axis=-1)
    features = DihedralFeaturizer(kind).fit_transform([molecule])
    np.testing.assert_allclose(features, expected.reshape(1, -1), atol=1e-6)


@pytest.mark.parametrize("only_alpha_carbons", [False, True])
def test_alpha_carbon_angles_are_those_of_the_definition(only_alpha_carbons):
    molecule = make_peptide(9, 6, seed=2)
    angles = alpha_carbon_torsions(molecule)
    if only_alpha_carbons:
        molecule = alpha_carbons(molecule)
    featurizer = AlphaCarbonDihedralFeaturizer(statistics="mean")
    features = featurizer.fit_transform([molecule])
    expected = np.stack([np.sin(angles).mean(0), np.cos(angles).mean(0)], axis=-1)
    np.testing.assert_allclose(features, expected.reshape(1, -1), atol=1e-5)
    # An angle is named after the residue of its second atom.
    assert [key.residue for key in featurizer.keys_] == [2, 3, 4, 5, 6, 7]
    assert featurizer.get_feature_names_out()[0] == "CA ALA 2 sin mean"


def test_angles_do_not_wrap_around():
    """178 and -178 degrees are 4 degrees apart, and their mean is 180, not 0."""
    psi = np.radians([[178.0, 0], [-178.0, 0]])
    features = DihedralFeaturizer("psi").fit_transform([make_peptide(2, 2, psi=psi)])
    expected = [[0, np.cos(np.radians(178))]]
    np.testing.assert_allclose(features, expected, atol=1e-4)


@pytest.mark.parametrize("featurizer", [f() for f in FEATURIZERS])
@given(seed=st.integers(0, 2**31))
def test_pose_and_order_of_frames_do_not_matter(featurizer, seed):
    rng = np.random.default_rng(seed)
    molecule = make_peptide(6, 4, seed=seed)
    turns = Rotation.random(4, random_state=seed).as_matrix()
    moved = np.einsum("tij,tnj->tni", turns, molecule.xyz) + rng.normal(size=(4, 1, 3))
    moved = md.Trajectory(moved[rng.permutation(4)], molecule.topology)
    first, second = featurizer.fit_transform([molecule, moved])
    np.testing.assert_allclose(first, second, atol=1e-4)


def test_no_angle_crosses_a_gap_in_the_numbers():
    molecule = rebuild(make_peptide(9), numbers=[1, 2, 3, 4, 11, 12, 13, 14, 15])
    backbone = DihedralFeaturizer().fit([molecule])
    found = types_and_places(backbone)
    assert ("psi", 0, 4) not in found
    assert ("phi", 0, 11) not in found
    assert len(found) == 2 * (9 - 2)
    trace = AlphaCarbonDihedralFeaturizer().fit([molecule])
    assert types_and_places(trace) == [("CA", 0, 2), ("CA", 0, 12), ("CA", 0, 13)]


def test_no_angle_crosses_chains_and_names_say_the_chain():
    molecule = rebuild(make_peptide(9), chains=[0] * 5 + [1] * 4)
    trace = AlphaCarbonDihedralFeaturizer().fit([molecule])
    assert types_and_places(trace) == [("CA", 0, 2), ("CA", 0, 3), ("CA", 1, 7)]
    assert trace.get_feature_names_out()[-1] == "CA ALA 7 chain 1 cos mean"
    backbone = types_and_places(DihedralFeaturizer().fit([molecule]))
    assert len(backbone) == 2 * (9 - 2)
    assert ("phi", 1, 6) not in backbone


def test_residue_without_alpha_carbon_breaks_the_trace():
    molecule = rebuild(make_peptide(9), without={(4, "CA")})
    trace = AlphaCarbonDihedralFeaturizer().fit([molecule])
    assert types_and_places(trace) == [("CA", 0, 2), ("CA", 0, 7)]


def test_calcium_is_no_alpha_carbon():
    molecule = alpha_carbons(make_peptide(5))
    topology = molecule.topology
    topology.residue(4).name = "CA"
    topology.atom(4).element = md.element.calcium
    trace = AlphaCarbonDihedralFeaturizer().fit([molecule])
    assert types_and_places(trace) == [("CA", 0, 2)]


def test_repeated_numbers_stay_apart():
    """Two molecules in a file without chains, and an insertion 3, 3A."""
    molecule = rebuild(make_peptide(10), numbers=[1, 2, 3, 3, 4, 1, 2, 3, 4, 5])
    featurizer = AlphaCarbonDihedralFeaturizer().fit([molecule])
    found = [(key.residue, key.copy) for key in featurizer.keys_]
    assert found == [(2, 0), (3, 0), (2, 1), (3, 2)]
    names = featurizer.get_feature_names_out()
    assert len(set(names)) == len(names)
    assert "CA ALA 3 #3 sin mean" in names


def test_mutants_share_the_angles_they_have_in_common():
    wild_type = make_peptide(7, seed=0)
    names = ["ALA", "ALA", "ALA", "GLY", "ALA", "ALA", "ALA"]
    mutant = rebuild(make_peptide(7, seed=1), names=names, without={(3, "CB")})
    shorter = rebuild(make_peptide(5, seed=2), numbers=[3, 4, 5, 6, 7])
    samples = [wild_type, mutant, shorter]
    featurizer = DihedralFeaturizer()
    features = featurizer.fit_transform(samples)
    assert [key.residue for key in featurizer.keys_] == [3, 4, 4, 5, 5, 6, 6, 7]
    # Each sample alone has more angles, and the same values for the common ones.
    for sample, row in zip(samples, features, strict=True):
        alone = DihedralFeaturizer().fit([sample])
        own = alone.transform([sample])[0].reshape(-1, 2)
        where = [alone.keys_.index(key) for key in featurizer.keys_]
        np.testing.assert_allclose(row.reshape(-1, 2), own[where])
    columns = featurizer.get_feature_names_out().tolist()
    assert "phi 4 sin mean" in columns  # ALA or GLY
    assert "phi ALA 5 sin mean" in columns


def test_windows_share_one_search(monkeypatch):
    X, _, _ = make_windows([make_peptide(6, 20)], [0], n_windows=10)
    calls = []
    original = DihedralFeaturizer._find

    def count(self, topology):
        calls.append(topology)
        return original(self, topology)

    monkeypatch.setattr(DihedralFeaturizer, "_find", count)
    features = DihedralFeaturizer().fit_transform(X)
    assert len(calls) == 2  # one in fit, one in transform
    assert features.shape == (10, 20)


def test_broken_molecule_is_made_whole_in_its_cell():
    molecule = make_peptide(6, 3)
    expected = DihedralFeaturizer().fit_transform([molecule])
    xyz = molecule.xyz - molecule.xyz.min()
    wrapped = md.Trajectory(
        xyz % 0.6,
        molecule.topology,
        unitcell_lengths=np.full((3, 3), 0.6),
        unitcell_angles=np.full((3, 3), 90.0),
    )
    assert not np.allclose(wrapped.xyz, xyz)
    found = DihedralFeaturizer().fit_transform([wrapped])
    np.testing.assert_allclose(found, expected, atol=1e-4)
    with pytest.warns(ImplausibleTrajectoryWarning, match="make_molecules_whole"):
        broken = DihedralFeaturizer(periodic=False).fit_transform([wrapped])
    assert not np.allclose(broken, expected, atol=1e-2)


@pytest.mark.parametrize("featurizer", FEATURIZERS)
def test_read_only_memory_as_workers_get_it(featurizer):
    molecule = make_peptide(6)
    expected = featurizer().fit_transform([molecule])
    before = molecule.xyz.copy()
    molecule.xyz.setflags(write=False)
    np.testing.assert_array_equal(featurizer().fit_transform([molecule]), expected)
    np.testing.assert_array_equal(molecule.xyz, before)


@pytest.mark.parametrize("featurizer", FEATURIZERS)
def test_is_a_scikit_learn_transformer(featurizer):
    pd = pytest.importorskip("pandas")
    X = [make_peptide(6, 5, seed=seed) for seed in range(3)]
    check_no_attributes_set_in_init(featurizer.__name__, featurizer())
    transformer = clone(featurizer().set_params(statistics=["mean", "std"]))
    assert transformer.get_params()["statistics"] == ["mean", "std"]
    with pytest.raises(NotFittedError):
        transformer.transform(X)
    with pytest.raises(NotFittedError):
        transformer.get_feature_names_out()
    features = transformer.fit(X).transform(X)
    assert features.shape == (3, len(transformer.get_feature_names_out()))
    again = pickle.loads(pickle.dumps(transformer)).transform(X)
    np.testing.assert_array_equal(again, features)
    array = np.empty(3, dtype=object)
    array[:] = X
    np.testing.assert_array_equal(transformer.transform(array), features)
    frame = transformer.set_output(transform="pandas").transform(X)
    assert isinstance(frame, pd.DataFrame)
    assert frame.columns.tolist() == transformer.get_feature_names_out().tolist()


def two_kinds(n_trajectories=6):
    """Helix against strand, each trajectory in four windows."""
    trajectories = []
    for i in range(n_trajectories):
        rng = np.random.default_rng(i)
        centre = np.radians([(-57, -47), (-120, 130)][i % 2])
        phi, psi = centre[:, None, None] + rng.normal(scale=0.3, size=(2, 12, 6))
        trajectories.append(make_peptide(6, 12, phi=phi, psi=psi))
    labels = np.array(["helix", "strand"])[np.arange(n_trajectories) % 2]
    return make_windows(trajectories, labels, n_windows=4)


@pytest.mark.parametrize("make", [make_dihedral_svm, make_alpha_carbon_dihedral_svm])
def test_svm_tells_helix_from_strand(make):
    X, y, groups = two_kinds()
    cv = GroupKFold(3)
    predicted = cross_val_predict(make(), X, y, groups=groups, cv=cv)
    assert predicted.tolist() == y.tolist()
    # The labels matter: with labels drawn by lot it is wrong about half the time.
    lot = np.random.default_rng(0).permutation(y)
    assert cross_val_score(make(), X, lot, groups=groups, cv=cv).mean() < 0.8


def test_grid_search_over_all_steps():
    X, y, groups = two_kinds()
    grid = {
        "dihedrals__types": [("phi",), ("phi", "psi")],
        "dihedrals__statistics": ["mean", ("mean", "std")],
        "pca__n_components": [0.9, 2],
        "svm__C": [0.1, 10],
    }
    search = GridSearchCV(make_dihedral_svm(), grid, cv=GroupKFold(3))
    search.fit(X, y, groups=groups)
    assert search.best_score_ == 1
    names = search.best_estimator_[:-1].get_feature_names_out()
    assert names[0] == "pca0"


def test_tiny_training_sets_do_not_upset_pca():
    X, y, _ = two_kinds(2)
    model = make_dihedral_svm().fit(X[3:5], y[3:5])
    assert model.predict(X).tolist() == y.tolist()


def test_parameters_of_the_pipeline_arrive():
    model = make_dihedral_svm(
        types="chi1",
        statistics=("std",),
        n_components=3,
        C=2.0,
        kernel="linear",
        gamma=0.5,
        class_weight="balanced",
        random_state=7,
    )
    parameters = model.get_params()
    assert parameters["dihedrals__types"] == "chi1"
    assert parameters["dihedrals__statistics"] == ("std",)
    assert parameters["pca__n_components"] == 3
    assert parameters["pca__random_state"] == 7
    assert parameters["svm__C"] == 2.0
    assert parameters["svm__kernel"] == "linear"
    assert parameters["svm__gamma"] == 0.5
    assert parameters["svm__class_weight"] == "balanced"


@pytest.mark.parametrize("featurizer", FEATURIZERS)
@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (make_peptide(), InvalidInputTypeError, "one bare Trajectory"),
        ("a.xtc", InvalidInputTypeError, "name of a file"),
        ([], InvalidInputError, "X is empty"),
        (
            [make_peptide(), GraphTrajectory(np.zeros((9, 3, 3)), [[0], [1]])],
            InvalidInputTypeError,
            r"sample 1 is of type GraphTrajectory, but these features need a topology.*"
            r"mdtraj\.Trajectory",
        ),
        (np.zeros((2, 9, 5, 3)), InvalidInputTypeError, "sample 0 is of type ndarray"),
        (
            [md.Trajectory(np.zeros((2, 5, 3)), None)],
            InvalidInputError,
            "sample 0 has no topology",
        ),
    ],
)
def test_bad_samples(featurizer, X, error, message):
    with pytest.raises(error, match=message):
        featurizer().fit(X)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_coordinate_that_is_not_finite_is_named(value):
    good, bad = make_peptide(), make_peptide()
    bad.xyz[4, 7, 1] = value
    featurizer = DihedralFeaturizer().fit([good])
    for call in (featurizer.fit, featurizer.transform):
        with pytest.raises(InvalidInputError, match=r"sample 1: .*frame 4, node 7"):
            call([good, bad])


def test_unit_cell_that_makes_nonsense():
    molecule = make_peptide(5, 2)
    molecule.unitcell_lengths = np.zeros((2, 3))
    molecule.unitcell_angles = np.full((2, 3), 80.0)
    with pytest.raises(InvalidInputError, match=r"sample 0 .*periodic=False"):
        DihedralFeaturizer().fit_transform([molecule])
    DihedralFeaturizer(periodic=False).fit_transform([molecule])


def test_sample_without_such_angles():
    whole, trace = make_peptide(5), alpha_carbons(make_peptide(5))
    with pytest.raises(
        InvalidInputError, match=r"sample 1 has no .*phi, psi.*AlphaCarbonDihedral"
    ):
        DihedralFeaturizer().fit([whole, trace])
    with pytest.raises(InvalidInputError, match="sample 0 does not have four C-alpha"):
        AlphaCarbonDihedralFeaturizer().fit([make_peptide(3)])


def test_nothing_in_common():
    other = rebuild(make_peptide(5), numbers=[101, 102, 103, 104, 105])
    with pytest.raises(
        InvalidInputError, match=r"sample 1 .*psi 1 chain 0, it has psi 101 chain 0"
    ):
        DihedralFeaturizer().fit([make_peptide(5), other])


def test_test_sample_that_lacks_an_angle():
    featurizer = DihedralFeaturizer().fit([make_peptide(6)])
    featurizer.transform([make_peptide(8)])
    with pytest.raises(
        InvalidInputError, match=r"sample 1 lacks 2 of the 10 .* such as psi 5 chain 0"
    ):
        featurizer.transform([make_peptide(6), make_peptide(5)])


@pytest.mark.parametrize(
    "parameters",
    [
        {"types": "rho"},
        {"types": ()},
        {"types": ("phi", "phi")},
        {"statistics": ("median",)},
        {"statistics": ()},
    ],
)
def test_unknown_choices(parameters):
    (name,) = parameters
    with pytest.raises(InvalidInputError, match=f"{name}=.* must be one or several"):
        DihedralFeaturizer(**parameters).fit([make_peptide()])


def test_periodic_must_be_boolean():
    with pytest.raises(ValueError, match="'periodic' parameter"):
        DihedralFeaturizer(periodic="yes").fit([make_peptide()])


def test_real_mutants(shared_data):
    """Point mutants of a receptor dimer, whose chains have a gap in their numbers."""
    folder = shared_data / "b2ar_dimer_mutants"
    X = [
        md.load(folder / f"{name}_II_1.xtc", top=folder / f"{name}_top.pdb")
        for name in ("WT", "F49A")
    ]
    assert X[0].n_atoms != X[1].n_atoms
    featurizer = DihedralFeaturizer("phi")
    features = featurizer.fit_transform(X).reshape(2, -1, 2)
    columns = featurizer.get_feature_names_out().tolist()
    assert "phi 49 chain 1 sin mean" in columns  # PHE or ALA
    assert "phi VAL 48 chain 1 sin mean" in columns
    for molecule, row in zip(X, features, strict=True):
        quadruples, angles = md.compute_phi(molecule)
        residues = [molecule.topology.atom(q[1]).residue for q in quadruples]
        keep = [
            molecule.topology.residue(residue.index - 1).resSeq == residue.resSeq - 1
            for residue in residues
        ]
        assert sum(keep) == len(keep) - 2  # the gap, in each of two chains
        np.testing.assert_allclose(
            row,
            np.stack([np.sin(angles).mean(0), np.cos(angles).mean(0)], -1)[keep],
            atol=1e-6,
        )


def test_real_receptor_windows(shared_data):
    folder = shared_data / "mor_apo_bu72"
    trajectories = [
        md.load(folder / f"{kind}_{i}.xtc", top=folder / f"{kind}_receptor_top.pdb")
        for kind in ("apo", "bu72")
        for i in (1, 2, 3)
    ]
    X, y, groups = make_windows(trajectories, ["apo"] * 3 + ["bu72"] * 3, 5)
    for make in (make_dihedral_svm, make_alpha_carbon_dihedral_svm):
        predicted = cross_val_predict(make(), X, y, groups=groups, cv=GroupKFold(3))
        assert set(predicted) <= {"apo", "bu72"}
    # One angle for every four of 288 residues in a row.
    features = AlphaCarbonDihedralFeaturizer().fit_transform(X)
    assert features.shape == (30, 2 * (288 - 3))


def test_circular_variance_is_one_minus_the_length_of_the_mean_direction(rng):
    phi, psi = rng.uniform(-np.pi, np.pi, size=(2, 50, 4))
    phi[:, 1] = np.pi * (1 - 2 * (np.arange(50) % 2))  # stands still, at 180 degrees
    molecule = make_peptide(4, 50, phi=phi, psi=psi)
    featurizer = DihedralFeaturizer("phi", statistics=("mean", "circular_variance"))
    features = featurizer.fit_transform([molecule]).reshape(3, 3)
    expected = 1 - np.abs(np.exp(1j * phi[:, 1:]).mean(0))
    np.testing.assert_allclose(features[:, 2], expected, atol=1e-5)
    assert featurizer.get_feature_names_out()[:3].tolist() == [
        "phi ALA 2 sin mean",
        "phi ALA 2 cos mean",
        "phi ALA 2 circular variance",
    ]


def test_every_frame_by_itself(rng):
    phi, psi = rng.uniform(-np.pi, np.pi, size=(2, 6, 3))
    molecules = [make_peptide(3, 6, phi=phi, psi=psi), make_peptide(3, 4)]
    featurizer = DihedralFeaturizer("phi", statistics=None).fit(molecules)
    frames = featurizer.transform(molecules)
    assert [f.shape for f in frames] == [(6, 4), (4, 4)]
    np.testing.assert_allclose(frames[0][:, 0::2], np.sin(phi[:, 1:]), atol=1e-5)
    np.testing.assert_allclose(frames[0][:, 1::2], np.cos(phi[:, 1:]), atol=1e-5)
    names = featurizer.get_feature_names_out().tolist()
    assert names[:2] == ["phi ALA 2 sin", "phi ALA 2 cos"]

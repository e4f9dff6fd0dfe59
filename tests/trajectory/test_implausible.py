"""Coordinates in angstrom, and jumps over the border of the cell, are warned of."""

import warnings

import mdtraj as md
import numpy as np
import pytest
from scipy.sparse import csgraph

from sklearn_deepsig import (
    DeepSignatureClassifier,
    DeepSignatureRegressor,
    DihedralFeaturizer,
    FixedCoarsener,
    RmsdFeaturizer,
    TrajectorySelector,
    TrajectoryStore,
)
from sklearn_deepsig.exceptions import ImplausibleTrajectoryWarning
from sklearn_deepsig.trajectory import warn_of_implausible
from tests.helpers.molecules import alpha_carbons, make_peptide

EDGE = 4.0


def peptide(seed=0, n_frames=8, shift=0.0):
    molecule = make_peptide(8, n_frames, seed=seed)
    molecule.xyz -= molecule.xyz.mean(axis=(0, 1))
    molecule.xyz += EDGE / 2 + np.float32(shift)
    molecule.unitcell_lengths = np.full((n_frames, 3), EDGE, dtype=np.float32)
    molecule.unitcell_angles = np.full((n_frames, 3), 90.0, dtype=np.float32)
    return molecule


def in_angstrom(molecule):
    molecule.xyz = molecule.xyz * 10
    return molecule


def jump(molecule, frame):
    """Put the whole molecule into the next cell from a frame on."""
    molecule.xyz[frame:, :, 1] += EDGE
    return molecule


def wrap_atoms(molecule, frame):
    """Put every atom beyond the border of the cell back into it, in one frame."""
    molecule.xyz[frame] += EDGE / 2
    molecule.xyz[frame] %= EDGE
    return molecule


def warnings_of(X, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_implausible(X, **options)
    return [str(one.message) for one in caught]


@pytest.mark.parametrize("select", [lambda m: m, alpha_carbons])
def test_good_molecules_are_let_pass(select):
    good = [select(peptide(seed)) for seed in range(3)]
    bare = [select(make_peptide(8, 8, seed=seed)) for seed in range(3)]
    no_topology = md.Trajectory(good[0].xyz, None)
    assert not warnings_of([*good, *bare, no_topology, good[0].xyz])


@pytest.mark.parametrize("select", [lambda m: m, alpha_carbons])
def test_angstrom(select):
    (text,) = warnings_of([peptide(), select(in_angstrom(peptide(1)))])
    assert text.startswith("sample 1 has bonds of")
    assert "angstrom. Divide them by 10" in text
    (text,) = warnings_of([select(in_angstrom(peptide(seed))) for seed in range(3)])
    assert "2 more samples" in text


@pytest.mark.parametrize("block", [1, 1000, 1 << 22])
@pytest.mark.parametrize("select", [lambda m: m, alpha_carbons])
def test_a_molecule_that_jumps(select, block, monkeypatch):
    monkeypatch.setattr("sklearn_deepsig.trajectory.implausible._BLOCK_SIZE", block)
    (text,) = warnings_of([peptide(), select(jump(peptide(1), 5))])
    assert text.startswith("sample 1 jumps over the border of its periodic cell")
    assert "before frame 5" in text
    assert "image_molecules(anchor_molecules=" in text


def test_what_the_warning_advises_helps():
    jumping = jump(peptide(), 5)
    atoms = set(jumping.topology.atoms)
    assert not warnings_of([jumping.image_molecules(anchor_molecules=[atoms])])
    assert not warnings_of([jumping], superposed=True)
    two = jumping.stack(peptide(1))
    assert warnings_of([two], superposed=True)
    broken = wrap_atoms(peptide(), 3)
    (text,) = warnings_of([broken])
    assert "make_molecules_whole()" in text
    again = warnings_of([broken.make_molecules_whole()])
    assert not [text for text in again if "apart" in text]


def test_a_molecule_that_is_broken():
    (text,) = warnings_of([wrap_atoms(peptide(), 3)])
    assert "in frame 3 atoms" in text
    assert "more than half of it apart" in text
    assert not warnings_of([wrap_atoms(peptide(), 3)], periodic=True)


def test_a_molecule_made_whole_is_let_pass():
    broken = wrap_atoms(peptide(n_frames=4), 2)
    whole = broken.make_molecules_whole(inplace=False)
    assert not [text for text in warnings_of([whole]) if "apart" in text]


def test_tumbling_is_no_jump():
    molecule = peptide(n_frames=6)
    long = molecule.xyz - molecule.xyz.mean(axis=(0, 1))
    turned = long[..., [1, 0, 2]]
    molecule.xyz[::2] = 3.2 * turned[::2] / np.ptp(turned[::2])
    molecule.xyz[1::2] = -3.2 * turned[1::2] / np.ptp(turned[1::2])
    moved = np.abs(np.diff(molecule.xyz, axis=0)).max()
    assert moved > EDGE / 2
    assert not warnings_of([molecule])


def test_a_cell_without_volume_is_none():
    molecule = jump(peptide(), 3)
    molecule.unitcell_lengths[5] = 0
    assert not warnings_of([molecule])


def test_molecules_are_found_by_the_oldest_scipy_too(monkeypatch):
    seen = []

    def connected_components(graph, **options):
        seen.append((graph.indices.dtype, graph.indptr.dtype))
        return csgraph.connected_components(graph, **options)

    place = "sklearn_deepsig.trajectory.implausible.connected_components"
    monkeypatch.setattr(place, connected_components)
    assert warnings_of([jump(peptide(), 3)])
    assert seen == [(np.int32, np.int32)]


def test_slanted_cells():
    molecule = peptide()
    molecule.unitcell_angles[:] = [60, 60, 90]
    vectors = molecule.unitcell_vectors
    assert not warnings_of([molecule])
    molecule.xyz[4:] += vectors[4:, 2][:, None]
    (text,) = warnings_of([molecule])
    assert "before frame 4" in text


SMALL = {"n_clusters": 2, "max_epochs": 1, "hidden_dim": 4, "lstm_hidden_dim": 4}


@pytest.mark.parametrize(
    "estimator",
    [
        DeepSignatureClassifier(**SMALL, n_segments=1),
        TrajectorySelector(),
        TrajectorySelector("all"),
        FixedCoarsener(),
        RmsdFeaturizer(),
    ],
    ids=repr,
)
@pytest.mark.parametrize(
    ("spoil", "words"),
    [(in_angstrom, "angstrom"), (lambda m: jump(m, 3), "before frame 3")],
)
def test_estimators_warn(estimator, spoil, words):
    X, y = [peptide(seed) for seed in range(4)], [0, 1, 0, 1]
    estimator.fit(X, y)  # without a warning, for these are errors here
    X[2] = spoil(X[2])
    if isinstance(estimator, TrajectorySelector) and words == "angstrom":
        estimator.set_params(graph="chain")  # or there are no contacts, an error
    with pytest.warns(ImplausibleTrajectoryWarning, match=words):
        estimator.fit(X, y)


def test_what_takes_the_nearest_image_does_not_warn_of_jumps():
    X = [wrap_atoms(peptide(seed), 2) for seed in range(2)]
    DihedralFeaturizer(periodic=True).fit(X)
    with pytest.warns(ImplausibleTrajectoryWarning, match="in frame 2"):
        DihedralFeaturizer(periodic=False).fit(X)


def told_of_conversion(folder, molecules, **options):
    folder.mkdir(exist_ok=True)
    names = [str(folder / f"{i}.xtc") for i in range(len(molecules))]
    for name, molecule in zip(names, molecules, strict=True):
        molecule.save(name)
    molecules[0][0].save(str(folder / "top.pdb"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        TrajectoryStore.convert(
            folder / "store", names, folder / "top.pdb", **{"graph": "chain"} | options
        )
    return [str(one.message) for one in caught]


@pytest.mark.parametrize("frames_at_once", [1, 3, 5, 100])
@pytest.mark.parametrize("select", [None, "name CA"])
@pytest.mark.parametrize(
    ("spoil", "frame"), [(jump, "before frame 5"), (wrap_atoms, "in frame 5")]
)
def test_a_conversion_warns_as_estimators_do(
    tmp_path, spoil, frame, select, frames_at_once
):
    molecules = [peptide(), spoil(peptide(1), 5), spoil(peptide(2), 3)]
    chunk_bytes = 12 * molecules[0].n_atoms * frames_at_once
    (text,) = told_of_conversion(
        tmp_path, molecules, select=select, chunk_bytes=chunk_bytes
    )
    assert "1.xtc' jumps over the border of its periodic cell" in text
    assert frame in text


def test_a_conversion_tells_each_doubt_once(tmp_path):
    good = [peptide(seed) for seed in range(2)]
    assert not told_of_conversion(tmp_path / "good", good)
    bad = [spoil(peptide()) for spoil in (in_angstrom, lambda m: jump(m, 3)) * 2]
    texts = told_of_conversion(tmp_path / "bad", bad)
    assert ["in angstrom" in text for text in texts] == [True, False]
    assert ["before frame 3" in text for text in texts] == [False, True]


@pytest.mark.parametrize("frames_at_once", [1, 3, 100])
def test_a_conversion_tells_of_frames_that_are_all_the_same(tmp_path, frames_at_once):
    still = [peptide(seed) for seed in range(3)]
    for molecule in still[1:]:
        molecule.xyz[:] = molecule.xyz[0]
    still[2].xyz[-1, 0, 0] += 0.01
    (text,) = told_of_conversion(
        tmp_path, still, chunk_bytes=12 * still[0].n_atoms * frames_at_once
    )
    assert "1.xtc' has 8 frames that are all the same" in text


def test_a_conversion_counts_the_frames_it_keeps(tmp_path):
    molecules = [jump(peptide(n_frames=20), 12)]
    (text,) = told_of_conversion(tmp_path, molecules, stride=4, chunk_bytes=1)
    assert "before frame 3" in text


def test_real_data(shared_data):
    """No alarm is false; the 25 walkers of chignolin do jump, by a whole cell."""
    names = ["b2ar_dimer_mutants/WT_II_1", "mor_apo_bu72/apo_1", "mor_apo_bu72/bu72_1"]
    topologies = ["WT_top", "apo_receptor_top", "bu72_receptor_top"]
    for name, topology in zip(names, topologies, strict=True):
        file = shared_data / f"{name}.xtc"
        top = str(file.parent / f"{topology}.pdb")
        assert not warnings_of([md.load(str(file), top=top)])
    folder = shared_data / "chignolin_metad_walkers"
    walker = md.load(str(folder / "walker_0.xtc"), top=str(folder / "top.pdb"))
    (text,) = warnings_of([walker])
    place = walker.xyz.mean(axis=1) / walker.unitcell_lengths
    moved = np.abs(np.diff(place, axis=0)).max(axis=1)
    frame = int(np.argmax(moved > 0.5)) + 1
    assert f"before frame {frame}" in text
    # either it stays, or it leaves on one side and comes in on the other
    assert not ((moved > 0.35) & (moved < 0.65)).any()


@pytest.mark.parametrize("select", [lambda m: m, alpha_carbons])
def test_metres(select):
    molecule = select(peptide(1))
    molecule.xyz = molecule.xyz * 1e-9
    (text,) = warnings_of([peptide(), molecule])
    assert text.startswith("sample 1 has bonds of")
    assert "longer unit, such as metres" in text


def test_frames_that_are_all_the_same():
    still = [peptide(seed) for seed in range(3)]
    for molecule in still[1:]:
        molecule.xyz[:] = molecule.xyz[0]
    (text,) = warnings_of(still)
    assert text.startswith("sample 1 has 8 frames that are all the same")
    assert "1 more sample" in text
    still[1].xyz[-1, 0, 0] += 0.01  # the last frame alone is another
    still[2] = still[2][:1]
    assert not warnings_of(still)


def with_time_steps(steps):
    molecules = [peptide(seed) for seed in range(len(steps))]
    for molecule, step in zip(molecules, steps, strict=True):
        molecule.time = np.arange(molecule.n_frames) * step
    return molecules


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([8, 8, 2, 2], "8 ps in class 'a' and 2 ps in class 'b'"),
        ([8, 4, 2, 1], "4, 8 ps in class 'a' and 1, 2 ps in class 'b'"),
        ([8, 2, 8, 2], None),
        ([8, 8, 8, 2], None),
        ([2, 2.001, 2.002, 2.003], None),  # as rounded in a file
    ],
)
def test_time_steps_that_tell_the_classes_apart(steps, told):
    model = DeepSignatureClassifier((2,), max_epochs=1, random_state=0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(with_time_steps(steps), list("aabb"))
    found = [str(one.message) for one in caught]
    assert [told in text for text in found] == ([] if told is None else [True])


def test_parts_of_the_data_need_not_have_all_time_steps():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = DeepSignatureClassifier((2,))
        X = with_time_steps([8, 2, 2, 8])
        model.partial_fit(X[:2], list("ab"), classes=list("ab"))
        model.partial_fit(X[2:], list("ab"))


def test_time_steps_of_numbers_to_predict_and_of_arrays_are_not_looked_at():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        X = with_time_steps([8, 8, 2, 2])
        DeepSignatureRegressor((2,), max_epochs=1).fit(X, [1.0, 1.0, 2.0, 2.0])
        arrays = [molecule.xyz for molecule in X]
        DeepSignatureClassifier((2,), max_epochs=1).fit(arrays, list("aabb"))

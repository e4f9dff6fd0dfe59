"""Names of residues, and mutants put together by their numbers."""

import mdtraj as md
import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline

from sklearn_deepsig import FixedCoarsener, LogSignatureTransformer
from sklearn_deepsig.datasets import load_peptide_mutants
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.inspection import attribute, attribute_by_system, combine_residues
from sklearn_deepsig.inspection._names import label_nodes, residue_number
from sklearn_deepsig.trajectory import as_trajectories


def test_residues_are_read_from_names_of_atoms():
    """Chains and repeated names, as the trajectories spell them."""
    topology = md.Topology()
    for number in (0, 0):  # two chains with residues of the same numbers
        chain = topology.add_chain()
        for name in ("GLY", "ALA"):
            residue = topology.add_residue(name, chain, resSeq=number - 2)
            topology.add_atom("CA", md.element.carbon, residue)
            topology.add_atom("H1", md.element.hydrogen, residue)
            topology.add_atom("H1", md.element.hydrogen, residue)
    molecule = md.Trajectory(np.zeros((2, 12, 3)), topology)
    names = as_trajectories([molecule], graph="chain")[0].node_names
    found = label_nodes(names, 12)
    expected = [
        f"{name} -2 chain {chain}" for chain in (0, 1) for name in ("GLY", "ALA")
    ]
    assert found.residues == expected
    assert found.residue_of.tolist() == np.repeat(range(4), 3).tolist()
    assert found.atoms == ["CA", "H1", "H1"] * 4


def test_other_names_are_residues_of_their_own():
    names = ["group 0 node 3", "ALA 86", "gene"]
    assert label_nodes(names, 3).residues == names
    assert label_nodes(None, 2).residues == ["node 0", "node 1"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ALA 86", ("86", "ALA")),
        ("ALA/GLY -3 chain 2", ("-3 chain 2", "ALA/GLY")),
        ("group 0 node 3", ("group 0 node 3", "")),
    ],
)
def test_the_number_of_a_residue(name, expected):
    assert residue_number(name) == expected


@pytest.fixture(scope="module")
def mutants():
    X, y, _ = load_peptide_mutants()
    model = make_pipeline(
        FixedCoarsener(), LogSignatureTransformer(), RidgeClassifier()
    )
    return model.fit(X, y), X, y


def test_mutants_are_put_together_by_number(mutants):
    model, X, y = mutants
    parts = attribute_by_system(model, X, y)
    assert sum(len(part.samples) for part in parts) == len(X)
    assert len(parts) > 5
    found = combine_residues(parts)
    weights = [len(part.samples) for part in parts]
    # residues follow each other in every mutant, and only their kinds differ
    expected = np.average([part.residue_pairs for part in parts], 0, weights)
    np.testing.assert_allclose(found.residue_pairs, expected, atol=1e-12)
    scores = np.average([part.residue_scores for part in parts], 0, weights)
    np.testing.assert_allclose(found.residue_scores, scores, atol=1e-12)
    assert (found.n_systems == len(parts)).all()
    sequences = [[r.name for r in x.topology.residues] for x in X]
    for place, name in enumerate(found.residue_names):
        kinds = {sequence[place] for sequence in sequences}
        assert set(name.split()[0].split("/")) == kinds
    table = found.critical_residues(4)
    order = np.argsort(-scores)[:4]
    assert table["residue"].tolist() == [found.residue_names[i] for i in order]
    pairs = found.critical_interactions(3)
    assert pairs["score"].iloc[0] == pytest.approx(2 * np.triu(expected, 1).max())


def test_each_system_is_explained_by_itself(mutants):
    model, X, y = mutants
    part = attribute_by_system(model, X, y)[0]
    names = [str(atom) for atom in X[0].topology.atoms]
    rows = [
        i for i, x in enumerate(X) if [str(atom) for atom in x.topology.atoms] == names
    ]
    alone = attribute(model, [X[i] for i in rows], np.asarray(y)[rows])
    np.testing.assert_array_equal(part.coordinates, alone.coordinates)


def test_a_residue_that_is_missing_contributes_nothing(mutants):
    model, X, y = mutants
    whole, other = attribute_by_system(model, X, y)[:2]
    # one system of the residues 1, 2, ... and one that begins at 3
    keep = np.array([int(name.split()[1]) > 2 for name in other.node_names])
    short = type(other)(
        **{
            **{name: getattr(other, name) for name in other.__dataclass_fields__},
            "memberships": other.memberships[keep],
            "samples": tuple(
                type(sample)(
                    sample.positions[:, keep],
                    np.zeros((2, 0), int),
                    np.array(sample.node_names)[keep],
                )
                for sample in other.samples
            ),
        }
    )
    found = combine_residues([whole, short])
    assert found.n_systems[:2].tolist() == [1, 1]
    assert found.n_systems[2:].tolist() == [2] * (len(found.n_systems) - 2)
    sizes = [len(whole.samples), len(short.samples)]
    sums = [whole.node_scores.sum(), short.node_scores.sum()]
    assert found.residue_scores.sum() == pytest.approx(np.average(sums, weights=sizes))


def test_nothing_cannot_be_combined():
    with pytest.raises(InvalidInputError, match="attributions is empty"):
        combine_residues([])

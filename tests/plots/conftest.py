"""A tiny molecule and models of it, fitted once."""

import numpy as np
import pytest

from sklearn_deepsig import DeepSignatureClassifier, SpectralCoarsener
from sklearn_deepsig.trajectory import as_trajectories
from tests.helpers.molecules import make_peptide


class Peptides:
    """Peptides of six residues, five atoms each, 2 ps between frames; two classes."""

    def __init__(self):
        self.molecules = []
        for seed in range(8):
            molecule = make_peptide(6, n_frames=9, seed=seed)
            molecule.time = 2.0 * np.arange(9)
            self.molecules.append(molecule)
        self.X = as_trajectories(self.molecules)
        self.y = np.array(["active", "inactive"] * 4)


@pytest.fixture(scope="session")
def peptides():
    return Peptides()


@pytest.fixture(scope="session")
def classifier(peptides):
    model = DeepSignatureClassifier(
        (6, 4),
        max_epochs=3,
        early_stopping=True,
        validation_fraction=0.25,
        random_state=0,
        verbose=False,
    )
    return model.fit(peptides.X, peptides.y, groups=np.arange(8))


@pytest.fixture(scope="session")
def coarsener(peptides):
    return SpectralCoarsener((4,), max_epochs=3, random_state=0, verbose=False).fit(
        peptides.X
    )


@pytest.fixture
def ax():
    figure = pytest.importorskip("matplotlib.figure")
    return figure.Figure().subplots()


@pytest.fixture
def no_drawing(monkeypatch):
    """Make whatever makes a figure or draws in one fail."""

    def fail(*_, **__):
        raise AssertionError("this draws")

    monkeypatch.setattr("matplotlib.figure.Figure.__init__", fail)
    monkeypatch.setattr("matplotlib.axes.Axes.__init__", fail)


@pytest.fixture
def no_computing(monkeypatch):
    """Make estimators fail."""

    def fail(*_, **__):
        raise AssertionError("this computes")

    for name in ("transform", "assign", "predict", "inverse_transform"):
        monkeypatch.setattr(SpectralCoarsener, name, fail)
    for name in ("transform", "predict", "decision_function"):
        monkeypatch.setattr(DeepSignatureClassifier, name, fail)

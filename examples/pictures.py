"""
Every picture
=============

Draw every picture of `sklearn_deepsig.plots` from the peptides that ship with it.

A classifier is trained on windows of mutants of a helical peptide; three mutants are
held out. The pictures show how it was trained, what it made of the molecule, where
samples lie in the space of its features, and what contributes to a prediction::

    python examples/pictures.py

writes them into the folder ``deepsig-pictures``. Open ``molecule.html`` there with a
browser, and ``molecule.pdb`` with PyMOL or VMD. The page loads 3Dmol.js from the
network, unless you give the path of a copy of ``3Dmol-min.js``, to be embedded::

    python examples/pictures.py 3Dmol-min.js

The mutants are few and their simulations short: whether the classifier is right about
those held out is not what this example is about. The comparison shows how far from
chance it is.
"""

import sys
from pathlib import Path

from sklearn.dummy import DummyClassifier
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline

from sklearn_deepsig import (
    DeepSignatureClassifier,
    TrajectorySelector,
    make_dihedral_svm,
    make_windows,
)
from sklearn_deepsig.datasets import load_peptide_mutants
from sklearn_deepsig.experiments import compare_methods
from sklearn_deepsig.inspection import attribute
from sklearn_deepsig.plots import (
    AssignmentDisplay,
    AttributionDisplay,
    CoarseGraphDisplay,
    ComparisonDisplay,
    FeatureSpaceDisplay,
    LossCurveDisplay,
    RMSDDisplay,
    view,
)


def make_model(max_epochs, **options):
    return make_pipeline(
        TrajectorySelector("backbone", graph="bonds", superpose="reference"),
        DeepSignatureClassifier(
            (12, 6),
            cluster_init="k-means++",
            n_segments=2,
            batch_norm=True,
            max_epochs=max_epochs,
            learning_rate=5e-3,
            random_state=0,
            verbose=False,
            **options,
        ),
    )


def main(folder="deepsig-pictures", library=None, max_epochs=60, stride=4):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    mutants = load_peptide_mutants(stride=stride)
    X, y, groups = make_windows(
        mutants.X, mutants.y, n_windows=4, groups=mutants.groups
    )
    train, test = next(StratifiedGroupKFold(4).split(X, y, groups))
    X_train, X_test = [X[i] for i in train], [X[i] for i in test]
    # held out for the curve of the validation loss; its best epoch is kept
    model = make_model(max_epochs, early_stopping=True, patience=max_epochs)
    model.fit(X_train, y[train], deepsignatureclassifier__groups=groups[train])

    comparison = compare_methods(
        {
            "Deep Signature": make_model(max_epochs),
            "dihedral + PCA + SVM": make_dihedral_svm(),
            "majority class": DummyClassifier(),
        },
        X,
        y,
        groups,
        n_splits=4,
        n_repeats=1,
    )
    # one molecule: atoms of different mutants cannot be added up
    mutant = groups[test[0]]
    found = attribute(model, [X[i] for i in test if groups[i] == mutant])
    known = {"X": X_train, "y": y[train], "X_test": X_test, "y_test": y[test]}
    displays = {
        "losses": LossCurveDisplay.from_estimator(model),
        "graph": CoarseGraphDisplay.from_estimator(model, X_test, title=mutant),
        "assignment": AssignmentDisplay.from_estimator(model, X_test, title=mutant),
        "rmsd": RMSDDisplay.from_estimator(model, X_test, paths="pooled", title=mutant),
        "features-pca": FeatureSpaceDisplay.from_estimator(model, **known),
        "features-tsne": FeatureSpaceDisplay.from_estimator(
            model, **known, method="tsne", random_state=0
        ),
        "attribution": AttributionDisplay.from_attribution(
            found, title=f"{mutant}: {found.targets[0]}"
        ),
        "comparison": ComparisonDisplay.from_rows(
            comparison.rows, title="mutants of a peptide, whole mutants held out"
        ),
    }
    for name, display in displays.items():
        path = folder / f"{name}.png"
        display.plot().save(path)
        print(path)
    files = view(
        found,
        mutants.X[mutants.groups.tolist().index(mutant)],
        folder / "molecule.html",
        title=f"{mutant}: what speaks for {found.targets[0]}",
        library=library,
    )
    print(files.html, files.pdb, sep="\n")
    return displays, files


if __name__ == "__main__":
    main(library=sys.argv[1] if len(sys.argv) > 1 else None)

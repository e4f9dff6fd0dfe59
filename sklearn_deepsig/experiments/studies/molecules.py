"""The studies of molecules, and what the page of results says of them."""

from sklearn_deepsig.experiments.studies.chosen import shares_of_candidates
from sklearn_deepsig.experiments.studies.configurations_ablation import (
    PEPTIDES_ABLATION,
    PEPTIDES_ABLATION_QUICK,
)
from sklearn_deepsig.experiments.studies.configurations_molecules import (
    CHIGNOLIN,
    CONTROL,
    EGFR,
    GPCR,
    MOLECULES_QUICK,
    PEPTIDES,
    RECEPTORS,
)
from sklearn_deepsig.experiments.studies.problems_molecules import (
    chignolin,
    egfr,
    gpcr,
    peptides,
    replicas,
)
from sklearn_deepsig.experiments.studies.settings import Study

__all__ = ["MOLECULES"]

_PEPTIDES_TEXT = """\
`load_peptide_mutants`: all-atom simulations of mutants of a helical peptide, which the
package ships. Is a mutation one that stabilises the helix, or one that breaks it? The
labels come from helix propensities and pairs of charges, not from the simulations.
Heavy atoms, whose number differs from mutant to mutant. Each trajectory of 200 ps (400
frames) is cut into four windows; every frame is superposed by its C-alpha atoms.
**Whole mutants are held out**: a run is a six-fold cross-validation, shuffled anew,
with one mutant of each class in every fold, and of the mutants that are not tested on
about a quarter is held out again. By these each fit of our best setting chooses among
four: eight clusters of heavy atoms with the base point, which tells shapes, or without
it, or rotation invariant, and thirteen of C-alpha atoms with the base point and without
an LSTM; its validation is the best of four, and too good. The paper's settings have 40
and 20 clusters. The plain log-signature is that of the 13 residues. Recall is that of
the stabilising mutants.

"helix content" is the share of helical residues (DSSP), which is what the labels are
about: it tells whether the simulations show what the labels say. In the second task the
other replica of the tested mutants is learned from: it tells whether a mutant is
recognised that is known."""

_PEPTIDES_FINDINGS = """\
No method is beyond doubt better than guessing, nor is the helix content: the labels are
about the equilibrium, and 200 ps from an ideal helix, in two replicas, sample the
beginning of its unfolding alone. Scores of guessing spread far with twelve mutants:
with labels permuted among the mutants the same cross-validation gives 51 ± 8 % for the
helix content and the C-alpha dihedrals, and 52 ± 10 % for the statistics (`python -m
benchmarks.permuted_labels`). That is more than the standard errors of the table, which
take mutants for independent, and says that nothing is to be read into scores between
about 35 and 65 %, the rotation invariant setting's among them, though it is ahead of
ours in the first task. Each of the four candidates of our best setting is taken by some
fits, as its last columns show, and none by most: the validation mutants do not tell
them apart, and its validation is above one half for it is the best of four."""

_PEPTIDES_ABLATION_TEXT = """\
The same mutants, held out alike, and one setting of the model changed in each row. The
first row is not our best setting, which chooses among four in every fit, but the first
of these four. The plain rows have the base point too, and clusters of the network of
`SpectralCoarsener`, which sees no labels, of eigenvectors, and of residues. In the
second task half of the mutants that are learned from are left out."""

_PEPTIDES_ABLATION_FINDINGS = """\
Where nothing is to be learned, no part of the model can be worth anything: the networks
learn the mutants of the training by heart, and their validation is at 44 to 57 % as
well. Two rows of 25 lie a little more than two standard errors above guessing, of which
one or two are to be expected: the rotation invariant network, which is in the table
above too, and the linear model of clusters of eigenvectors. With labels permuted among
the mutants the same cross-validation of the latter gives 50 ± 9 %, and 2 of 50
permutations are as far from 50 % as the true labels (`python -m
benchmarks.permuted_labels --experiment ablation-peptides --methods eigen`); residues,
clusters as plain as these, are on the other side of 50 %. Nothing is to be read into
it."""

_RECEPTORS_TEXT = """\
Real simulations from GPCRmd (as in github.com/drorlab/pensa): the mu-opioid receptor
without a ligand and with the agonist BU72, three replicas each, of which only ten
frames, 2 ns apart, are left, 288 C-alpha atoms. Each is cut into two windows of five
frames. One replica of each class is held out at a time; a run is three folds, shuffled
anew. Nothing is validated: settings are the first of those that the peptides choose
among. The rows of depth 1, and those with a base point and a linear model, were added
when the others had been seen, to explain them. The paper's settings cut a window into
four segments, of one step each, which enclose no areas. With six trajectories nothing
is sure: that all of six are right is to be had by guessing once in 64 times. Recall is
that of BU72."""

_RECEPTORS_FINDINGS = """\
The two classes differ in shape as a whole: even the 11 statistics, quantiles of the
distances of all atoms from the centre, tell them apart without an error. Whether that
is the agonist, or where the simulations of a class began, cannot be told from these
files. A log-signature does not see where a path lies unless a base point is put in
front of it, and with one it still fails here: of the 11,325 numbers of fifty clusters
of eigenvectors 11,175 are areas. Without these, at depth 1, the same clusters of
eigenvectors and the same linear model are right in most windows, and with them they are
not. Our network learns its eight windows by heart, as the training column shows, and
stays close to guessing at depth 1 as well, where it has to find its clusters from these
eight."""

_CONTROL_TEXT = """\
A negative control: dimers of the beta-2 adrenergic receptor
(github.com/CompGenomeLab/B2AR_Dimer_Interface), the wild type and four mutants, 26
trajectories of 11 frames in 500 ns, too few to see what a mutation does, so that a
method that tells the variants apart has found a leak. One replica of each variant (of
the wild type, which has six, once two) is held out at a time; a run is five folds,
shuffled anew. Settings are those of the receptors, but for Head, Tail, Head & Tail and
GraphLSTM, which learn for 200 epochs at a lower rate. Networks, statistics and
log-signatures see the 570 C-alpha atoms, dihedrals the backbone; all variants have
these alike. The row "number of atoms" shows the leak that there would be with all
atoms. Recall is that of the wild type."""

_CONTROL_FINDINGS = """\
As it should be, no method that sees the motion is better than guessing. Of Deep
Signature and the plain methods this says that nothing leaks, for they learn what they
are shown, as the training column tells; Head, Tail, Head & Tail and GraphLSTM hardly
do."""

_CHIGNOLIN_TEXT = """\
Metadynamics of chignolin (github.com/msultan/SML_CV), 25 walkers of 2,000 frames, 166
atoms. It is biased, so that the order of frames is no physical time, and only shape can
be judged. Windows of 50 frames are folded if the C-alpha RMSD from the crystal
structure 5AWL is below 0.15 nm in every frame, unfolded if it is above 0.4 nm in every
frame; 108 and 211 windows are so, of 23 walkers. **Whole walkers are held out**. The
label is a function of the coordinates, so this tests that shape is seen at all, and
that all-atom data run. Of each window every 5th frame is kept, for the time it takes;
"every frame" is the same with all 50. In "whole walkers" each of the 25 is one sample
of 2,000 frames, folded if it has more frames below 0.15 nm than the median walker: it
is there for what the length costs, for five of the methods, with 12 samples of one
class and 13 of the other. Settings are those of the receptors, with all atoms and, in
the rows with a linear model, ten clusters; those with a base point and a linear model
were added when the others had been seen, to explain them. The paper's settings have 40
and 20 clusters. Recall is that of folded windows. "peak GB" is the largest resident
memory of the process during a fit, with the libraries and all windows that it holds."""

_CHIGNOLIN_FINDINGS = """\
Shape is what a base point is for: the plain log-signature and the paper's settings have
none, see only how the clusters move, and fail; the rows with a base point are the
former with it, without areas and with them. The rotation invariant network cannot have
one and does not fail, probably since its assignment reads how far out the atoms lie.
Accuracies are of windows, of which some walkers have many; "ours ahead" is of
walkers."""

_EGFR_TEXT = """\
The paper's tables 2 and 3, on the authors' files, which are not public: 24 dimers of
EGFR's variants, all heavy atoms, 25 windows of 40 frames each; run r validates on fold
r of `TemporalGroupKFold(5, 5)`. The text says 20 + 4 trajectories; all accuracies but
one in table 2 and 3 are multiples of 1/750 and the recalls of 1/250, which fits six
test trajectories with two sensitive ones, and the authors' code takes 18 + 6: the
partner IGFR unseen. Both are here, and the stricter question whether unseen variants
are told apart. Rows with fewer losses are table 3. The paper reports 69.33 % (recall
0.220) for Deep Signature; always saying "resistant" gives 66.67 %. Settings of ours are
the first of those that the peptides choose among, with 100 and 20 clusters and batches
of 16, without having seen these data."""

_GPCR_TEXT = """\
The paper's table 4, on the 26 simulations of GPCRmd: C-alpha atoms, 25 windows of 100
frames each, the authors' six trajectories as the test; run r validates on fold r of
`TemporalGroupKFold(5, 5)`. The paper says that all 26 are of the beta-2 adrenergic
receptor; by their ids they are of six receptors, of which some are on both sides of the
authors' split; the other tasks hold out a whole receptor.

The paper reports 64.20 % (recall 0.413); the authors' released logs have 50.7, 67.3,
62.0, 55.3 and 60.0 %, which average 59.1 % (recall 0.373). The classifier of their
released code ends in a sigmoid and its loss applies another, so that with as many
samples of each class it cannot fall below 0.503; ours applies it once."""

MOLECULES = (
    Study(
        name="peptides",
        title="Mutants of a helical peptide",
        text=_PEPTIDES_TEXT,
        findings=_PEPTIDES_FINDINGS,
        load=peptides,
        full=PEPTIDES,
        quick=MOLECULES_QUICK["peptides"],
        folder="the files of load_peptide_mutants",
        ships=True,
        score="balanced_accuracy",
        chance=0.5,
        look_into=shares_of_candidates,
    ),
    Study(
        name="ablation-peptides",
        title="Ablations on the peptides",
        text=_PEPTIDES_ABLATION_TEXT,
        findings=_PEPTIDES_ABLATION_FINDINGS,
        load=peptides,
        full=PEPTIDES_ABLATION,
        quick=PEPTIDES_ABLATION_QUICK,
        folder="the files of load_peptide_mutants",
        ships=True,
        score="balanced_accuracy",
        chance=0.5,
    ),
    Study(
        name="receptors",
        title="A receptor without and with an agonist",
        text=_RECEPTORS_TEXT,
        findings=_RECEPTORS_FINDINGS,
        load=replicas,
        full=RECEPTORS,
        quick=MOLECULES_QUICK["receptors"],
        folder="apo_1.xtc, apo_receptor_top.pdb, and those of bu72 and other replicas",
        score="balanced_accuracy",
        chance=0.5,
    ),
    Study(
        name="control",
        title="Negative control: mutants that nothing separates",
        text=_CONTROL_TEXT,
        findings=_CONTROL_FINDINGS,
        load=replicas,
        full=CONTROL,
        quick=MOLECULES_QUICK["control"],
        folder="WT_II_1.xtc, WT_top.pdb, and those of F49A, S41A, V34A and V34A_S41A",
        score="balanced_accuracy",
        chance=0.2,
    ),
    Study(
        name="chignolin",
        title="Folded and unfolded chignolin",
        text=_CHIGNOLIN_TEXT,
        findings=_CHIGNOLIN_FINDINGS,
        load=chignolin,
        full=CHIGNOLIN,
        quick=MOLECULES_QUICK["chignolin"],
        folder="top.pdb, walker_0.xtc to walker_24.xtc, and cln025_5awl.pdb, which may "
        "lie in start_structures beside the folder",
        score="balanced_accuracy",
        measures_memory=True,
    ),
    Study(
        name="egfr",
        title="Response of EGFR variants to a drug (tables 2 and 3)",
        text=_EGFR_TEXT,
        load=egfr,
        full=EGFR,
        quick=MOLECULES_QUICK["egfr"],
        folder="the folders cMet-dimer, EGFR-dimer, ErbB2-dimer and IGFR-dimer",
        score="balanced_accuracy",
    ),
    Study(
        name="gpcr",
        title="Active and inactive receptors (table 4)",
        text=_GPCR_TEXT,
        load=gpcr,
        full=GPCR,
        quick=MOLECULES_QUICK["gpcr"],
        folder="GPCRmd's files, such as 10193_trj_12.xtc and 10194_dyn_12.psf",
        score="balanced_accuracy",
        chance=0.5,
    ),
)

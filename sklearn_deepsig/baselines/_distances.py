"""Distances as features: of residues in contact, and of pairs of atoms."""

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import StrOptions

from sklearn_deepsig._constraints import POSITIVE_INT, Number
from sklearn_deepsig._parallel import N_JOBS
from sklearn_deepsig.baselines._featurizer import MolecularFeaturizer
from sklearn_deepsig.baselines._keys import Found, Pair
from sklearn_deepsig.baselines._molecules import writable
from sklearn_deepsig.baselines._topology import atom_sites, pairs_of, residue_sites
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.trajectory import select_atoms

__all__ = ["ContactFeaturizer", "PairwiseDistanceFeaturizer"]

# Each pair has a name, and at least one column in every sample.
_MOST_PAIRS = 2_000_000


class ContactFeaturizer(MolecularFeaturizer):
    """Describe molecules by distances or contacts of residues.

    The distances are computed by `mdtraj.compute_contacts`, for all pairs of protein
    residues that are far enough apart in the sequence, and summarised over the frames.
    Samples may be of different molecules, such as mutants: a residue is recognised by
    its chain's index and its number (`resSeq`), and pairs that all samples of `fit`
    have in common are used.

    Parameters
    ----------
    scheme : {"ca", "closest", "closest-heavy"}, default="closest-heavy"
        What the distance of two residues is: of their C-alpha atoms, of their closest
        atoms, or of their closest atoms other than hydrogen.
    cutoff : float or None, default=None
        With None features are distances in nm. Otherwise they are contacts: 1 for
        residues nearer than so many nm, 0 for others, so that their mean is the
        fraction of frames in contact.
    softness : float, default=0.0
        With a positive number, in nm, contacts go smoothly from 1 to 0, as
        1 / (1 + exp((distance - cutoff) / softness)).
    min_separation : int, default=3
        How many residues apart in its chain a pair must be at least.
    statistics : str, sequence of str or None, default=("mean",)
        Some of ``"mean"``, ``"std"``, ``"min"`` and ``"max"`` over the frames. With
        None every frame is described by itself.
    periodic : bool, default=True
        Whether distances are to the nearest image, where the trajectory has a unit
        cell.
    n_jobs : int or None, default=None
        Processes that share the samples; None for one unless within a
        `joblib.parallel_config`, -1 for as many as there are processors. The features
        are the same to the bit.

    Attributes
    ----------
    keys_ : list of Pair
        The common pairs of residues.
    residue_names_ : list of tuple
        For each pair the names of its residues, None where samples differ.

    See Also
    --------
    PairwiseDistanceFeaturizer : Distances of chosen atoms.

    Examples
    --------
    >>> import mdtraj as md
    >>> import numpy as np
    >>> from sklearn_deepsig.baselines import ContactFeaturizer
    >>> topology = md.Topology()
    >>> chain = topology.add_chain()
    >>> for number in range(86, 91):
    ...     residue = topology.add_residue("ALA", chain, resSeq=number)
    ...     _ = topology.add_atom("CA", md.element.carbon, residue)
    >>> xyz = np.zeros((10, 5, 3))
    >>> xyz[:, :, 0] = 0.5 * np.arange(5)
    >>> xyz[:, :, 1] = np.arange(10)[:, np.newaxis]  # the whole moves on
    >>> featurizer = ContactFeaturizer("ca").fit([md.Trajectory(xyz, topology)])
    >>> featurizer.get_feature_names_out().tolist()
    ['ALA 86 - ALA 89 mean', 'ALA 86 - ALA 90 mean', 'ALA 87 - ALA 90 mean']
    >>> featurizer.transform([md.Trajectory(xyz, topology)]).tolist()
    [[1.5, 2.0, 1.5]]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "scheme": [StrOptions({"ca", "closest", "closest-heavy"})],
        "cutoff": [Number(Real, 0, None, closed="neither"), None],
        "softness": [Number(Real, 0, None, closed="left")],
        "min_separation": [POSITIVE_INT],
        "statistics": [str, "array-like", None],
        "periodic": ["boolean"],
        "n_jobs": N_JOBS,
    }

    _what = "pairs of residues"

    def __init__(
        self,
        scheme="closest-heavy",
        *,
        cutoff=None,
        softness=0.0,
        min_separation=3,
        statistics=("mean",),
        periodic=True,
        n_jobs=None,
    ):
        self.scheme = scheme
        self.cutoff = cutoff
        self.softness = softness
        self.min_separation = min_separation
        self.statistics = statistics
        self.periodic = periodic
        self.n_jobs = n_jobs

    def _find(self, topology: Any) -> dict[Pair, Found]:
        return pairs_of(residue_sites(topology), min_separation=self.min_separation)

    def _why_none(self) -> str:
        return (
            f"has no two protein residues that are min_separation="
            f"{self.min_separation} apart."
        )

    def _measure(
        self,
        sample: Any,
        places: NDArray[np.int64],
        index: int,  # noqa: ARG002
    ) -> list[NDArray[Any]]:
        import mdtraj

        distances, _ = mdtraj.compute_contacts(
            writable(sample),
            contacts=places,
            scheme=self.scheme,
            periodic=self.periodic,
        )
        if self.cutoff is None:
            return [distances]
        if not self.softness:
            return [(distances < np.float64(self.cutoff)).astype(np.float32)]
        # a logistic function that does not overflow
        return [0.5 * (1 - np.tanh((distances - self.cutoff) / (2 * self.softness)))]


class PairwiseDistanceFeaturizer(MolecularFeaturizer):
    """Describe molecules by the distances of all pairs of chosen atoms.

    The distances are computed by `mdtraj.compute_distances` and summarised over the
    frames. Samples may be of different molecules, such as mutants: an atom is
    recognised by its chain's index, its residue's number (`resSeq`) and its name, and
    pairs that all samples of `fit` have in common are used.

    Parameters
    ----------
    select : str, default="name CA"
        The atoms, in mdtraj's selection language.
    min_separation : int, default=1
        How many chosen atoms apart in its chain a pair must be at least.
    statistics : str, sequence of str or None, default=("mean",)
        Some of ``"mean"``, ``"std"``, ``"min"`` and ``"max"`` over the frames. With
        None every frame is described by itself.
    periodic : bool, default=True
        Whether distances are to the nearest image, where the trajectory has a unit
        cell.
    n_jobs : int or None, default=None
        Processes that share the samples; None for one unless within a
        `joblib.parallel_config`, -1 for as many as there are processors. The features
        are the same to the bit.

    Attributes
    ----------
    keys_ : list of Pair
        The common pairs of atoms.
    residue_names_ : list of tuple
        For each pair the names of its residues, None where samples differ.

    See Also
    --------
    ContactFeaturizer : Distances of residues.

    Examples
    --------
    >>> import mdtraj as md
    >>> import numpy as np
    >>> from sklearn_deepsig.baselines import PairwiseDistanceFeaturizer
    >>> topology = md.Topology()
    >>> chain = topology.add_chain()
    >>> for number in (86, 87):
    ...     residue = topology.add_residue("ALA", chain, resSeq=number)
    ...     _ = topology.add_atom("CA", md.element.carbon, residue)
    >>> xyz = np.zeros((10, 2, 3))
    >>> xyz[:, 1] = [0.3, 0.4, 0.0]
    >>> xyz += np.arange(10.0)[:, np.newaxis, np.newaxis]  # the whole moves on
    >>> featurizer = PairwiseDistanceFeaturizer()
    >>> featurizer.fit_transform([md.Trajectory(xyz, topology)]).round(3).tolist()
    [[0.5]]
    >>> featurizer.get_feature_names_out().tolist()
    ['ALA 86 CA - ALA 87 CA mean']
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "select": [str],
        "min_separation": [POSITIVE_INT],
        "statistics": [str, "array-like", None],
        "periodic": ["boolean"],
        "n_jobs": N_JOBS,
    }

    _what = "pairs of atoms"

    def __init__(
        self,
        select="name CA",
        *,
        min_separation=1,
        statistics=("mean",),
        periodic=True,
        n_jobs=None,
    ):
        self.select = select
        self.min_separation = min_separation
        self.statistics = statistics
        self.periodic = periodic
        self.n_jobs = n_jobs

    def _find(self, topology: Any) -> dict[Pair, Found]:
        sites = atom_sites(topology, select_atoms(topology, self.select))
        n_pairs = len(sites) * (len(sites) - 1) // 2
        if n_pairs > _MOST_PAIRS:
            raise InvalidInputError(
                f"select={self.select!r} finds {len(sites):,} atoms, whose {n_pairs:,} "
                f"pairs would be {n_pairs:,} features, of {8 * n_pairs:,} bytes a "
                "sample. Choose fewer atoms, such as 'name CA'."
            )
        return pairs_of(sites, min_separation=self.min_separation)

    def _why_none(self) -> str:
        return (
            f"has no two atoms of select={self.select!r} that are min_separation="
            f"{self.min_separation} apart."
        )

    def _measure(
        self,
        sample: Any,
        places: NDArray[np.int64],
        index: int,  # noqa: ARG002
    ) -> list[NDArray[Any]]:
        import mdtraj

        return [
            mdtraj.compute_distances(writable(sample), places, periodic=self.periodic)
        ]

"""Deviations as features: of frames from a structure, and of atoms from their mean."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sklearn_deepsig._parallel import N_JOBS
from sklearn_deepsig.baselines._featurizer import MolecularFeaturizer
from sklearn_deepsig.baselines._keys import Found, Site
from sklearn_deepsig.baselines._molecules import molecules
from sklearn_deepsig.baselines._topology import atom_sites
from sklearn_deepsig.exceptions import DeepSignatureError
from sklearn_deepsig.trajectory import is_md_trajectory, select_atoms

__all__ = ["RmsdFeaturizer", "RmsfFeaturizer"]


class _DeviationFeaturizer(MolecularFeaturizer):
    """What both featurizers share: which atoms."""

    _what = "atoms"

    def _find(self, topology: Any) -> dict[Site, Found]:
        return atom_sites(topology, select_atoms(topology, self.select))

    def _why_none(self) -> str:
        return f"has no atom of select={self.select!r}."


class RmsdFeaturizer(_DeviationFeaturizer):
    """Describe molecules by how far they are from a structure.

    The root mean square deviation of the positions of chosen atoms, after the frame has
    been laid on the structure as well as possible, by `mdtraj.rmsd`. Atoms are
    recognised by their chain's index, their residue's number (`resSeq`) and their name,
    and those that all samples of `fit`, and the reference, have in common are used.

    Parameters
    ----------
    select : str, default="name CA"
        The atoms, in mdtraj's selection language.
    reference : mdtraj.Trajectory or None, default=None
        Its first frame is the structure. With None it is the first frame of each
        sample itself.
    statistics : str, sequence of str or None, default=("mean", "std")
        Some of ``"mean"``, ``"std"``, ``"min"`` and ``"max"`` over the frames. With
        None every frame is described by itself.
    n_jobs : int or None, default=None
        Processes that share the samples; None for one unless within a
        `joblib.parallel_config`, -1 for as many as there are processors. The features
        are the same to the bit.

    Attributes
    ----------
    keys_ : list of Site
        The common atoms.
    residue_names_ : list of tuple
        For each atom the name of its residue, None where samples differ.

    See Also
    --------
    RmsfFeaturizer : How much each atom moves.

    Examples
    --------
    >>> import mdtraj as md
    >>> import numpy as np
    >>> from sklearn_deepsig.baselines import RmsdFeaturizer
    >>> topology = md.Topology()
    >>> chain = topology.add_chain()
    >>> for number in range(4):
    ...     residue = topology.add_residue("ALA", chain, resSeq=number)
    ...     _ = topology.add_atom("CA", md.element.carbon, residue)
    >>> shape = np.random.default_rng(0).normal(scale=0.2, size=(4, 3))
    >>> turned = shape @ np.diag([-1.0, -1.0, 1.0]) + 5.0
    >>> sample = md.Trajectory(np.stack([shape, turned]), topology)
    >>> featurizer = RmsdFeaturizer(statistics="max").fit([sample])
    >>> bool(featurizer.transform([sample])[0, 0] < 1e-3)
    True
    >>> featurizer.get_feature_names_out().tolist()
    ['RMSD max']
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "select": [str],
        "reference": "no_validation",  # type: ignore[dict-item]
        "statistics": [str, "array-like", None],
        "n_jobs": N_JOBS,
    }

    def __init__(
        self,
        select="name CA",
        *,
        reference=None,
        statistics=("mean", "std"),
        n_jobs=None,
    ):
        self.select = select
        self.reference = reference
        self.statistics = statistics
        self.n_jobs = n_jobs

    @property
    def _who(self) -> str:
        if self.reference is None:
            return super()._who
        return f"{super()._who} and the reference"

    def _tables(self, samples: list[Any]) -> list[dict[Any, Found]]:
        tables = super()._tables(samples)
        if self.reference is None:
            return tables
        try:
            reference = self.reference
            if is_md_trajectory(reference):  # whose other frames do not matter
                reference = reference[:1]
            (reference,) = molecules([reference])
        except DeepSignatureError as error:
            raise type(error)(f"reference={self.reference!r}: {error}") from error
        return [*tables, self._find(reference.topology)]

    def _features(
        self,
        sample: Any,
        places: NDArray[np.int64],
        statistics: list[str] | None,
        index: int,
    ) -> NDArray[np.float64]:
        # All atoms together are one thing to measure.
        whole = places.reshape(1, -1)
        return super()._features(sample, whole, statistics, index)

    def _measure(
        self,
        sample: Any,
        places: NDArray[np.int64],
        index: int,  # noqa: ARG002
    ) -> list[NDArray[Any]]:
        import mdtraj

        atoms = places[0]
        reference, own = sample, atoms
        if self.reference is not None:
            reference = self.reference
            found = self._find(reference.topology)
            own = np.array([found[key].indices[0] for key in self.keys_])
        # mdtraj moves both to their centres where it works in place
        frames = mdtraj.Trajectory(sample.xyz[:, atoms], None)
        structure = mdtraj.Trajectory(reference.xyz[:1, own], None)
        return [mdtraj.rmsd(frames, structure)[:, None]]

    def _names(self, columns: list[str]) -> list[str]:
        return [f"RMSD {column}".strip() for column in columns]


class RmsfFeaturizer(_DeviationFeaturizer):
    """Describe molecules by how much each of their atoms moves.

    The root mean square fluctuation of each chosen atom about its mean position, after
    the frames have been laid on the first one, by `mdtraj.rmsf`. Atoms are recognised
    by their chain's index, their residue's number (`resSeq`) and their name, and those
    that all samples of `fit` have in common are used.

    Parameters
    ----------
    select : str, default="name CA"
        The atoms, in mdtraj's selection language. The frames are superposed by them.
    n_jobs : int or None, default=None
        Processes that share the samples; None for one unless within a
        `joblib.parallel_config`, -1 for as many as there are processors. The features
        are the same to the bit.

    Attributes
    ----------
    keys_ : list of Site
        The common atoms.
    residue_names_ : list of tuple
        For each atom the name of its residue, None where samples differ.

    See Also
    --------
    RmsdFeaturizer : How far frames are from a structure.

    Examples
    --------
    >>> import mdtraj as md
    >>> import numpy as np
    >>> from sklearn_deepsig.baselines import RmsfFeaturizer
    >>> topology = md.Topology()
    >>> chain = topology.add_chain()
    >>> for number in range(4):
    ...     residue = topology.add_residue("ALA", chain, resSeq=number)
    ...     _ = topology.add_atom("CA", md.element.carbon, residue)
    >>> xyz = np.random.default_rng(0).normal(scale=0.2, size=(10, 4, 3))
    >>> featurizer = RmsfFeaturizer()
    >>> featurizer.fit_transform([md.Trajectory(xyz, topology)]).shape
    (1, 4)
    >>> featurizer.get_feature_names_out().tolist()[:2]
    ['RMSF ALA 0 CA', 'RMSF ALA 1 CA']
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "select": [str],
        "n_jobs": N_JOBS,
    }

    def __init__(self, select="name CA", *, n_jobs=None):
        self.select = select
        self.n_jobs = n_jobs

    def _chosen_statistics(self) -> list[str]:
        # A fluctuation is a statistic over the frames by itself.
        return [""]

    def _features(
        self,
        sample: Any,
        places: NDArray[np.int64],
        statistics: list[str] | None,  # noqa: ARG002
        index: int,  # noqa: ARG002
    ) -> NDArray[np.float64]:
        import mdtraj

        frames = mdtraj.Trajectory(sample.xyz[:, places[:, 0]], None)
        frames.superpose(frames)
        fluctuations: NDArray[Any] = mdtraj.rmsf(frames, None)
        return fluctuations.astype(np.float64)

    def _measure(
        self, sample: Any, places: NDArray[np.int64], index: int
    ) -> list[NDArray[Any]]:
        raise NotImplementedError

    def _names(self, columns: list[str]) -> list[str]:
        return [f"RMSF {name}" for name in super()._names(columns)]

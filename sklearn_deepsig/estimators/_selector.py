"""TrajectorySelector: which atoms, which graph, and where the molecule sits."""

from collections.abc import Sequence
from functools import partial
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from sklearn_deepsig._compat import fit_context
from sklearn_deepsig._constraints import POSITIVE_INT, Number
from sklearn_deepsig.estimators._names import channel_names
from sklearn_deepsig.estimators._validation import validate_trajectories
from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional.geometry import centre, superpose
from sklearn_deepsig.trajectory import (
    GRAPHS,
    GraphTrajectory,
    as_trajectories,
    describe_sample,
    is_md_trajectory,
    samples_of,
    select_atoms,
    warn_of_implausible,
)

__all__ = ["TrajectorySelector"]


class TrajectorySelector(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):
    """Select atoms, connect them, and superpose the frames.

    The first step of a Pipeline. Its parameters can be searched over like any other.

    Parameters
    ----------
    select : str or None, default="name CA"
        Atoms to keep, in mdtraj's selection language; None keeps all. It applies to
        samples with a topology, which are `mdtraj.Trajectory`; samples of any other
        kind keep all their nodes.
    graph : str or array-like of int, shape (2, n_edges), default="auto"
        What connects the selected atoms: ``"auto"``, ``"bonds"``, ``"contacts"``,
        ``"chain"``, ``"complete"``, ``"knn"`` or edges. See
        :func:`~sklearn_deepsig.trajectory.as_trajectories`.
    cutoff : float, default=0.8
        Largest distance of a contact, in nm.
    n_neighbors : int, default=8
        Number of neighbours of ``graph="knn"``.
    superpose : bool or {"reference", "first_frame"}, default=False
        Whether to rotate and shift every frame onto a reference, so that the motion
        of the molecule as a whole is removed:

        - ``"reference"`` or True: onto the first frame of the first sample of `fit`,
          so that all samples lie alike; they need the same atoms;
        - ``"first_frame"``: onto each sample's own first frame;
        - False: not at all.

    Attributes
    ----------
    reference_ : ndarray of float64, shape (n_nodes, 3), or None
        Centred positions onto which frames are superposed, in nm; None unless
        ``superpose="reference"``.
    channel_names_ : list of str, or None
        Names of the coordinates of the selected atoms, such as ``"ALA 86 CA.x"``;
        ``x0``, ``x1``, ... where the samples differ in them; None where they differ
        in the number of atoms.
    n_features_in_ : int
        Columns of a table of univariate series, or nodes of a 3-D or 4-D array; not
        set for lists of samples, whose node counts may differ.
    n_dims_in_ : int
        Dimensions a node, 3 for molecules.
    feature_names_in_ : ndarray of str
        Names of the columns, where X was a table with names.

    See Also
    --------
    SpectralCoarsener : Clusters the selected atoms.
    LogSignatureTransformer : Summarises their paths.

    Notes
    -----
    With ``superpose="first_frame"`` each sample keeps the orientation that its own
    first frame has, centred at the origin.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_deepsig.estimators import TrajectorySelector
    >>> X = np.random.default_rng(0).normal(size=(4, 20, 5, 3))
    >>> selector = TrajectorySelector(graph="complete", superpose="reference")
    >>> selector.fit_transform(X)[0]
    GraphTrajectory(n_frames=20, n_nodes=5, n_dims=3, n_edges=10)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "select": [str, None],
        "graph": [StrOptions(set(GRAPHS)), "array-like"],
        "cutoff": [Number(Real, 0, None, closed="neither")],
        "n_neighbors": [POSITIVE_INT],
        "superpose": ["boolean", StrOptions({"reference", "first_frame"})],
    }

    def __init__(
        self,
        select="name CA",
        *,
        graph="auto",
        cutoff=0.8,
        n_neighbors=8,
        superpose=False,
    ):
        self.select = select
        self.graph = graph
        self.cutoff = cutoff
        self.n_neighbors = n_neighbors
        self.superpose = superpose

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):  # noqa: ARG002
        """Check the samples and keep the reference onto which to superpose.

        Parameters
        ----------
        X : samples or array-like
            See :func:`~sklearn_deepsig.trajectory.as_trajectories`.
        y : None
            Ignored.

        Returns
        -------
        TrajectorySelector
            This selector.

        Raises
        ------
        InvalidInputError
            If a sample cannot be used, or the selection selects none of its atoms.
        """
        self._fit(X)
        return self

    @fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X, y=None):  # noqa: ARG002
        """Fit, and transform the same samples.

        Parameters
        ----------
        X : samples or array-like
            See :func:`~sklearn_deepsig.trajectory.as_trajectories`.
        y : None
            Ignored.

        Returns
        -------
        list of GraphTrajectory
            The samples with the selected atoms.
        """
        return self._superpose(self._fit(X))

    def transform(self, X):
        """Select atoms, connect and superpose them.

        Parameters
        ----------
        X : samples or array-like
            See :func:`~sklearn_deepsig.trajectory.as_trajectories`.

        Returns
        -------
        list of GraphTrajectory
            The samples with the selected atoms.

        Raises
        ------
        InvalidInputError
            If a sample cannot be used or does not fit those of fit, the selection
            selects none of its atoms, or it does not have as many as the reference.
        """
        check_is_fitted(self, "reference_")
        return self._superpose(self._select(X, reset=False))

    def set_output(self, *, transform=None):  # noqa: ARG002
        """Do nothing: the output is always a list of samples.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            Ignored. A Pipeline passes it to every step.

        Returns
        -------
        TrajectorySelector
            This selector.
        """
        return self

    def get_feature_names_out(self, input_features=None):
        """Name the coordinates of the selected atoms.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the features of X, checked against those of fit.

        Returns
        -------
        ndarray of str objects, or None
            `channel_names_`. None, where the samples differ in the number of atoms,
            leaves it to the next step of a Pipeline to find names.
        """
        check_is_fitted(self, "reference_")
        if input_features is not None and hasattr(self, "n_features_in_"):
            _check_feature_names_in(self, input_features)
        if self.channel_names_ is None:
            return None
        return np.array(self.channel_names_, dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # Tables are read, as univariate series, but what becomes of them are samples,
        # which the checks that scikit-learn runs on tables cannot compare.
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _fit(self, X: Any) -> list[GraphTrajectory]:
        samples = self._select(X, reset=True)
        self.channel_names_ = channel_names(samples)
        self.reference_ = None
        if self._superpose_onto() == "reference":
            self.reference_ = _centred_first_frame(samples[0])
        return samples

    def _select(self, X: Any, *, reset: bool) -> list[GraphTrajectory]:
        return validate_trajectories(self, X, read=self._read, reset=reset)

    def _read(self, X: Any) -> list[GraphTrajectory]:
        items = samples_of(X)
        selected = items if self.select is None else _take_atoms(items, self.select)
        samples = as_trajectories(
            selected,
            graph=self.graph,
            cutoff=self.cutoff,
            n_neighbors=self.n_neighbors,
        )
        if self.select is not None:
            for sample, item in zip(samples, items, strict=True):
                if is_md_trajectory(item):  # what _take_atoms has copied
                    sample.set_origin(item.xyz)
        superposed = self._superpose_onto() is not None
        warn_of_implausible(selected, superposed=superposed)
        return samples

    def _superpose_onto(self) -> str | None:
        if isinstance(self.superpose, str):
            return self.superpose
        return "reference" if self.superpose else None

    def _superpose(self, samples: list[GraphTrajectory]) -> list[GraphTrajectory]:
        onto = self._superpose_onto()
        if onto is None:
            return samples
        if onto == "reference" and self.reference_ is None:
            raise InvalidInputError(
                f"superpose={self.superpose!r} was set after fit, so there is no "
                "reference. Call fit again."
            )
        result = []
        for index, sample in enumerate(samples):
            name = describe_sample(index, sample.source)
            if sample.n_dims != 3:
                raise InvalidInputError(
                    f"{name} has n_dims={sample.n_dims} coordinates a node, but only "
                    "positions in three dimensions can be superposed. Set "
                    "superpose=False."
                )
            if onto == "first_frame":
                reference = _centred_first_frame(sample)
            else:
                reference = self.reference_
                if len(reference) != sample.n_nodes:
                    raise InvalidInputError(
                        f"{name} has {sample.n_nodes} atoms, but the reference, from "
                        f"the first sample of fit, has {len(reference)}. Select the "
                        'same atoms in every sample, or set superpose="first_frame".'
                    )
            result.append(sample.with_moved(partial(superpose, reference=reference)))
        return result


def _take_atoms(samples: Sequence[Any], selection: str) -> list[Any]:
    """Keep the selected atoms of those samples that have a topology."""
    # Windows of one trajectory share its topology, so its atoms are looked up once.
    # It is kept, because its id is its own only as long as it lives.
    known: dict[int, tuple[Any, np.ndarray, Any]] = {}
    result = []
    for index, item in enumerate(samples):
        topology = item.topology if is_md_trajectory(item) else None
        if topology is None:
            result.append(item)
            continue
        if id(topology) not in known:
            try:
                atoms = select_atoms(topology, selection)
            except InvalidInputError as error:
                name = describe_sample(index)
                raise InvalidInputError(f"{name}: {error}") from error
            known[id(topology)] = topology, atoms, topology.subset(atoms)
        _, atoms, subset = known[id(topology)]
        # Not atom_slice, which would make another topology for each window.
        cell = item.unitcell_lengths, item.unitcell_angles
        result.append(type(item)(item.xyz[:, atoms], subset, item.time, *cell))
    return result


def _centred_first_frame(sample: GraphTrajectory) -> np.ndarray:
    return centre(sample[:1].positions.astype(np.float64))[0]

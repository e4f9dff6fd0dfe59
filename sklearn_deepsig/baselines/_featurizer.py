"""What all featurizers of molecules share: matching, statistics, names, tables."""

import operator
import warnings
from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import chain, product
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sklearn_deepsig._compat import container_adapter, fit_context
from sklearn_deepsig._parallel import in_parallel, slices_for
from sklearn_deepsig.baselines._keys import Found
from sklearn_deepsig.baselines._molecules import (
    choose,
    molecules,
    once_a_topology,
)
from sklearn_deepsig.baselines._topology import common_keys
from sklearn_deepsig.exceptions import (
    ImplausibleTrajectoryWarning,
    InvalidInputError,
)
from sklearn_deepsig.trajectory import describe_sample

__all__ = ["MolecularFeaturizer"]

_STATISTICS = {"mean": np.mean, "std": np.std, "min": np.min, "max": np.max}

# Numbers of one block of features over all frames, so that memory does not grow with
# the number of features.
_BLOCK_SIZE = 1 << 22


class MolecularFeaturizer(TransformerMixin, BaseEstimator, ABC):
    """Base of the featurizers of molecules.

    A subclass finds what a topology has to measure (dihedrals, pairs of residues, ...),
    by keys that are the same in every molecule, and measures it frame by frame.
    """

    _measures: ClassVar[Sequence[str]] = ("",)
    """What is measured of each thing; the empty text where it is one number."""

    _statistics: ClassVar[Sequence[str]] = tuple(_STATISTICS)
    """What may be made of the frames."""

    _what: ClassVar[str]
    """What is measured, in the plural."""

    _who: str = "the samples"
    """Of what it is to be the same."""

    def __init_subclass__(cls, **options):
        # Frames of several samples are no one table: `transform` makes its own.
        super().__init_subclass__(auto_wrap_output_keys=None, **options)

    @abstractmethod
    def _find(self, topology: Any) -> dict[Any, Found]:
        """Find what a topology has to measure, in the order of the features."""

    @abstractmethod
    def _why_none(self) -> str:
        """Say why a topology may have none."""

    @abstractmethod
    def _measure(
        self, sample: Any, places: NDArray[np.int64], index: int
    ) -> list[NDArray[Any]]:
        """Return one array (n_frames, n_things) for each of `_measures`."""

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):  # noqa: ARG002
        """Find what all samples have.

        Parameters
        ----------
        X : sequence of mdtraj.Trajectory
            The samples. Frame counts, atoms and residues may differ.
        y : None
            Ignored.

        Returns
        -------
        self
            This transformer.

        Raises
        ------
        InvalidInputError
            If there are no samples, a coordinate is not finite, a sample has nothing
            to measure, or nothing is common to all. The message names the sample.
        InvalidInputTypeError
            If X is one bare trajectory or a file name, or a sample is no
            `mdtraj.Trajectory`.

        Warns
        -----
        ImplausibleTrajectoryWarning
            If the samples have less than half of what is measured in common, or if
            most of it is of residues of other names, as of unlike proteins.
        """
        self._chosen_statistics()
        tables = self._tables(self._molecules(X))
        self.keys_ = common_keys(tables, self._what)
        # A place where mutants differ has no one name.
        self.residue_names_ = [
            tuple(
                names.pop() if len(names) == 1 else None
                for names in map(
                    set,
                    zip(*{table[key].residue_names for table in tables}, strict=True),
                )
            )
            for key in self.keys_
        ]
        self._warn_of_little_in_common(tables)
        return self

    def transform(self, X):
        """Compute the features.

        Parameters
        ----------
        X : sequence of mdtraj.Trajectory
            The samples, with everything that was found in fit.

        Returns
        -------
        ndarray of float64, shape (n_samples, n_features), or list
            Statistics over the frames. With ``statistics=None`` a list of arrays of
            shape (n_frames, n_features), which `LogSignatureTransformer` reads. After
            `set_output` a data frame, or a list of them.

        Raises
        ------
        InvalidInputError
            If a coordinate is not finite, or a sample lacks what was found in fit.
        InvalidInputTypeError
            If X is one bare trajectory or a file name, or a sample is no
            `mdtraj.Trajectory`.
        """
        check_is_fitted(self, "keys_")
        statistics = self._chosen_statistics()
        samples = self._molecules(X)
        places = once_a_topology(samples, self._places)
        tasks = (
            (self, samples[part], places[part], statistics, part.start)
            for part in slices_for(len(samples), self.n_jobs)
        )
        rows = list(chain.from_iterable(in_parallel(_rows, tasks, self.n_jobs)))
        adapter = container_adapter("transform", self)
        results = rows if statistics is None else [np.stack(rows)]
        if adapter is not None:
            names = self.get_feature_names_out()
            results = [
                adapter.create_container(table, None, columns=names, inplace=False)
                for table in results
            ]
        return results if statistics is None else results[0]

    def get_feature_names_out(self, input_features=None):  # noqa: ARG002
        """Name the features, like ``"phi ALA 86 sin mean"``.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str objects, shape (n_features,)
            What is measured, where, and the statistic. A residue's name is left out
            where samples differ in it, and the chain is named if there are several.
        """
        check_is_fitted(self, "keys_")
        columns = self._column_names(self._chosen_statistics())
        return np.array(self._names(columns), dtype=object)

    def set_output(self, *, transform=None):
        """Choose what `transform` gives.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            Arrays, or data frames with named columns. None changes nothing.

        Returns
        -------
        self
            This transformer.
        """
        if transform is not None:
            self._sklearn_output_config = {"transform": transform}
        return self

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        return tags

    def _chosen_statistics(self) -> list[str] | None:
        """Return the statistics, checked; None for every frame by itself."""
        if self.statistics is None:
            return None
        return choose(self.statistics, self._statistics, "statistics")

    def _features(
        self,
        sample: Any,
        places: NDArray[np.int64],
        statistics: list[str] | None,
        index: int,
    ) -> NDArray[np.float64]:
        """Return the features of a sample: one row, or one for each frame."""
        n_things = max(1, _BLOCK_SIZE // max(1, sample.n_frames))
        parts = []
        for start in range(0, len(places), n_things):
            block = places[start : start + n_things]
            measured = self._measure(sample, block, index)
            if statistics is None:
                columns = measured
            else:
                columns = self._summarise(measured, statistics)
            # things first, and what is told of each beside each other
            stacked = np.stack(columns, axis=-1).astype(np.float64)
            parts.append(stacked.reshape(*stacked.shape[:-2], -1))
        return np.concatenate(parts, axis=-1)

    def _summarise(
        self, measured: Sequence[NDArray[Any]], statistics: Sequence[str]
    ) -> list[NDArray[np.float64]]:
        """Return one array (n_things,) a column, in the order of `_column_names`."""
        return [
            _STATISTICS[name](values.astype(np.float64, copy=False), axis=0)
            for values in measured
            for name in statistics
        ]

    def _column_names(self, statistics: Sequence[str] | None) -> list[str]:
        """Name the columns that each thing has."""
        if statistics is None:
            return list(self._measures)
        columns = product(self._measures, statistics)
        return [f"{measure} {name}".strip() for measure, name in columns]

    def _names(self, columns: list[str]) -> list[str]:
        """Name all features."""
        several_chains = len({c for key in self.keys_ for c in key.chains}) > 1
        return [
            f"{key.describe(names, with_chain=several_chains)} {column}".strip()
            for key, names in zip(self.keys_, self.residue_names_, strict=True)
            for column in columns
        ]

    def _molecules(self, X: Any) -> list[Any]:
        return molecules(X, periodic=getattr(self, "periodic", False))

    def _tables(self, samples: list[Any]) -> list[dict[Any, Found]]:
        """Find what each sample has; samples of one topology share a table."""
        return once_a_topology(samples, self._find_some)

    def _warn_of_little_in_common(self, tables: Sequence[dict[Any, Found]]) -> None:
        n_least, n_common = min(map(len, tables)), len(self.keys_)
        # of mutants any two have most residues alike, though few may be so in all
        first, *others = (
            [name for key in self.keys_ for name in table[key].residue_names]
            for table in {id(table): table for table in tables}.values()
        )
        n_other = max(
            (sum(map(operator.ne, first, names)) for names in others), default=0
        )
        if 2 * n_common < n_least:
            doubt = f"at least {n_least} {self._what} each, and {n_common} in common"
        elif 2 * n_other > len(first):
            doubt = (
                f"{n_common} {self._what} in common, of whose residues two of them "
                f"give other names to {n_other} of {len(first)}"
            )
        else:
            return
        warnings.warn(
            f"{self._who} have {doubt}. They are matched by chain index and residue "
            "number: see that these are the same molecule, or mutants of it, and are "
            "numbered alike.",
            ImplausibleTrajectoryWarning,
            stacklevel=3,
        )

    def _find_some(self, topology: Any, index: int) -> dict[Any, Found]:
        try:
            found = self._find(topology)
        except InvalidInputError as error:
            raise InvalidInputError(f"{describe_sample(index)}: {error}") from error
        if not found:
            raise InvalidInputError(f"{describe_sample(index)} {self._why_none()}")
        return found

    def _places(self, topology: Any, index: int) -> NDArray[np.int64]:
        """Return where a topology has what was found in fit, one row each."""
        found = self._find_some(topology, index)
        missing = [key for key in self.keys_ if key not in found]
        if missing:
            raise InvalidInputError(
                f"{describe_sample(index)} lacks {len(missing)} of the "
                f"{len(self.keys_)} {self._what} of fit, such as "
                f"{missing[0].describe()}. They are matched by chain index and residue "
                "number; fit uses those that all its samples have in common: let it "
                "see a sample of this kind, or leave this one out."
            )
        return np.array([found[key].indices for key in self.keys_])


def _rows(
    featurizer: MolecularFeaturizer,
    samples: Sequence[Any],
    places: Sequence[NDArray[np.int64]],
    statistics: list[str] | None,
    first: int,
) -> list[NDArray[np.float64]]:
    """Return the features of some samples, of which the first is number `first`."""
    return [
        featurizer._features(sample, place, statistics, index)
        for index, (sample, place) in enumerate(
            zip(samples, places, strict=True), start=first
        )
    ]

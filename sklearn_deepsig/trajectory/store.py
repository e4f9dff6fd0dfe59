"""TrajectoryStore: trajectories on the disk, of which windows are read when needed."""

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklearn_deepsig.exceptions import InvalidInputTypeError, StoreFileError
from sklearn_deepsig.trajectory._store_format import (
    MANIFEST,
    check_sizes,
    refuse,
)
from sklearn_deepsig.trajectory._store_reading import read_labels
from sklearn_deepsig.trajectory._stored import (
    StoredFolder,
    StoredTrajectory,
    open_folder,
)
from sklearn_deepsig.trajectory.conversion import convert_files
from sklearn_deepsig.trajectory.table import groups_of, load_table

__all__ = ["TrajectoryStore"]


class TrajectoryStore(Sequence[StoredTrajectory]):
    """Trajectories in a folder, larger than memory: a sequence of samples.

    Pass it as X to estimators, `make_windows`, ``cross_val_score`` or ``GridSearchCV``.
    A sample reads its frames when its ``positions`` are asked for, as a read-only
    memory map that goes with the array, so a fit holds a batch at a time. Pickled, a
    store and its windows are addresses: other processes read the files themselves, and
    must see the folder under the same name.

    Opening compares the sizes of all files and the checksum of the manifest. Each
    block of positions (about 1 MiB) is compared with its CRC-32 when a process first
    reads it. `verify` compares everything.

    Parameters
    ----------
    folder : path-like
        What `convert` or `convert_table` wrote.

    Attributes
    ----------
    folder : pathlib.Path
        The folder.
    y : ndarray of shape (n_trajectories,), or None
        Labels.
    groups : ndarray of shape (n_trajectories,), or None
        The unit of each trajectory that is to be held out whole.
    settings : dict
        Selection, stride and graph of the conversion.

    Raises
    ------
    StoreFileError
        If there is no store, or it is damaged, incomplete or of a newer format.

    Notes
    -----
    Positions are float32 in nm, times are in ps. Graphs of contacts and of nearest
    neighbours are those of the first frame of each trajectory, also for its windows.
    See ``docs/store.md``.

    Examples
    --------
    >>> from sklearn_deepsig.trajectory import TrajectoryStore
    >>> TrajectoryStore("nowhere")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    sklearn_deepsig.exceptions.StoreFileError: ...nowhere does not exist; give ...
    """

    def __init__(self, folder: str | PathLike[str]) -> None:
        self.folder = Path(folder).expanduser().absolute()
        self._folder = StoredFolder(self.folder)
        self._check(lambda _: None)
        settings = self._folder.manifest.get("settings")
        if not isinstance(settings, dict):
            refuse(self.folder / MANIFEST, f"says settings={settings!r}")
        self.settings: dict[str, Any] = settings
        self.y = self._labels("labels")
        self.groups = self._labels("groups")

    @classmethod
    def convert(
        cls,
        folder: str | PathLike[str],
        trajectories: Sequence[str | PathLike[str]],
        topology: str | PathLike[str] | Sequence[str | PathLike[str]] | None = None,
        *,
        y: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        select: str | None = "name CA",
        stride: int | None = None,
        graph: str | ArrayLike = "auto",
        cutoff: float = 0.8,
        n_neighbors: int = 8,
        chunk_bytes: int = 1 << 24,
        tell: Callable[[str], object] | None = None,
    ) -> "TrajectoryStore":
        """Convert trajectory files into a store, in bounded memory.

        Cut short, it goes on when it is started again: trajectories that are done, and
        whose checksums are right, are kept. So it also repairs a damaged store.

        Parameters
        ----------
        folder : path-like
            Where.
        trajectories : sequence of path-like
            Files in any format that mdtraj reads.
        topology : path-like, sequence of path-like or None, default=None
            What the atoms are: one file for all, or one for each. None where the
            trajectories hold it themselves.
        y, groups : array-like of shape (n_trajectories,), default=None
            Labels, and the unit of each trajectory that is to be held out whole.
        select : str or None, default="name CA"
            Atoms to keep, in mdtraj's selection language; None keeps all.
        stride : int or None, default=None
            Keep every stride-th frame only.
        graph : str or array-like of int, default="auto"
            What connects the atoms, with `cutoff` and `n_neighbors`; see
            :func:`~sklearn_deepsig.trajectory.as_trajectories`.
        cutoff, n_neighbors : float and int, default=0.8, 8
            Of graphs of contacts, in nm, and of nearest neighbours.
        chunk_bytes : int, default=16777216
            Bytes of coordinates, of all atoms, read at once. Memory holds a few such.
        tell : callable or None, default=None
            Called with a line for each trajectory, such as `print`.

        Returns
        -------
        TrajectoryStore
            The store, opened.

        Raises
        ------
        InvalidInputError
            If an argument or a coordinate cannot be used, or the folder holds another
            store or is in use by another process.
        TrajectoryFileError
            If a trajectory or a topology cannot be read.
        StoreFileError
            If the disk is full or fails.

        Warns
        -----
        ImplausibleTrajectoryWarning
            Of the first file that seems to be in angstrom, and the first that jumps
            over the border of its cell, of those that this call converts. A store holds
            no cells, so that this is not told again when it is read.
        """
        convert_files(
            folder,
            trajectories,
            topology,
            y=y,
            groups=groups,
            select=select,
            stride=stride,
            graph=graph,
            cutoff=cutoff,
            n_neighbors=n_neighbors,
            chunk_bytes=chunk_bytes,
            tell=tell,
        )
        return cls(folder)

    @classmethod
    def convert_table(
        cls,
        folder: str | PathLike[str],
        table: str | PathLike[str],
        **options: Any,
    ) -> "TrajectoryStore":
        """Convert the trajectories that a table lists, with their labels and groups.

        Parameters
        ----------
        folder, table : path-like
            Where, and a CSV file; see :func:`~sklearn_deepsig.trajectory.load_table`.
        **options
            What `convert` takes besides, but for `y` and `groups`.

        Returns
        -------
        TrajectoryStore
            The store, opened. A trajectory without a group is its own.

        Raises
        ------
        TrajectoryFileError
            If the table, or a file that it names, cannot be read.
        InvalidInputError, StoreFileError
            As in `convert`.
        """
        rows = load_table(table)
        return cls.convert(
            folder,
            [row.trajectory for row in rows],
            [row.topology for row in rows],
            y=[row.label for row in rows],
            groups=groups_of(rows),
            **options,
        )

    @property
    def sources(self) -> list[str]:
        """Names of the files that the trajectories were converted from."""
        return [entry.source for entry in self._folder.entries]

    @property
    def nbytes(self) -> int:
        """Size of all positions, in bytes."""
        return sum(entry.sizes["positions"] for entry in self._folder.entries)

    def times(self, index: int) -> NDArray[np.float64]:
        """Read the times of the frames of a trajectory.

        Parameters
        ----------
        index : int
            Its place in the store.

        Returns
        -------
        ndarray of float64, shape (n_frames,)
            In ps.

        Raises
        ------
        StoreFileError
            If the file is damaged.
        """
        return self._folder.file(self._place(index)).times()

    def verify(self) -> None:
        """Read everything, and compare it with its checksums.

        Raises
        ------
        StoreFileError
            If something is damaged; the message names every file that is.
        """
        self._check(lambda index: self._folder.file(index).verify())

    def _check(self, more: Callable[[int], None]) -> None:
        """Check the sizes of all files, and more; name all that are damaged."""
        found = []
        for index, entry in enumerate(self._folder.entries):
            try:
                check_sizes(self.folder, index, entry)
                more(index)
            except StoreFileError as error:
                found.append(str(error))
        if found:
            raise StoreFileError("\n".join(found))

    def __len__(self) -> int:
        return len(self._folder.entries)

    @overload
    def __getitem__(self, index: int) -> StoredTrajectory: ...

    @overload
    def __getitem__(self, index: slice) -> list[StoredTrajectory]: ...

    def __getitem__(
        self, index: int | slice
    ) -> StoredTrajectory | list[StoredTrajectory]:
        """Take a trajectory by its place, or a list of them by a slice."""
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        file = self._folder.file(self._place(index))
        return StoredTrajectory(file, range(file.entry.n_frames))

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopen, (str(self.folder), self._folder.checksum)

    def __repr__(self) -> str:
        return (
            f"TrajectoryStore({str(self.folder)!r}): {len(self)} trajectories, "
            f"{sum(entry.n_frames for entry in self._folder.entries)} frames, "
            f"{self.nbytes / 1e6:.1f} MB"
        )

    def _place(self, index: int) -> int:
        if not hasattr(index, "__index__"):
            raise InvalidInputTypeError(
                f"a store is indexed by whole numbers and slices, not by {index!r}."
            )
        # IndexError, which ends a loop over a sequence
        return range(len(self))[index]

    def _labels(self, name: str) -> NDArray[Any] | None:
        values = read_labels(self.folder, self._folder.manifest, name)
        return None if values is None else np.array(values)


def _reopen(path: str, checksum: str) -> TrajectoryStore:
    store = TrajectoryStore(path)
    if store._folder.checksum != checksum:
        open_folder(path, checksum)  # for its message
    return store

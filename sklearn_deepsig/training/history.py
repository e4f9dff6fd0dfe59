"""What happened in each epoch, as columns."""

__all__ = ["History"]


class History(dict[str, list[float]]):
    """Columns of numbers, one row an epoch.

    A plain dictionary of lists, so ``pandas.DataFrame(history)`` is a table of it.

    Examples
    --------
    >>> from sklearn_deepsig.training import History
    >>> history = History()
    >>> history.append({"loss": 2.0, "seconds": 0.1})
    >>> history.append({"loss": 1.5, "seconds": 0.1})
    >>> history["loss"], history.n_epochs
    ([2.0, 1.5], 2)
    """

    def append(self, row: dict[str, float]) -> None:
        """Add one epoch.

        Parameters
        ----------
        row : dict of str to float
            One number a column. Epochs without a number in some column, such as
            those that hold nothing out, have NaN there.
        """
        n_epochs = self.n_epochs
        for name in {**self, **row}:
            column = self.setdefault(name, [float("nan")] * n_epochs)
            column.append(row.get(name, float("nan")))

    @property
    def n_epochs(self) -> int:
        """Number of epochs so far."""
        return max((len(column) for column in self.values()), default=0)

"""What happened in each epoch, as columns."""

import math

__all__ = ["History"]


class History(dict[str, list[float]]):
    """Columns of numbers, one row an epoch.

    A plain dictionary of lists, so ``pandas.DataFrame(history)`` is a table of it.

    Attributes
    ----------
    resumed_from_epoch : int
        Epochs that were read from a checkpoint.

    Examples
    --------
    >>> from sklearn_deepsig.training import History
    >>> history = History()
    >>> history.append({"loss": 2.0, "seconds": 0.1})
    >>> history.append({"loss": 1.5, "seconds": 0.1})
    >>> history["loss"], history.n_epochs
    ([2.0, 1.5], 2)
    """

    resumed_from_epoch: int = 0

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

    @property
    def best_epoch(self) -> int:
        """Epoch, counted from 1, whose weights are kept: the last or the best."""
        held_out = self.get("validation_loss", [])
        if not held_out or math.isnan(held_out[-1]):  # nothing was held out at the end
            return self.n_epochs
        # of equals the first, as in `EarlyStopping`
        known = [math.inf if math.isnan(loss) else loss for loss in held_out]
        return known.index(min(known)) + 1

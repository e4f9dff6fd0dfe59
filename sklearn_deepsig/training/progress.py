"""Progress of a fit: a bar at a terminal, now and then a line elsewhere."""

import sys
import time
from typing import NoReturn

from tqdm import tqdm

__all__ = ["Progress"]

_SECONDS_BETWEEN_LINES = 10.0
_SECONDS_BEFORE_BAR = 5.0


class Progress:
    """Show how far a fit has come, its loss, and the time left.

    Parameters
    ----------
    max_epochs : int
        Epochs after which the fit ends.
    n_epochs : int
        Epochs that were run already.
    verbose : bool or "auto"
        Always, never, or on fits that take long at a terminal.
    """

    def __init__(self, max_epochs: int, n_epochs: int, verbose: bool | str) -> None:
        at_terminal = sys.stderr.isatty()
        always = verbose != "auto" and bool(verbose)
        self._always = always
        self._lines = always and not at_terminal
        self._max_epochs = max_epochs
        self._first_epoch = n_epochs
        self._started = self._last_line = time.monotonic()
        self._bar: tqdm[NoReturn] | None = None
        # Even a bar that shows nothing takes a lock that forked processes share, and
        # one that is killed there would leave it locked for all others.
        if at_terminal and (always or verbose == "auto"):
            self._bar = tqdm(
                total=max_epochs,
                initial=n_epochs,
                desc="fit",
                unit="epoch",
                delay=0.0 if always else _SECONDS_BEFORE_BAR,
            )

    def update(self, n_epochs: int, loss: float) -> None:
        """Take note of one epoch.

        Parameters
        ----------
        n_epochs : int
            Epochs that were run, this one among them.
        loss : float
            Its loss.
        """
        if self._bar is not None:
            self._bar.update()
            self._bar.set_postfix(loss=f"{loss:.4g}")
        now = time.monotonic()
        done = n_epochs - self._first_epoch
        due = done == 1 or n_epochs == self._max_epochs
        if self._lines and (due or now - self._last_line >= _SECONDS_BETWEEN_LINES):
            left = (now - self._started) / done * (self._max_epochs - n_epochs)
            sys.stderr.write(
                f"fit: epoch {n_epochs}/{self._max_epochs}, loss={loss:.4g}, "
                f"{tqdm.format_interval(left)} left\n"
            )
            sys.stderr.flush()
            self._last_line = now

    def say(self, text: str) -> None:
        """Write a line, where progress is shown.

        Parameters
        ----------
        text : str
            What happened.
        """
        if self._bar is None:
            if self._lines:
                sys.stderr.write(f"fit: {text}\n")
                sys.stderr.flush()
            return
        # a bar that was not asked for appears on fits that take long alone
        shown = time.monotonic() - self._started >= _SECONDS_BEFORE_BAR
        if self._always or shown:
            self._bar.write(f"fit: {text}", file=sys.stderr)

    def close(self) -> None:
        """End the bar."""
        if self._bar is not None:
            self._bar.close()

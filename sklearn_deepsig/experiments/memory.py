"""How much memory the process took at most."""

from collections.abc import Callable
from pathlib import Path

__all__ = ["watch_memory"]

_PROCESS = Path("/proc/self")


def watch_memory() -> Callable[[], float | None]:
    """Forget how much memory the process took at most so far, and watch from here on.

    Returns
    -------
    callable
        Returns the largest resident memory since, in GB (10⁹ bytes), all that the
        process held included; None where the system does not tell (other than Linux).
    """
    try:
        (_PROCESS / "clear_refs").write_text("5")
    except OSError:
        return lambda: None
    return _largest


def _largest() -> float | None:
    for line in (_PROCESS / "status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "VmHWM":
            return int(value.split()[0]) * 1024 / 1e9
    return None

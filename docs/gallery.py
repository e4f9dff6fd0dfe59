"""How sphinx-gallery runs the examples."""

from typing import Any


def small(gallery_conf: Any, script_vars: Any) -> list[str]:  # noqa: ARG001
    """Give every example the argument for small settings, which take seconds.

    Parameters
    ----------
    gallery_conf, script_vars : dict
        What sphinx-gallery knows of the example.

    Returns
    -------
    list of str
        The command line of the example, after its name.
    """
    return ["--quick"]

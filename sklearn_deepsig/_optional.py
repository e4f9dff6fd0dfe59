"""Lazy import of packages that the user may not have, with an install hint."""

import importlib
from types import ModuleType

from sklearn_deepsig.exceptions import MissingDependencyError

# How to get each optional package. The two signature packages ship as source only
# and import NumPy or torch while they build, hence their own command.
_INSTALL_COMMANDS = {
    "iisignature": "pip install numpy setuptools wheel"
    " && pip install --no-build-isolation iisignature",
    "signatory": "pip install setuptools wheel ninja"
    " && pip install --no-build-isolation signatory==1.2.6.1.9.0",
    "matplotlib": "pip install 'sklearn-deepsig[plots]'",
    "pandas": "pip install 'sklearn-deepsig[plots]'",
    "tables": "pip install 'sklearn-deepsig[hdf5]'",
    "torch_geometric": "pip install torch-geometric",
}


def import_optional(name: str, *, purpose: str) -> ModuleType:
    """Import an optional package, or say how to install it.

    Parameters
    ----------
    name : str
        Import name of the module, such as ``"matplotlib.pyplot"``.
    purpose : str
        What needs it, as the subject of a sentence, for the error message.

    Returns
    -------
    module
        The imported module.

    Raises
    ------
    MissingDependencyError
        If the package is not installed.
    """
    package = name.partition(".")[0]
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != package:
            raise  # the package is there and misses something of its own
        command = _INSTALL_COMMANDS.get(package, f"pip install {package}")
        raise MissingDependencyError(
            f"{purpose} needs the package {package!r}, which is not installed. "
            f"Install it with: {command}"
        ) from error

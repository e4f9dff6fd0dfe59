"""Write a page for each public module, whose text is the module's own docstring.

What is listed on a page is the module's ``__all__``, so that no public name can be left
out. Classes and functions get pages of their own, by Sphinx's autosummary; constants
are described in place, by the comment ``#:`` above their definition.
"""

import importlib
import inspect
import pkgutil
from pathlib import Path
from types import ModuleType

from sphinx.pycode import ModuleAnalyzer

import sklearn_deepsig

_TITLES = {
    "baselines": "Classic descriptors",
    "datasets": "Data",
    "estimators": "Estimators",
    "exceptions": "Errors",
    "experiments": "Comparisons and experiments",
    "functional": "Mathematics",
    "inspection": "Attribution",
    "model_selection": "Windows and splits",
    "nn": "Networks",
    "persistence": "Saving and loading",
    "plots": "Pictures",
    "storage": "Files of arrays",
    "training": "Training",
    "trajectory": "Samples and graphs",
}


def public_modules() -> list[ModuleType]:
    """Import the modules of the package that begin with no underscore.

    Returns
    -------
    list of module
        In alphabetical order.
    """
    return [
        importlib.import_module(f"sklearn_deepsig.{info.name}")
        for info in pkgutil.iter_modules(sklearn_deepsig.__path__)
        if not info.name.startswith("_")
    ]


def page_of_package() -> str:
    """Write the page of the names that can be imported from the package itself.

    Returns
    -------
    str
        The page; its names lead to the pages of the modules that they are from.
    """
    names = [name for name in sklearn_deepsig.__all__ if not name.startswith("_")]
    parts = ["Everyday names", "==============", "", "``sklearn_deepsig``", ""]
    parts += [
        ".. automodule:: sklearn_deepsig",
        "",
        ".. currentmodule:: sklearn_deepsig",
    ]
    parts += ["", ".. autosummary::", "   :nosignatures:", ""]
    return "\n".join([*parts, *(f"   {name}" for name in names), ""])


def page_of(module: ModuleType) -> str:
    """Write the page of a module in reStructuredText.

    Parameters
    ----------
    module : module
        A public module, with ``__all__``.

    Returns
    -------
    str
        The page.
    """
    name = module.__name__
    title = _TITLES[name.rpartition(".")[2]]
    parts = [title, "=" * len(title), "", f"``{name}``", "", f".. automodule:: {name}"]
    parts += ["", f".. currentmodule:: {name}", ""]
    kinds: dict[str, list[str]] = {"Classes": [], "Functions": [], "Constants": []}
    for public in module.__all__:
        item = getattr(module, public)
        if inspect.isclass(item):
            kinds["Classes"].append(public)
        elif inspect.isfunction(item):
            kinds["Functions"].append(public)
        else:
            kinds["Constants"].append(public)
    for kind in ("Classes", "Functions"):
        if kinds[kind]:
            parts += [f".. rubric:: {kind}", "", ".. autosummary::"]
            parts += ["   :toctree: objects", "   :nosignatures:", ""]
            parts += [f"   {public}" for public in kinds[kind]]
            parts.append("")
    if kinds["Constants"]:
        parts += [".. rubric:: Constants", ""]
        for public in kinds["Constants"]:
            parts += [f".. py:data:: {public}", ""]
            parts += [f"   {line}" for line in comment_above(module, public)]
            parts.append("")
    return "\n".join(parts)


def comment_above(module: ModuleType, public: str) -> list[str]:
    """Find the comment ``#:`` above the definition of a constant.

    Parameters
    ----------
    module : module
        The module that exports it.
    public : str
        Its name.

    Returns
    -------
    list of str
        Its lines.

    Raises
    ------
    LookupError
        If there is none.
    """
    names = [module.__name__]
    if hasattr(module, "__path__"):
        walk = pkgutil.walk_packages(module.__path__, f"{module.__name__}.")
        names += [info.name for info in walk]
    for name in names:
        found = ModuleAnalyzer.for_module(name).find_attr_docs().get(("", public))
        if found:
            return found
    raise LookupError(f"{module.__name__}.{public} has no comment '#:' above it")


def write_pages(folder: Path) -> None:
    """Write the pages of all public modules, where they have changed.

    Parameters
    ----------
    folder : Path
        Where to; it is made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = {module.__name__: page_of(module) for module in public_modules()}
    pages["sklearn_deepsig"] = page_of_package()
    for name, text in pages.items():
        path = folder / f"{name}.rst"
        if not path.exists() or path.read_text() != text:
            path.write_text(text)

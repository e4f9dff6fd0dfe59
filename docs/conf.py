"""How Sphinx builds the documentation; ``make docs`` runs it.

Nothing is read from the network, neither to build the pages nor to show them.
"""

import inspect
import os
import re
import sys
from pathlib import Path
from typing import Any

import matplotlib

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
# the processes that examples start import the same copy of the package
os.environ["PYTHONPATH"] = str(HERE.parent)
matplotlib.use("Agg")

import api_pages  # noqa: E402

import sklearn_deepsig  # noqa: E402

api_pages.write_pages(HERE / "generated")

project = "sklearn_deepsig"
author = "The sklearn_deepsig developers"
copyright = author
version = release = sklearn_deepsig.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "auto_examples/*.ipynb", "auto_examples/*.py"]
templates_path = ["_templates"]

# `name` in a docstring links to what has that name, if anything does, as everywhere in
# scientific Python. Most are parameters, so that one without a link is no fault; a
# :class:`name` or a [link](page.md) that leads nowhere is.
smartquotes = False  # "random" stays what can be typed
default_role = "py:obj"
nitpicky = True
nitpick_ignore_regex = [("py:obj", ".*")]

autosummary_generate = True
autodoc_typehints = "none"  # numpydoc's sections say the types
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]

# Those with small settings are run, and show what they print and draw.
quick = [p.name for p in HERE.glob("../examples/*.py") if "--quick" in p.read_text()]

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": "|".join(map(re.escape, quick)),
    "reset_argv": "gallery.small",
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "show_memory": False,
    "write_computation_times": False,
    "show_signature": False,
    "min_reported_time": 0,
    "plot_gallery": True,
    "abort_on_example_error": True,
    "remove_config_comments": True,
}

html_theme = "pydata_sphinx_theme"
html_title = "sklearn_deepsig"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options: dict[str, Any] = {
    "navbar_end": ["theme-switcher"],
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": True,
    "footer_start": ["copyright"],
    "footer_end": [],
}


def public_name(target: str) -> str | None:
    """Find the module that documents a name, which others export or use as well.

    Parameters
    ----------
    target : str
        Such as ``"make_windows"`` or ``"sklearn_deepsig.make_windows"``; or a method,
        as in ``"DeepSignatureClassifier.fit"``.

    Returns
    -------
    str or None
        Such as ``"sklearn_deepsig.model_selection.make_windows"``; None if no module,
        or more than one, has it.
    """
    first, _, rest = target.removeprefix("sklearn_deepsig.").partition(".")
    owners = [m for m in api_pages.public_modules() if first in m.__all__]
    if len(owners) != 1:
        return None
    return ".".join([owners[0].__name__, first, *([rest] if rest else [])])


def resolve_public_name(app: Any, env: Any, node: Any, contnode: Any) -> Any:
    """Link names that are used without the module that documents them."""
    if node.get("refdomain") != "py":
        return None
    found = public_name(node["reftarget"])
    if found is None or found == node["reftarget"]:
        return None
    return env.get_domain("py").resolve_xref(
        env, node["refdoc"], app.builder, node["reftype"], found, node, contnode
    )


def skip_foreign(*arguments: Any) -> bool | None:
    """Leave out methods that scikit-learn or torch add; these document them."""
    item = arguments[3]
    function = inspect.unwrap(getattr(item, "__func__", item))
    module = getattr(function, "__module__", None) or "sklearn_deepsig"
    return True if not module.startswith("sklearn_deepsig") else None


def setup(app: Any) -> None:
    """Connect the functions above."""
    app.connect("missing-reference", resolve_public_name)
    app.connect("autodoc-skip-member", skip_foreign)

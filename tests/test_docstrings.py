"""Every public function, class and method has a numpydoc docstring without faults."""

import importlib
import inspect
import pkgutil

import pytest
from numpydoc.validate import validate

import sklearn_deepsig

# Sections that not every object needs, and rules that ruff holds differently.
IGNORED = {
    "ES01",  # extended summary
    "EX01",  # examples
    "GL01",  # summary on the line after the quotes
    "GL08",  # private, inherited or generated docstrings: asked for below
    "SA01",  # see also
    "SA04",  # see also without a description
    "SS06",  # summary of more than one line
}


def public_objects():
    for info in pkgutil.walk_packages(sklearn_deepsig.__path__, "sklearn_deepsig."):
        module = importlib.import_module(info.name)
        for name in getattr(module, "__all__", []):
            item = getattr(module, name)
            if getattr(item, "__module__", None) != info.name:
                continue  # documented where it is defined
            if inspect.isfunction(item):
                yield f"{info.name}.{name}"
            elif inspect.isclass(item):
                yield f"{info.name}.{name}"
                for method_name, method in vars(item).items():
                    if not method_name.startswith("_") and inspect.isfunction(method):
                        yield f"{info.name}.{name}.{method_name}"


def is_named_tuple(name):
    """Fields of a NamedTuple are documented one by one, below each."""
    module, _, attribute = name.rpartition(".")
    try:
        item = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError:  # a method of a class
        return False
    return hasattr(item, "_fields")


PUBLIC = sorted(set(public_objects()))


def test_the_walk_finds_the_public_objects():
    assert len(PUBLIC) > 100
    assert (
        "sklearn_deepsig.estimators._network_classifier.NetworkClassifier.fit" in PUBLIC
    )


@pytest.mark.parametrize("name", PUBLIC)
def test_docstring(name):
    result = validate(name)
    assert result["docstring"], f"{name} has no docstring"
    ignored = IGNORED | ({"PR01"} if is_named_tuple(name) else set())
    faults = [fault for fault in result["errors"] if fault[0] not in ignored]
    assert not faults

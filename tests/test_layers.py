"""The architecture: who may import whom, and what an import may load."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sklearn_deepsig

PACKAGE = Path(sklearn_deepsig.__file__).parent

# From the bottom up. A module imports only from its own package and from below.
LAYERS = [
    "exceptions",
    "_compat",
    "_constraints",
    "_optional",
    "_parallel",
    "storage",
    "functional",
    "trajectory",
    "model_selection",
    "nn",
    "training",
    "estimators",
    "baselines",
    "persistence",
    "datasets",
    "inspection",
    "plots",
    "experiments",
    "_arguments",
    "__main__",
]

MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE) + [
    PACKAGE / f"{name}.py" for name in LAYERS if (PACKAGE / f"{name}.py").exists()
]


def layer_of(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_layers(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import in line {node.lineno}"
            names = [node.module]
            if node.module == "sklearn_deepsig":
                names = [f"sklearn_deepsig.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "sklearn_deepsig" and len(parts) > 1:
                yield parts[1]


def test_every_folder_has_a_layer():
    found = {layer_of(path) for path in PACKAGE.rglob("*.py")} - {"__init__"}
    assert found <= set(LAYERS)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_module_imports_only_from_below(path):
    own = LAYERS.index(layer_of(path))
    above = {
        layer
        for layer in imported_layers(path)
        if layer != layer_of(path) and layer != "__version__"
        if LAYERS.index(layer) > own
    }
    assert not above


@pytest.mark.parametrize(
    "path",
    [p for p in MODULES if layer_of(p) in {"nn", "trajectory", "model_selection"}],
    ids=lambda p: str(p.relative_to(PACKAGE)),
)
def test_numpy_becomes_tensor_only_above(path):
    """Samples become tensors in training; below, only tables of indices do."""
    assert "from_numpy" not in path.read_text()


@pytest.mark.parametrize(
    "module",
    [
        "sklearn_deepsig",
        "sklearn_deepsig.trajectory",
        "sklearn_deepsig.model_selection",
        "sklearn_deepsig.persistence",
    ],
)
def test_import_stays_light(module):
    code = (
        f"import sys, {module}; "
        "print([m for m in ('torch', 'torch_geometric', 'mdtraj') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("name", sklearn_deepsig.__all__)
def test_public_names_resolve(name):
    assert getattr(sklearn_deepsig, name) is not None
    assert name in dir(sklearn_deepsig)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'SpectralCoarsner'"):
        _ = sklearn_deepsig.SpectralCoarsner

"""Nothing is unpickled, and nothing reaches a network."""

import ast

import pytest

from tests.helpers.programs import ROOT, run

TREES = ("sklearn_deepsig", "benchmarks", "examples", "tests")
SOURCES = sorted(path for tree in TREES for path in (ROOT / tree).rglob("*.py"))
PACKAGE = [path for path in SOURCES if path.is_relative_to(ROOT / "sklearn_deepsig")]
PICKLERS = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "_pickle"}


def named(path):
    """Every module and every name out of one that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls(path):
    """Every call of a file: what is called, and its keywords."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            keywords = {word.arg: ast.unparse(word.value) for word in node.keywords}
            yield ast.unparse(node.func), keywords


def unsafe(path):
    """What a file calls that would unpickle."""
    for called, keywords in calls(path):
        if called == "torch.load" and keywords.get("weights_only") != "True":
            yield called
        if called.endswith("np.load") and keywords.get("allow_pickle") == "True":
            yield called
        if called.endswith(("read_pickle", "torch.jit.load", "hub.load")):
            yield called


# of joblib, which shares work out, and can load as well
SHARES_WORK_OUT = {"joblib", "joblib.effective_n_jobs"}


def test_the_package_imports_nothing_that_pickles():
    for path in PACKAGE:
        names = set(named(path))
        if path.name == "_parallel.py":
            names -= SHARES_WORK_OUT
        assert not PICKLERS & {name.partition(".")[0] for name in names}, path


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_is_loaded_that_may_hold_code(path):
    assert not list(unsafe(path))
    # under its own name only, so that it is seen here
    assert not {"torch.load", "numpy.load"} & set(named(path))


@pytest.mark.parametrize(
    "text",
    [
        "torch.load(file)",
        "torch.load(file, weights_only=False)",
        "np.load(file, allow_pickle=True)",
        "torch.hub.load(a, b)",
    ],
)
def test_what_would_be_unsafe_is_seen(tmp_path, text):
    (tmp_path / "file.py").write_text(text)
    assert list(unsafe(tmp_path / "file.py"))


def test_no_format_of_ours_has_the_marks_of_a_pickle():
    """Nor has any file that ships with the package."""
    for path in (ROOT / "sklearn_deepsig").rglob("*"):
        assert path.suffix not in {".pkl", ".pickle", ".pt", ".pth", ".joblib"}, path
    for path in (ROOT / "sklearn_deepsig" / "datasets" / "data").rglob("*"):
        if path.is_file():
            assert not path.read_bytes().startswith((b"\x80\x04", b"\x80\x05")), path


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """What all of the package does while it is used."""
    folder = tmp_path_factory.mktemp("watched")
    return run("watched_use", folder)


def seen(events, kind):
    return [event for event in events if event.startswith(kind)]


def test_nothing_is_unpickled_when_models_and_checkpoints_are_read(watched):
    assert watched["used"] > 5
    assert seen(watched["control"], "pickle.find_class")
    assert not seen(watched["events"], "pickle")


def test_no_network_is_asked_for_by_imports_fits_or_files(watched):
    assert len(watched["modules"]) > 80
    assert seen(watched["control"], "socket.connect")
    assert seen(watched["control"], "socket.getaddrinfo")
    assert not [event for event in watched["events"] if "pickle" not in event]

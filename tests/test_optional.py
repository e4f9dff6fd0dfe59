"""Optional packages: found, or an error that says how to install them."""

import pytest

from sklearn_deepsig._optional import import_optional
from sklearn_deepsig.exceptions import MissingDependencyError


def test_installed_package_is_returned():
    assert import_optional("json", purpose="a test").loads("1") == 1


def test_missing_package_names_its_user_and_the_command():
    with pytest.raises(
        MissingDependencyError, match=r"The test needs.*pip install no_"
    ):
        import_optional("no_such_package", purpose="The test")


def test_a_fault_inside_an_installed_package_is_not_hidden(tmp_path, monkeypatch):
    (tmp_path / "half_broken.py").write_text("import missing_inside\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="missing_inside"):
        import_optional("half_broken", purpose="The test")

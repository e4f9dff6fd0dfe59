"""The parts of the documentation's build: pages of the API, the check of the site."""

import re
import zlib
from pathlib import Path

import pytest

import sklearn_deepsig

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture
def api_pages(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    import api_pages

    return api_pages


@pytest.fixture
def check_site(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    import check_site

    return check_site


def test_every_public_name_is_on_a_page(api_pages, tmp_path):
    api_pages.write_pages(tmp_path)
    for module in api_pages.public_modules():
        lines = (tmp_path / f"{module.__name__}.rst").read_text().splitlines()
        for name in module.__all__:
            assert f"   {name}" in lines or f".. py:data:: {name}" in lines, name


def test_every_public_folder_has_a_page(api_pages):
    folder = Path(sklearn_deepsig.__file__).parent
    packages = {path.parent.name for path in folder.glob("[!_]*/__init__.py")}
    modules = {path.stem for path in folder.glob("[!_]*.py")}
    names = {module.__name__ for module in api_pages.public_modules()}
    assert names == {f"sklearn_deepsig.{name}" for name in packages | modules}
    listed = set(re.findall(r"^generated/(\S+)$", (DOCS / "api.md").read_text(), re.M))
    assert listed == {*names, "sklearn_deepsig"}


def test_the_names_of_the_package_are_documented_in_one_module(api_pages):
    listed = api_pages.page_of_package().splitlines()
    for name in set(sklearn_deepsig.__all__) - {"__version__"}:
        assert f"   {name}" in listed
        owners = [m for m in api_pages.public_modules() if name in m.__all__]
        assert len(owners) == 1, name
        assert getattr(owners[0], name) is getattr(sklearn_deepsig, name)


def test_pages_are_written_only_where_they_change(api_pages, tmp_path):
    api_pages.write_pages(tmp_path)
    page = tmp_path / "sklearn_deepsig.nn.rst"
    before = page.stat().st_mtime_ns
    api_pages.write_pages(tmp_path)
    assert page.stat().st_mtime_ns == before
    page.write_text("old")
    api_pages.write_pages(tmp_path)
    assert "LogSignature" in page.read_text()


def write_site(folder, body, names=()):
    entries = "".join(f"{name} py:class 1 x.html -\n" for name in names)
    (folder / "objects.inv").write_bytes(
        b"a\nb\nc\nd\n" + zlib.compress(entries.encode())
    )
    (folder / "index.html").write_text(f"<html><body>{body}</body></html>")
    (folder / "other.html").write_text('<h1 id="top">Other</h1><a name="old"></a>')


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="missing.html">x</a>', "no such file: missing.html"),
        ('<a href="other.html#nowhere">x</a>', "no such anchor: other.html#nowhere"),
        ('<a href="#nowhere">x</a>', "no such anchor: #nowhere"),
        ('<a href="../index.html">x</a>', "no such file: ../index.html"),
        ('<img src="missing.png">', "no such file: missing.png"),
        ('<script src="https://cdn.org/x.js"></script>', "fetched from a network"),
        ('<script src="//cdn.org/x.js"></script>', "fetched from a network"),
        ('<link rel="stylesheet" href="https://cdn.org/x.css">', "from a network"),
    ],
)
def test_faults_of_a_site_are_found(check_site, tmp_path, body, fault):
    write_site(tmp_path, body)
    (found,) = check_site.faults(tmp_path)
    assert found.startswith("index.html: ")
    assert fault in found


def test_a_site_without_faults_has_none(check_site, tmp_path):
    body = (
        '<h1 id="here">x</h1><a href="#here">x</a><a href="other.html">x</a>'
        '<a href="other.html#top">x</a><a href="other.html#old">x</a>'
        '<a href="https://example.org/away">x</a><img src="data:image/png;base64,xx">'
        '<link rel="canonical" href="https://example.org/">'
    )
    write_site(tmp_path, body)
    assert list(check_site.faults(tmp_path)) == []


def test_names_without_a_page_are_found(check_site, api_pages, tmp_path, capsys):
    names = [
        f"{module.__name__}.{name}"
        for module in api_pages.public_modules()
        for name in module.__all__
    ]
    write_site(tmp_path, "", names)
    assert check_site.main(str(tmp_path)) == 0
    write_site(tmp_path, "", set(names) - {"sklearn_deepsig.nn.MLPHead"})
    assert check_site.main(str(tmp_path)) == 1
    assert capsys.readouterr().out == "sklearn_deepsig.nn.MLPHead: is on no page\n"

"""The page of an attribution and its PDB: what they hold, and that it is drawn."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import mdtraj as md
import numpy as np
import pytest

from sklearn_deepsig import DeepSignatureClassifier
from sklearn_deepsig.exceptions import InvalidInputError, InvalidInputTypeError
from sklearn_deepsig.inspection import attribute
from sklearn_deepsig.plots import view
from sklearn_deepsig.plots._page import LIBRARY_ADDRESS, LIBRARY_INTEGRITY
from tests.helpers.molecules import make_peptide

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
HOSTILE = "</script><script>document.title='taken'</script>"


@pytest.fixture(scope="module")
def library():
    """Return the path of 3Dmol-min.js, which is no part of the project."""
    path = Path(os.environ.get("DEEPSIG_3DMOL", ROOT / ".venv" / "3Dmol-min.js"))
    if not path.exists():
        pytest.skip(f"no {path}: make browser gets it")
    return path


@pytest.fixture(scope="module")
def attribution(classifier, peptides):
    return attribute(classifier, peptides.X[:3])


class Page(HTMLParser):
    """Take a page apart: its elements, and the text of each script."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.scripts, self.title = [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.lasttag == "script" and data.strip():
            self.scripts[-1] += data
        if self.lasttag == "title":
            self.title += data

    @property
    def data(self):
        return json.loads(self.scripts[0])

    @property
    def sources(self):
        return [dict(a).get("src") for tag, a in self.elements if tag == "script"]


def read(files):
    return Page(files.html.read_text(encoding="utf-8"))


def factors(path):
    lines = path.read_text().splitlines()
    return np.array([float(line[60:66]) for line in lines if line[:4] == "ATOM"])


def test_b_factors_are_contributions(attribution, peptides, tmp_path):
    files = view(attribution, peptides.molecules[0], tmp_path / "a.html", frame=4)
    assert files.pdb == tmp_path / "a.pdb"
    scores = attribution.node_scores
    np.testing.assert_allclose(
        factors(files.pdb) * files.scale, scores, atol=0.0051 * files.scale
    )
    assert np.abs(factors(files.pdb)).max() == 9.99
    said = re.match(r"REMARK   1 CONTRIBUTION = B-FACTOR \* (\S+)\n",
                    files.pdb.read_text())  # fmt: skip
    assert float(said[1]) == pytest.approx(files.scale, rel=1e-6)
    molecule = md.load(files.pdb)
    np.testing.assert_allclose(molecule.xyz[0], peptides.molecules[0].xyz[4], atol=1e-4)
    assert [str(a) for a in molecule.topology.atoms] == [
        str(a) for a in peptides.molecules[0].topology.atoms
    ]


def test_the_page_holds_the_molecule_and_what_matters_most(
    attribution, peptides, tmp_path
):
    molecule = peptides.molecules[0]
    files = view(attribution, molecule, tmp_path / "a.html", n_interactions=4)
    page = read(files)
    data = page.data
    assert data["pdb"] == files.pdb.read_text()
    np.testing.assert_allclose(data["scores"], attribution.node_scores)
    assert data["limit"] == np.abs(attribution.node_scores).max()
    best = np.argsort(-attribution.node_scores)[:3]
    assert [atom["index"] for atom in data["atoms"]] == best.tolist()
    assert data["how"] == "raise the output"
    table = attribution.critical_interactions(4)
    shown = [(pair["first"], pair["second"]) for pair in data["interactions"]]
    assert shown == list(zip(table["node_1"], table["node_2"], strict=True))
    first, second = shown[0]
    expected = md.compute_distances(molecule[0], [(first, second)])[0, 0]
    assert data["interactions"][0]["distance"] == pytest.approx(expected, rel=1e-4)
    # red where it raises the output, blue where it lowers it
    for score, color in zip(data["scores"], data["colors"], strict=True):
        red, blue = int(color[1:3], 16), int(color[5:7], 16)
        assert np.sign(red - blue) in (0, np.sign(score)), (score, color)
    assert data["backbone"] == "cartoon"
    assert data["sticks"]
    # with the address of the library, and the hash it must have
    loaded = [a for tag, a in page.elements if tag == "script" and "src" in a]
    assert [a["src"] for a in loaded] == [LIBRARY_ADDRESS]
    assert loaded[0]["integrity"] == LIBRARY_INTEGRITY


def test_what_lowers_the_output_may_be_marked_too(attribution, peptides, tmp_path):
    data = read(
        view(attribution, peptides.molecules[0], tmp_path / "a.html", by="magnitude")
    ).data
    best = np.argsort(-np.abs(attribution.node_scores))[:3]
    assert [atom["index"] for atom in data["atoms"]] == best.tolist()
    with pytest.raises(InvalidInputError, match="by="):
        view(attribution, peptides.molecules[0], tmp_path / "a.html", by="size")


def test_atoms_that_the_model_did_not_see_add_nothing(peptides, tmp_path):
    """A model of C-alpha atoms is shown on all atoms, which are found by name."""
    carbons = [m.atom_slice(m.topology.select("name CA")) for m in peptides.molecules]
    model = DeepSignatureClassifier(
        (3,), max_epochs=1, random_state=0, verbose=False
    ).fit(carbons, peptides.y)
    found = attribute(model, carbons[:2])
    whole = view(found, peptides.molecules[0], tmp_path / "whole.html")
    scores = np.zeros(30)
    scores[1::5] = found.node_scores  # CA is the second of five atoms
    data = read(whole).data
    np.testing.assert_allclose(data["scores"], scores)
    assert data["spheres"] == list(range(1, 30, 5))
    assert {atom["index"] for atom in data["atoms"]} <= set(range(1, 30, 5))
    alone = read(view(found, carbons[0], tmp_path / "alone.html")).data
    np.testing.assert_allclose(alone["scores"], found.node_scores)
    assert (data["backbone"], alone["backbone"]) == ("cartoon", "trace")


def test_names_and_titles_cannot_become_code(hostile, tmp_path):
    found, molecule = hostile
    files = view(found, molecule, tmp_path / "a.html", title=f"@DATA@ & {HOSTILE}")
    text = files.html.read_text(encoding="utf-8")
    page = Page(text)
    assert len(page.scripts) == text.count("<script") == text.count("</script>") == 3
    assert "taken" not in page.scripts[2]
    assert page.data["names"][0].startswith(HOSTILE)
    assert page.title.strip() == f"@DATA@ & {HOSTILE}"


@pytest.fixture(scope="module")
def hostile():
    """A molecule whose residues have names that would end a script."""
    molecules = [make_peptide(5, n_frames=6, seed=seed) for seed in range(4)]
    for molecule in molecules:
        for residue in molecule.topology.residues:
            residue.name = HOSTILE
            residue.atom(4).element = md.element.hydrogen  # some viewers drop these
    model = DeepSignatureClassifier(
        (3,), max_epochs=1, random_state=0, verbose=False
    ).fit(molecules, [0, 1, 0, 1])
    return attribute(model, molecules[:2]), molecules[0]


def test_a_library_is_embedded_whole(attribution, peptides, tmp_path):
    script = b"/* 3Dmol </script> <!-- */ '\xc3\xa9'"
    (tmp_path / "3Dmol-min.js").write_bytes(script)
    files = view(
        attribution,
        peptides.molecules[0],
        tmp_path / "a.html",
        library=tmp_path / "3Dmol-min.js",
    )
    page = read(files)
    assert len(page.scripts) == 3
    kind, _, encoded = page.sources[1].partition(",")
    assert kind == "data:text/javascript;base64"
    assert base64.b64decode(encoded) == script
    assert LIBRARY_ADDRESS not in files.html.read_text(encoding="utf-8")


def test_bad_input_is_refused(attribution, peptides, tmp_path):
    molecule, page = peptides.molecules[0], tmp_path / "a.html"
    with pytest.raises(InvalidInputError, match=r"must end in \.html"):
        view(attribution, molecule, tmp_path / "a.pdb")
    with pytest.raises(InvalidInputTypeError, match="GraphTrajectory"):
        view(attribution, peptides.X[0], page)
    with pytest.raises(InvalidInputError, match="frame=9, but the trajectory has 9"):
        view(attribution, molecule, page, frame=9)
    other = make_peptide(4, n_frames=2)
    with pytest.raises(InvalidInputError, match="has no atom 'ALA 5 N'"):
        view(attribution, other, page)
    with pytest.raises(InvalidInputError, match="cannot be read"):
        view(attribution, molecule, page, library=tmp_path / "absent.js")
    (tmp_path / "other.js").write_text("alert(1)")
    with pytest.raises(InvalidInputError, match=r"is not 3Dmol\.js"):
        view(attribution, molecule, page, library=tmp_path / "other.js")
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInputError, match="cannot be written to"):
        view(attribution, molecule, tmp_path / "file" / "a.html")
    assert not page.exists()
    assert not page.with_suffix(".pdb").exists()


def test_nodes_without_names_are_found_by_their_order(peptides, tmp_path):
    X = [m.xyz for m in peptides.molecules]
    model = DeepSignatureClassifier(
        (3,), max_epochs=1, random_state=0, verbose=False
    ).fit(X, peptides.y)
    found = attribute(model, X[:2])
    files = view(found, peptides.molecules[0], tmp_path / "a.html")
    np.testing.assert_allclose(read(files).data["scores"], found.node_scores)
    carbons = peptides.molecules[0].atom_slice(range(1, 30, 5))
    with pytest.raises(InvalidInputError, match="6 atoms, but the attribution 30"):
        view(found, carbons, tmp_path / "a.html")


def test_the_hash_is_that_of_the_library(library):
    digest = hashlib.sha384(library.read_bytes()).digest()
    assert f"sha384-{base64.b64encode(digest).decode()}" == LIBRARY_INTEGRITY


class TestInABrowser:
    WIDTH, HEIGHT = 760, 420
    # The viewer is what the side of 22em + 2em, at 14 pixels, and its border leave.
    VIEWER = WIDTH - 24 * 14 - 20

    @pytest.fixture(scope="class")
    @staticmethod
    def browser(tmp_path_factory):
        """Open a page, without a network, and return what the browser prints."""
        command = next(filter(None, map(shutil.which, BROWSERS)), None)
        if command is None:
            pytest.skip(f"none of {', '.join(BROWSERS)} is installed: make browser")
        folder = tmp_path_factory.mktemp("browser")

        def open_page(page, *options):
            result = subprocess.run(
                [
                    command,
                    "--headless",
                    "--no-sandbox",  # it refuses to run as root with one
                    "--use-gl=angle",
                    "--use-angle=swiftshader",
                    "--enable-unsafe-swiftshader",
                    "--hide-scrollbars",
                    "--force-device-scale-factor=1",
                    "--host-resolver-rules=MAP * ~NOTFOUND",
                    f"--user-data-dir={folder / 'profile'}",
                    f"--window-size={TestInABrowser.WIDTH},{TestInABrowser.HEIGHT}",
                    "--virtual-time-budget=4000",
                    *options,
                    page.as_uri(),
                ],
                capture_output=True,
                text=True,
                timeout=240,
                check=True,
            )
            return result.stdout

        open_page.folder = folder
        return open_page

    def open_and_look(self, browser, page):
        """Return the pixels of the viewer, (n_pixels, 3) from 0 to 255, and the DOM."""
        image = pytest.importorskip("matplotlib.image")
        shot = page.with_suffix(".png")
        dom = browser(page, f"--screenshot={shot}", "--dump-dom")
        pixels = (255 * image.imread(shot)[:, : self.VIEWER, :3]).astype(int)
        assert pixels.shape[0] > 200  # some versions take room for their own bars
        return pixels.reshape(-1, 3), dom

    def test_a_molecule_is_drawn_without_a_network(self, browser, hostile, library):
        found, molecule = hostile
        page = browser.folder / "drawn.html"
        view(found, molecule, page, title="M", library=library)
        pixels, dom = self.open_and_look(browser, page)
        drawn = pixels[(pixels < 250).any(axis=1)]
        assert 0.02 < len(drawn) / len(pixels) < 0.9
        # shaded, and not one flat shape
        assert len(np.unique(drawn, axis=0)) > 300
        red, _, blue = drawn.T
        assert (red - blue > 40).sum() > 100
        assert (blue - red > 40).sum() > 100
        # names are text: none has become code
        assert "<title>M</title>" in dom
        assert dom.count("<canvas") == 1
        shown = "&lt;/script&gt;&lt;script&gt;document.title='taken'&lt;/script&gt;"
        assert dom.count(f"<td>{shown}") == 3 + 10
        assert '<div id="message"></div>' in dom

    def test_without_the_library_the_page_says_so(self, browser, hostile):
        found, molecule = hostile
        page = browser.folder / "bare.html"
        view(found, molecule, page)
        pixels, dom = self.open_and_look(browser, page)
        assert len(np.unique(pixels, axis=0)) == 1
        assert "3Dmol.js could not be loaded" in dom

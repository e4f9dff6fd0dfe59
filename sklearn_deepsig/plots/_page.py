"""A page that shows a molecule by itself, with 3Dmol.js."""

import base64
import html
import json
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["LIBRARY_ADDRESS", "LIBRARY_INTEGRITY", "molecule_page"]

LIBRARY_ADDRESS = "https://cdn.jsdelivr.net/npm/3dmol@2.5.5/build/3Dmol-min.js"
# Browsers run what the address gives only if it is the file that has this hash.
LIBRARY_INTEGRITY = (
    "sha384-OsczYbldvrHgslr9fFp/i4GiLSeuw9l+QIlv99ITw8soOwXcoGeflFMLg+CU/X1d"
)


def molecule_page(
    title: str, data: Mapping[str, Any], library: bytes | None = None
) -> str:
    """Write the page.

    Nothing of `title` and `data` can become markup or code: the title is escaped, the
    data are JSON in which no ``<`` is left, and the page's own script shows texts as
    text.

    Parameters
    ----------
    title : str
        What is shown.
    data : mapping
        What the page's script reads: ``pdb``, the molecule; ``names``, ``scores``,
        ``colors``, one an atom; ``limit``, the largest score; ``backbone``, what draws
        the chain; ``sticks``, whether to draw bonds; ``spheres``, the atoms of the
        model; ``atoms`` and ``interactions``, what to mark and list; ``how``, what
        these do most.
    library : bytes, optional
        3Dmol-min.js, to be embedded; by default the page loads it.

    Returns
    -------
    str
        HTML.
    """
    if library is None:
        source = (
            f'src="{LIBRARY_ADDRESS}" integrity="{LIBRARY_INTEGRITY}" '
            'crossorigin="anonymous"'
        )
    else:
        # as an address of data, so that nothing in it can end the element
        encoded = base64.b64encode(library).decode("ascii")
        source = f'src="data:text/javascript;base64,{encoded}"'
    parts = {
        "TITLE": html.escape(title),
        "DATA": _json_for_script(data),
        "SOURCE": source,
    }
    # in one pass: a title that looks like a placeholder stays what it is
    return re.sub("@([A-Z]+)@", lambda found: parts[found[1]], _PAGE)


def _json_for_script(data: Mapping[str, Any]) -> str:
    """Write JSON that holds nothing that opens or ends an element."""
    text = json.dumps(data, allow_nan=False)  # ASCII: others become escapes
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>@TITLE@</title>
<style>
  body { margin: 0; font: 14px sans-serif; display: flex; height: 100vh; }
  #viewer { position: relative; flex: 1; min-width: 0; }
  #side { width: 22em; padding: 1em; overflow: auto; border-left: 1px solid #ccc; }
  h1 { font-size: 1.2em; } h2 { font-size: 1em; margin: 1.2em 0 0.3em; }
  #bar { height: 0.9em; border: 1px solid #999;
         background: linear-gradient(to right, #2166ac, #e0e0e0, #b2182b); }
  #range { display: flex; justify-content: space-between; }
  table { border-collapse: collapse; width: 100%; }
  td { padding: 0.1em 0.3em; }
  td:not(:first-child) { text-align: right; white-space: nowrap; }
  #message { color: #b2182b; padding: 1em; }
</style>
</head>
<body>
<div id="viewer"></div>
<div id="side">
  <h1>@TITLE@</h1>
  <div id="bar"></div>
  <div id="range"><span id="low"></span><span>0</span><span id="high"></span></div>
  <p>Contribution of each atom: red raises the output that is explained, blue lowers
  it. Grey atoms add nothing, or are not in the model. Point at an atom to read it;
  drag to turn, scroll to zoom.</p>
  <h2>Atoms that <span class="how"></span> most</h2>
  <table id="atoms"></table>
  <h2>Interactions that <span class="how"></span> most (dashed)</h2>
  <table id="interactions"></table>
  <div id="message"></div>
</div>
<script id="data" type="application/json">@DATA@</script>
<script @SOURCE@></script>
<script>
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const write = (id, text) => { document.getElementById(id).textContent = text; };
const digits = (value) => (value !== 0 && Math.abs(value) < 1e-3)
  ? value.toExponential(1) : value.toPrecision(3);

function fill(id, rows) {
  for (const cells of rows) {
    const row = document.getElementById(id).insertRow();
    for (const text of cells) { row.insertCell().textContent = text; }
  }
}

function mark(viewer) {
  const style = {};
  if (data.sticks) {
    style.stick = {radius: 0.12, colorfunc: (atom) => data.colors[atom.index]};
  }
  if (data.backbone !== null) {
    style.cartoon = {colorfunc: (atom) => data.colors[atom.index]};
    if (data.backbone === "trace") { style.cartoon.style = "trace"; }
  }
  viewer.setStyle({}, style);
  const atoms = viewer.getModel().selectedAtoms({});
  if (atoms.length !== data.names.length) {
    throw new Error(atoms.length + " of " + data.names.length + " atoms were read.");
  }
  const centre = (index) => ({x: atoms[index].x, y: atoms[index].y, z: atoms[index].z});
  for (const index of data.spheres) {
    viewer.addStyle({index: index},
      {sphere: {radius: 0.45, color: data.colors[index]}});
  }
  for (const atom of data.atoms) {
    viewer.addStyle({index: atom.index},
      {sphere: {radius: 0.9, color: data.colors[atom.index]}});
    viewer.addLabel(data.names[atom.index], {position: centre(atom.index),
      fontSize: 13, fontColor: "black", backgroundColor: "white",
      backgroundOpacity: 0.75, inFront: true});
  }
  for (const pair of data.interactions) {
    viewer.addCylinder({start: centre(pair.first), end: centre(pair.second),
      radius: 0.1, dashed: true, color: pair.color});
  }
  viewer.setHoverable({}, true,
    (atom, view) => {
      const text = data.names[atom.index] + ": " + digits(data.scores[atom.index]);
      atom.note = view.addLabel(text, {position: atom, fontSize: 13,
        backgroundColor: "black", backgroundOpacity: 0.8, inFront: true});
    },
    (atom, view) => {
      if (atom.note) { view.removeLabel(atom.note); delete atom.note; }
    });
}

write("low", digits(-data.limit));
write("high", "+" + digits(data.limit));
for (const element of document.getElementsByClassName("how")) {
  element.textContent = data.how;
}
fill("atoms", data.atoms.map((a) => [data.names[a.index], digits(a.score)]));
fill("interactions", data.interactions.map((p) => [
  data.names[p.first] + " \\u2013 " + data.names[p.second],
  p.distance.toFixed(2) + " nm", digits(p.score)]));
if (typeof $3Dmol === "undefined") {
  write("message", "3Dmol.js could not be loaded. This page needs the network for it, "
    + "unless the library was embedded when the page was written.");
} else {
  try {
    const viewer = $3Dmol.createViewer(document.getElementById("viewer"),
      {backgroundColor: "white"});
    viewer.addModel(data.pdb, "pdb", {keepH: true});  // else atoms are missing
    mark(viewer);
    viewer.zoomTo();
    viewer.zoom(0.85);  // room for the names of outer atoms
    viewer.render();
  } catch (error) {
    write("message", "The molecule could not be drawn (this needs WebGL). " + error);
  }
}
</script>
</body>
</html>
"""

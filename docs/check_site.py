"""Check the built pages: links, anchors, public names, and no need of a network.

Run by ``make docs``, after Sphinx::

    python docs/check_site.py docs/_build/html
"""

import sys
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import api_pages

# What a browser fetches to show a page.
_FETCHED = {"audio", "embed", "iframe", "img", "script", "source", "video"}
_FETCHED_LINKS = {"stylesheet", "icon", "preload", "prefetch"}


class _Page(HTMLParser):
    """Anchors of a page, what it links to, and what it needs to be shown."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.needed: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "link" and set(values.get("rel", "").split()) & _FETCHED_LINKS:
            self.needed.append(values["href"])
        if tag in _FETCHED and "src" in values:
            self.needed.append(values["src"])


def faults(site: Path) -> Iterator[str]:
    """Find links that lead nowhere and what a page would fetch from a network.

    Parameters
    ----------
    site : Path
        The folder of the built pages.

    Yields
    ------
    str
        A page and what is wrong with it.
    """
    site = site.resolve()
    paths = sorted(set(site.rglob("*.html")) - set(site.glob("_static/**/*.html")))
    pages = {path: _Page(path.read_text()) for path in paths}
    for path, page in pages.items():
        name = path.relative_to(site)
        for link in [*page.links, *page.needed]:
            parts = urlsplit(link)
            if parts.scheme == "data":
                continue
            if parts.scheme or parts.netloc:
                if link in page.needed:
                    yield f"{name}: is fetched from a network: {link}"
                continue
            target = path
            if parts.path:
                target = (path.parent / unquote(parts.path)).resolve()
            if not target.is_relative_to(site) or not target.is_file():
                yield f"{name}: no such file: {link}"
            elif parts.fragment and target in pages:
                if unquote(parts.fragment) not in pages[target].anchors:
                    yield f"{name}: no such anchor: {link}"


def undocumented(site: Path) -> list[str]:
    """List the public names that no page describes.

    Parameters
    ----------
    site : Path
        The folder of the built pages, with Sphinx's list of all names.

    Returns
    -------
    list of str
        Such as ``"sklearn_deepsig.nn.MLPHead"``.
    """
    # four lines of text, then zlib: "name domain:role priority address title"
    packed = (site / "objects.inv").read_bytes().split(b"\n", 4)[4]
    entries = [line.split() for line in zlib.decompress(packed).decode().splitlines()]
    described = {name for name, role, *_ in entries if role.startswith("py:")}
    return [
        f"{module.__name__}.{name}"
        for module in api_pages.public_modules()
        for name in module.__all__
        if f"{module.__name__}.{name}" not in described
    ]


def main(folder: str) -> int:
    """Print every fault.

    Parameters
    ----------
    folder : str
        The folder of the built pages.

    Returns
    -------
    int
        0, or 1 if there is a fault.
    """
    site = Path(folder)
    found = list(faults(site))
    found += [f"{name}: is on no page" for name in undocumented(site)]
    for fault in found:
        print(fault)  # noqa: T201
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

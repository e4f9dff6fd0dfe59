"""The licences of the pinned dependencies, as their metadata state them.

Run ``python -m benchmarks.licences``; it writes ``docs/licences.md``.
"""

import re
import sys
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
PAGE = ROOT / "docs" / "licences.md"
COMMAND = "python -m benchmarks.licences"

# Licences that ask for no more than to be named.
_PERMISSIVE = re.compile(
    r"(0BSD|Apache|BSD|BSL-1\.0|CC0|ISC|MIT|PSF|Public Domain|"
    r"Python Software Foundation|Unlicense|Zlib)\b",
    re.IGNORECASE,
)
_LONGEST = 120


class Licence(NamedTuple):
    """What is known of one pinned package."""

    package: str
    version: str
    licence: str
    permissive: bool
    needed: bool
    """Whether `pip install sklearn-deepsig` brings it."""


def normal(name: str) -> str:
    """Spell a name of a package as the registry compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(constraints: Path = CONSTRAINTS) -> dict[str, str]:
    """Read the pins: version by name."""
    lines = (
        line.partition("#")[0].strip() for line in constraints.read_text().splitlines()
    )
    return {normal(name): version for name, _, version in (
        line.partition("==") for line in lines if line)}  # fmt: skip


def needed(package: str = "sklearn-deepsig") -> set[str]:
    """Name what an installation of the package brings, without extras."""
    found: set[str] = set()
    waiting = [package]
    while waiting:
        for text in metadata.requires(waiting.pop()) or []:
            requirement = Requirement(text)
            name = normal(requirement.name)
            applies = requirement.marker is None or requirement.marker.evaluate(
                {"extra": ""}
            )
            if applies and name not in found:
                found.add(name)
                waiting.append(name)
    return found


def stated(distribution: metadata.Distribution) -> str:
    """Find the licence that a package states: an expression, classifiers, or a file."""
    fields = distribution.metadata
    if fields.get("License-Expression"):
        return fields["License-Expression"]
    classifiers = [
        text.rpartition(" :: ")[2]
        for text in fields.get_all("Classifier") or []
        if text.startswith("License ::") and not text.endswith("OSI Approved")
    ]
    if classifiers:
        return "; ".join(classifiers)
    if fields.get("License"):
        return fields["License"].strip().splitlines()[0][:_LONGEST]
    for file in distribution.files or []:
        if file.name.upper().startswith("LICENSE") and "info" in file.parts[0]:
            lines = file.read_text().strip().splitlines()
            return f"{lines[0].strip()[:_LONGEST]} (first line of its file)"
    return "not stated"


def is_permissive(licence: str) -> bool:
    """Whether all of a licence, or one that may be chosen, asks for no more."""
    choices = re.split(r"\s+OR\s+", licence)
    return any(
        all(
            _PERMISSIVE.match(part.strip("() "))
            for part in re.split(r" AND |;", choice)
        )
        for choice in choices
    )


def table() -> list[Licence]:
    """Look up every pinned package.

    Raises
    ------
    SystemExit
        If one is not installed in the pinned version: nothing can be said of it.
    """
    with_package = needed()
    rows, missing = [], []
    for name, version in sorted(pinned().items()):
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            missing.append(f"{name}=={version}")
            continue
        if distribution.version.partition("+")[0] != version:
            missing.append(f"{name}=={version} (there is {distribution.version})")
            continue
        licence = stated(distribution)
        rows.append(
            Licence(
                name, version, licence, is_permissive(licence), name in with_package
            )
        )
    if missing:
        raise SystemExit(
            f"error: {PAGE.name} was not written, for these pins are not installed: "
            f"{', '.join(missing)}. `make audit` installs them."
        )
    return rows


def to_page(rows: list[Licence]) -> str:
    """Lay the page out."""
    others = [row for row in rows if not row.permissive]
    lines = [
        "# Licences of the pinned dependencies",
        "",
        f"Written by `{COMMAND}`, which `make audit` runs, from the",
        "metadata of the versions that `constraints.txt` pins. None of them is part of",
        "this package: they are installed beside it. *Brought* says what `pip install`",
        "of this package brings; the others are for tests, documentation and tools.",
        "",
        f"{len(rows)} packages, of which {len(others)} are **flagged**: their licence,",
        "or a part of it, asks for more than to be named, or is none that the command",
        "knows.",
        "",
        "| flagged package | licence | brought |",
        "|---|---|---|",
    ]
    lines += [f"| {r.package} | {r.licence} | {_sign(r.needed)} |" for r in others]
    lines += [
        "",
        "| package | version | licence | brought | flagged |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {r.package} | {r.version} | {r.licence} | {_sign(r.needed)} "
        f"| {_sign(not r.permissive)} |"
        for r in rows
    ]
    return "\n".join(lines) + "\n"


def _sign(yes: bool) -> str:
    return "yes" if yes else ""


def main() -> int:
    rows = table()
    PAGE.write_text(to_page(rows), encoding="utf-8")
    flagged = [row.package for row in rows if not row.permissive]
    print(
        f"{PAGE.relative_to(ROOT)}: {len(rows)} packages, flagged: {', '.join(flagged)}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

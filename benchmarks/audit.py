"""Look up known vulnerabilities of the pinned dependencies, and write their licences.

Run ``python -m benchmarks.audit``, or ``make audit``. The exit status is 0 only if
every pinned package was looked up and has none; 1 if one has; 2 if not all could be
looked up, unless ``--skip-unreachable`` says that this is known.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from benchmarks import licences

VULNERABLE, NOT_AUDITED = 1, 2


class Verdict(NamedTuple):
    """What an audit found."""

    vulnerable: list[str]
    """Lines that name package, vulnerability and the versions that mend it."""
    looked_up: list[str]
    """Packages that the database knows."""
    reason: str
    """Why the others were not looked up; empty if all were."""


def judge(output: str, errors: str, packages: Iterable[str]) -> Verdict:
    """Read what pip-audit said.

    Its exit status is 0 also where it knew none of the packages, and 1 both for
    vulnerabilities and where its database was out of reach; so only its JSON counts.

    Parameters
    ----------
    output, errors : str
        What it wrote.
    packages : iterable of str
        The packages that were to be looked up, by their normal names.

    Returns
    -------
    Verdict
        What was found, and of which packages.
    """
    try:
        entries = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (errors.strip().splitlines() or ["no output"])[-1]
        return Verdict([], [], f"the database was not reached: {last}")
    audited = {licences.normal(e["name"]): e for e in entries if "vulns" in e}
    skipped = [
        entry.get("skip_reason", "") for entry in entries if "vulns" not in entry
    ]
    vulnerable = [
        f"{entry['name']} {entry['version']}: {found['id']}, mended in "
        f"{', '.join(found['fix_versions']) or 'no version'}"
        for entry in audited.values()
        for found in entry["vulns"]
    ]
    left = sorted(set(packages) - set(audited))
    reason = ""
    if left:
        said = f" ({skipped[0]})" if skipped else ""
        reason = (
            f"{len(left)} packages are not in the database: {', '.join(left)}{said}"
        )
    return Verdict(vulnerable, sorted(audited), reason)


def run_pip_audit(service: str) -> tuple[str, str]:
    """Run pip-audit over the pins, without installing anything.

    Parameters
    ----------
    service : {"pypi", "osv"}
        The database.

    Returns
    -------
    output, errors : str
        What it wrote.
    """
    command = [
        sys.executable, "-m", "pip_audit", "--requirement", str(licences.CONSTRAINTS),
        "--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off",
        "--vulnerability-service", service,
    ]  # fmt: skip
    result = subprocess.run(command, capture_output=True, text=True)
    return result.stdout, result.stderr


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--service", choices=["pypi", "osv"], default="pypi")
    parser.add_argument(
        "--skip-unreachable",
        action="store_true",
        help="do not fail where the database cannot be reached or lacks packages",
    )
    options = parser.parse_args(arguments)
    licences.main()
    pins = licences.pinned()
    verdict = judge(*run_pip_audit(options.service), pins)
    for line in verdict.vulnerable:
        print(f"VULNERABLE: {line}")
    print(f"{len(verdict.looked_up)} of {len(pins)} pinned packages were looked up.")
    if verdict.reason:
        what = "SKIPPED" if options.skip_unreachable else "NOT AUDITED"
        print(f"{what}: {verdict.reason}")
    if verdict.vulnerable:
        return VULNERABLE
    return NOT_AUDITED if verdict.reason and not options.skip_unreachable else 0


if __name__ == "__main__":
    sys.exit(main())

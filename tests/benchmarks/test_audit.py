"""The audit never passes silently, and the page of licences is that of the pins."""

import json
import re

import pytest

from benchmarks import audit, licences


def report(**found):
    """What pip-audit writes of packages with these vulnerabilities."""
    return json.dumps(
        {
            "dependencies": [
                {"name": name, "version": "1.0", "vulns": vulns}
                if vulns is not None
                else {"name": name, "skip_reason": f"{name} not found on PyPI"}
                for name, vulns in found.items()
            ],
            "fixes": [],
        }
    )


BAD = [{"id": "PYSEC-1", "fix_versions": ["1.1"], "aliases": [], "description": ""}]


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command on what pip-audit is made to say; its status and its words."""
    monkeypatch.setattr(audit.licences, "pinned", lambda: {"a": "1.0", "b-c": "1.0"})
    monkeypatch.setattr(audit.licences, "main", lambda: 0)

    def run(output, errors="", options=()):
        monkeypatch.setattr(audit, "run_pip_audit", lambda _: (output, errors))
        status = audit.main(options)
        return status, capsys.readouterr().out

    return run


def test_only_an_audit_of_all_pins_without_a_finding_passes(run):
    status, words = run(report(a=[], B_c=[]))
    assert status == 0
    assert words == "2 of 2 pinned packages were looked up.\n"


@pytest.mark.parametrize("options", [[], ["--skip-unreachable"]])
def test_a_vulnerability_fails_whatever_is_skipped(run, options):
    status, words = run(report(a=BAD, b_c=None), options=options)
    assert status == 1
    assert "VULNERABLE: a 1.0: PYSEC-1, mended in 1.1" in words
    assert "1 of 2" in words


@pytest.mark.parametrize(
    ("output", "errors", "reason"),
    [
        (
            "",
            "Traceback\nConnectionError: no such host",
            "ConnectionError: no such host",
        ),
        ("", "", "no output"),
        ("No module named pip_audit", "", "was not reached"),
        ("[]", "", "was not reached"),
        (report(a=[], b_c=None), "", "1 packages are not in the database: b-c"),
        (report(a=[]), "", "1 packages are not in the database: b-c"),
        (report(a=None, b_c=None), "", "a not found on PyPI"),
    ],
)
def test_what_was_not_looked_up_is_said_and_fails(run, output, errors, reason):
    status, words = run(output, errors)
    assert status == 2
    assert "NOT AUDITED: " in words
    assert reason in words
    status, words = run(output, errors, ["--skip-unreachable"])
    assert status == 0
    assert "SKIPPED: " in words
    assert reason in words


def test_the_page_of_licences_has_every_pin_and_no_other():
    rows = re.findall(r"^\| (\S+) \| (\S+) \| .* \| .* \|$", licences.PAGE.read_text(),
                      re.MULTILINE)  # fmt: skip
    listed = {name: version for name, version in rows if version[0].isdigit()}
    assert listed == licences.pinned(), f"run: {licences.COMMAND}"


def test_what_asks_for_more_is_flagged_on_the_page():
    head = licences.PAGE.read_text().partition("| package | version |")[0]
    assert "| mdtraj | GNU Lesser General Public License" in head
    assert "| numpy |" not in head


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("MIT", True),
        ("Apache-2.0 WITH LLVM-exception AND BSD-2-Clause", True),
        ("Apache Software License; MIT License", True),
        ("GPL-3.0-only OR MIT", True),
        ("MPL-2.0 AND MIT", False),
        ("LGPLv2.1+", False),
        ("GNU General Public License (GPL); BSD License", False),
        ("Proprietary", False),
        ("not stated", False),
    ],
)
def test_permissive_licences_are_told_from_others(licence, expected):
    assert licences.is_permissive(licence) == expected


def test_a_pin_that_is_not_installed_is_told(monkeypatch):
    monkeypatch.setattr(
        licences, "pinned", lambda: {"numpy": "0.1", "no-such-pin": "1"}
    )
    with pytest.raises(SystemExit, match=r"no-such-pin==1, numpy==0\.1 \(there is"):
        licences.table()

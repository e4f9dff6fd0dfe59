"""The count of generated cases, which `make fuzz` runs 25 times as many of."""

import hypothesis
import pytest

from tests.helpers.generated import OUTCOMES

hypothesis.settings.register_profile(
    "fuzz", deadline=None, max_examples=2500, database=None, print_blob=True
)


@pytest.hookimpl
def pytest_terminal_summary(terminalreporter):
    """Say how many cases ran, and what came of them."""
    if OUTCOMES:
        terminalreporter.section("generated cases")
    for name, counts in sorted(OUTCOMES.items()):
        told = ", ".join(f"{n:,} {outcome}" for outcome, n in sorted(counts.items()))
        terminalreporter.write_line(f"{name:24} {counts.total():7,}: {told}")

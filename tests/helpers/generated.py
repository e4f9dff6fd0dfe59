"""Run a check on generated cases, and count what came of them."""

import warnings
from collections import Counter

from hypothesis import HealthCheck, Phase, given, settings

# Test -> outcomes and how often, for the summary.
OUTCOMES = {}
# Examples that hypothesis generates where no profile says otherwise.
_USUAL = 100


def run_generated(name, strategy, check, n_cases):
    """Call a check with generated cases.

    Parameters
    ----------
    name : str
        What the summary calls it.
    strategy : hypothesis strategy
        The cases.
    check : callable
        Raises where a case is handled badly, and otherwise says what came of it.
    n_cases : int
        How many, always the same; with ``--hypothesis-profile=fuzz`` 25 times as many,
        and others each time.

    Returns
    -------
    Counter
        How often each outcome came.
    """
    counts = OUTCOMES[name] = Counter()
    times = settings.default.max_examples // _USUAL
    phases = [Phase.generate] if times == 1 else [Phase.generate, Phase.shrink]

    @settings(
        max_examples=n_cases * times,
        derandomize=times == 1,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def attempt(case):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # overflow, invalid values, parts of complex numbers that are dropped
            warnings.simplefilter("error", RuntimeWarning)
            counts[check(case)] += 1

    attempt()
    return counts

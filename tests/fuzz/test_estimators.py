"""Whatever is given to an estimator: an error of ours, or a correct result.

500 cases here; `make fuzz` runs 25 times as many, and others each time.
"""

import numpy as np
import pytest

from sklearn_deepsig.exceptions import InvalidInputError
from tests.helpers import fuzz_cases
from tests.helpers.fuzz_cases import CHECKS, PUBLIC, STRATEGIES
from tests.helpers.generated import OUTCOMES, run_generated
from tests.helpers.outcomes import BareTracebackError, assert_finite, try_call
from tests.helpers.strategies_parameters import all_parameters

N_CASES = {"inputs": 200, "targets": 120, "parameters": 180}


@pytest.mark.parametrize("kind", N_CASES)
def test_an_error_of_ours_or_a_correct_result(kind):
    counts = run_generated(kind, STRATEGIES[kind], CHECKS[kind], N_CASES[kind])
    assert counts.total() >= N_CASES[kind]
    # neither refuses everything nor is everything good
    assert min(counts["refused"], counts["read"]) > N_CASES[kind] // 10


def test_every_parameter_of_every_estimator_is_generated():
    assert set(fuzz_cases.WITH_PARAMETERS) == {
        name for name, kind in PUBLIC.items() if all_parameters(kind)
    }
    assert sum(len(all_parameters(kind)) for kind in PUBLIC.values()) > 150


# A check that cannot fail would check nothing.


def bare_index_error():
    return [][0]


def bare_value_error_of_numpy():
    return np.zeros(3).reshape(2)


def nameless():
    raise InvalidInputError("no")


@pytest.mark.parametrize("broken", [bare_index_error, bare_value_error_of_numpy])
def test_a_bare_traceback_is_found(broken):
    with pytest.raises(BareTracebackError):
        try_call(broken)


def test_an_error_that_names_no_parameter_is_found():
    assert try_call(nameless)[1] is not None
    with pytest.raises(BareTracebackError, match="names none of"):
        try_call(nameless, names=["depth"])


@pytest.mark.parametrize("result", [[np.nan], [1j], [1.0, 2.0]])
def test_a_wrong_result_is_found(result):
    assert_finite([1.0], 1)
    with pytest.raises(AssertionError):
        assert_finite(result, 1)


def test_a_generated_case_that_warns_of_overflow_fails():
    def overflow(_):
        return np.float32(1e38) * np.float32(1e38)

    with pytest.raises(RuntimeWarning):
        run_generated("overflow", STRATEGIES["inputs"], overflow, 1)
    del OUTCOMES["overflow"]

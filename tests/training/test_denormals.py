import pytest
import torch

from sklearn_deepsig.training.denormals import flushed_denormals
from tests.helpers.denormals import halve_the_smallest

can_flush = torch.set_flush_denormal(True)
torch.set_flush_denormal(False)
pytestmark = pytest.mark.skipif(not can_flush, reason="the processor has no such mode")


@pytest.fixture(autouse=True)
def usual_mode():
    yield
    torch.set_flush_denormal(False)


def test_denormals_are_zero_within_and_what_they_were_after():
    with flushed_denormals():
        assert halve_the_smallest() == 0
    assert halve_the_smallest() > 0


def test_a_mode_that_was_there_before_stays():
    torch.set_flush_denormal(True)
    with flushed_denormals():
        assert halve_the_smallest() == 0
    assert halve_the_smallest() == 0


def test_errors_pass_and_end_the_mode():
    with pytest.raises(KeyError), flushed_denormals():
        raise KeyError
    assert halve_the_smallest() > 0

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_deepsig.exceptions import InvalidInputError
from sklearn_deepsig.functional import segment_boundaries, segment_indices

COUNTS = st.integers(1, 200)
SEGMENTS = st.integers(1, 30)


@given(n_frames=COUNTS, n_segments=SEGMENTS)
def test_boundaries_are_rounded_equal_intervals(n_frames, n_segments):
    # round() is exact here: the fraction's numerator and denominator are small
    expected = [round(i * (n_frames - 1) / n_segments) for i in range(n_segments + 1)]
    assert segment_boundaries(n_frames, n_segments).tolist() == expected


@given(n_frames=COUNTS, n_segments=SEGMENTS)
def test_segments_share_end_points_and_hold_every_step_once(n_frames, n_segments):
    index = segment_indices(n_frames, n_segments)
    assert index.dtype == np.int64
    assert (index[1:, 0] == index[:-1, -1]).all()
    steps = [step for row in index.tolist() for step in pairwise(row)]
    moves = [(a, b) for a, b in steps if a != b]
    assert moves == [(frame, frame + 1) for frame in range(n_frames - 1)]


@given(n_frames=COUNTS, n_segments=SEGMENTS)
def test_lengths_differ_by_one_at_most(n_frames, n_segments):
    lengths = np.diff(segment_boundaries(n_frames, n_segments))
    assert lengths.max() - lengths.min() <= 1
    assert segment_indices(n_frames, n_segments).shape[1] == lengths.max() + 1


@given(counts=st.lists(COUNTS, min_size=1, max_size=5), n_segments=SEGMENTS)
def test_ragged_counts_are_those_of_each_sample(counts, n_segments):
    index = segment_indices(counts, n_segments)
    for row, count in zip(index, counts, strict=True):
        alone = segment_indices(count, n_segments)
        n_more = row.shape[1] - alone.shape[1]
        expected = np.pad(alone, ((0, 0), (0, n_more)), mode="edge")
        assert np.array_equal(row, expected)


def test_fewer_steps_than_segments_leave_some_empty():
    index = segment_indices(3, 4)
    assert index.tolist() == [[0, 0], [0, 1], [1, 2], [2, 2]]


@pytest.mark.parametrize(("n_frames", "n_segments"), [(0, 1), (5, 0), ([5, 0], 2)])
def test_impossible_numbers(n_frames, n_segments):
    with pytest.raises(InvalidInputError, match="at least 1"):
        segment_indices(n_frames, n_segments)

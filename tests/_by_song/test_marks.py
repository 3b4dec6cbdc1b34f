"""Where windows end and how much they count, beside their values."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skgenre._by_song.marks import Marks, checked_weight, counted_songs


def test_marks_of_some_rows():
    marks = Marks(ends=np.array([5.0, 7.5, 3.0]), weight=np.array([1, 0.5, 0.6]))
    some = marks.take(np.array([2, 0]))
    assert_array_equal(some.ends, [3, 5])
    assert_array_equal(some.weight, [0.6, 1])
    assert Marks().take(slice(0, 2)) == (None, None)


def test_marks_of_several_sets():
    parts = [Marks(), Marks(weight=np.array([0.5, 0.25])), Marks()]
    joined = Marks.joined(parts, [2, 2, 1])
    assert_array_equal(joined.weight, [1, 1, 0.5, 0.25, 1])
    assert joined.ends is None
    ends = Marks.joined([Marks(ends=np.array([4.0])), Marks()], [1, 2]).ends
    assert_array_equal(ends, [4, np.nan, np.nan])
    assert Marks.joined([], []) == (None, None)


def test_weights_are_checked():
    assert checked_weight(None, 3) is None
    assert checked_weight([1, 0, 2], 3).dtype == float
    for wrong in ([1, -0.5], [1, np.nan], [np.inf, 1]):
        with pytest.raises(ValueError, match=r"Got window_weight=.* expected numbers"):
            checked_weight(wrong, 2)
    with pytest.raises(ValueError, match=r"expected shape \(2,\). Got shape \(3,\)"):
        checked_weight([1, 1, 1], 2)


def test_songs_that_count():
    codes = np.array([0, 0, 2, 3])
    assert_array_equal(counted_songs(codes, 4, None), [True, False, True, True])
    weight = np.array([0, 0.1, 0, 1])
    assert_array_equal(counted_songs(codes, 4, weight), [True, False, False, True])

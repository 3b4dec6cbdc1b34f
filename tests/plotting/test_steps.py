import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skgenre.plotting._steps import find_steps, merged
from skgenre.voting._judge_song import JudgedPart

NAN = np.nan


def test_windows_meet_in_the_middle_of_what_they_share():
    steps = find_steps(np.array([0.0, 2, 8]), np.array([4.0, 6, 12]))
    assert_array_equal(steps.edges, [0, 3, 6, 8, 12])
    assert_array_equal(steps.rows, [0, 1, -1, 2])
    assert_array_equal(steps.along(np.array([0.1, 0.2, 0.3])), [0.1, 0.2, NAN, 0.3])


def test_windows_come_in_order_of_time():
    steps = find_steps(np.array([5.0, 0]), np.array([10.0, 5]))
    assert_array_equal(steps.edges, [0, 5, 10])
    assert_array_equal(steps.rows, [1, 0])


def test_rounding_is_no_gap():
    steps = find_steps(np.array([0.0, 0.3]), np.array([0.1 + 0.2 - 1e-9, 0.6]))
    assert len(steps.rows) == 2


@pytest.mark.parametrize("n_windows", [0, 3])
def test_without_times_windows_are_counted(n_windows):
    nowhere = np.full(n_windows, NAN)
    steps = find_steps(nowhere, nowhere)
    assert_array_equal(steps.edges, np.arange(n_windows + 1) + 0.5)
    assert not steps.in_seconds


def of(proba, starts, ends, weight=0.5):
    proba = np.array(proba)
    return JudgedPart(
        np.stack([proba, 1 - proba], axis=1),
        np.array(starts, float),
        np.array(ends, float),
        contribution=weight * proba / len(proba),
        weight=weight,
    )


def test_parts_are_averaged_second_by_second():
    one = of([0.2, 0.4], [0, 4], [4, 8])
    other = of([0.6], [0], [6])
    proba, starts, ends, speed = merged([one, other])
    assert_array_equal(starts, [0, 4, 6])
    assert_array_equal(ends, [4, 6, 8])
    # Behind 6 s only the first part hears something.
    assert_allclose(proba[:, 0], [0.4, 0.5, 0.4])
    assert_allclose(proba.sum(axis=1), 1)
    # Per second: 0.05 over 4 s, 0.1 over 4 s, and 0.3 over 6 s.
    assert_allclose(speed, [0.0125 + 0.05, 0.025 + 0.05, 0.025])
    # All of it together is what was contributed.
    total = (speed * (ends - starts)).sum()
    assert_allclose(total, one.contribution.sum() + other.contribution.sum())


def test_weights_and_gaps_of_all_parts():
    one = of([0.2, 0.4], [0, 10], [4, 14], weight=0.75)
    other = of([0.6], [0], [6], weight=0.25)
    proba, starts, ends, _ = merged([one, other])
    assert_array_equal(np.c_[starts, ends], [[0, 4], [4, 6], [10, 14]])
    assert_allclose(proba[:, 0], [0.75 * 0.2 + 0.25 * 0.6, 0.6, 0.4])


def test_parts_without_times():
    one = JudgedPart(np.array([[0.2, 0.8], [0.4, 0.6]]), weight=0.25)
    other = JudgedPart(np.array([[0.6, 0.4], [0.8, 0.2]]), weight=0.75)
    found = merged([one, other])
    assert_allclose(found.window_proba, [[0.5, 0.5], [0.7, 0.3]])
    assert found.starts is None
    with pytest.raises(ValueError, match="of different lengths and no times"):
        merged([one, JudgedPart(np.array([[0.6, 0.4]]))])

"""Times of windows as seconds: found.md A7."""

import datetime

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from skgenre.windows._seconds import as_seconds

SECONDS = [0.0, 2.5, 61.0]
DELTAS = [datetime.timedelta(seconds=s) for s in SECONDS]


@pytest.mark.parametrize(
    "times",
    [
        SECONDS,
        np.array(SECONDS, dtype=np.float32),
        DELTAS,
        pd.Series(DELTAS),
        pd.to_timedelta(SECONDS, unit="s"),
        np.array([0, 2500, 61_000], dtype="m8[ms]"),
        pd.Series(pd.array(SECONDS, dtype="Float64")),
        [np.timedelta64(int(1000 * s), "ms") for s in SECONDS],
    ],
)
def test_whatever_has_a_length_in_seconds(times):
    seconds = as_seconds(times, name="starts")
    assert seconds.dtype == float
    assert_array_equal(seconds, SECONDS)


def test_three_seconds_are_not_three_million():
    times = pd.to_timedelta([3, 1], unit="s")
    assert as_seconds(times, name="starts").tolist() == [3.0, 1.0]


def test_integers_are_seconds():
    assert as_seconds([0, 3], name="starts").tolist() == [0.0, 3.0]


@pytest.mark.parametrize(
    "times",
    [
        [1.0, None],
        pd.Series(pd.array([1, None], dtype="Int64")),
        pd.Series([datetime.timedelta(seconds=1), pd.NaT]),
        np.array([1, "NaT"], dtype="m8[s]"),
    ],
)
def test_missing_times_are_nan(times):
    assert_array_equal(as_seconds(times, name="starts"), [1.0, np.nan])


def test_none_at_all():
    assert as_seconds([], name="starts").shape == (0,)


@pytest.mark.parametrize(
    "times",
    [
        pd.to_datetime(["2026-01-01", "2026-01-02"]),
        [datetime.datetime(2026, 1, 1), datetime.datetime(2026, 1, 2)],
        np.array(["2026-01-01", "2026-01-02"], dtype="M8[D]"),
    ],
)
def test_moments_are_refused(times):
    with pytest.raises(ValueError, match="subtract the moment at which each song"):
        as_seconds(times, name="'from'")


def test_text_is_refused():
    with pytest.raises(ValueError, match=r"Got 'from' of type .*pandas.to_timedelta"):
        as_seconds(["00:00:01", "00:00:02"], name="'from'")

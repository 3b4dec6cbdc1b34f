"""Times of windows, however they are given, as seconds."""

import datetime
from typing import Any

import numpy as np

from skgenre._by_song.numbering import as_names, missing_names


def as_seconds(times: Any, *, name: str) -> np.ndarray:
    """Turn times into seconds; what has no length in seconds is refused.

    Parameters
    ----------
    times : array-like of shape (n_windows,)
        Numbers, which are seconds, or lengths of time (timedelta of Python, NumPy or
        pandas). Missing ones become NaN.
    name : str
        What they are called, for errors.

    Returns
    -------
    float array of shape (n_windows,)
        Seconds.
    """
    found = as_names(times)
    if found.dtype.kind in "iuf":
        return found.astype(float)
    if found.dtype.kind == "m":
        # Division keeps NaT as NaN, whatever the unit of the array.
        return found / np.timedelta64(1, "s")
    if found.dtype.kind == "M":
        raise _refused(found, name)
    if found.dtype.kind != "O" and found.size:
        raise _refused(found, name)
    seconds = np.full(len(found), np.nan)
    for row in np.flatnonzero(~missing_names(found)):
        seconds[row] = _seconds_of(found[row], found, name)
    return seconds


def _seconds_of(time: Any, times: np.ndarray, name: str) -> float:
    if isinstance(time, datetime.timedelta):
        return time.total_seconds()
    if isinstance(time, np.timedelta64):
        return float(time / np.timedelta64(1, "s"))
    if isinstance(time, int | float | np.integer | np.floating):
        return float(time)
    raise _refused(times, name)


def _refused(times: np.ndarray, name: str) -> ValueError:
    first = times[0]
    if times.dtype.kind == "M" or isinstance(first, datetime.datetime):
        fix = (
            "Those are moments, not distances from the start of the song: subtract "
            "the moment at which each song starts."
        )
    else:
        fix = "Convert text such as '00:01:30' with pandas.to_timedelta."
    return ValueError(
        f"Got {name} of type {type(first).__name__} ({first!r}), but expected seconds, "
        f"or timedelta. {fix}"
    )

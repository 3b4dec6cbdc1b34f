"""Reliability: how often verdicts are right that are said to be so sure."""

from dataclasses import dataclass

import numpy as np

from skgenre.model_selection._statistics import (
    expected_calibration_error,
    wilson_interval,
)


@dataclass(frozen=True)
class Reliability:
    """Verdicts on songs, in bins of their confidence.

    Parameters
    ----------
    n_songs : int array of shape (n_bins,)
        Songs whose largest probability lies in ((i / n_bins, (i + 1) / n_bins].
    confidence : float array of shape (n_bins,)
        Mean largest probability; NaN of empty bins.
    accuracy : float array of shape (n_bins,)
        Share of right verdicts; NaN of empty bins.
    low, high : float arrays of shape (n_bins,)
        Ends of the interval of the accuracy, of songs that are independent.
    ece : float
        `expected_calibration_error` of the same bins.
    level : float
        Confidence of the intervals.
    """

    n_songs: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    low: np.ndarray
    high: np.ndarray
    ece: float
    level: float


def reliability(
    y: np.ndarray, song_proba: np.ndarray, *, n_bins: int = 10, level: float = 0.95
) -> Reliability:
    """Sort verdicts into bins of equal width by their confidence.

    Parameters
    ----------
    y : int array of shape (n_songs,)
        The true class of each song, a column of `song_proba`.
    song_proba : float array of shape (n_songs, n_classes)
        Rows add up to one.
    n_bins : int, default=10
        How many bins.
    level : float, default=0.95
        Confidence of Wilson's intervals.

    Returns
    -------
    Reliability
        Of each bin.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.model_selection._reliability import reliability
    >>> proba = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]])
    >>> found = reliability(np.array([0, 0, 1, 0]), proba)
    >>> found.n_songs.tolist(), found.accuracy[[5, 8]].tolist(), round(found.ece, 3)
    ([0, 0, 0, 0, 0, 2, 0, 0, 2, 0], [0.5, 1.0], 0.1)
    """
    top = song_proba.max(axis=1)
    right = song_proba.argmax(axis=1) == y
    # As in expected_calibration_error: inner edges belong to the bin under them.
    bins = np.searchsorted(np.linspace(0, 1, n_bins + 1)[1:-1], top, side="left")
    n_songs = np.bincount(bins, minlength=n_bins)
    n_right = np.bincount(bins, weights=right, minlength=n_bins)
    total = np.bincount(bins, weights=top, minlength=n_bins)
    empty = np.full(n_bins, np.nan)
    filled = n_songs > 0
    accuracy = np.divide(n_right, n_songs, out=empty.copy(), where=filled)
    low, high = empty.copy(), empty.copy()
    for i in np.flatnonzero(filled):
        low[i], high[i] = wilson_interval(accuracy[i], int(n_songs[i]), level)
    return Reliability(
        n_songs=n_songs,
        confidence=np.divide(total, n_songs, out=empty, where=filled),
        accuracy=accuracy,
        low=low,
        high=high,
        ece=expected_calibration_error(y, song_proba, n_bins=n_bins) if len(y) else 0.0,
        level=level,
    )

"""What each window contributes to the verdict of a network of songs."""

from typing import Any

import numpy as np

from skgenre.neural._song_network import SongNetwork
from skgenre.neural._targets import two_columns
from skgenre.voting._explain import (
    LOG_ODDS,
    SHARE,
    Explained,
    explain_by_leaving_out,
    two_best,
)
from skgenre.windows._song_windows import SongWindows


def explain_pooling(
    network: SongNetwork,
    window_values: tuple[np.ndarray, ...],
    windows: SongWindows,
    *,
    classes: np.ndarray,
    song_proba: np.ndarray,
    prior: np.ndarray,
    attention: np.ndarray,
) -> Explained:
    """Say what each window contributes to the verdict on its song.

    Parameters
    ----------
    network : SongNetwork
        Trained.
    window_values : tuple of arrays
        What it says of the windows.
    windows : SongWindows of windows of shape (n_classes,)
        Probabilities of each window.
    classes : array of shape (n_classes,)
        The label of each column.
    song_proba : float array of shape (n_songs, n_classes)
        What the pooling made of them; `prior` of songs without windows.
    prior : array of shape (n_classes,)
        Share of each class among songs.
    attention : float array of shape (n_windows,)
        The weight of each window in the verdict.

    Returns
    -------
    Explained
        Exact where the pooling is a weighted mean.
    """
    if not network.is_weighted_mean:

        def judge(rows: np.ndarray, counts: np.ndarray) -> np.ndarray:
            own = tuple(part[rows] for part in window_values)
            return two_columns(network.song_proba(own, counts))

        return explain_by_leaving_out(
            windows, classes, song_proba, judge=judge, alone=prior, attention=attention
        )
    heard = windows.counts > 0
    songs = windows.groups
    terms = _terms(network, window_values, windows.counts[heard])
    first, second = two_best(song_proba)
    rows = np.arange(len(songs))
    contribution = terms[rows, first[songs]]
    every = np.arange(len(windows))
    # Of songs without windows the prior is all there is.
    baseline = np.where(heard, 0.0, song_proba[every, first])
    if network.space == "logit":
        contribution = contribution - terms[rows, second[songs]]
        with np.errstate(divide="ignore"):
            logs = np.log(song_proba.astype(float))
        baseline = np.where(heard, 0.0, logs[every, first] - logs[every, second])
    else:
        total = np.bincount(songs, weights=terms.sum(axis=1), minlength=len(windows))
        # After "max" and the like, probabilities are divided by their sum.
        contribution = contribution / np.where(heard, total, 1)[songs]
    sums = np.bincount(songs, weights=contribution, minlength=len(windows))
    return Explained(
        windows=windows,
        classes=classes,
        song_proba=song_proba,
        contribution=contribution,
        baseline=baseline,
        score=sums + baseline,
        kind=LOG_ODDS if network.space == "logit" else SHARE,
        attention=attention,
    )


def _terms(network: SongNetwork, window_values: Any, counts: np.ndarray) -> np.ndarray:
    """Weight times value, for each class, (n_windows, n_classes)."""
    values = window_values[0].astype(float)
    weights = network.weights(window_values, counts).astype(float)
    if values.shape[1] > 1:
        return weights * values
    # One unit is the second class; as a logit, the first has 0.
    other = np.zeros_like(values) if network.space == "logit" else 1 - values
    return weights * np.hstack([other, values])

"""Votings: from the class probabilities of windows to those of their songs.

Pure functions on ``window_proba`` (n_windows, n_classes) and ``offsets``
(n_songs + 1,): the windows of song i are rows ``offsets[i]:offsets[i + 1]``, at
least one. Each gives song_proba (n_songs, n_classes) whose rows add up to one.
"""

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.special import expit, logit, softmax

from skgenre._groups import factorize_groups, sorted_order


def vote(
    window_proba: Any,
    groups: Any,
    *,
    voting: str | Callable = "mean",
    prior: Any = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Aggregate class probabilities of windows to those of their songs.

    For predictions that are at hand already, from any model: keep the song's name
    of each window beside the rows given to the model, and pass both here.

    Parameters
    ----------
    window_proba : array-like of shape (n_windows, n_classes)
        What a classifier says of each window.
    groups : array-like of shape (n_windows,)
        The song of each window, of any dtype, in any order.
    voting : str or callable, default="mean"
        The rule, see `GroupVotingClassifier`.
    prior : array-like of shape (n_classes,), default=None
        Class shares for "naive_bayes"; equal if None.

    Returns
    -------
    song_ids : array of shape (n_songs,)
        The songs in the order of their first appearance.
    song_proba : array of shape (n_songs, n_classes)
        Rows add up to one.

    Examples
    --------
    >>> from skgenre import vote
    >>> proba = [[0.5, 0.5], [0.9, 0.1], [0.2, 0.8]]
    >>> songs, song_proba = vote(proba, ["so_what", "so_what", "help"])
    >>> songs, song_proba
    (array(['so_what', 'help'], dtype='<U7'), array([[0.7, 0.3],
           [0.2, 0.8]]))
    """
    proba = check_window_proba(window_proba)
    codes, song_ids = factorize_groups(groups, len(proba))
    n_classes = proba.shape[1]
    if prior is None:
        prior = np.full(n_classes, 1 / n_classes)
    if isinstance(voting, str) and voting not in VOTINGS:
        raise ValueError(
            f"The 'voting' parameter of vote must be a callable or one of "
            f"{sorted(VOTINGS)}. Got {voting!r} instead."
        )
    prior = np.asarray(prior, dtype=float)
    if prior.shape != (n_classes,) or (prior < 0).any() or prior.sum() <= 0:
        raise ValueError(
            f"The 'prior' parameter must hold {n_classes} shares, 0 or more. "
            f"Got {prior!r} instead."
        )
    return song_ids, aggregate(
        proba, codes, len(song_ids), voting=voting, prior=prior / prior.sum()
    )


def aggregate(
    window_proba: np.ndarray,
    codes: np.ndarray,
    n_songs: int,
    *,
    voting: str | Callable,
    prior: np.ndarray,
) -> np.ndarray:
    """Vote over windows in any order; songs without windows get the prior.

    Parameters
    ----------
    window_proba : float array of shape (n_windows, n_classes)
        What a classifier says of each window.
    codes : int array of shape (n_windows,)
        The song's number for each window.
    n_songs : int
        How many songs there are.
    voting : str or callable
        A key of `VOTINGS`, or ``f(window_proba, groups) -> song_proba``.
    prior : array of shape (n_classes,)
        Class shares.

    Returns
    -------
    float array of shape (n_songs, n_classes)
        Rows add up to one.
    """
    order = sorted_order(codes)
    if order is not None:
        window_proba, codes = window_proba[order], codes[order]
    counts = np.bincount(codes, minlength=n_songs)
    heard = counts > 0
    song_proba = np.tile(prior, (n_songs, 1))
    if not heard.any():
        return song_proba
    offsets = np.concatenate([[0], np.cumsum(counts[heard])])
    if isinstance(voting, str):
        song_proba[heard] = VOTINGS[voting](window_proba, offsets, prior=prior)
    else:
        groups = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        voted = np.asarray(voting(window_proba, groups), dtype=float)
        song_proba[heard] = _check_voted(voted, (len(offsets) - 1, len(prior)), voting)
    return song_proba


def check_window_proba(window_proba: Any) -> np.ndarray:
    """Check that rows are class probabilities.

    Parameters
    ----------
    window_proba : array-like of shape (n_windows, n_classes)
        What a classifier says of each window.

    Returns
    -------
    float array of shape (n_windows, n_classes)
        The same, of float32 or float64.
    """
    proba = np.asarray(window_proba)
    if proba.dtype.kind != "f" or proba.dtype.itemsize < 4:
        proba = proba.astype(float)
    if proba.ndim != 2 or proba.shape[1] < 2:
        raise ValueError(
            "The window probabilities must have shape (n_windows, n_classes) with two "
            f"classes or more. Got shape {proba.shape} instead."
        )
    if proba.size:
        # NaN makes both comparisons false.
        low, high = proba.min(), proba.max()
        if not (low >= 0 and high <= 1 + 1e-4):
            raise ValueError(
                "The window probabilities must lie between 0 and 1. "
                f"Got values from {low} to {high}."
            )
    return proba


def _check_voted(voted: np.ndarray, shape: tuple, voting: Any) -> np.ndarray:
    if voted.shape != shape:
        raise ValueError(
            f"The voting {voting!r} must return song_proba of shape {shape}. "
            f"Got shape {voted.shape} instead."
        )
    total = voted.sum(axis=1, keepdims=True)
    if not (np.isfinite(voted).all() and (voted >= 0).all() and (total > 0).all()):
        raise ValueError(
            f"The voting {voting!r} must return finite numbers, 0 or more, not all 0 "
            "for any song."
        )
    return voted / total


def _sum(values: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    # The product with the songs' indicator matrix; three times as fast as reduceat.
    n_windows = len(values)
    ones = np.ones(n_windows, dtype=values.dtype)
    indicator = csr_array(
        (ones, np.arange(n_windows), offsets), shape=(len(offsets) - 1, n_windows)
    )
    return np.asarray(indicator @ values, dtype=float)


def _mean(values: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    return _sum(values, offsets) / np.diff(offsets)[:, None]


def _normalize(scores: np.ndarray) -> np.ndarray:
    return scores / scores.sum(axis=1, keepdims=True)


def _clip(proba: np.ndarray) -> np.ndarray:
    eps = np.finfo(proba.dtype).eps
    return np.clip(proba, eps, 1 - eps)


def _songs_by_length(
    values: np.ndarray, offsets: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield songs of equal length and their windows, (n, length, n_classes)."""
    counts = np.diff(offsets)
    for length in np.unique(counts):
        songs = np.flatnonzero(counts == length)
        yield songs, values[offsets[songs][:, None] + np.arange(length)]


def mean(proba: np.ndarray, offsets: np.ndarray, *, prior: np.ndarray) -> np.ndarray:
    """Mean of the windows' probabilities."""
    del prior
    return _normalize(_mean(proba, offsets))


def majority(
    proba: np.ndarray, offsets: np.ndarray, *, prior: np.ndarray
) -> np.ndarray:
    """Share of windows won by each class; ties go to the larger mean probability."""
    del prior
    n_songs, n_classes = len(offsets) - 1, proba.shape[1]
    counts = np.diff(offsets)
    cell = np.repeat(np.arange(n_songs), counts) * n_classes + proba.argmax(axis=1)
    votes = np.bincount(cell, minlength=n_songs * n_classes).reshape(n_songs, n_classes)
    share = votes / counts[:, None]
    tied = votes == votes.max(axis=1, keepdims=True)
    winner = np.where(tied, _mean(proba, offsets), -1).argmax(axis=1)
    ties = np.flatnonzero(tied.sum(axis=1) > 1)
    # One step of the last digit, so that argmax over the shares finds the winner.
    share[ties, winner[ties]] = np.nextafter(share[ties, winner[ties]], 2)
    return share


def median(proba: np.ndarray, offsets: np.ndarray, *, prior: np.ndarray) -> np.ndarray:
    """Median of the windows' probabilities; the mean where every median is 0."""
    del prior
    medians = np.empty((len(offsets) - 1, proba.shape[1]))
    for songs, values in _songs_by_length(proba, offsets):
        medians[songs] = np.median(values, axis=1)
    void = medians.sum(axis=1) == 0
    if void.any():
        medians[void] = _mean(proba, offsets)[void]
    return _normalize(medians)


def maximum(proba: np.ndarray, offsets: np.ndarray, *, prior: np.ndarray) -> np.ndarray:
    """Largest of the windows' probabilities."""
    del prior
    return _normalize(np.maximum.reduceat(proba, offsets[:-1]).astype(float))


def mean_log_proba(
    proba: np.ndarray, offsets: np.ndarray, *, prior: np.ndarray
) -> np.ndarray:
    """Geometric mean of the windows' probabilities."""
    del prior
    return softmax(_mean(np.log(_clip(proba)), offsets), axis=1)


def mean_log_odds(
    proba: np.ndarray, offsets: np.ndarray, *, prior: np.ndarray
) -> np.ndarray:
    """Logistic function of the mean log-odds, class by class."""
    del prior
    return _normalize(expit(_mean(logit(_clip(proba)), offsets)))


def naive_bayes(
    proba: np.ndarray,
    offsets: np.ndarray,
    *,
    prior: np.ndarray,
    discount: float | np.ndarray = 1.0,
) -> np.ndarray:
    """Posterior if each window were `discount` independent windows given the class.

    The discount may differ between songs: shape (n_songs,).
    """
    tempered = np.reshape(discount, (-1, 1))
    counts = np.diff(offsets)[:, None]
    evidence = _sum(np.log(_clip(proba)), offsets)
    scores = (1 - tempered * counts) * np.log(_clip(prior)) + tempered * evidence
    # No song is of a class without a share, whatever its negative power.
    scores[:, prior == 0] = -np.inf
    return softmax(scores, axis=1)


VOTINGS: MappingProxyType[str, Callable] = MappingProxyType(
    {
        "majority": majority,
        "mean": mean,
        "median": median,
        "max": maximum,
        "mean_log_proba": mean_log_proba,
        "mean_log_odds": mean_log_odds,
        "naive_bayes": naive_bayes,
    }
)

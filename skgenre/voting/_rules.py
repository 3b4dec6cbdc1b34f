"""Votings: from the class probabilities of windows to those of their songs.

Pure functions on ``window_proba`` (n_windows, n_classes), in any order, ``codes``
(n_windows,), the song's number for each, and ``counts`` (n_songs,), at least one window
each. With ``weight`` (n_windows,), above 0, a window counts as so many, and ``counts``
are sums of weights. They give song_proba (n_songs, n_classes) whose rows add up to one.
"""

import textwrap
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from skgenre._arrays import as_plain
from skgenre._by_song.marks import checked_weight, counted_songs
from skgenre._by_song.numbering import factorize_groups, sorted_order
from skgenre._by_song.reductions import (
    max_by_song,
    median_by_song,
    weighted_median_by_song,
    weighted_sum_by_song,
    weighted_wins_by_song,
    wins_by_song,
)
from skgenre.windows._checks import warn_weightless

# Windows that are checked at a time: the second look finds them in the caches.
_BLOCK = 2**14
# Rows of rounded tables add up to nearly one.
_TOLERANCE = 1e-2
# What sums of weights may miss by, as a share of a song's weight.
_SLACK = 1e-9


def vote(
    window_proba: ArrayLike,
    groups: ArrayLike,
    *,
    voting: str | Callable = "mean",
    prior: ArrayLike | None = None,
    window_prior: ArrayLike | None = None,
    window_weight: ArrayLike | None = None,
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
        Class shares among songs, for "naive_bayes"; equal if None.
    window_prior : array-like of shape (n_classes,), default=None
        Class shares among the windows that the model was fitted on, which what it says
        of a window has built in, for "naive_bayes"; `prior` if None.
    window_weight : array-like of shape (n_windows,), default=None
        How much each window counts, 0 or more, such as the share of it in which the
        song sounds; all the same if None. Windows of weight 0 are left out, and a song
        of such windows alone gets the `prior`, with a warning. "max" looks at no other
        weight, and a function is not told any.

    Returns
    -------
    song_ids : array of shape (n_songs,)
        The songs in the order of their first appearance.
    song_proba : array of shape (n_songs, n_classes)
        Rows add up to one.

    Notes
    -----
    A window of weight 2 counts as two that say the same: "majority" adds up weights,
    means and the median are weighted, and "naive_bayes" takes (p / window_prior) to the
    power of the weight.

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
    if isinstance(voting, str) and voting not in VOTINGS:
        raise ValueError(
            f"The 'voting' parameter of vote must be a callable or one of "
            f"{sorted(VOTINGS)}. Got {voting!r} instead."
        )
    weight = checked_weight(window_weight, len(proba))
    if weight is not None:
        counted = counted_songs(codes, len(song_ids), weight)
        warn_weightless(song_ids[~counted], len(song_ids), fate="get the prior")
    prior = np.ones(n_classes) if prior is None else prior
    shares = _checked_shares(prior, "prior", n_classes)
    window_shares = shares
    if window_prior is not None:
        window_shares = _checked_shares(window_prior, "window_prior", n_classes)
    return song_ids, aggregate(
        proba,
        codes,
        len(song_ids),
        voting=voting,
        prior=shares,
        window_prior=window_shares,
        window_weight=weight,
    )


def _checked_shares(shares: ArrayLike, name: str, n_classes: int) -> np.ndarray:
    """Check shares of classes, and let them add up to one."""
    found = np.asarray(shares, dtype=float)
    # NaN makes the comparison false.
    if found.shape != (n_classes,) or not (found >= 0).all() or found.sum() <= 0:
        raise ValueError(
            f"The {name!r} parameter must hold {n_classes} shares, 0 or more. "
            f"Got {found!r} instead."
        )
    return found / found.sum()


def aggregate(
    window_proba: np.ndarray,
    codes: np.ndarray,
    n_songs: int,
    *,
    voting: str | Callable,
    prior: np.ndarray,
    window_prior: np.ndarray | None = None,
    window_weight: np.ndarray | None = None,
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
        Class shares among songs.
    window_prior : array of shape (n_classes,), default=None
        Class shares among the windows that the classifier was fitted on; `prior` if
        None.
    window_weight : float array of shape (n_windows,), default=None
        How much each window counts, 0 or more; all the same if None. A window of
        weight 0 might as well not be there.

    Returns
    -------
    float array of shape (n_songs, n_classes)
        Rows add up to one.
    """
    if window_weight is not None:
        kept = window_weight > 0
        if not kept.all():
            window_proba, codes = window_proba[kept], codes[kept]
            window_weight = window_weight[kept]
    counts = np.bincount(codes, weights=window_weight, minlength=n_songs)
    heard = counts > 0
    priors = {
        "prior": prior,
        "window_prior": prior if window_prior is None else window_prior,
    }
    if heard.all():
        return _aggregate_heard(
            window_proba, codes, counts, voting, priors, window_weight
        )
    song_proba = np.tile(prior, (n_songs, 1))
    if heard.any():
        # Votings divide by counts: they only see songs with windows, numbered anew.
        codes = (np.cumsum(heard) - 1)[codes]
        song_proba[heard] = _aggregate_heard(
            window_proba, codes, counts[heard], voting, priors, window_weight
        )
    return song_proba


def _aggregate_heard(
    window_proba: np.ndarray,
    codes: np.ndarray,
    counts: np.ndarray,
    voting: str | Callable,
    priors: dict[str, np.ndarray],
    weight: np.ndarray | None,
) -> np.ndarray:
    if isinstance(voting, str):
        return VOTINGS[voting](window_proba, codes, counts, weight=weight, **priors)
    order = sorted_order(codes)
    # A user's function may count on songs that stand together, in order.
    if order is not None:
        window_proba, codes = window_proba[order], codes[order]
    voted = np.asarray(voting(window_proba, codes), dtype=float)
    return _check_voted(voted, (len(counts), window_proba.shape[1]), voting)


def check_window_proba(
    window_proba: ArrayLike, *, what: str = "The window probabilities"
) -> np.ndarray:
    """Check that rows are class probabilities, and say what they look like if not.

    Parameters
    ----------
    window_proba : array-like of shape (n_windows, n_classes)
        What a classifier says of each window.
    what : str, default="The window probabilities"
        How the error calls them.

    Returns
    -------
    float array of shape (n_windows, n_classes)
        The same, of float32 or float64.
    """
    proba = as_plain(window_proba, what="window probabilities")
    if proba.ndim == 1 and proba.size:
        raise ValueError(
            f"{what} must have shape (n_windows, n_classes), a column for each class. "
            f"Got shape {proba.shape}, as of labels or of one class alone: give the "
            "output of predict_proba; of hard labels make columns of 0 and 1."
        )
    # Half precision has too few digits for logarithms near 0 and 1.
    if proba.dtype.kind != "f" or proba.dtype.itemsize < 4:
        proba = proba.astype(float)
    if proba.ndim != 2 or proba.shape[1] < 2:
        raise ValueError(
            f"{what} must have shape (n_windows, n_classes) with two "
            f"classes or more. Got shape {proba.shape} instead."
        )
    ones = np.ones(proba.shape[1], proba.dtype)
    for first in range(0, len(proba), _BLOCK):
        block = proba[first : first + _BLOCK]
        # A product with ones is several times as fast as a sum over short rows.
        with np.errstate(invalid="ignore"):
            sums = block @ ones
        # NaN makes comparisons false.
        fine = (
            block.min() >= 0
            and sums.max() <= 1 + _TOLERANCE
            and sums.min() >= 1 - _TOLERANCE
        )
        if not fine:
            _refuse(proba, what)
    return proba


def _refuse(proba: np.ndarray, what: str) -> NoReturn:
    """Name the first row that is no distribution, and the likely cause."""
    with np.errstate(invalid="ignore"):
        sums = proba.sum(axis=1)
    fine = (proba >= 0).all(axis=1) & (np.abs(sums - 1) <= _TOLERANCE)
    row = int(np.argmin(fine))
    shown = np.array2string(proba[row, :6], precision=3, separator=", ")
    n_bad = int((~fine).sum())
    raise ValueError(
        f"{what} must lie between 0 and 1 and add up to 1 over the classes. Got "
        f"{shown} in row {row} ({n_bad} of {len(proba)} rows are like that). "
        f"{_likely_cause(proba, sums)}"
    )


def _likely_cause(proba: np.ndarray, sums: np.ndarray) -> str:
    if not np.isfinite(proba).all():
        return (
            "NaN or infinity: mind features that are not finite, or training that "
            "diverged."
        )
    if proba.max() <= 0 and proba.min() < 0:
        return "They look like log-probabilities: apply np.exp."
    if proba.min() < 0:
        return "They look like logits: a softmax is missing at the end of the model."
    if (sums == 0).any():
        return "Rows of zeros say nothing: leave these windows out."
    if proba.max() > 1 and np.allclose(sums, 100, atol=2):
        return "They look like percentages: divide by 100."
    if proba.max() > 1:
        return (
            "They look like logits or counts: a softmax is missing, or a division of "
            "each row by its sum."
        )
    return (
        "They look like one sigmoid per class (a model of several labels at a time): "
        "end the model in a softmax, or vote over each class by itself with the "
        "columns [1 - p, p]."
    )


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


def _normalize(scores: np.ndarray) -> np.ndarray:
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


def _softmax(scores: np.ndarray) -> np.ndarray:
    # The largest becomes exp(0): nothing overflows, and no song is all zeros.
    scores -= scores.max(axis=1, keepdims=True)
    return _normalize(np.exp(scores, out=scores))


def _clip(proba: np.ndarray) -> np.ndarray:
    # A 0 would outvote all other windows of its song.
    eps = np.finfo(proba.dtype).eps
    return np.clip(proba, eps, 1 - eps)


def clipped_log(proba: np.ndarray) -> np.ndarray:
    """Natural logarithm of probabilities, clipped to the dtype's eps.

    Parameters
    ----------
    proba : float array
        Probabilities.

    Returns
    -------
    float array
        Of the same shape.
    """
    return np.log(_clip(proba))


def clipped_log_odds(proba: np.ndarray) -> np.ndarray:
    """Log-odds of probabilities, clipped to the dtype's eps.

    Parameters
    ----------
    proba : float array
        Probabilities.

    Returns
    -------
    float array
        Of the same shape.
    """
    # One logarithm; scipy's logit takes numbers one by one.
    proba = _clip(proba)
    return np.log(proba / (1 - proba))


# Every closed voting by its name; a new one is a function with @_closed_voting here.
_TABLE: dict[str, Callable[..., np.ndarray]] = {}
VOTINGS = MappingProxyType(_TABLE)  # as others see it: nobody else adds to it
_DESCRIPTIONS: dict[str, str] = {}


def _closed_voting(name: str, description: str) -> Callable[[Callable], Callable]:
    """Enter a voting in the table, with what a song's probabilities are made of."""

    def enter(voting: Callable) -> Callable:
        _TABLE[name] = voting
        _DESCRIPTIONS[name] = description
        return voting

    return enter


def describe_votings(indent: int) -> str:
    """Put all closed votings into words, as a list for a docstring.

    Parameters
    ----------
    indent : int
        Blanks before each line.

    Returns
    -------
    str
        One item for each.
    """
    return "\n".join(
        textwrap.fill(
            f'- "{name}": {description}',
            width=88,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + 2),
        )
        for name, description in _DESCRIPTIONS.items()
    )


@_closed_voting(
    "majority",
    "the share of windows whose largest p is the class; ties go to the "
    "class with the larger mean p.",
)
def majority(
    proba: np.ndarray,
    codes: np.ndarray,
    counts: np.ndarray,
    *,
    weight: np.ndarray | None = None,
    **priors: np.ndarray,
) -> np.ndarray:
    """Share of windows won by each class; ties go to the larger mean probability."""
    del priors
    if weight is None:
        votes = wins_by_song(proba, codes, len(counts))  # (n_songs, n_classes)
        tied = votes == votes.max(axis=1, keepdims=True)
    else:
        votes = weighted_wins_by_song(proba, codes, len(counts), weight)
        # Sums of fractions that are equal may differ in their last digits.
        slack = _SLACK * counts[:, None]
        tied = votes >= votes.max(axis=1, keepdims=True) - slack
    # Songs with several winners; all further work is for these few.
    ties = np.flatnonzero(np.count_nonzero(tied, axis=1) > 1)
    sums = weighted_sum_by_song(proba, codes, len(counts), weight)[ties]
    # Sums compare like means within a song; -1 keeps those out that did not win.
    winner = np.where(tied[ties], sums, -1).argmax(axis=1)
    share = votes / counts[:, None]
    # One step of the last digit, so that argmax over the shares finds the winner.
    share[ties, winner] = np.nextafter(share[ties].max(axis=1), 2)
    return share


@_closed_voting("mean", "the mean of p.")
def mean(
    proba: np.ndarray,
    codes: np.ndarray,
    counts: np.ndarray,
    *,
    weight: np.ndarray | None = None,
    **priors: np.ndarray,
) -> np.ndarray:
    """Mean of the windows' probabilities."""
    del priors
    # The counts cancel.
    return _normalize(weighted_sum_by_song(proba, codes, len(counts), weight))


@_closed_voting("median", "the median of p; the mean where every median is 0.")
def median(
    proba: np.ndarray,
    codes: np.ndarray,
    counts: np.ndarray,
    *,
    weight: np.ndarray | None = None,
    **priors: np.ndarray,
) -> np.ndarray:
    """Median of the windows' probabilities; the mean where every median is 0."""
    del priors
    if weight is None:
        medians = median_by_song(proba, codes, len(counts))
    else:
        medians = weighted_median_by_song(proba, codes, len(counts), weight)
    void = medians.sum(axis=1) == 0
    # A window sure of one class, the next of another: nothing to divide by.
    if void.any():
        sums = weighted_sum_by_song(proba, codes, len(counts), weight)
        medians[void] = sums[void]
    return _normalize(medians)


@_closed_voting("max", "the largest p.")
def maximum(
    proba: np.ndarray,
    codes: np.ndarray,
    counts: np.ndarray,
    *,
    weight: np.ndarray | None = None,
    **priors: np.ndarray,
) -> np.ndarray:
    """Largest of the windows' probabilities."""
    del priors, weight  # one window speaks for the song, however little it weighs
    return _normalize(max_by_song(proba, codes, len(counts)))


@_closed_voting("mean_log_proba", "exp(mean log p), the geometric mean.")
def mean_log_proba(
    proba: np.ndarray,
    codes: np.ndarray,
    counts: np.ndarray,
    *,
    weight: np.ndarray | None = None,
    **priors: np.ndarray,
) -> np.ndarray:
    """Geometric mean of the windows' probabilities."""
    del priors
    sums = weighted_sum_by_song(proba, codes, len(counts), weight, clipped_log)
    return _softmax(sums / counts[:, None])


@_closed_voting("mean_log_odds", "1 / (1 + exp(-mean log(p / (1 - p)))).")
def mean_log_odds(
    proba: np.ndarray,
    codes: np.ndarray,
    counts: np.ndarray,
    *,
    weight: np.ndarray | None = None,
    **priors: np.ndarray,
) -> np.ndarray:
    """Logistic function of the mean log-odds, class by class."""
    del priors
    sums = weighted_sum_by_song(proba, codes, len(counts), weight, clipped_log_odds)
    return _normalize(expit(sums / counts[:, None]))


@_closed_voting(
    "naive_bayes",
    "prior * product of p / window_prior, as if windows were independent given the "
    "class; overlapping windows make it overconfident.",
)
def naive_bayes(
    proba: np.ndarray,
    codes: np.ndarray,
    counts: np.ndarray,
    *,
    prior: np.ndarray,
    window_prior: np.ndarray | None = None,
    discount: float | np.ndarray = 1.0,
    weight: np.ndarray | None = None,
) -> np.ndarray:
    """Posterior if each window were `discount` independent windows given the class.

    What a classifier says of a window has the shares of the classes among its training
    windows built in; divided by these it is the evidence of the window alone, and the
    songs' shares come in once. The discount may differ between songs: (n_songs,).
    """
    window_prior = prior if window_prior is None else window_prior
    # (n_songs, n_classes)
    evidence = weighted_sum_by_song(proba, codes, len(counts), weight, clipped_log)
    evidence -= counts[:, None] * clipped_log(window_prior)
    scores = clipped_log(prior) + np.reshape(discount, (-1, 1)) * evidence
    # No song is of a class without a share, and of none that no window was of in fit.
    scores[:, (prior == 0) | (window_prior == 0)] = -np.inf
    return _softmax(scores)

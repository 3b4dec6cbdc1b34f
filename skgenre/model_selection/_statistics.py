"""Statistics of song-level predictions: pure functions on arrays."""

import numpy as np
from numpy.typing import ArrayLike

from skgenre._by_song.numbering import factorize_groups


def song_metrics(y: np.ndarray, song_proba: np.ndarray) -> dict[str, float]:
    """Every score of one set of song probabilities.

    Parameters
    ----------
    y : int array of shape (n_songs,)
        The true class of each song, a column of `song_proba`.
    song_proba : float array of shape (n_songs, n_classes)
        Rows add up to one.

    Returns
    -------
    dict
        accuracy, balanced_accuracy, f1_macro, auc, log_loss and ece.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.model_selection._statistics import song_metrics
    >>> proba = np.array([[0.8, 0.2], [0.4, 0.6], [0.7, 0.3], [0.1, 0.9]])
    >>> scores = song_metrics(np.array([0, 0, 0, 1]), proba)
    >>> {name: round(score, 3) for name, score in scores.items()}
    {'accuracy': 0.75, 'balanced_accuracy': 0.833, 'f1_macro': 0.733,
     'auc': 1.0, 'log_loss': 0.4, 'ece': 0.3}
    """
    verdicts = song_proba.argmax(axis=1)
    table = confusion_counts(y, verdicts, song_proba.shape[1])
    return {
        "accuracy": float(np.mean(verdicts == y)),
        "balanced_accuracy": balanced_accuracy(table),
        "f1_macro": macro_f1(table),
        "auc": macro_auc(y, song_proba),
        "log_loss": log_loss(y, song_proba),
        "ece": expected_calibration_error(y, song_proba),
    }


def confusion_counts(y: np.ndarray, verdicts: np.ndarray, n_classes: int) -> np.ndarray:
    """Count songs by true class (row) and verdict (column).

    Parameters
    ----------
    y, verdicts : int array of shape (n_songs,)
        The true class and the verdict of each song.
    n_classes : int
        How many classes there are.

    Returns
    -------
    int array of shape (n_classes, n_classes)
        Songs.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.model_selection._statistics import confusion_counts
    >>> confusion_counts(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    array([[1, 1],
           [0, 1]])
    """
    cell = y * n_classes + verdicts
    return np.bincount(cell, minlength=n_classes**2).reshape(n_classes, n_classes)


def balanced_accuracy(table: np.ndarray) -> float:
    """Mean recall of the classes that occur.

    Parameters
    ----------
    table : int array of shape (n_classes, n_classes)
        Songs by true class (row) and verdict (column).

    Returns
    -------
    float
        Between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.model_selection._statistics import balanced_accuracy
    >>> balanced_accuracy(np.array([[1, 1], [0, 4]]))
    0.75
    """
    songs = table.sum(axis=1)
    return float(np.mean(table.diagonal()[songs > 0] / songs[songs > 0]))


def macro_f1(table: np.ndarray) -> float:
    """Mean F1 score of the classes that occur, as truth or as verdict.

    Parameters
    ----------
    table : int array of shape (n_classes, n_classes)
        Songs by true class (row) and verdict (column).

    Returns
    -------
    float
        Between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.model_selection._statistics import macro_f1
    >>> macro_f1(np.array([[1, 1], [0, 2]]))
    0.733...
    """
    either = table.sum(axis=0) + table.sum(axis=1)
    occurs = either > 0
    return float(np.mean(2 * table.diagonal()[occurs] / either[occurs]))


def macro_auc(y: np.ndarray, song_proba: np.ndarray) -> float:
    """Mean area under the ROC curve, each class that occurs against the rest.

    Of a song of the class and one of another: the chance that the first has the higher
    probability of the class; a tie counts half.

    Parameters
    ----------
    y : int array of shape (n_songs,)
        The true class of each song.
    song_proba : float array of shape (n_songs, n_classes)
        Rows add up to one.

    Returns
    -------
    float
        1 is best, 0.5 is chance, NaN where all songs are of one class.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.model_selection._statistics import macro_auc
    >>> proba = np.array([[0.8, 0.2], [0.4, 0.6], [0.5, 0.5]])
    >>> macro_auc(np.array([0, 0, 1]), proba)
    0.5
    """
    areas = []
    for c in np.unique(y):
        of_class, score = y == c, song_proba[:, c]
        n_class = int(of_class.sum())
        n_others = len(y) - n_class
        if n_others == 0:
            return float("nan")
        _, which, n_equal = np.unique(score, return_inverse=True, return_counts=True)
        # Ranks from 1; equal ones share their mean.
        ranks = (np.cumsum(n_equal) - (n_equal - 1) / 2)[which]
        above = ranks[of_class].sum() - n_class * (n_class + 1) / 2
        areas.append(above / (n_class * n_others))
    return float(np.mean(areas)) if areas else float("nan")


def log_loss(y: np.ndarray, song_proba: np.ndarray) -> float:
    """Mean of -log of the probability of the true class.

    Probabilities are clipped to the dtype's eps, as scikit-learn does, so a song
    whose true class got 0 costs 36.04, not infinity.

    Parameters
    ----------
    y : int array of shape (n_songs,)
        The true class of each song.
    song_proba : float array of shape (n_songs, n_classes)
        Rows add up to one.

    Returns
    -------
    float
        In nats; 0 is best, ``log(n_classes)`` is what equal probabilities get.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.model_selection._statistics import log_loss
    >>> log_loss(np.array([0, 1]), np.array([[0.5, 0.5], [0.75, 0.25]]))
    1.039...
    """
    truth = song_proba[np.arange(len(y)), y]
    # Taken from 0, as the negative of 0 prints as -0.000.
    return float(0 - np.mean(np.log(np.clip(truth, np.finfo(truth.dtype).eps, 1))))


def expected_calibration_error(
    y: np.ndarray, song_proba: np.ndarray, *, n_bins: int = 10
) -> float:
    """Mean distance between confidence and accuracy, over bins of confidence.

    With B_m the songs whose largest probability lies in ((m - 1) / M, m / M], and
    acc and conf the share of right verdicts and the mean largest probability there,

        ECE = sum over m of |B_m| / n * |acc(B_m) - conf(B_m)|

    as in [1]_. It is biased upwards where bins hold few songs, so over all songs
    it is more telling than within a fold.

    Parameters
    ----------
    y : int array of shape (n_songs,)
        The true class of each song.
    song_proba : float array of shape (n_songs, n_classes)
        Rows add up to one.
    n_bins : int, default=10
        Number M of bins of equal width.

    Returns
    -------
    float
        Between 0 (calibrated) and 1.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On calibration of modern
       neural networks", ICML 2017, equation 3.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.model_selection._statistics import expected_calibration_error
    >>> proba = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]])
    >>> round(expected_calibration_error(np.array([0, 0, 1, 0]), proba), 3)
    0.1
    """
    top = song_proba.max(axis=1)
    right = song_proba.argmax(axis=1) == y
    # Inner edges belong to the bin under them, and so does 1; 0 cannot be a maximum.
    bins = np.searchsorted(np.linspace(0, 1, n_bins + 1)[1:-1], top, side="left")
    gaps = np.bincount(bins, weights=right - top, minlength=n_bins)
    return float(np.abs(gaps).sum() / len(y))


def mcnemar_exact(n_better: int, n_worse: int) -> float:
    """Two-sided exact McNemar test of two sets of verdicts on the same songs.

    Only songs count that one of the two gets right and the other wrong. If both
    were equally good, each of these would be a fair coin's toss [1]_.

    Parameters
    ----------
    n_better, n_worse : int
        Songs that only the one, and only the other, gets right.

    Returns
    -------
    float
        p-value, 1 if there are no such songs.

    References
    ----------
    .. [1] Q. McNemar, "Note on the sampling error of the difference between
       correlated proportions or percentages", Psychometrika 12(2), 1947.

    Examples
    --------
    >>> from skgenre.model_selection._statistics import mcnemar_exact
    >>> mcnemar_exact(8, 2)
    0.109375
    """
    if n_better + n_worse == 0:
        return 1.0
    # It takes as long to import as all else here together.
    from scipy.stats import binomtest

    return float(binomtest(n_better, n_better + n_worse, 0.5).pvalue)


def wilson_interval(
    share: float, n_draws: int, confidence: float
) -> tuple[float, float]:
    """Wilson's interval of a share, which does not end at a share of 0 or 1.

    With z the quantile of the normal distribution [1]_,

        (share + z^2 / 2n -/+ z sqrt(share (1 - share) / n + z^2 / 4n^2)) / (1 + z^2/n)

    Parameters
    ----------
    share : float
        Of successes, between 0 and 1.
    n_draws : int
        Independent draws.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    low, high : float
        Ends of the interval.

    References
    ----------
    .. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical
       inference", Journal of the American Statistical Association 22(158), 1927.

    Examples
    --------
    >>> from skgenre.model_selection._statistics import wilson_interval
    >>> low, high = wilson_interval(1.0, 20, 0.95)
    >>> round(low, 3), high
    (0.839, 1.0)
    """
    from scipy.special import ndtri

    z2 = float(ndtri((1 + confidence) / 2)) ** 2 / n_draws
    middle = share + z2 / 2
    half = np.sqrt(z2 * share * (1 - share) + z2**2 / 4)
    low, high = (middle - half) / (1 + z2), (middle + half) / (1 + z2)
    # Rounding may miss the end.
    return (0.0 if share == 0 else float(low)), (1.0 if share == 1 else float(high))


def share_intervals(
    right: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    *,
    groups: ArrayLike | None,
    confidence: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Replace the intervals of shares of 0 and 1, of which every draw is the same.

    Parameters
    ----------
    right : array of shape (n_songs, n_shares)
        1 or 0.
    low, high : float array of shape (n_shares,)
        Ends from `bootstrap_means`.
    groups : array-like of shape (n_songs,) or None
        What is drawn together; songs of one artist count as one draw.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    low, high : float array of shape (n_shares,)
        Ends, by Wilson where all or none are right.
    """
    low, high = low.copy(), high.copy()
    share = np.mean(right, axis=0)
    n_draws = len(right)
    if groups is not None:
        n_draws = len(factorize_groups(groups, len(right))[1])
    for column in np.flatnonzero((share == 0) | (share == 1)):
        low[column], high[column] = wilson_interval(share[column], n_draws, confidence)
    return low, high


def bootstrap_means(
    values: np.ndarray,
    *,
    groups: ArrayLike | None = None,
    n_bootstrap: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Percentile intervals of means over songs.

    Songs are drawn with replacement, or whole groups of songs: songs of one artist
    are alike, so that treating them as independent gives intervals too narrow [1]_.
    Every column sees the same draws.

    Parameters
    ----------
    values : float array of shape (n_songs, n_columns)
        One column per mean that is wanted.
    groups : array-like of shape (n_songs,), default=None
        The artist of each song; every song on its own if None.
    n_bootstrap : int, default=2000
        Number of draws.
    confidence : float, default=0.95
        Share of the draws' means inside of the interval.
    seed : int, default=0
        Seed of the draws.

    Returns
    -------
    low, high : float array of shape (n_columns,)
        Ends of the intervals.

    References
    ----------
    .. [1] A. C. Davison and D. V. Hinkley, "Bootstrap methods and their
       application", Cambridge University Press, 1997, section 3.8.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.model_selection._statistics import bootstrap_means
    >>> right = np.repeat([[1.0], [0.0]], [80, 20], axis=0)
    >>> low, high = bootstrap_means(right)
    >>> low.round(2), high.round(2)
    (array([0.72]), array([0.87]))
    """
    # (n_songs,): what is drawn together with each song
    codes = np.arange(len(values))
    if groups is not None:
        codes, _ = factorize_groups(groups, len(values))
    sizes = np.bincount(codes)  # (n_groups,)
    n_groups = len(sizes)
    sums = np.zeros((n_groups, values.shape[1]))
    np.add.at(sums, codes, values)
    rng = np.random.default_rng(seed)
    # How often each group is drawn, (n_bootstrap, n_groups).
    draws = rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups), n_bootstrap)
    means = (draws @ sums) / (draws @ sizes)[:, None]  # (n_bootstrap, n_columns)
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail], axis=0)
    return low, high

"""Votings that learn: tempered naive Bayes, and a classifier of statistics."""

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logit
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import _voting
from skgenre._by_song import mean_of_runs, songs_by_length
from skgenre._sklearn import HasMethods, Interval, StrOptions
from skgenre._songs import SongWindows
from skgenre._voting_base import FLOOR, TrainedVoting
from skgenre._window_fit import align

# A discount this large or this small fits no better by more than its noise.
_DISCOUNTS = (1e-3, 4.0)


# -- naive Bayes ----------------------------------------------------------------------


class NaiveBayesVoting(TrainedVoting):
    r"""Product of the windows' evidence, tempered because windows are not independent.

    With :math:`p_t` the probabilities of window t of n, and tau the discount,

    .. math:: P(c) \propto prior_c^{1 - n \tau} \prod_t p_{t,c}^{\tau}

    At tau = 1 windows are independent given the class, which overlapping windows, and
    windows of one recording in general, are not: the product is then far too sure of
    itself. The verdict of a song depends little on tau, its probabilities much.

    Parameters
    ----------
    discount : float, "overlap" or "fit", default=1.0
        Tau. "overlap": seconds covered by a song's windows, divided by the sum of
        their lengths, so that each second counts once (1 without overlap, just over
        1/2 at half); `window_proba` must know its starts and window_seconds. "fit":
        the value between 0.001 and 4 with the least log-loss on the songs in fit,
        which must be probabilities of windows that the classifier has not seen.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        The label of each column.
    class_prior_ : array of shape (n_classes,)
        Share of each class.
    discount_ : float or "overlap"
        The discount in use.

    References
    ----------
    .. [1] J. Kittler et al., "On combining classifiers", IEEE TPAMI 20(3), 1998:
       the product rule.
    .. [2] C. Guo et al., "On calibration of modern neural networks", ICML 2017:
       one temper by maximum likelihood.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre import NaiveBayesVoting, SongWindows
    >>> proba = np.array([[0.8, 0.2], [0.8, 0.2], [0.8, 0.2], [0.3, 0.7]])
    >>> songs = SongWindows(
    ...     proba, counts=[3, 1], starts=[0, 1, 2, 0], window_seconds=2.0
    ... )
    >>> y = ["jazz", "rock"]
    >>> NaiveBayesVoting().fit(songs, y).predict_proba(songs).round(2)
    array([[0.98, 0.02],
           [0.3 , 0.7 ]])
    >>> NaiveBayesVoting("overlap").fit(songs, y).predict_proba(songs).round(2)
    array([[0.94, 0.06],
           [0.3 , 0.7 ]])
    """

    _parameter_constraints: ClassVar[dict] = {
        "discount": [
            StrOptions({"overlap", "fit"}),
            Interval(Real, 0, None, closed="neither"),
        ]
    }

    def __init__(self, discount: Any = 1.0) -> None:
        self.discount = discount

    @property
    def needs_windows(self) -> bool:
        """Whether the discount is found by fit."""
        return isinstance(self.discount, str) and self.discount == "fit"

    def _fit(self, songs: SongWindows, codes: np.ndarray) -> None:
        self.discount_ = self.discount
        if not self.needs_windows:
            return
        rows = np.arange(len(codes))

        def loss(discount: float) -> float:
            truth = self._posterior(songs, discount)[rows, codes]
            return -np.log(np.maximum(truth, np.finfo(float).tiny)).mean()

        # Log-sum-exp of what is linear in the discount: convex.
        found = minimize_scalar(loss, bounds=_DISCOUNTS, method="bounded")
        self.discount_ = float(found.x)

    def _predict(self, songs: SongWindows) -> np.ndarray:
        if isinstance(self.discount_, str):
            return self._posterior(songs, covered_share(songs))
        return self._posterior(songs, self.discount_)

    def _posterior(self, songs: SongWindows, discount: Any) -> np.ndarray:
        return _voting.naive_bayes(
            *(songs.values, songs.groups, songs.counts),
            prior=self.class_prior_,
            discount=discount,
        )


def covered_share(songs: SongWindows) -> np.ndarray:
    """Seconds that a song's windows cover, divided by the sum of their lengths.

    Parameters
    ----------
    songs : SongWindows
        Each with at least one window.

    Returns
    -------
    float array of shape (n_songs,)
        1 where windows do not overlap, 1 / n where all n are the same.
    """
    if songs.window_seconds is None or np.isnan(songs.starts).any():
        raise ValueError(
            "discount='overlap' needs to know the start of each window in its song and "
            "the window's length. Got a SongWindows without starts or window_seconds: "
            "take windows from FrameWindower, give SongWindows(..., starts=..., "
            "window_seconds=...), or use discount='fit'."
        )
    starts = songs.starts[np.lexsort((songs.starts, songs.groups))]
    fresh = np.full(len(starts), float(songs.window_seconds))
    later = np.ones(len(starts), dtype=bool)
    later[songs.offsets[:-1]] = False
    fresh[later] = np.minimum(fresh[later], np.diff(starts, prepend=0)[later])
    seconds = np.add.reduceat(fresh, songs.offsets[:-1])
    return seconds / (songs.counts * songs.window_seconds)


# -- a classifier of statistics ------------------------------------------------------


def _std(proba, offsets):
    spread = proba - np.repeat(mean_of_runs(proba, offsets), np.diff(offsets), axis=0)
    return np.sqrt(mean_of_runs(spread**2, offsets))


def _quantiles(*levels):
    def statistic(proba, offsets):
        found = np.empty((len(offsets) - 1, len(levels) * proba.shape[1]))
        for songs, values in songs_by_length(proba, offsets):
            # (n_levels, n, n_classes) to (n, n_levels * n_classes)
            cut = np.quantile(values, levels, axis=1).swapaxes(0, 1)
            found[songs] = cut.reshape(len(songs), -1)
        return found

    return statistic


def _win_share(proba, offsets):
    wins = np.eye(proba.shape[1])[proba.argmax(axis=1)]
    return mean_of_runs(wins, offsets)


def _mean_log_odds(proba, offsets):
    return mean_of_runs(logit(np.clip(proba, FLOOR, 1 - FLOOR)), offsets)


def _mean_log_proba(proba, offsets):
    return mean_of_runs(np.log(np.clip(proba, FLOOR, 1)), offsets)


def _entropy(proba, offsets):
    logs = np.log(np.maximum(proba, np.finfo(float).tiny))
    return mean_of_runs(-(proba * logs).sum(axis=1, keepdims=True), offsets)


STATISTICS = {
    "mean": lambda proba, offsets: mean_of_runs(proba, offsets),
    "std": _std,
    "min": lambda proba, offsets: np.minimum.reduceat(proba, offsets[:-1]),
    "max": lambda proba, offsets: np.maximum.reduceat(proba, offsets[:-1]),
    "median": _quantiles(0.5),
    "quartiles": _quantiles(0.25, 0.75),
    "deciles": _quantiles(*np.arange(1, 10) / 10),
    "win_share": _win_share,
    "mean_log_proba": _mean_log_proba,
    "mean_log_odds": _mean_log_odds,
    "entropy": _entropy,
}


class StackedVoting(TrainedVoting):
    """A classifier of what the windows of a song say, whatever their order and number.

    Each song becomes one vector: statistics of its windows' probabilities, for each
    class. A classifier of songs is fitted on these vectors.

    Parameters
    ----------
    final_estimator : classifier, default=None
        A classifier of vectors with `predict_proba`. StandardScaler and
        LogisticRegression(C=0.1) if None: songs are few, and their statistics many.
    statistics : sequence of str, default=("mean", "std", "max", "win_share", \
"mean_log_odds", "entropy")
        Of p over the windows of a song, one column per class each: "mean", "std",
        "min", "max", "median", "mean_log_proba", "mean_log_odds" (of p clipped to
        0.001), "win_share" (of windows whose largest p is the class); two columns per
        class: "quartiles"; nine: "deciles"; and "entropy", one column, the mean of
        the windows' entropies.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        The label of each column.
    class_prior_ : array of shape (n_classes,)
        Share of each class.
    final_estimator_ : classifier
        Fitted on statistics.

    References
    ----------
    .. [1] D. H. Wolpert, "Stacked generalization", Neural Networks 5(2), 1992.
    .. [2] J. Bergstra et al., "Aggregate features and AdaBoost for music
       classification", Machine Learning 65, 2006.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre import SongWindows, StackedVoting
    >>> rng = np.random.default_rng(0)
    >>> y = np.array(["jazz", "rock"] * 20)
    >>> rock = np.where(np.repeat(y, 5) == "rock", 0.6, 0.4)
    >>> rock = rock + rng.uniform(-0.4, 0.4, size=200)
    >>> songs = SongWindows(np.column_stack([1 - rock, rock]), counts=[5] * 40)
    >>> StackedVoting(statistics=("mean", "std")).fit(songs, y).predict(songs[:3])
    array(['jazz', 'rock', 'jazz'], dtype='<U4')
    """

    _parameter_constraints: ClassVar[dict] = {
        "final_estimator": [HasMethods(["fit", "predict_proba"]), None],
        "statistics": ["array-like"],
    }

    def __init__(
        self,
        final_estimator: Any = None,
        *,
        statistics: Any = (
            *("mean", "std", "max", "win_share"),
            *("mean_log_odds", "entropy"),
        ),
    ) -> None:
        self.final_estimator = final_estimator
        self.statistics = statistics

    def _fit(self, songs: SongWindows, codes: np.ndarray) -> None:
        unknown = [name for name in self.statistics if name not in STATISTICS]
        if unknown or not len(self.statistics):
            raise ValueError(
                f"Got statistics={self.statistics!r}, but expected one or more of "
                f"{list(STATISTICS)}."
            )
        final = self.final_estimator
        if final is None:
            final = make_pipeline(
                StandardScaler(), LogisticRegression(C=0.1, max_iter=1000)
            )
        self.final_estimator_ = clone(final).fit(
            self._statistics(songs), self.classes_[codes]
        )

    def _predict(self, songs: SongWindows) -> np.ndarray:
        proba = self.final_estimator_.predict_proba(self._statistics(songs))
        return align(proba, self.final_estimator_.classes_, self.classes_)

    def _statistics(self, songs: SongWindows) -> np.ndarray:
        proba = np.asarray(songs.values, dtype=float)
        return np.hstack(
            [STATISTICS[name](proba, songs.offsets) for name in self.statistics]
        )

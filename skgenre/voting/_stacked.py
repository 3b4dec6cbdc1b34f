"""StackedVoting: a classifier of what the windows of a song say."""

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from scipy.special import logit
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre._by_song.reductions import mean_of_runs, songs_by_length
from skgenre._sklearn import HasMethods
from skgenre.voting._trained import FLOOR, TrainedVoting
from skgenre.voting._window_proba import align
from skgenre.windows._song_windows import SongWindows


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
        final_estimator: BaseEstimator | None = None,
        *,
        statistics: Sequence[str] = (
            "mean",
            "std",
            "max",
            "win_share",
            "mean_log_odds",
            "entropy",
        ),
    ) -> None:
        self.final_estimator = final_estimator
        self.statistics = statistics

    @classmethod
    def _examples(cls) -> list[Self]:
        """Instances that the common tests run."""
        return [cls(), cls(GaussianNB(), statistics=("mean", "quartiles"))]

    def _fit(self, songs: SongWindows, class_index: np.ndarray) -> None:
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
            self._statistics(songs), self.classes_[class_index]
        )

    def _predict(self, songs: SongWindows) -> np.ndarray:
        proba = self.final_estimator_.predict_proba(self._statistics(songs))
        return align(proba, self.final_estimator_.classes_, self.classes_)

    def _statistics(self, songs: SongWindows) -> np.ndarray:
        proba = np.asarray(songs.values, dtype=float)
        return np.hstack(
            [STATISTICS[name](proba, songs.offsets) for name in self.statistics]
        )
